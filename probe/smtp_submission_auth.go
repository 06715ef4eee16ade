package probe

import (
	"context"

	"mailtrace/report"
)

var smtpSubmissionAuth = check{
	Rule: report.Rule{
		ID:    "smtp.submission-auth",
		Title: "The port for users does not let them log in",
		Max:   report.Warning,
		Explain: `Ports 587 and 465 are for users who hand in mail, and must ask who they are. Here log-in is not offered, not even
inside TLS. Either nobody can send mail that way, or the server knows its users by their addresses, or everybody may
send through it. Switch log-in on for this port, or close it.`,
		Innocent: `A server for one network that goes by addresses, or one that offers log-in to networks other than ours.`,
		Measured: notMeasured + " It rests on the answer to EHLO.",
		Refs:     []string{"RFC 6409 section 4.3", "RFC 8314 section 3.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			all, tls, known := p.offers()
			// Before TLS log-in is rightly not offered: where STARTTLS could not be had,
			// nothing is known.
			if !p.forUsers() || !known || !tls && p.StartTLS != report.StartTLSAbsent || offers(all, "AUTH") {
				continue
			}
			evidence, _ := p.replied(tls, "EHLO")
			t.find(p, report.Warning, evidence, "log-in (AUTH) is not offered on a port for users")
		}
		return t.all()
	},
}
