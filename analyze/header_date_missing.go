package analyze

import (
	"context"

	"mailtrace/report"
)

var headerDateMissing = check{
	Rule: report.Rule{
		ID:    "header.date-missing",
		Title: "The message has no Date that can be read",
		Max:   report.Info,
		Explain: `Every message must say when it was sent, and mail programs and most servers see to it.
One without was sent by a home-made program, or lost the field on its way. That alone means little:
go by the times of the servers.`,
		Innocent: `Alerts of machines and scripts often leave it out; servers on the way may add it, or may
not.`,
		Refs: []string{"RFC 5322 section 3.6", "RFC 6409 section 8.2"},
	},
	needs: needHeader,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		f, _, ok := s.date()
		from, any := s.message.Field("From")
		var found report.Finding
		switch {
		case ok, len(s.hops) == 0:
			return nil, nil, nil
		case f.Name != "":
			found = finding(report.Info, report.Ordinary, "what stands in the Date field is no date: %s", f.Text())
			found.Evidence = append(found.Evidence, field(f))
		case any:
			found = finding(report.Info, report.Ordinary, "there is no Date field beside From")
			found.Evidence = append(found.Evidence, field(from))
		default:
			return nil, nil, nil // Only a piece of a header: more may be missing.
		}
		return []report.Finding{found}, nil, nil
	},
}
