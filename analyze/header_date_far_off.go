package analyze

import (
	"context"
	"time"

	"mailtrace/received"
	"mailtrace/report"
)

// A Date may be somewhat late, by a wrong clock, and much earlier than the
// handover, by queues and by moderators of lists.
const (
	dateLate    = time.Hour
	dateLateOdd = 24 * time.Hour
	dateEarly   = 7 * 24 * time.Hour
)

var headerDateFarOff = check{
	Rule: report.Rule{
		ID:    "header.date-far-off",
		Title: "The Date field is far from the time at which the message arrived",
		Max:   report.Warning,
		Explain: `The sender's program writes the Date field when the message is sent; the recipient's server notes
when it came. A Date more than a day after the arrival keeps a message on top of the list in many
mail programs, which is why spam does it. One a week or more before it is of a message that waited
somewhere or is sent again, as honest mail often is. Go by the time of arrival, not by the Date.`,
		Innocent: `A computer whose clock is wrong, an empty battery, a mailing list whose moderator was on
holiday, old mail that is sent again.`,
		Refs: []string{"RFC 5322 section 3.6.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		f, d, ok := s.date()
		at := s.arrival()
		if !ok || d.Time.IsZero() || at < 0 {
			return nil, nil, nil
		}
		severity, weight := report.Info, report.Ordinary
		var found report.Finding
		switch late := d.Time.Sub(*s.hops[at].Time); {
		case late > dateLate:
			if late > dateLateOdd {
				severity, weight = report.Warning, report.Strong
			}
			found = finding(severity, weight, "the Date field says %s, %s after %s took the message", f.Text(), span(late), s.host(at))
		case -late > dateEarly:
			found = finding(severity, weight, "the Date field says %s, %s before %s took the message", f.Text(), span(-late), s.host(at))
		default:
			return nil, nil, nil
		}
		found.Evidence = append(found.Evidence, field(f), s.part(at, s.hops[at].Spans.Time))
		return []report.Finding{found}, nil, nil
	},
}

// arrival is the index of the hop whose stamp says when the message arrived: that
// of the handover, or the newest one where no boundary is known; -1 when it has no
// time.
func (s *subject) arrival() int {
	at := s.boundary.at
	for i := len(s.hops) - 1; at < 0 && i >= 0; i-- {
		if s.hops[i].Kind != received.Note {
			at = i
		}
	}
	if at < 0 || s.hops[at].Time == nil {
		return -1
	}
	return at
}
