package probe

import (
	"context"

	"mailtrace/report"
)

var blocklistUnusable = check{
	Rule: report.Rule{
		ID:    "dns.blocklist-unusable",
		Title: "A list could not be asked, or cannot be believed",
		Max:   report.Info,
		Explain: `Each list is tested before it is asked: it must have an entry for 127.0.0.2 and none for 127.0.0.1. This one
failed, or refuses to serve the resolver, so nothing it says is told on. Most lists do not serve public resolvers: name one of your
own with --resolver. A list that fails its test for a long time should be taken out of the settings of mail servers too.`,
		Innocent: `A public or shared resolver, which asks for too many; a list that was given up.`,
		Measured: notMeasured + " It rests on the test of RFC 5782.",
		Refs:     []string{"RFC 5782 section 5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.listed == nil {
			return nil, nil, nil
		}
		var undecided []report.Undecided
		for _, l := range s.listed.lists {
			if l.failed != "" {
				undecided = append(undecided, report.Undecided{Why: l.zone + ": " + l.failed})
				continue
			}
			said := ""
			for _, t := range l.tests {
				if t.result != report.Listed && t.why != said {
					said = t.why
					undecided = append(undecided, report.Undecided{Why: l.zone + " cannot be used for " + t.family() + ": " + t.why})
				}
			}
		}
		return nil, undecided, nil
	},
}
