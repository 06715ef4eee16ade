package probe

import (
	"context"

	"mailtrace/report"
)

var bimiRecordRule = check{
	Rule: report.Rule{
		ID:    "policy.bimi-record",
		Title: "The BIMI record is wrong, so that no logo is shown",
		Max:   report.Warning,
		Explain: `By a TXT record at default._bimi the domain names a logo that some providers show beside its mail. This record cannot be
used, so no logo appears; mail is not affected. Put right what is named here: one record, which looks like
"v=BIMI1; l=https://example.org/logo.svg; a=https://example.org/logo.pem".`,
		Innocent: `A second record that was left behind, or a tag of an extension that is not known here.`,
		Measured: notMeasured + " There is no RFC for BIMI: it rests on the draft.",
		Refs:     []string{"draft-brand-indicators-for-message-identification", "RFC 6376 section 3.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.bimi == nil {
			return nil, nil, nil
		}
		switch status, why := s.bimi.status(); status {
		case report.PolicyUnknown:
			return nil, []report.Undecided{s.undecided("whether %s has a BIMI record is not known: %s", spelled(s.domain), why)}, nil
		case report.PolicyInvalid:
			f := s.finding(report.Warning, "no provider shows the logo of %s: the BIMI record is wrong: %s", spelled(s.domain), why)
			f.Evidence = s.bimi.evidence()
			return []report.Finding{f}, nil, nil
		}
		return nil, nil, nil
	},
}
