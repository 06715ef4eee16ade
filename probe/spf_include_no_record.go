package probe

import (
	"context"
	"fmt"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

var spfIncludeNoRecord = check{
	Rule: report.Rule{
		ID:    "spf.include-no-record",
		Title: "An SPF record includes a domain that has none",
		Max:   report.Critical,
		Explain: `A receiver that comes to an "include" or "redirect" and finds no SPF record there stops with "permerror": nothing behind it counts,
and all mail that no term before it matched has no SPF result that helps. Delete the term, or correct the name.
Where the name does not exist at all, whoever registers it decides who may send in the name of the domain.`,
		Innocent: `A service that is no longer used, or that has moved its record.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 7208 section 5.2", "RFC 7208 section 6.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		var found []report.Finding
		var undecided []report.Undecided
		told := map[string]bool{}
		more := 0
		for _, r := range l.records(spfNone, spfUnknown) {
			key := r.by.label() + r.name
			if told[key] {
				continue
			}
			told[key] = true
			if len(found)+len(undecided) == maxListed {
				more++
				continue
			}
			evidence := withEvidence(nil, r.led())
			switch err := r.answer.err; {
			case err != nil && err.Cause == dns.AliasLoop:
				found = append(found, s.spfFinding(report.Critical, evidence, "%s leads to %s: %s; receivers that come to it put the mail off, each time (temperror)", r.by.label(), spelled(r.name), r.why)...)
			case r.state == spfUnknown:
				undecided = append(undecided, undecidedAbout("%s leads to %s, whose SPF record is not known: %s", r.by.label(), spelled(r.name), r.why)...)
			default:
				found = append(found, s.spfFinding(report.Critical, evidence, "%s leads to %s: %s; receivers that come to it stop (permerror)%s", r.by.label(), spelled(r.name), r.why, forSale(r))...)
			}
		}
		if last := len(found) - 1; more > 0 && last >= 0 {
			found[last].Text += fmt.Sprintf("; there are %d more terms that lead to no record or could not be followed", more)
		}
		return found, undecided, nil
	},
}

// forSale says more of a name that may be anybody's soon: of the domain that people
// register, which does not exist.
func forSale(r *spfRecord) string {
	a := r.answer.answer
	if a == nil || a.Status != dns.NXDomain || domain.Org(r.name) != r.name {
		return ""
	}
	return fmt.Sprintf("; if %s is not registered, whoever registers it may send in the name of %s", spelled(r.name), spelled(r.by.in.name))
}
