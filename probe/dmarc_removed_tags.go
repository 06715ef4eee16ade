package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dmarcRemovedTags = check{
	Rule: report.Rule{
		ID:    "dmarc.removed-tags",
		Title: "The DMARC record has tags that newer receivers ignore",
		Max:   report.Info,
		Explain: `RFC 9989 took the tags pct=, rf= and ri= out of DMARC, and the limit of size ("!10m") behind an address. Receivers that
follow it ignore them, older ones may still heed them. They can be deleted.`,
		Innocent: `A record that was written before 2026.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 9989 section 4.7", "RFC 7489 section 6.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		record, at := s.dmarc.effective()
		if record == nil {
			return nil, nil, nil
		}
		var tags []string
		for _, p := range record.Problems {
			switch p.Fault {
			case auth.DMARCRemoved, auth.DMARCSize:
				tags = append(tags, clipped(p.Tag+"="+p.Value, maxShown))
			}
		}
		if len(tags) == 0 {
			return nil, nil, nil
		}
		f := s.finding(report.Info, "the DMARC record at %s has what newer receivers ignore: %s", dmarcPrefix+at, firstOf(tags, func(tag string) string { return tag }))
		f.Evidence = s.dmarc.evidence(at)
		return []report.Finding{f}, nil, nil
	},
}
