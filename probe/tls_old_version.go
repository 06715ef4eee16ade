package probe

import (
	"context"

	"mailtrace/report"
)

var tlsOldVersion = check{
	Rule: report.Rule{
		ID:    "tls.old-version",
		Title: "The server still speaks versions of TLS that are given up",
		Max:   report.Warning,
		Explain: `TLS 1.0 and 1.1 have known weaknesses and must not be used any more. Only clients that know nothing better
are affected: newer ones agree on a newer version. On port 25 an old version is still better than clear text, so switch
it off there once the log shows that nobody needs it; on the ports for users switch it off now.`,
		Innocent: `Old versions are kept on port 25 on purpose, for old senders (RFC 9325 section 5.2).`,
		Measured: "Not measured on live servers. It is looked at with --tls full alone, and rests on a handshake in that version that succeeded.",
		Refs:     []string{"RFC 8996 section 1", "RFC 9325 section 3.1.1", "RFC 9325 section 5.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			var spoken []string
			var evidence []report.Evidence
			for _, purpose := range [...]string{purposeTLS10, purposeTLS11} {
				h := p.further(purpose)
				switch {
				case h == nil:
				case h.Outcome == report.OutcomeOK:
					spoken = append(spoken, h.Version)
					evidence = append(evidence, shakeEvidence(h))
				case unsettled(h):
					t.doubt(p, "whether the server speaks %s: %s", purpose, h.Why)
				}
			}
			if len(spoken) == 0 {
				continue
			}
			why := "given up as unsafe, though for old senders still better than clear text"
			if p.forUsers() {
				why = "given up as unsafe, and no mail program of the last ten years needs it"
			}
			t.find(p, report.Warning, evidence, "the server also speaks %s: %s", enumerated(spoken), why)
		}
		return t.all()
	},
}
