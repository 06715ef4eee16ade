package analyze

import (
	"context"
	"time"

	"mailtrace/received"
	"mailtrace/report"
)

var weekdayWrong = check{
	Rule: report.Rule{
		ID:    "received.weekday-wrong",
		Title: "The weekday in a time stamp of the route does not belong to its date",
		Max:   report.Critical,
		Explain: `A server takes weekday and date from one reading of its clock, so they agree even when the clock
is wrong. Here they do not: someone typed or shifted the date and forgot the weekday. Take the
whole line for invented, and report nobody named in it.`,
		Innocent: `None is known for a mail server. A date that was changed later, by someone who
prepared the message as an example, looks the same.`,
		Refs: []string{"RFC 5322 section 3.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hops {
			h := &s.hops[i]
			if !s.has(i, received.WrongWeekday) || h.Time == nil {
				continue
			}
			local := *h.Time
			if h.OffsetSeconds != nil {
				local = local.Add(time.Duration(*h.OffsetSeconds) * time.Second)
			}
			f := s.proof(i, report.DisprovesHop, "the stamp of %s says %s; that day was a %s", s.host(i), h.TimeText, local.Weekday())
			f.Evidence = append(f.Evidence, s.part(i, h.Spans.Time))
			found = append(found, f)
		}
		return found, nil, nil
	},
}
