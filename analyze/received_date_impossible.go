package analyze

import (
	"context"

	"mailtrace/received"
	"mailtrace/report"
)

var dateImpossible = check{
	Rule: report.Rule{
		ID:    "received.date-impossible",
		Title: "A time stamp of the route has a date or time that does not exist",
		Max:   report.Critical,
		Explain: `Each server stamps the message from its clock, and no clock shows a 31 February, a 25 o'clock or
an offset of eighteen hours from world time. Such a stamp was put together by hand or by a program
that makes up numbers. Where the report says PROOF, take the whole line for invented and report
nobody named in it. AM and PM are only a strong sign: rare, not impossible.`,
		Innocent: `None is known for dates that do not exist. A script that files or converts mail can damage dates,
and then all lines of the message look alike: ask for the original. A few home-made servers print
AM and PM.`,
		Refs: []string{"RFC 5322 section 3.3", "RFC 5322 section 4.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hops {
			const text = "the stamp of %s has %s: %s"
			var f report.Finding
			switch by, stamp := s.host(i), s.hops[i].TimeText; {
			case s.has(i, received.ImpossibleDate):
				f = s.proof(i, report.DisprovesHop, text, by, "a date or time that no calendar or clock has", stamp)
			case s.has(i, received.ImpossibleOffset):
				f = s.proof(i, report.DisprovesHop, text, by, "an offset from UTC that no zone ever had", stamp)
			case s.has(i, received.TwelveHourClock):
				// Two honest messages of 2002 have it, from one home-made server.
				f = s.about(i, report.Warning, report.Strong, text, by, "AM or PM, which hardly any mail server prints", stamp)
			default:
				continue
			}
			f.Evidence = append(f.Evidence, s.part(i, s.hops[i].Spans.Time))
			found = append(found, f)
		}
		return found, nil, nil
	},
}
