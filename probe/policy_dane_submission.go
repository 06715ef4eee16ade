package probe

import (
	"context"

	"mailtrace/report"
)

var policyDANESubmission = check{
	Rule: report.Rule{
		ID:    "policy.dane-submission",
		Title: "TLSA records of a server for users are published without being signed",
		Max:   report.Warning,
		Explain: `By TLSA records mail programs can tell the server that users send through from an impostor. They must not be
published unless DNSSEC signs them, as a forger would write others; where only the SRV records that lead to the server are
not signed, they help those alone who entered its name by hand. Sign the zone, and have its DS record published at the
registrar, or take the records out.`,
		Innocent: `A zone that was signed once, and that moved to a provider who does not sign.`,
		Measured: notMeasured + " It rests on what a validating resolver said of the answers. Few mail programs look at TLSA records.",
		Refs:     []string{"RFC 8314 section 4.5.4", "RFC 8314 section 4.5.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		open := false
		for _, d := range s.dane {
			if len(d.tlsa) == 0 || !d.forUsers() {
				continue
			}
			switch d.trust {
			case trustUnverified:
				open = true
			case trustNothing:
				f := d.host.finding(report.Warning, "the TLSA records for port %d are not signed by DNSSEC: they must not be published so, and mail programs do not look at them", d.port)
				f.Evidence = append(d.evidence(d.every()), d.aliases()...)
				t.found = append(t.found, f)
			case trustServer:
				f := d.host.finding(report.Info, "the SRV records that lead to port %d are not signed by DNSSEC: its TLSA records help those alone who entered the name of the server by hand", d.port)
				f.Evidence = append(d.way.evidence(), d.evidence(d.every())...)
				t.found = append(t.found, f)
			}
		}
		if open {
			t.undecided = append(t.undecided, s.undecided("whether the TLSA records of the servers for users are signed: %s", whyUnverified))
		}
		return t.done()
	},
}
