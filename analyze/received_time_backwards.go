package analyze

import (
	"context"
	"time"

	"mailtrace/report"
)

// Half of all honest messages run backwards somewhere. In 2002 every hundredth
// pair of stamps did by more than five minutes, one in three hundred by more than
// an hour, none by a day.
const (
	clockSlack  = 5 * time.Minute
	clockStrong = time.Hour
)

var timeBackwards = check{
	Rule: report.Rule{
		ID:    "received.time-backwards",
		Title: "A hop has an earlier time stamp than the hop before it",
		Max:   report.Warning,
		Explain: `Each server stamps the message when it takes it, so the times should grow along the route. Going
back a few minutes is a clock that runs wrong, as common in honest mail as in spam; where the
other stamps show whose clock, that is already allowed for. Hours or days are rare: then one of
the two lines may be made up, mostly the older one. Accuse nobody because of this alone; look
whether the line has other findings.`,
		Innocent: `A server whose clock was wrong, or that held the message in a queue and stamped it
with the time of an earlier try.`,
		Refs: []string{"RFC 5321 section 4.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		prev := -1
		for i := range s.hops {
			h := &s.hops[i]
			if h.Time == nil {
				continue
			}
			if h.DelaySeconds != nil && prev >= 0 {
				back := -time.Duration(*h.DelaySeconds * float64(time.Second))
				if back > clockSlack {
					severity, weight := report.Info, report.Ordinary
					if back > clockStrong {
						severity, weight = report.Warning, report.Strong
					}
					f := s.about(i, severity, weight, "%s took the message %s before %s did", s.host(i), span(back), s.host(prev))
					f.Evidence = append(f.Evidence, s.part(prev, s.hops[prev].Spans.Time), s.part(i, h.Spans.Time))
					found = append(found, f)
				}
			}
			prev = i
		}
		return found, nil, nil
	},
}
