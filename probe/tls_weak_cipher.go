package probe

import (
	"context"
	"strings"

	"mailtrace/report"
)

var tlsWeakCipher = check{
	Rule: report.Rule{
		ID:    "tls.weak-cipher",
		Title: "The server encrypts in a way that is weak",
		Max:   report.Warning,
		Explain: `Both sides choose how to encrypt from a list. The server chose, or accepts, a way that others can break, or one
that lets whoever gets hold of the server's key later read all mail that was recorded before. What a connection uses depends
on the sender too: those of today offer good ways first, and get a weak one only if the server insists. Renew the list of
ciphers in the settings of the mail server.`,
		Innocent: `A list of ciphers that was written years ago, or is kept long for old senders.`,
		Measured: "Not measured on live servers. It rests on the cipher suite that the server chose, and with --tls full on those that it accepts. Suites without certificate are never counted as weak (RFC 7672 section 8.2).",
		Refs:     []string{"RFC 9325 section 4.1", "RFC 9325 section 4.2", "RFC 7672 section 8.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			chosen := ""
			if p.shook() {
				if severity, why := weakness(p.TLS.Cipher); why != "" {
					chosen = p.TLS.Cipher
					t.find(p, severity, []report.Evidence{shakeEvidence(p.TLS)}, "the server chose %s, though better was offered: %s", chosen, why)
				}
			}
			for _, purpose := range [...]string{purposeStatic, purposeNoCrypt} {
				h := p.further(purpose)
				switch {
				case h == nil || h.Cipher == chosen && chosen != "":
				case h.Outcome == report.OutcomeOK:
					severity, why := weakness(h.Cipher)
					if purpose == purposeStatic {
						severity = report.Info // It prefers what is better.
					}
					t.find(p, severity, []report.Evidence{shakeEvidence(h)}, "the server accepts %s from a sender that offers nothing better: %s", h.Cipher, why)
				case unsettled(h):
					t.doubt(p, "whether the server accepts %s: %s", purpose, h.Why)
				}
			}
		}
		return t.all()
	},
}

// weakness says what is wrong with a cipher suite, by its name, and how bad that is; ""
// for nothing. That nobody is authenticated is nothing wrong (RFC 7672 section 8.2).
func weakness(name string) (report.Severity, string) {
	has := func(part string) bool { return strings.Contains(name, part) }
	switch {
	case has("_WITH_NULL_"):
		return report.Warning, "it does not encrypt at all"
	case has("_EXPORT_"), has("_DES_CBC_"), has("_DES40_"):
		return report.Warning, "it can be broken in hours"
	case has("_RC4_"):
		return report.Warning, "RC4 is broken"
	case has("_3DES_"):
		return report.Warning, "3DES is too weak for long connections"
	case strings.HasPrefix(name, "TLS_RSA_"):
		return report.Warning, "it has no forward secrecy: who gets the server's key can read mail that was recorded before"
	case has("_CBC_"):
		return report.Info, "its way of checking for changes (CBC with a MAC) is outdated"
	}
	return report.Info, ""
}
