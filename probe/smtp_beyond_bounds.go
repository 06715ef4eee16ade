package probe

import (
	"context"
	"strings"

	"mailtrace/report"
)

var smtpBeyondBounds = check{
	Rule: report.Rule{
		ID:    "smtp.beyond-bounds",
		Title: "The server sends more than any mail server has to say",
		Max:   report.Warning,
		Explain: `Mailtrace reads a reply up to bounds that no honest mail server comes near, and stops there: a line, a reply or
the whole conversation was longer. Senders with bounds hang up as well, others may be brought to a standstill. If
the server is yours, look for a program that writes without end; if not, it may be meant to harm who looks.`,
		Innocent: `A server that is broken, or a trap for scanners.`,
		Measured: notMeasured + " It rests on our own bounds, which the report names.",
		Refs:     []string{"RFC 5321 section 4.5.3.1.5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if len(p.Limits) == 0 {
				continue
			}
			texts := make([]string, len(p.Limits))
			for i, l := range p.Limits {
				texts[i] = l.Text
			}
			t.find(p, report.Warning, nil, "%s", strings.Join(texts, "; "))
		}
		return t.all()
	},
}
