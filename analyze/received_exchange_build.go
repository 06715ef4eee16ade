package analyze

import (
	"context"
	"fmt"
	"time"

	"mailtrace/received"
	"mailtrace/report"
)

// How far the date of a line may be from the days on which its build of Exchange
// Online was seen: beyond them it is impossible, and within them a host of the
// recipient's fits the calendar (99 % of all lines do).
const (
	buildImpossible = 120 * 24 * time.Hour
	buildFits       = 20 * 24 * time.Hour
)

var exchangeBuild = check{
	Rule: report.Rule{
		ID:    "received.exchange-build",
		Title: "A line of Microsoft 365 names a version that was not in use on its date",
		Max:   report.Critical,
		Explain: `Servers of Microsoft 365 write the version (the build) of their software into each line
(15.20.8398.18), and all of them get a new one every few days. So it tells roughly when a line was
written, and here that is months away from the date in the line: the line was copied out of
another message, or made up. Do not report anyone named in it; go by the hop that the recipient's
own server saw.`,
		Innocent: `None is known. Exchange servers that a company runs itself count otherwise and are not
looked at; nor are dates for which the calendar is not known.`,
		Refs: []string{"RFC 5321 section 4.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		witness := ""
		for i := len(s.hops) - 1; i >= 0; i-- {
			h := &s.hops[i]
			off, seen, ok := buildOff(h)
			switch {
			case !ok:
			case h.Standing == report.Observed && off > buildFits:
				// The calendar, or the clock of the recipient's side, does not fit
				// this message.
				return nil, []report.Undecided{{Why: fmt.Sprintf("the recipient's own hop %d is %s away from its build %s, so the calendar of builds does not fit here", h.Number, span(off), h.ID)}}, nil
			case h.Standing == report.Observed && witness == "":
				witness = fmt.Sprintf("; hop %d, on the recipient's side, has %s", h.Number, h.ID)
			case off > buildImpossible:
				f := s.proof(i, report.DisprovesHop, "build %s was in use from %s to %s, and the stamp of %s says %s%s",
					h.ID, seen.First.Format(time.DateOnly), seen.Last.AddDate(0, 0, -1).Format(time.DateOnly), s.host(i), h.TimeText, witness)
				f.Evidence = append(f.Evidence, s.part(i, h.Spans.ID), s.part(i, h.Spans.Time))
				found = append(found, f)
			}
		}
		return found, nil, nil
	},
}

// buildOff is how far the date of a line of Microsoft 365 is from the days of its
// build; false for every other line, and for days without a calendar.
func buildOff(h *report.Hop) (off time.Duration, seen received.Seen, ok bool) {
	if h.Dialect != "m365" || h.Time == nil {
		return 0, seen, false
	}
	if known := received.ExchangeBuildDays(); h.Time.Before(known.First) || h.Time.After(known.Last) {
		return 0, seen, false
	}
	if seen, ok = received.ExchangeBuild(h.ID); !ok {
		return 0, seen, false
	}
	return max(seen.First.Sub(*h.Time), h.Time.Sub(seen.Last)), seen, true
}
