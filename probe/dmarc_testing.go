package probe

import (
	"context"
	"fmt"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dmarcTesting = check{
	Rule: report.Rule{
		ID:    "dmarc.testing",
		Title: "The DMARC policy is not meant for all mail, and receivers differ in what they make of that",
		Max:   report.Warning,
		Explain: `By t=y a domain says that it only tries its policy out: receivers that follow RFC 9989 then do a step less, older ones do
not know the tag. By pct= it asked older receivers to apply the policy to a part of the mail only; newer ones ignore that
and apply it to all. So the same mail fares differently. Take both out when the reports look right.`,
		Innocent: `A policy that is being made stricter step by step.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 9989 section 4.7", "RFC 7489 section 6.3", "RFC 7489 section 6.6.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		record, at := s.dmarc.effective()
		v := s.dmarc.verdict()
		if !usable(record) || !record.T && record.PCT == 100 || v == nil {
			return nil, nil, nil
		}
		newer, older := string(v.Applied), string(s.dmarc.own.RFC7489.Applied)
		if record.PCT > 0 && record.PCT < 100 && v.Policy != auth.PolicyNone {
			older = fmt.Sprintf("%s for %d %% of the mail", older, record.PCT)
		}
		var says []string
		if record.T {
			says = append(says, "t=y")
		}
		if record.PCT < 100 {
			says = append(says, fmt.Sprintf("pct=%d", record.PCT))
		}
		severity, effect := report.Warning, fmt.Sprintf("receivers that follow RFC 9989 apply %s, older ones %s", newer, older)
		if newer == older {
			severity, effect = report.Info, "receivers apply "+newer
		}
		f := s.finding(severity, "the DMARC policy of %s is %s with %s: %s", spelled(s.domain), v.Policy, enumerated(says), effect)
		f.Evidence = s.dmarc.evidence(at)
		return []report.Finding{f}, nil, nil
	},
}
