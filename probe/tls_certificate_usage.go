package probe

import (
	"context"
	"strings"

	"mailtrace/report"
)

var tlsCertificateUsage = check{
	Rule: report.Rule{
		ID:    "tls.certificate-usage",
		Title: "The certificate is made for another use than for servers",
		Max:   report.Warning,
		Explain: `A certificate says what it may be used for. This one, or that of an authority above it, leaves out servers. Most
senders do not check; those that do take it for no certificate at all, and under an MTA-STS policy in force the mail would not
come. Have it issued anew, for server authentication.`,
		Innocent: `A certificate for persons or for clients that was put into the wrong place.`,
		Measured: "Not measured on live servers. It rests on the certificate's extended key usage.",
		Refs:     []string{"RFC 5280 section 4.2.1.12", "RFC 8461 section 4.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p, c := range s.certified(false) {
			if hasFault(c, report.FaultWrongUsage) {
				evidence := certificateEvidence("certificate %s, usage %s", subjectText(c), strings.Join(c.Usage, ", "))
				severity, effect := s.effectOnMail(p)
				t.find(p, severity, []report.Evidence{evidence}, "%s is for %s, not for servers: %s", p.kindText(c), enumerated(c.Usage), effect)
			}
		}
		return t.all()
	},
}
