package probe

import (
	"context"

	"mailtrace/report"
)

var dmarcSeveral = check{
	Rule: report.Rule{
		ID:    "dmarc.several",
		Title: "There are several DMARC records, which all count for nothing",
		Max:   report.Critical,
		Explain: `A name has one DMARC record; where there are several, receivers discard all of them. Then forged mail is not refused, no
reports come, and providers that want a policy from those that send to them find none. Keep one record and delete the
others.`,
		Innocent: `A record that a new provider asked for, put beside the old one.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 9989 section 4.10", "RFC 7489 section 6.6.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, step := range s.dmarc.several() {
			if step.Domain != s.domain && s.dmarc.own.RFC9989.PolicyDomain == s.domain {
				continue // It has a record of its own.
			}
			f := s.finding(report.Critical, "at %s stand %d DMARC records, which all count for nothing", step.Name(), step.Count)
			f.Evidence = s.dmarc.evidence(step.Domain)
			found = append(found, f)
		}
		return found, nil, nil
	},
}
