package probe

import (
	"context"

	"mailtrace/report"
)

var mxAlias = check{
	Rule: report.Rule{
		ID:    "dns.mx-alias",
		Title: "An MX record names an alias",
		Max:   report.Warning,
		Explain: `An MX record has to name a host by its own name. Here it names an alias (CNAME). Most senders follow the alias
and the mail arrives; some strict ones pass the host over, and which name its certificate has to
carry becomes unclear. Put the name that the alias leads to into the MX record.`,
		Innocent: "Somebody who moved the server and left the old name as an alias. It works with most senders.",
		Measured: notMeasured + " It rests on RFC 2181 and RFC 5321, which put aliases here outside the standard.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 2181 section 10.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.servers.hosts {
			h := &s.servers.hosts[i]
			if h.Role != report.RoleMX || len(h.Alias) == 0 {
				continue
			}
			leads := ": most senders follow it, some strict ones pass the host over"
			if len(h.addresses) == 0 && h.fit(s.private) == no {
				leads = ", and that name has no address"
			}
			f := h.finding(report.Warning, "an MX record of %s names this host, which is an alias (CNAME) for %s%s", spelled(s.domain), spelled(h.Alias[len(h.Alias)-1]), leads)
			f.Evidence = append(s.exchange(h.Name), aliasEvidence(h.Name, h.Alias)...)
			found = append(found, f)
		}
		return found, nil, nil
	},
}
