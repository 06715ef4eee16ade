package probe

import (
	"context"

	"mailtrace/report"
)

var smtpStartTLSRejected = check{
	Rule: report.Rule{
		ID:    "smtp.starttls-rejected",
		Title: "The server offers TLS and refuses it",
		Max:   report.Critical,
		Explain: `STARTTLS is offered, and the command was refused for good. Senders that take what they get send in clear text, or
hang up; those that must have TLS (by DANE, MTA-STS or their own rules) cannot bring mail. Look into the log of the
server: most often there is no certificate, or its key cannot be read.`,
		Innocent: `A server whose TLS was switched on by half, or one that refuses TLS to our address alone.`,
		Measured: notMeasured + " It rests on the reply to STARTTLS.",
		Refs:     []string{"RFC 3207 section 4", "RFC 7672 section 2.2", "RFC 8314 section 4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if p.StartTLS != report.StartTLSRejected {
				continue
			}
			if code, _ := p.reply(false, "STARTTLS"); code == "501" {
				continue // The form of the command: smtp.starttls-deferred has it.
			}
			evidence, text := p.replied(false, "STARTTLS")
			if text == "" {
				text = "something that is no reply"
			}
			t.find(p, report.Critical, evidence, "STARTTLS is offered and was answered by %s: senders fall back to clear text, or keep the mail if they must have TLS", text)
		}
		return t.all()
	},
}
