package probe

import (
	"context"

	"mailtrace/report"
)

var tlsCertificateName = check{
	Rule: report.Rule{
		ID:    "tls.certificate-name",
		Title: "The certificate is not made for the name of the mail server",
		Max:   report.Warning,
		Explain: `Senders that check want to find the name of the server in its certificate, just as the MX record has it. None of
the names in this certificate is that one. Most senders do not check. Under an MTA-STS policy in force the mail would not
come, which is critical; under DANE the name often does not matter. Get a certificate with the name of the MX record in
it, or let the MX record name the server as its certificate does.`,
		Innocent: `A server of a hosting company, whose certificate has the company's name, where the MX record has the customer's.`,
		Measured: "Not measured on live servers. It rests on the names in the certificate; a common name does not count, and * stands for one whole label.",
		Refs:     []string{"RFC 8461 section 4.1", "RFC 8461 section 4.2", "RFC 6125 section 6.4.3", "RFC 7672 section 3.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p, c := range s.certified(false) {
			if hasFault(c, report.FaultNameMismatch) {
				severity, effect := s.effectOnMail(p)
				t.find(p, severity, []report.Evidence{namesEvidence(c)}, "%s does not hold the name %s, but %s: %s", p.kindText(c), p.host.Name, namesText(c), effect)
			}
		}
		return t.all()
	},
}
