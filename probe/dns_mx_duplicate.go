package probe

import (
	"context"
	"net/netip"
	"slices"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var mxDuplicate = check{
	Rule: report.Rule{
		ID:    "dns.mx-duplicate",
		Title: "Two MX records lead to the same server",
		Max:   report.Info,
		Explain: `Several MX records give senders another server to try when one does not answer. These lead to the same one, by
name or by address, so the second is no reserve: when the server is down, both are. It does no harm,
and mailtrace looks at the server once for each name. Take the record out if a reserve was meant.`,
		Innocent: "Names that a provider gives to one server, or a record that was left behind.",
		Measured: notMeasured + " It rests on RFC 5321, by which each record is one more server to try.",
		Refs:     []string{"RFC 5321 section 5.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		named := map[string][]dns.Record{}
		for _, r := range s.exchanges() {
			named[r.Target] = append(named[r.Target], r)
		}
		var before []*host
		for i := range s.servers.hosts {
			h := &s.servers.hosts[i]
			if h.Role != report.RoleMX {
				continue
			}
			if records := named[h.Name]; len(records) > 1 {
				f := h.finding(report.Info, "%d MX records of %s name this host: that is one server, not %d", len(records), spelled(s.domain), len(records))
				f.Evidence = recordEvidence(s.mx.answer, records)
				found = append(found, f)
			}
			if k := slices.IndexFunc(before, func(b *host) bool { return sameAddresses(b, h) }); k >= 0 {
				f := h.finding(report.Info, "the host has the same %[2]s as %[1]s, %[3]s: when that server is down, both are", nameOf(before[k]), one(len(h.addresses), "address", "addresses"), firstOf(h.addresses, addrText))
				f.Evidence = append(s.led(before[k]), s.led(h)...)
				found = append(found, f)
				continue
			}
			before = append(before, h)
		}
		return found, nil, nil
	},
}

// sameAddresses says whether two hosts have addresses, and the same ones.
func sameAddresses(a, b *host) bool {
	if len(a.addresses) == 0 || len(a.addresses) != len(b.addresses) || len(a.beyond)+len(b.beyond) > 0 {
		return false
	}
	return !slices.ContainsFunc(a.addresses, func(x netip.Addr) bool { return !slices.Contains(b.addresses, x) })
}
