package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfPTR = check{
	Rule: report.Rule{
		ID:    "spf.ptr",
		Title: "The SPF record uses ptr",
		Max:   report.Warning,
		Explain: `The term ptr makes every receiver ask for the name of each client and for the addresses of that name. That is slow, it fails with the name
servers of the client's network, and some large receivers pass over it. RFC 7208 says that it should not be published:
name the servers by ip4, ip6, a or mx.`,
		Innocent: `A record that is older than that advice, or was made by an old form on a web page.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 7208 section 5.5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		all := l.terms(func(t *spfTerm) bool { return t.Mechanism == auth.MechPTR || t.to.PMacros > 0 })
		if len(all) == 0 {
			return nil, nil, nil
		}
		severity := report.Info // Others have to change it.
		for _, t := range all {
			if l.own(t.in) {
				severity = report.Warning
			}
		}
		return s.spfFinding(severity, ledToAll(all[:min(len(all), maxListed)]), "the SPF record of %s makes receivers look for the name of the client: %s", spelled(s.domain), labels(all)), nil, nil
	},
}
