package probe

import (
	"context"

	"mailtrace/report"
)

var tlsHandshakeFailed = check{
	Rule: report.Rule{
		ID:    "tls.handshake-failed",
		Title: "The server offers TLS, and no encrypted connection comes about",
		Max:   report.Critical,
		Explain: `The server agreed to encrypt, and then the two sides did not come together. Some senders then deliver in clear
text, which everybody on the way can read; those that must have TLS (by DANE, MTA-STS or their own rules) keep the mail
waiting and send it back in the end. Look into the log of the server at the time of this probe: a certificate or key
that cannot be read, or a program whose TLS is broken, are the usual causes.`,
		Innocent: `A server that speaks only kinds of encryption that mailtrace does not offer, or a device in between that
breaks TLS: compare from another network.`,
		Measured: "Not measured on live servers. It rests on how the handshake ended.",
		Refs:     []string{"RFC 3207 section 4.1", "RFC 7672 section 2.2", "RFC 8314 section 4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			h := p.TLS
			if h == nil || h.Outcome == report.OutcomeOK || h.Outcome == report.OutcomeUntried {
				continue
			}
			if unsettled(h) {
				t.doubt(p, "whether TLS works: %s", h.Why)
				continue
			}
			evidence := []report.Evidence{shakeEvidence(h)}
			if _, lines := p.reply(false, "STARTTLS"); len(lines) > 0 {
				evidence = append(evidence, p.line(lines[0]))
			}
			why := h.Why
			if hint := alertHint(why); hint != "" {
				why += " (" + hint + ")"
			}
			effect := "senders fall back to clear text, or keep the mail waiting if they must have TLS"
			if p.forUsers() {
				effect = "mail programs cannot connect, users cannot send"
			}
			t.find(p, report.Critical, evidence, "TLS is offered and fails, since %s: %s", why, effect)
		}
		return t.all()
	},
}
