package probe

import (
	"context"

	"mailtrace/report"
)

var smtpStartTLSInTLS = check{
	Rule: report.Rule{
		ID:    "smtp.starttls-in-tls",
		Title: "The server offers STARTTLS although TLS is up",
		Max:   report.Warning,
		Explain: `Inside TLS there is nothing to start, and the standard forbids the offer. Senders of today ignore it. Some simple
ones try, fail and come back later. Look for a proxy that ends TLS in front of the server, so that the server
does not know of it; then it also does not know that the mail was encrypted on its way.`,
		Innocent: `A proxy or load balancer that does TLS for the server.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 3207 section 4.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if p.secured() && offers(p.ExtensionsTLS, "STARTTLS") {
				t.find(p, report.Warning, p.says(true, "STARTTLS"), "STARTTLS is offered again inside TLS")
			}
		}
		return t.all()
	},
}
