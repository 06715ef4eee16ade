package probe

import (
	"context"

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
				what := "a weak key"
				switch key, signature := hasFault(c, report.FaultWeakKey), hasFault(c, report.FaultWeakSignature); {
				case key && signature:
					what = "a weak key and a weak signature"
				case signature:
					what = "a weak signature"
				}
				evidence := certificateEvidence("certificate %s, key %s, signature %s", subjectText(c), c.Key, c.Signature)
				t.find(p, report.Warning, []report.Evidence{evidence}, "%s, or one above it, has %s: %s", p.kindText(c), what, c.Why)
			}
		}
		return t.all()
	},
}
