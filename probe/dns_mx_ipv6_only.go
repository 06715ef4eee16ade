package probe

import (
	"context"

	"mailtrace/report"
)

var mxIPv6Only = check{
	Rule: report.Rule{
		ID:    "dns.mx-ipv6-only",
		Title: "No mail server of the domain has an IPv4 address",
		Max:   report.Critical,
		Explain: `All mail servers of the domain have IPv6 addresses only. Senders that have IPv4 only, and there are many, cannot
connect to any of them: they keep the mail, and give it back after days. Give one of the servers an IPv4
address, or name one that has one as a further MX.`,
		Innocent: "A domain that is meant for tests of IPv6.",
		Measured: notMeasured + " It rests on RFC 5321, which leaves senders free to have one family only.",
		Refs:     []string{"RFC 5321 section 5.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var six *host
		for i := range s.servers.hosts {
			h := &s.servers.hosts[i]
			if !h.takesMail() {
				continue
			}
			if len(h.a.addresses()) > 0 || h.asks() && h.a.open() {
				return nil, nil, nil // An IPv4 address, or dns.mx-unresolved says that it is not known.
			}
			if six == nil && h.fit(s.private) == yes {
				six = h
			}
		}
		if six == nil || len(s.beyond) > 0 {
			return nil, nil, nil
		}
		f := s.finding(report.Critical, "no mail server of %s has an IPv4 address: senders without IPv6 cannot deliver", spelled(s.domain))
		for i := range s.servers.hosts {
			if h := &s.servers.hosts[i]; h.takesMail() && i < maxListed {
				f.Evidence = append(f.Evidence, s.led(h)...)
			}
		}
		return []report.Finding{f}, nil, nil
	},
}
