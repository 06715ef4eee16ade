package probe

import (
	"context"

	"mailtrace/report"
)

var spfLoopRule = check{
	Rule: report.Rule{
		ID:    "spf.loop",
		Title: "SPF records include each other in a circle",
		Max:   report.Critical,
		Explain: `A record that includes itself, or that one includes which it includes, is never at its end. Receivers go round until they have
asked ten times and stop with "permerror": nothing behind the circle counts. Take out the term that leads back.`,
		Innocent: `Two domains of one owner, each of which was told to include the other.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 7208 section 4.6.4", "RFC 7208 section 5.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		loops := l.records(spfLoop)
		if len(loops) == 0 {
			return nil, nil, nil
		}
		terms := make([]*spfTerm, len(loops))
		for i, r := range loops {
			terms[i] = r.by
		}
		return s.spfFinding(report.Critical, ledToAll(terms), "the SPF record of %s goes in a circle: %s %s back to where receivers came from, and they stop after ten look-ups (permerror)",
			spelled(s.domain), labels(terms), one(len(terms), "leads", "lead")), nil, nil
	},
}
