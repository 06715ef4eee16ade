package probe

import (
	"context"

	"mailtrace/report"
)

var mxImplicit = check{
	Rule: report.Rule{
		ID:    "dns.mx-implicit",
		Title: "The domain has no MX record, so mail goes to its own address",
		Max:   report.Warning,
		Explain: `Without an MX record senders take the domain itself for its mail server, and connect to the address that its
web site may have too. If mail is wanted, publish an MX record that names the server. If none is wanted,
publish the MX record "0 .": then senders give mail back at once, where they else try for days.`,
		Innocent: "A small or old domain with one computer for everything, on which that works.",
		Measured: notMeasured + " It rests on RFC 5321, and on RFC 8314, which recommends MX records.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 8314 section 4.5.1", "RFC 7505 section 1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.way != wayImplicit || len(s.servers.hosts) == 0 {
			return nil, nil, nil // Without an address, dns.mx-none-usable speaks.
		}
		h := &s.servers.hosts[0]
		whose := "its own " + one(len(h.addresses), "address", "addresses")
		if h.Name != s.domain {
			whose = "the " + one(len(h.addresses), "address", "addresses") + " of " + nameOf(h) + ", for which it is an alias"
		}
		where := firstOf(h.addresses, addrText)
		if where == "" {
			where = "which are not known"
		}
		f := s.finding(report.Warning, "%s has no MX record: senders connect to %s, %s", spelled(s.domain), whose, where)
		f.Evidence = append(s.mx.evidence(), h.addressEvidence()...)
		return []report.Finding{f}, nil, nil
	},
}
