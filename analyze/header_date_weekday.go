package analyze

import (
	"context"
	"slices"
	"time"

	"mailtrace/received"
	"mailtrace/report"
)

var headerDateWeekday = check{
	Rule: report.Rule{
		ID:    "header.date-weekday-wrong",
		Title: "The weekday in the Date field is not that of its date",
		Max:   report.Warning,
		Explain: `Mail programs write weekday and date from one reading of the clock, so they agree even
when the clock is wrong. Here they do not: someone typed the date, or a home-made program put it
together. Take the time of sending from the lines of the recipient's own servers instead.`,
		Innocent: `A script that its author wrote himself, or a message whose date was changed later, as
examples for teaching are.`,
		Refs: []string{"RFC 5322 section 3.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		f, d, ok := s.date()
		if !ok || d.Time.IsZero() || !slices.Contains(d.Oddities, received.WrongWeekday) {
			return nil, nil, nil
		}
		local := d.Time.Add(time.Duration(d.Offset) * time.Second)
		found := finding(report.Warning, report.Strong, "the Date field says %s; that day was a %s", f.Text(), local.Weekday())
		found.Evidence = append(found.Evidence, field(f))
		return []report.Finding{found}, nil, nil
	},
}
