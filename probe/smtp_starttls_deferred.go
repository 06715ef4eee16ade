package probe

import (
	"context"

	"mailtrace/report"
)

var smtpStartTLSDeferred = check{
	Rule: report.Rule{
		ID:    "smtp.starttls-deferred",
		Title: "The server offers TLS and cannot give it now",
		Max:   report.Info,
		Explain: `STARTTLS is offered, and the command was answered by a code that says "not now" (454), or that there was something
wrong with the form of it (501). So TLS is there and could not be seen. Until it works, many senders send in clear
text, and those that insist on TLS keep the mail and try again. If it lasts, look into the log of the server: a
certificate or key that cannot be read is the usual cause.`,
		Innocent: `The server is being set up or is short of memory, or limits how many TLS connections we may open.`,
		Measured: notMeasured + " It rests on the reply code.",
		Refs:     []string{"RFC 3207 section 4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if p.StartTLS != report.StartTLSDeferred && p.StartTLS != report.StartTLSRejected {
				continue
			}
			code, _ := p.reply(false, "STARTTLS")
			_, text := p.replied(false, "STARTTLS")
			switch {
			case code == "501":
				t.doubt(p, "STARTTLS was answered by %s: the server did not understand the form of the command. Whether TLS works with others is not known", text)
			case p.StartTLS == report.StartTLSDeferred:
				t.doubt(p, "STARTTLS was answered by %s: TLS is offered and not to be had now. Nothing is known of certificate and versions", text)
			}
		}
		return t.all()
	},
}
