package probe

import (
	"context"
	"net/netip"

	"mailtrace/report"
)

var mxReservedAddress = check{
	Rule: report.Rule{
		ID:    "dns.mx-reserved-address",
		Title: "A mail server has an address that is not public",
		Max:   report.Critical,
		Explain: `Some addresses lead nowhere from outside: those of private networks, of the computer that asks itself, of
examples. A sender that tries one waits in vain, or reaches a computer of its own. mailtrace does not
connect to them; if this is your own network, --allow-private lets it, and this rule is silent then.
Give the host a public address, or take it out of the public DNS.`,
		Innocent: "A server inside of a company, whose name is kept in the public DNS too. Mail from outside cannot use it.",
		Measured: notMeasured + " It rests on the IANA registries of special-purpose addresses.",
		Refs:     []string{"RFC 6890 section 2.2", "RFC 5321 section 5.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.private {
			return nil, nil, nil
		}
		var found []report.Finding
		for i := range s.servers.hosts {
			h := &s.servers.hosts[i]
			var bad, good []netip.Addr
			for _, list := range [...][]netip.Addr{h.addresses, h.beyond} {
				for _, a := range list {
					if forbidden(a) == "" {
						good = append(good, a)
					} else {
						bad = append(bad, a)
					}
				}
			}
			if len(bad) == 0 {
				continue
			}
			reason := func(a netip.Addr) string { return a.String() + " (" + forbidden(a) + ")" }
			f := h.finding(report.Critical, "the name leads only to %s: no sender from outside can reach it there", firstOf(bad, reason))
			switch {
			case len(good) > 0:
				f = h.finding(report.Warning, "the name leads to %s too: a sender from outside that picks it loses time, or fails", firstOf(bad, reason))
			case h.fit(false) == unknown:
				f = h.finding(report.Warning, "the name leads to %s, and whether it has another address is not known: a sender from outside that picks it loses time, or fails", firstOf(bad, reason))
			}
			f.Evidence = s.led(h)
			if len(f.Evidence) == 0 { // The user typed the address.
				f.Evidence = []report.Evidence{dnsEvidence(h.Name, addressType(bad[0]), bad[0].String())}
			}
			found = append(found, f)
		}
		return found, nil, nil
	},
}
