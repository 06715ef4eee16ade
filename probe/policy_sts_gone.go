package probe

import (
	"context"

	"mailtrace/report"
)

var stsGone = check{
	Rule: report.Rule{
		ID:    "policy.sts-gone",
		Title: "A policy of MTA-STS is served, and no record leads to it",
		Max:   report.Warning,
		Explain: `The web server at mta-sts gives a policy, and there is no TXT record at _mta-sts. Senders look for a policy only where the
record says that there is one: those that come anew deliver without protection. Those that fetched it earlier keep to it
until its max_age is over, and so to MX hosts that may be others by then. Publish the record, such as "v=STSv1; id=20260101T000000",
or withdraw the policy in order: mode none first, with a record, and both away when the longest max_age is over.`,
		Innocent: `A policy that is about to be introduced, its file first.`,
		Measured: notMeasured + " Where mta-sts has an address, one request is made.",
		Refs:     []string{"RFC 8461 section 8.3", "RFC 8461 section 3.1", "RFC 8461 section 3.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.policies == nil || s.policies.sts.orphan == nil {
			return nil, nil, nil
		}
		l := s.policies.sts
		file := l.orphan
		if !file.asked && file.unknown {
			return nil, []report.Undecided{s.undecided("whether an MTA-STS policy is served to which no record leads: %s", file.why)}, nil
		}
		policy, err := parseSTSPolicy(file.body)
		if file.outcome != report.OutcomeOK || err != nil || policy.mode == stsNone {
			return nil, nil, nil // There is none, or it is being withdrawn, as it should be.
		}
		f := s.finding(report.Warning, "an MTA-STS policy in mode %s is served for %s, and no record at _mta-sts leads to it: senders that do not have it yet do not look for it, others keep to it for %s at most",
			policy.mode, spelled(s.domain), ageText(policy.maxAge))
		f.Evidence = append(append(l.evidence(), file.evidence()...), file.lines("mode")...)
		return []report.Finding{f}, nil, nil
	},
}

// ageText is a max_age for people.
func ageText(seconds int64) string {
	const day = 24 * 60 * 60
	if seconds < day {
		return counted(seconds, "second", "seconds")
	}
	return counted(seconds/day, "day", "days")
}
