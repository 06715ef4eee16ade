package probe

import (
	"context"
	"time"

	"mailtrace/report"
)

// stsWeek is below what senders should be told to keep a policy: "intended to be weeks or
// greater" (RFC 8461 section 3.2).
const stsWeek = 7 * 24 * time.Hour

var stsModeRule = check{
	Rule: report.Rule{
		ID:    "policy.sts-mode",
		Title: "The policy of MTA-STS protects little or nothing",
		Max:   report.Info,
		Explain: `With mode testing, senders deliver as if there was no policy and report what would have failed; with mode none, they
forget that there was one. A max_age of less than a week lets a policy lapse between two mails, so that somebody who
keeps senders from fetching it needs to do so for a short time only. When reports show no more failures, set mode enforce and
a max_age of some weeks.`,
		Innocent: `A policy that is being introduced, or taken back: both are done by these modes.`,
		Measured: notMeasured + " It rests on the policy.",
		Refs:     []string{"RFC 8461 section 5", "RFC 8461 section 3.2", "RFC 8461 section 8.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.policies == nil || s.policies.sts.policy == nil {
			return nil, nil, nil
		}
		policy, file := s.policies.sts.policy, s.policies.sts.file
		var found []report.Finding
		say := func(line, text string, args ...any) {
			f := s.finding(report.Info, text, args...)
			f.Evidence = file.lines(line)
			found = append(found, f)
		}
		switch policy.mode {
		case stsTesting:
			say("mode", "the MTA-STS policy is being tested (mode testing): senders deliver whether or not it holds, and report")
		case stsNone:
			say("mode", "the MTA-STS policy says that there is none (mode none): senders act as if the domain had no policy")
		}
		if age := time.Duration(policy.maxAge) * time.Second; age < stsWeek && policy.mode != stsNone {
			say("max_age", "senders keep the MTA-STS policy for %s only (max_age): the protection is thin", counted(policy.maxAge, "second", "seconds"))
		}
		return found, nil, nil
	},
}
