package probe

import (
	"context"

	"mailtrace/report"
)

var tlsNoTLS12 = check{
	Rule: report.Rule{
		ID:    "tls.no-tls12",
		Title: "The server speaks no version of TLS that is still in use",
		Max:   report.Critical,
		Explain: `The server was offered TLS 1.0 to 1.3 and took 1.0 or 1.1: it does not know the newer ones. Many senders of
today refuse the old ones; they deliver in clear text, or not at all. Senders that must have TLS by MTA-STS need 1.2. Bring
the mail server, or the device in front of it, up to date.`,
		Innocent: `An old server, or an old device in front of a newer one.`,
		Measured: "Not measured on live servers. It rests on the version that the server chose among TLS 1.0 to 1.3.",
		Refs:     []string{"RFC 8996 section 1", "RFC 9325 section 3.1.1", "RFC 8461 section 7.2", "RFC 8314 section 4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if !p.shook() || p.TLS.Version == "TLS 1.2" || p.TLS.Version == "TLS 1.3" {
				continue
			}
			effect := "senders that want TLS 1.2 or newer deliver in clear text, or not at all"
			if p.forUsers() {
				effect = "mail programs of today refuse to connect"
			}
			t.find(p, report.Critical, []report.Evidence{shakeEvidence(p.TLS)}, "the newest version that the server speaks is %s: %s", p.TLS.Version, effect)
		}
		return t.all()
	},
}
