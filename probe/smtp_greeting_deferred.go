package probe

import (
	"context"

	"mailtrace/report"
)

var smtpGreetingDeferred = check{
	Rule: report.Rule{
		ID:    "smtp.greeting-deferred",
		Title: "The server says that it has no time for us now",
		Max:   report.Info,
		Explain: `Instead of a greeting, or soon after it, the server answered with a code that begins with 4: not now, try again
later. It may say so to everybody because it is busy, or to us because we connect too often or are not known.
So nothing follows about TLS, extensions or certificates. Try again later, or from an address that it knows.`,
		Innocent: `Limits on connections, greylisting and defences against spam all do this, and senders simply come back.`,
		Measured: notMeasured + " It rests on the reply code.",
		Refs:     []string{"RFC 5321 section 3.8", "RFC 5321 section 4.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if p.Outcome != report.OutcomeDeferred {
				continue
			}
			switch tls := p.Port == implicitPort; p.Phase {
			case report.PhaseGreeting:
				_, text := p.replied(tls, "")
				t.doubt(p, "the server greets with %s: a temporary refusal, perhaps of us alone. What it offers is not known", text)
			case report.PhaseEHLO:
				_, text := p.replied(p.TLS != nil, "EHLO")
				t.doubt(p, "the server answers EHLO with %s: a temporary refusal, perhaps of us alone. What it offers is not known", text)
			}
		}
		return t.all()
	},
}
