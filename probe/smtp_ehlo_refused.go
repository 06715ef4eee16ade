package probe

import (
	"context"

	"mailtrace/report"
)

var smtpEHLORefused = check{
	Rule: report.Rule{
		ID:    "smtp.ehlo-refused",
		Title: "The server refuses EHLO",
		Max:   report.Warning,
		Explain: `By EHLO a sender asks what the server can do; every server must know it. Without it there is no TLS, no
declaration of sizes and no mail with addresses in other scripts: what is sent there goes in clear text. Put a mail
server of today there, or remove the device or program in front of it that knows HELO alone. If the reply speaks of
our name or address, the refusal may be meant for us alone.`,
		Innocent: `Very old servers, home-made ones, and firewalls that let through only the commands of 1982.`,
		Measured: notMeasured + " It rests on the replies to EHLO and HELO.",
		Refs:     []string{"RFC 5321 section 4.5.1", "RFC 5321 section 3.2", "RFC 5321 section 2.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			implicit := p.Port == implicitPort
			if p.Hello == report.HelloHELO {
				evidence, text := p.replied(implicit, "EHLO")
				t.find(p, report.Warning, evidence, "EHLO was answered by %s, and only HELO was understood: no TLS and no other extension can be used", text)
				continue
			}
			if p.Outcome != report.OutcomeRejected || p.Phase != report.PhaseEHLO {
				continue
			}
			if p.heard() && p.TLS != nil && !implicit {
				evidence, text := p.replied(true, "EHLO")
				t.find(p, report.Warning, evidence, "inside TLS the server answered EHLO by %s, after it had known it before; senders that use TLS cannot go on", text)
				continue
			}
			_, text := p.replied(implicit, "EHLO")
			if _, lines := p.reply(implicit, "HELO"); len(lines) > 0 {
				_, helo := p.replied(implicit, "HELO")
				text += " and HELO by " + helo
			}
			t.doubt(p, "the server answered EHLO by %s, perhaps because of our name or address. What it offers to others is not known", text)
		}
		return t.all()
	},
}
