package probe

import (
	"context"
	"fmt"

	"mailtrace/report"
)

var spfSeveralRecords = check{
	Rule: report.Rule{
		ID:    "spf.several-records",
		Title: "There is more than one SPF record at one name",
		Max:   report.Critical,
		Explain: `A name may have one TXT record that begins with "v=spf1". Where there are more, receivers take none of them and the result
is "permerror", as if there was no record; some refuse the mail. Merge their terms into one record, with one "all" at its end, and
delete the others.`,
		Innocent: `A second service for sending mail was set up, whose instructions say "add this record".`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 7208 section 3.2", "RFC 7208 section 4.5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.walked()
		if l == nil {
			return nil, nil, nil
		}
		var found []report.Finding
		told := map[string]bool{}
		for _, r := range l.records(spfSeveral) {
			if told[r.name] || len(found) == maxListed {
				continue
			}
			told[r.name] = true
			led := ""
			if r.by != nil {
				led = fmt.Sprintf(", to which %s leads,", r.by.label())
			}
			found = append(found, s.spfFinding(report.Critical, withEvidence(nil, r.led()), "%s%s has %d SPF records, where one is allowed: receivers take none of them (permerror)",
				spelled(r.name), led, len(r.found))...)
		}
		return found, nil, nil
	},
}
