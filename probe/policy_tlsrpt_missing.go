package probe

import (
	"context"

	"mailtrace/report"
)

var rptMissing = check{
	Rule: report.Rule{
		ID:    "policy.tlsrpt-missing",
		Title: "There is an MTA-STS policy, and nobody is asked to report when it fails",
		Max:   report.Warning,
		Explain: `Where the MTA-STS policy does not hold, mail waits at the servers that send it, and the domain sees nothing of
that. TLS reporting lets those senders say so once a day; in mode testing these reports are all that the policy is for.
Publish a TXT record at _smtp._tls, such as "v=TLSRPTv1; rua=mailto:reports@example.org".`,
		Innocent: `A domain that watches its certificates by other means.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 8460 section 3", "RFC 8461 section 6"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.stsSeverity() == "" || s.policies.rpt.said.Status != report.PolicyNone {
			return nil, nil, nil
		}
		f := s.finding(report.Warning, "the MTA-STS policy of %s is in mode %s, and nobody is asked to report when it fails: you do not learn that mail waits",
			spelled(s.domain), s.policies.sts.policy.mode)
		f.Evidence = append(s.policies.rpt.evidence(), s.policies.sts.file.lines("mode")...)
		return []report.Finding{f}, nil, nil
	},
}
