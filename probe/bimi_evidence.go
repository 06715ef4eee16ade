package probe

import (
	"context"

	"mailtrace/report"
)

var bimiEvidence = check{
	Rule: report.Rule{
		ID:    "policy.bimi-evidence",
		Title: "The BIMI record names no certificate for the logo",
		Max:   report.Info,
		Explain: `Large providers show a logo only with a certificate that says whose it is, a mark certificate, at the address that a=
names. Without it few show the logo. Neither logo nor certificate were fetched: whether they are there and right was not
looked at.`,
		Innocent: `A domain for which the providers are enough that ask for no certificate.`,
		Measured: notMeasured + " There is no RFC for BIMI: it rests on the draft.",
		Refs:     []string{"draft-brand-indicators-for-message-identification", "RFC 6376 section 3.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if !s.bimi.shows() || s.bimi.record.evidence != "" {
			return nil, nil, nil
		}
		if status, _ := s.bimi.status(); status != report.PolicyFound {
			return nil, nil, nil
		}
		f := s.finding(report.Info, "the BIMI record of %s names a logo and no certificate for it (a=): few providers show it", spelled(s.domain))
		f.Evidence = s.bimi.evidence()
		return []report.Finding{f}, nil, nil
	},
}
