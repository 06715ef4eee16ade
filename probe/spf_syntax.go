package probe

import (
	"context"
	"fmt"

	"mailtrace/report"
)

var spfSyntax = check{
	Rule: report.Rule{
		ID:    "spf.syntax",
		Title: "An SPF record is written wrongly",
		Max:   report.Critical,
		Explain: `One mistake anywhere in a record spoils all of it: the result is "permerror" for every server, as if there was no record,
even where a term before the mistake would match. In a record that is included, it spoils the record that includes it. The finding names the
term and where it begins; correct that term.`,
		Innocent: `A slip of the pen, such as a blank behind ":", an address without "ip4:", or a comma between terms.`,
		Measured: notMeasured + " The parser agrees with the test suites of RFC 7208 (203 cases) and others (228), but for disagreements that are argued.",
		Refs:     []string{"RFC 7208 section 4.6", "RFC 7208 section 12"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		return s.wrongRecords(false), nil, nil
	},
}

// wrongRecords says which records of the tree are wrong: because of octets that are no
// ASCII, or for other reasons.
func (s *subject) wrongRecords(foreign bool) []report.Finding {
	l := s.walked()
	if l == nil {
		return nil
	}
	var found []report.Finding
	told := map[string]bool{}
	for _, r := range l.records(spfWrong) {
		if r.wrong == nil || told[r.name] || len(found) == maxListed || (firstForeign(r.wrong.Term) >= 0) != foreign {
			continue
		}
		told[r.name] = true
		led := ""
		if r.by != nil {
			led = fmt.Sprintf(", to which %s leads,", r.by.label())
		}
		where := fmt.Sprintf("%s, at byte %d", shortened(r.wrong.Term), r.wrong.Offset)
		if r.wrong.Term == "" {
			where = "the whole record"
		}
		why := r.wrong.Why
		if foreign {
			why = "it is not in ASCII" + inALabels(r.wrong.Term)
		}
		found = append(found, s.spfFinding(report.Critical, withEvidence(nil, r.led()), "the SPF record of %s%s is wrong (%s: %s): receivers take it for none (permerror)", spelled(r.name), led, where, why)...)
	}
	return found
}

// firstForeign is where the first octet stands that is no ASCII; -1 for none.
func firstForeign(s string) int {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return i
		}
	}
	return -1
}
