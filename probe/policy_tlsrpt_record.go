package probe

import (
	"context"

	"mailtrace/report"
)

var rptRecordRule = check{
	Rule: report.Rule{
		ID:    "policy.tlsrpt-record",
		Title: "The TXT record of TLS reporting is wrong, so that nobody reports",
		Max:   report.Warning,
		Explain: `By a TXT record at _smtp._tls the domain asks senders to report once a day how TLS to its servers went. Senders count
records that begin with "v=TLSRPTv1;" alone; where there is not just one of them, or where it is wrong, they
report nothing. Mail is not affected. Publish one record, such as "v=TLSRPTv1; rua=mailto:reports@example.org".`,
		Innocent: `A second record that was left behind when another provider took over.`,
		Measured: notMeasured + " It rests on the standard; the reader of records passes the test suite of mox.",
		Refs:     []string{"RFC 8460 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.policies == nil {
			return nil, nil, nil
		}
		l := s.policies.rpt
		switch l.said.Status {
		case report.PolicyUnknown:
			return nil, []report.Undecided{s.undecided("whether %s asks for reports about TLS is not known: %s", spelled(s.domain), l.said.Why)}, nil
		case report.PolicyInvalid:
			f := s.finding(report.Warning, "no sender reports about TLS to %s: %s", spelled(s.domain), l.said.Why)
			f.Evidence = l.evidence()
			return []report.Finding{f}, nil, nil
		}
		return nil, nil, nil
	},
}
