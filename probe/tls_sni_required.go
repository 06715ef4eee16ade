package probe

import (
	"context"

	"mailtrace/report"
)

var tlsSNIRequired = check{
	Rule: report.Rule{
		ID:    "tls.sni-required",
		Title: "The server encrypts only for senders that name it in the handshake",
		Max:   report.Warning,
		Explain: `A client may say in its first message which server it wants (SNI). Senders that only prefer TLS need not, and
older ones do not; a mail server must then show some certificate all the same. This one breaks off, so such senders deliver in
clear text or not at all. Give the server a default certificate.`,
		Innocent: `A proxy in front that sorts connections by name.`,
		Measured: "Not measured on live servers. It is looked at with --tls full alone, and rests on one handshake with the name that succeeded and one without it that failed.",
		Refs:     []string{"RFC 7672 section 8.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			h := p.further(purposeNoName)
			switch {
			case h == nil || !p.shook() || h.Outcome == report.OutcomeOK:
			case unsettled(h):
				t.doubt(p, "whether the server encrypts without being named: %s", h.Why)
			default:
				t.find(p, report.Warning, []report.Evidence{shakeEvidence(h), shakeEvidence(p.TLS)}, "with the name %s the handshake succeeds, without a name it fails: %s", p.TLS.ServerName, h.Why)
			}
		}
		return t.all()
	},
}
