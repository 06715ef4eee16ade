package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dmarcNoEffect = check{
	Rule: report.Rule{
		ID:    "dmarc.no-effect",
		Title: "The DMARC policy has no effect",
		Max:   report.Warning,
		Explain: `The policy p=none asks receivers to do nothing with forged mail; its use is the reports, and these were not asked for. So
nothing comes of this record. Add rua=mailto: and an address of yours, read the reports until all mail of yours passes,
and then ask for p=quarantine or p=reject.`,
		Innocent: `A record that was only published because a provider wants one.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 9989 section 4.7", "RFC 7489 section 6.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		record, at := s.dmarc.effective()
		if !usable(record) || s.dmarc.own.RFC9989.Policy != auth.PolicyNone || len(record.RUA) > 0 {
			return nil, nil, nil
		}
		f := s.finding(report.Warning, "the DMARC policy of %s has no effect: it asks for nothing (p=none), and for no reports (rua=)", spelled(s.domain))
		f.Evidence = s.dmarc.evidence(at)
		return []report.Finding{f}, nil, nil
	},
}
