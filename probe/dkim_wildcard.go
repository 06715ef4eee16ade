package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dkimWildcard = check{
	Rule: report.Rule{
		ID:    "dkim.wildcard",
		Title: "Every DKIM selector has a record",
		Max:   report.Info,
		Explain: `A name that nobody uses has a record, so a wildcard answers for all selectors. What was found at usual names is
therefore no sign that the domain signs mail. A wildcard with an empty p= is how a domain that sends no mail revokes all
keys; any other one should be replaced by records for selectors that are used.`,
		Innocent: `A domain that sends no mail and says so in every way there is.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 6376 section 3.6.2.1", "RFC 6376 section 6.1.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.dkim != nil && s.dkim.maybeEverywhere() {
			return nil, []report.Undecided{s.undecided("whether every DKIM selector of %s has a record, so that those found tell nothing, is not known: %s", spelled(s.domain), inWords(s.dkim.unlikely.err))}, nil
		}
		if s.dkim == nil || s.dkim.unlikely.answer == nil || len(s.dkim.unlikely.answer.Records) == 0 {
			return nil, nil, nil
		}
		a := s.dkim.unlikely.answer
		what := "that is no key"
		switch key := auth.ParseKey(a.Name, a.Records[0].Text); {
		case key.Revoked && key.Fault == "":
			what = "that revokes it (p= is empty)"
		case key.Fault == "":
			what = "with a key"
		}
		f := s.finding(report.Info, "at %s every DKIM selector has a record, %s: what stands at usual names tells nothing", spelled(s.domain), what)
		f.Evidence = clippedEvidence(s.dkim.unlikely.evidence())
		return []report.Finding{f}, nil, nil
	},
}
