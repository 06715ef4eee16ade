package probe

import (
	"context"

	"mailtrace/report"
)

var dnsBorderNotMX = check{
	Rule: report.Rule{
		ID:    "dns.border-not-mx",
		Title: "The host that took the mail from outside is none that takes mail for its recipient now",
		Max:   report.Warning,
		Explain: `The line with which the message came to the recipient's side was written by a host that is not among the MX hosts of the
recipient's domain, nor of their organisation. If the mail is new, find out how it got past the MX hosts: senders of spam
look for servers behind a filter, which take mail from anybody. Or the line is not of the recipient, and the border was
drawn at the wrong place: --own names the recipient's hosts.`,
		Innocent: `The domain has changed its mail servers since, the mail was forwarded, or a service in front of the domain is not named
in its MX records.`,
		Measured: notMeasured + " It rests on comparing names and addresses.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 5321 section 4.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		f := s.follow
		switch {
		case f.hop == nil:
			return nil, f.open(f.unknown), nil
		case f.recipient == "":
			return nil, f.open("no line of the recipient's side says for whom the mail was"), nil
		case f.mx == yes:
			return nil, nil, nil
		case f.mx == unknown || f.servers == nil:
			why := "not all names of its servers were answered"
			if f.servers != nil && f.servers.why != "" {
				why = f.servers.why
			}
			return nil, f.open("which servers take mail for " + clipped(f.recipient, maxNameShown) + " is not known: " + why), nil
		}
		how := "those are " + firstOf(f.servers.hosts, func(h host) string { return clipped(h.Name, maxNameShown) })
		if len(f.servers.hosts) == 0 || f.servers.why != "" {
			how = f.servers.why
		}
		found := f.onHop(f.aged(report.Warning), "%s took the mail from %s for %s, and is none of its servers now: %s", clipped(f.border, maxNameShown), f.peer, clipped(f.recipient, maxNameShown), how)
		found.Evidence = append(f.servers.mx.evidence(), f.host.hosts[0].addressEvidence()...)
		return []report.Finding{found}, nil, nil
	},
}
