package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

var tlsCertificateWeak = check{
	Rule: report.Rule{
		ID:    "tls.certificate-weak",
		Title: "The certificate rests on a key or a signature that is too weak",
		Max:   report.Warning,
		Explain: `The key is so short, or the signature made in such a way (SHA-1, MD5), that others may forge it with effort.
Programs of today refuse such certificates; then it counts as none: senders that check bring no mail, and some mail programs
and libraries break off the connection. Make a new key of RSA 2048 or ECDSA P-256 and get a new certificate.`,
		Innocent: `A certificate that is many years old, or an authority of one's own that was never renewed.`,
		Measured: "Not measured on live servers. It rests on the certificates that the server sent.",
		Refs:     []string{"RFC 9325 section 4.5", "RFC 9155 section 2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for _, users := range [...]bool{false, true} {
			for p, c := range s.certified(users) {
				if !hasFault(c, report.FaultWeakKey, report.FaultWeakSignature) {
					continue
				}
				t.find(p, report.Warning, []report.Evidence{keyEvidence(c)}, "%s is too weak: %s", p.kindText(c), enumerated(weaknesses(c)))
			}
		}
		return t.all()
	},
}

// weaknesses says which keys and signatures are weak: of the certificate, and of those
// above it that were sent along.
func weaknesses(c *report.Certificate) []string {
	var words []string
	look := func(of, key, signature string, selfIssued bool) {
		var bits int
		if n, _ := fmt.Sscanf(key, "RSA %d", &bits); n == 1 && bits < minRSA {
			words = append(words, fmt.Sprintf("%skey is %s, at least %d bits are required", of, key, minRSA))
		} else if n, _ := fmt.Sscanf(key, "ECDSA P-%d", &bits); n == 1 && bits < minCurve {
			words = append(words, fmt.Sprintf("%skey is %s, at least %d bits are required", of, key, minCurve))
		}
		if !selfIssued && (strings.Contains(signature, "SHA1") || strings.HasPrefix(signature, "MD")) {
			words = append(words, fmt.Sprintf("%ssignature is %s, which is given up", of, signature))
		}
	}
	look("its ", c.Key, c.Signature, c.Subject == c.Issuer)
	for i := range c.Chain {
		if s := &c.Chain[i]; slices.Contains(c.Built, s.Subject) {
			look("of "+s.Subject+", above it, the ", s.Key, s.Signature, s.Subject == s.Issuer)
		}
	}
	if len(words) == 0 { // An authority above it, which was not sent along.
		words = append(words, c.Why)
	}
	return words
}
