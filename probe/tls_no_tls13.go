package probe

import (
	"context"

	"mailtrace/report"
)

var tlsNoTLS13 = check{
	Rule: report.Rule{
		ID:    "tls.no-tls13",
		Title: "The server does not speak TLS 1.3",
		Max:   report.Info,
		Explain: `TLS 1.3 was offered, and the server chose 1.2. That is safe as long as its ciphers are; every sender gets along
with it. Version 1.3 leaves out what was weak, is a round trip quicker, and is needed for key exchange that withstands
quantum computers: switch it on when the software is renewed.`,
		Innocent: `Software from before 2019, or a setting that names 1.2 as the newest.`,
		Measured: "Not measured on live servers. It rests on the version that the server chose among TLS 1.0 to 1.3.",
		Refs:     []string{"RFC 9325 section 3.1.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if p.shook() && p.TLS.Version == "TLS 1.2" {
				t.find(p, report.Info, []report.Evidence{shakeEvidence(p.TLS)}, "the newest version that the server speaks is TLS 1.2")
			}
		}
		return t.all()
	},
}
