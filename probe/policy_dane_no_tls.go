package probe

import (
	"context"

	"mailtrace/report"
)

var policyDANENoTLS = check{
	Rule: report.Rule{
		ID:    "policy.dane-no-tls",
		Title: "TLSA records are published for a server without encryption",
		Max:   report.Critical,
		Explain: `A TLSA record promises that the server speaks TLS. Senders that honour DANE keep the mail waiting where it
does not, and send it back after some days. Switch STARTTLS on at once, or take the records out: these must not be
published for a server without it.`,
		Innocent: `A device between here and there that removes STARTTLS: compare from another network. That is what DANE
protects from.`,
		Measured: notMeasured + " It rests on the answers of the server and of the DNS.",
		Refs:     []string{"RFC 7672 section 2.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		for _, d := range s.dane {
			if len(d.tlsa) == 0 {
				continue
			}
			for _, p := range s.hostPlaces(d) {
				if p.StartTLS != report.StartTLSAbsent && p.StartTLS != report.StartTLSRejected || !p.heard() {
					continue
				}
				verb := "STARTTLS"
				if p.StartTLS == report.StartTLSAbsent {
					verb = string(p.Hello)
				}
				evidence, _ := p.replied(false, verb)
				evidence = append(evidence[:min(len(evidence), maxEvidence-1)], d.evidence(d.every())...)
				t.at(d, p, report.Critical, evidence, "TLSA records are published, and there is no STARTTLS: %s", d.stays())
			}
		}
		return t.done()
	},
}
