package probe

import (
	"context"

	"mailtrace/report"
)

var mxIsAddress = check{
	Rule: report.Rule{
		ID:    "dns.mx-is-address",
		Title: "An MX record holds an address where a name belongs",
		Max:   report.Warning,
		Explain: `An MX record has to name a host; the address of the host stands in a record of its own. Here the place of the
name is taken by an address. Senders look for a host of that odd name, find none and pass on to the
next one; a few take it for the address that was meant, so that some mail arrives. Give the host a
name, and put that into the MX record.`,
		Innocent: "A slip of whoever wrote the record. No software writes this by itself.",
		Measured: notMeasured + " It rests on RFC 2181 and RFC 5321, by which a name has to stand there.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 2181 section 10.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.servers.hosts {
			h := &s.servers.hosts[i]
			if h.Role != report.RoleMX {
				continue
			}
			at := addressAt(h.Name, s.domain)
			var f report.Finding
			switch {
			case numeric(h.Name):
				f = h.finding(report.Warning, "an MX record of %s holds an address where the name of a host belongs: senders look for a host of that name, and there can be none", spelled(s.domain))
			case at != "" && h.fit(s.private) == no:
				f = h.finding(report.Warning, "an MX record of %s names this host, which has no address: most likely the zone file has the address %s where the name of a host belongs", spelled(s.domain), at)
			default:
				continue
			}
			f.Evidence = s.led(h)
			found = append(found, f)
		}
		return found, nil, nil
	},
}
