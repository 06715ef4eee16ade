package probe

import (
	"context"
	"fmt"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var bimiDMARC = check{
	Rule: report.Rule{
		ID:    "policy.bimi-dmarc",
		Title: "The DMARC policy is too weak for the logo to be shown",
		Max:   report.Warning,
		Explain: `Providers show the logo of BIMI only where forged mail is stopped: the DMARC policy has to be p=quarantine or p=reject, for
all mail (no pct= below 100, no t=y), and must not be sp=none. Make the policy stricter first, or take the BIMI record
away until then.`,
		Innocent: `A domain that published the logo first and is still reading its DMARC reports.`,
		Measured: notMeasured + " There is no RFC for BIMI: it rests on the draft.",
		Refs:     []string{"draft-brand-indicators-for-message-identification", "RFC 9989 section 4.7", "RFC 7489 section 6.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if !s.bimi.shows() || s.dmarc == nil {
			return nil, nil, nil
		}
		status, why := s.dmarc.status()
		record, at := s.dmarc.effective()
		weak := ""
		switch v := s.dmarc.verdict(); {
		case status == report.PolicyUnknown:
			return nil, []report.Undecided{s.undecided("whether the DMARC policy of %s is strict enough for BIMI is not known: %s", spelled(s.domain), why)}, nil
		case record == nil || v == nil:
			weak = "there is no DMARC policy that counts"
		case v.Policy == auth.PolicyNone:
			weak = "the DMARC policy is " + string(v.Policy)
		case record.T:
			weak = "the DMARC policy is only tried out (t=y)"
		case record.PCT < 100:
			weak = fmt.Sprintf("the DMARC policy is for %d %% of the mail (pct=)", record.PCT)
		case record.SP == auth.PolicyNone:
			weak = "the DMARC policy for names below the domain is none (sp=)"
		default:
			return nil, nil, nil
		}
		f := s.finding(report.Warning, "no provider shows the logo of %s: %s", spelled(s.domain), weak)
		f.Evidence = s.bimi.evidence()
		if record != nil {
			f.Evidence = append(f.Evidence, s.dmarc.evidence(at)...)
		} else {
			f.Evidence = append(f.Evidence, s.dmarc.evidenceOfAll()...)
		}
		return []report.Finding{f}, nil, nil
	},
}
