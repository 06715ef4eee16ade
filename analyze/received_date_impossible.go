package analyze

import (
	"context"

	"mailtrace/received"
	"mailtrace/report"
)

var dateImpossible = check{
	Rule: report.Rule{
		ID:    "received.date-impossible",
		Title: "A stamp has a date or time that does not exist",
		Max:   report.Critical,
		Explain: `Servers print the date from their clock with a library routine, which can print
only dates that exist: no 31 February, no 25 o'clock, no offset of eighteen hours. This one was put
together by hand or by a program that makes up numbers. Take the whole line for invented. AM and PM
are only strong evidence: they are rare, not impossible.`,
		Innocent: `None is known for dates that do not exist; a script that files or converts mail can
damage a date, and then all lines of the message look alike. AM and PM are printed by a few home-made
servers.`,
		Measured: measured("received.date-impossible"),
		Refs:     []string{"RFC 5322 section 3.3", "RFC 5322 section 4.3"},
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
