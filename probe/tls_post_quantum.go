package probe

import (
	"context"
	"strings"

	"mailtrace/report"
)

var tlsPostQuantum = check{
	Rule: report.Rule{
		ID:    "tls.post-quantum",
		Title: "Key exchange that withstands quantum computers is missing, or breaks the connection",
		Max:   report.Critical,
		Explain: `Whoever records encrypted mail today may read it once there are large quantum computers. New software agrees on
keys in a way that withstands that, in addition to the usual one; this server does not yet, and nothing is wrong with that.
It is critical only where the larger first message of new senders makes the connection fail: then renew the server, or the
firewall that drops it, since more and more senders begin like that.`,
		Innocent: `Software from before 2025.`,
		Measured: "Not measured on live servers. It rests on the group that the server chose; that only the small message gets through is looked at with --tls full alone.",
		Refs:     []string{"RFC 9325 section 4.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			small := p.further(purposeSmall)
			switch {
			case p.shook() && p.TLS.Version == "TLS 1.3" && !strings.Contains(p.TLS.Group, "MLKEM"):
				t.find(p, report.Info, []report.Evidence{shakeEvidence(p.TLS)}, "keys are agreed on by %s alone, though X25519MLKEM768 was offered", p.TLS.Group)
			case p.TLS != nil && !p.shook() && small != nil && small.Outcome == report.OutcomeOK:
				t.find(p, report.Critical, []report.Evidence{shakeEvidence(p.TLS), shakeEvidence(small)},
					"the handshake fails with the larger first message of new senders (%s), and succeeds with a small one", p.TLS.Why)
			}
		}
		return t.all()
	},
}
