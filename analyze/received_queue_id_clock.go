package analyze

import (
	"context"
	"time"

	"mailtrace/received"
	"mailtrace/report"
)

// How far the clock in a queue id may be from the stamp beside it. The five
// minutes over the hour are for hosts whose zone was an hour off, summer time
// set wrong, and for the time that a message takes to come in.
const (
	idClockStrong = time.Hour + 5*time.Minute
	idClockProof  = 24 * time.Hour
	idClockHeld   = 5 * 24 * time.Hour // As long as a queue keeps a message (RFC 5321 section 4.5.4.1).
)

var queueIDClock = check{
	Rule: report.Rule{
		ID:    "received.queue-id-clock",
		Title: "The clock in a server's number for the message disagrees with its time stamp",
		Max:   report.Critical,
		Explain: `Many servers give each message a number (the queue id) that has the time in it, and the same
program writes the time stamp of the line, so the two agree to the second. Here they do not: the
number was copied from another message, or the stamp was changed. Where the report says PROOF,
take the line for made up, and report nobody named in it. Otherwise it counts only together with
other signs: look whether the line fits the others.`,
		Innocent: `Some servers number a message when it comes in and date it when it goes on: a filter of
Proofpoint's that held it back, sendmail that took it in over a slow line. These are only noted. A
clock that was set while the message came in would do it too, by as much as it was set.`,
		Refs: []string{"RFC 5321 section 4.4", "RFC 5321 section 4.5.4.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hops {
			h := &s.hops[i]
			if h.IDTime == nil || h.Time == nil {
				continue
			}
			late, ok := apart(h)
			if !ok {
				continue
			}
			const text = "%s gave the id %s at %s UTC, and its stamp says %s: %s apart"
			by, shown, gap := s.host(i), h.IDTime.UTC().Format(time.DateTime), span(h.Time.Sub(*h.IDTime).Abs())
			var f report.Finding
			switch idClockWeight(h, late) {
			case report.Proof:
				f = s.proof(i, report.DisprovesHop, text, by, h.ID, shown, h.TimeText, gap)
			case report.Strong:
				f = s.about(i, report.Warning, report.Strong, text, by, h.ID, shown, h.TimeText, gap)
			default:
				f = s.about(i, report.Info, report.Ordinary, text, by, h.ID, shown, h.TimeText, gap)
			}
			f.Evidence = append(f.Evidence, s.part(i, h.Spans.ID), s.part(i, h.Spans.Time))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// apart is how much later the stamp is than the clock in the id, beyond the step
// of that clock; false where they are near enough.
func apart(h *report.Hop) (late time.Duration, far bool) {
	late = h.Time.Sub(*h.IDTime)
	step := received.Precision(h.IDClock)
	switch {
	case late > step:
		late -= step
	case late > 0:
		late = 0
	}
	return late, late.Abs() > idClockStrong
}

// idClockWeight is what it says that stamp and id are so far apart.
func idClockWeight(h *report.Hop, late time.Duration) report.Weight {
	switch {
	case h.IDClock == "proofpoint-filter" && late > 0 && late < idClockHeld:
		return report.Ordinary // Held back by the filter; up to 15 hours measured.
	case h.IDClock == "sendmail" && late > 0 && late <= idClockProof:
		// sendmail makes the id when the message begins and the line when it is
		// complete: 1 of 3,918 honest lines of 2002 is four hours late.
		return report.Ordinary
	case late.Abs() <= idClockProof, shapeAlone(h):
		return report.Strong
	}
	return report.Proof
}

// shapeAlone says whether nothing but the shape of its id tells who wrote a line.
// Other products copy these shapes without the clock.
func shapeAlone(h *report.Hop) bool {
	if h.Confidence == received.Certain {
		return false
	}
	return h.Dialect == "exim" || h.Dialect == "sendmail" || h.Dialect == "courier"
}
