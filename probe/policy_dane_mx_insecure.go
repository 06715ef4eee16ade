package probe

import (
	"context"

	"mailtrace/report"
)

var policyDANEMXInsecure = check{
	Rule: report.Rule{
		ID:    "policy.dane-mx-insecure",
		Title: "TLSA records are published, and DANE does not protect the domain",
		Max:   report.Warning,
		Explain: `DANE holds only where DNSSEC signs all of the way: the MX records of the domain, the addresses of the mail
server and its TLSA records. Where the MX records are not signed, an attacker can put a server of his own into them,
whatever the TLSA records say; where the TLSA records are not, senders do not look at them. Sign the zone of the
domain, and have the DS record published at its registrar. Nothing is lost until then: mail arrives as without
DANE.`,
		Innocent: `A domain whose mail is taken by a provider with signed servers: the provider did its part. Some senders
use such records all the same.`,
		Measured: notMeasured + " It rests on what a validating resolver said of the answers.",
		Refs:     []string{"RFC 7672 section 2.2.1", "RFC 7672 section 2.2.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		var hosts []*daneSight // To which unsigned MX records lead.
		var open *daneSight
		for _, d := range s.dane {
			switch {
			case len(d.tlsa) == 0 || d.forUsers(): // Of which policy.dane-submission speaks.
			case d.trust == trustServer:
				hosts = append(hosts, d)
			case d.trust == trustUnverified && open == nil:
				open = d
			case d.trust == trustNothing:
				f := d.host.finding(report.Warning, "its TLSA records are not signed by DNSSEC: senders do not look at them")
				f.Evidence = append(d.evidence(d.every()), d.aliases()...)
				t.found = append(t.found, f)
			}
		}
		if open != nil {
			t.undecided = append(t.undecided, report.Undecided{Why: "whether DANE protects the domain, for which TLSA records are published: " + whyUnverified})
		}
		if len(hosts) == 0 {
			return t.done()
		}
		names := firstOf(hosts, func(d *daneSight) string { return nameOf(d.host) })
		f := s.finding(report.Warning, "the records that lead from %s to its mail servers are not signed by DNSSEC: the TLSA records of %s do not protect the domain", spelled(s.domain), names)
		f.Evidence = append(s.mx.evidence(), hosts[0].evidence(hosts[0].every())...)
		t.found = append(t.found, f)
		return t.done()
	},
}
