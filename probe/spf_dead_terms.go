package probe

import (
	"context"
	"fmt"

	"mailtrace/report"
)

var spfDeadTerms = check{
	Rule: report.Rule{
		ID:    "spf.dead-terms",
		Title: "Terms of the SPF record are never looked at",
		Max:   report.Warning,
		Explain: `Receivers take the terms in their order, and the first that matches decides. "all" matches every address, so what stands behind it
counts for nothing, and "redirect" is ignored in a record that has an "all". Whoever wrote those terms wanted these servers to
send: move "all" to the end of the record, or delete what is not wanted.`,
		Innocent: `A service was added at the end of the record, as its instructions said.`,
		Measured: notMeasured + " It rests on the records. Records of other organisations are left out.",
		Refs:     []string{"RFC 7208 section 5.1", "RFC 7208 section 4.6.2", "RFC 7208 section 6.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		var dead []*spfTerm
		l.walk.root.each(func(t *spfTerm) {
			if t.dead != "" && l.own(t.in) {
				dead = append(dead, t)
			}
		})
		if len(dead) == 0 {
			return nil, nil, nil
		}
		why := dead[0].dead
		var other []*spfTerm
		for _, t := range dead {
			if t.dead != why {
				other = append(other, t)
			}
		}
		if len(other) > 0 {
			why += fmt.Sprintf("; %s: %s", labels(other[:1]), other[0].dead)
		}
		return s.spfFinding(report.Warning, ledToAll(dead[:min(len(dead), maxListed)]), "%s of the SPF record of %s %s for nothing: %s", labels(dead), spelled(s.domain), one(len(dead), "counts", "count"), why), nil, nil
	},
}
