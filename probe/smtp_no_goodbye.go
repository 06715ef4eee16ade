package probe

import (
	"context"

	"mailtrace/report"
)

var smtpNoGoodbye = check{
	Rule: report.Rule{
		ID:    "smtp.no-goodbye",
		Title: "The server ends the conversation without a goodbye",
		Max:   report.Info,
		Explain: `After QUIT a server answers "221" and closes the connection; inside TLS it closes TLS first. This one did not. No
mail is lost by it, because all was said by then. Senders may note an error in their log.`,
		Innocent: `Load balancers and servers in a hurry hang up at once; some do so with strangers alone.`,
		Measured: notMeasured + " It rests on what came after QUIT.",
		Refs:     []string{"RFC 5321 section 4.1.1.10", "RFC 5321 section 3.8"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			switch {
			case len(p.odd(report.OddQuit)) > 0:
				t.find(p, report.Info, p.oddLines(p.odd(report.OddQuit)), "QUIT was not answered by 221")
			case len(p.odd(report.OddCloseNotify)) > 0:
				t.find(p, report.Info, nil, "TLS was cut off at the end, not closed")
			}
		}
		return t.all()
	},
}
