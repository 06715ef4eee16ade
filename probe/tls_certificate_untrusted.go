package probe

import (
	"context"
	"strings"

	"mailtrace/report"
)

var tlsCertificateUntrusted = check{
	Rule: report.Rule{
		ID:    "tls.certificate-untrusted",
		Title: "The certificate does not lead to an authority that is known here",
		Max:   report.Warning,
		Explain: `Senders that check a certificate follow it up to an authority that they know. Here that fails: it is signed by
itself, or by an authority that this computer does not know, or the server does not send the certificates in between, which
senders do not look for elsewhere. Most senders do not check. Under an MTA-STS policy in force the mail would not come, which
is critical; under DANE the authority often does not matter. Let the server send the whole chain ("fullchain"), or get a
certificate from a public authority.`,
		Innocent: `A certificate of one's own, which DANE vouches for, or which nobody was meant to check.`,
		Measured: "Not measured on live servers. It rests on the certificates that the server sent and on the authorities that this computer knows.",
		Refs:     []string{"RFC 8461 section 4.2", "RFC 5280 section 6.1", "RFC 7672 section 3.1.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p, c := range s.certified(false) {
			if why := untrusted(c); why != "" {
				severity, effect := s.effectOnMail(p)
				t.find(p, severity, []report.Evidence{issuerEvidence(c)}, "%s %s: %s", p.kindText(c), why, effect)
			} else if c.PKIX == nil {
				t.doubt(p, "whether %s leads to a known authority: %s", p.kindText(c), c.Why)
			}
		}
		return t.all()
	},
}

// untrusted says why a certificate leads to no authority that is known; "" when it does,
// or when that is not known.
func untrusted(c *report.Certificate) string {
	switch {
	case hasFault(c, report.FaultSelfSigned):
		return "is signed by itself"
	case hasFault(c, report.FaultIncompleteChain):
		return "is issued by " + c.Issuer + ", whose certificate was not sent and is not known here"
	case hasFault(c, report.FaultUnknownAuthority):
		top := c.Issuer
		if len(c.Built) > 1 {
			top = c.Built[len(c.Built)-1]
		}
		if strings.Contains(c.Why, "verifying the chain says") {
			return "is not accepted (" + c.Why + ")"
		}
		return "leads to " + top + ", which is no authority that is known here"
	}
	return ""
}
