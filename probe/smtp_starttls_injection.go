package probe

import (
	"context"

	"mailtrace/report"
)

var smtpStartTLSInjection = check{
	Rule: report.Rule{
		ID:    "smtp.starttls-injection",
		Title: "Text came between the reply to STARTTLS and TLS",
		Max:   report.Critical,
		Explain: `After "220" to STARTTLS nothing may come but TLS; here more came in clear text. Whoever sits on the line can do
that, to make a careless sender believe words that the server never said inside TLS, and a broken server or proxy
does it too. Mailtrace threw the text away; careful senders hang up, so mail waits. Compare from another network:
if it is there too, the server or a device in front of it is at fault.`,
		Innocent: `A proxy that sends the next reply too early, without any ill will.`,
		Measured: notMeasured + " It rests on the octets that came before TLS.",
		Refs:     []string{"RFC 3207 section 4.2", "RFC 3207 section 6"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if odd := p.odd(report.OddInjected); len(odd) > 0 {
				evidence := p.oddLines(odd)
				t.find(p, report.Critical, evidence, "behind the reply to STARTTLS came more in clear text: %s", quoted(evidence[0].Bytes()))
			}
		}
		return t.all()
	},
}
