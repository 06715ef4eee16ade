package probe

import (
	"context"

	"mailtrace/report"
)

var stsSubdomain = check{
	Rule: report.Rule{
		ID:    "policy.sts-subdomain",
		Title: "The organisation has a policy of MTA-STS, which does not hold for this subdomain",
		Max:   report.Info,
		Explain: `A policy of MTA-STS holds for mail to just the domain that publishes it, and never for the domains below: senders
must not look for it there. Mail to this subdomain goes without its protection. If that is not what is meant,
publish a record and a policy of its own, on a web server of its own name (mta-sts and the subdomain).`,
		Innocent: `A subdomain that takes little mail, such as one for bounces.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 8461 section 3.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.policies == nil || s.policies.sts.parent == "" {
			return nil, nil, nil
		}
		l := s.policies.sts
		switch status, why := l.above.status(stsVersion); status {
		case report.PolicyUnknown:
			return nil, []report.Undecided{s.undecided("whether %s, above %s, has an MTA-STS policy, which would not hold here, is not known: %s", spelled(l.parent), spelled(s.domain), why)}, nil
		case report.PolicyFound:
			f := s.finding(report.Info, "%s has an MTA-STS policy, and %s none: that of the former does not hold for mail to the latter", spelled(l.parent), spelled(s.domain))
			f.Evidence = append(l.above.evidence(), l.evidence()...)
			return []report.Finding{f}, nil, nil
		}
		return nil, nil, nil
	},
}
