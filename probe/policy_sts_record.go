package probe

import (
	"context"

	"mailtrace/report"
)

var stsRecordRule = check{
	Rule: report.Rule{
		ID:    "policy.sts-record",
		Title: "The TXT record of MTA-STS is wrong, so that there is no policy",
		Max:   report.Warning,
		Explain: `By a TXT record at _mta-sts the domain says that it has an MTA-STS policy, and gives the number of its edition. Senders
count records that begin with "v=STSv1;" alone; where there is not just one of them, or where it is wrong, they act as if
the domain had no policy, and mail goes as before, without protection against who listens or pretends to be the server.
Publish one record, such as "v=STSv1; id=20260101T000000", and change the id whenever the policy changes.`,
		Innocent: `A second record that was left behind when another provider took over.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 8461 section 3.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.policies == nil {
			return nil, nil, nil
		}
		l := s.policies.sts
		switch m := &l.said; {
		case l.file != nil: // The record is right.
		case m.Status == report.PolicyUnknown:
			return nil, []report.Undecided{s.undecided("whether %s has an MTA-STS policy is not known: %s", spelled(s.domain), m.Why)}, nil
		case m.Status == report.PolicyInvalid:
			f := s.finding(report.Warning, "MTA-STS of %s is not in force: %s", spelled(s.domain), m.Why)
			f.Evidence = l.evidence()
			return []report.Finding{f}, nil, nil
		}
		return nil, nil, nil
	},
}
