package probe

import (
	"context"

	"mailtrace/report"
)

var smtpStartTLSAbsent = check{
	Rule: report.Rule{
		ID:    "smtp.starttls-absent",
		Title: "The server does not offer encryption",
		Max:   report.Warning,
		Explain: `In its answer to EHLO the server does not name STARTTLS. Most senders then send mail in clear text, which
everybody on the way can read; some large ones refuse to. If the domain has DANE records or an MTA-STS policy in force,
senders that honour them bring no mail at all, and this is critical: see policy.sts-certificate and policy.dane-no-tls. Set up a
certificate and switch TLS on; if it is on, look for a firewall that takes the line out.`,
		Innocent: `A device between here and there that removes STARTTLS: compare from another network.`,
		Measured: notMeasured + " It rests on the answer to EHLO.",
		Refs:     []string{"RFC 3207 section 4", "RFC 7672 section 2.2", "RFC 8314 section 4.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if p.StartTLS != report.StartTLSAbsent || !p.heard() {
				continue
			}
			evidence, _ := p.replied(false, string(p.Hello))
			effect := s.effectOfClear(p)
			if p.forUsers() {
				effect = "users would send their password in clear text, and mail programs of today refuse to"
			}
			t.find(p, report.Warning, evidence, "STARTTLS is not offered: %s", effect)
		}
		return t.all()
	},
}
