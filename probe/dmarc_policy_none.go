package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dmarcPolicyNone = check{
	Rule: report.Rule{
		ID:    "dmarc.policy-none",
		Title: "The DMARC policy asks for reports alone",
		Max:   report.Info,
		Explain: `With p=none receivers report on mail in the name of the domain, and do nothing with what is forged. That is how one begins.
When the reports show that all mail of yours passes, ask for p=quarantine or p=reject; until then anybody can send in
the name of the domain.`,
		Innocent: `A domain that has begun to look at its reports.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 9989 section 4.7", "RFC 7489 section 6.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		record, at := s.dmarc.effective()
		if !usable(record) || s.dmarc.own.RFC9989.Policy != auth.PolicyNone || len(record.RUA) == 0 {
			return nil, nil, nil
		}
		f := s.finding(report.Info, "the DMARC policy of %s asks for reports alone (p=none): forged mail is not stopped", spelled(s.domain))
		f.Evidence = s.dmarc.evidence(at)
		return []report.Finding{f}, nil, nil
	},
}
