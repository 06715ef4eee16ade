package probe

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

var mxUnresolved = check{
	Rule: report.Rule{
		ID:    "dns.mx-unresolved",
		Title: "The name of a mail server leads to no address",
		Max:   report.Critical,
		Explain: `A sender needs the address of a server to connect to it, and for this name the DNS has none. Senders pass on to
the next server; without another one, mail does not arrive. Publish an address for the name, or take the
name out. Where the DNS gave no answer instead, it has to be asked again: that says nothing about the name.`,
		Innocent: "A server that was taken away, and an MX record that was forgotten.",
		Measured: notMeasured + " It rests on RFC 5321, by which the name has to have an address.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 2181 section 10.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		var undecided []report.Undecided
		for i := range s.servers.hosts {
			h := &s.servers.hosts[i]
			if !h.takesMail() && h.Role != report.RoleNamed {
				continue // Those for users have smtp.submission-srv.
			}
			undecided = append(undecided, s.halves(h)...)
			if h.Role == report.RoleImplicitMX || h.Status == statusAddress || addressAt(h.Name, s.domain) != "" || len(h.addresses) > 0 || h.fit(s.private) != no {
				continue // Of the domain itself dns.mx-none-usable speaks, of addresses dns.mx-is-address.
			}
			f := h.finding(report.Warning, "an MX record of %s names this host, which has no address (%s)%s: senders pass it over", spelled(s.domain), s.lacks(h), s.slip(h))
			if h.Role == report.RoleNamed {
				f = h.finding(report.Critical, "the name has no address: %s", s.lacks(h))
			}
			if f.Evidence = s.led(h); len(f.Evidence) == 0 {
				return nil, nil, fmt.Errorf("no evidence for %s", h.Name)
			}
			found = append(found, f)
		}
		return found, undecided, nil
	},
}

// halves says for which kind of address there was no answer, or no question.
func (s *servers) halves(h *host) []report.Undecided {
	var undecided []report.Undecided
	for _, half := range [...]struct {
		lookup
		family   string
		unwanted bool
	}{{h.a, "IPv4", s.noIPv4}, {h.aaaa, "IPv6", s.noIPv6}} {
		switch {
		case half.err != nil && half.open():
			undecided = append(undecided, h.undecided("whether the name has an %s address is not known: %s", half.family, inWords(half.err)))
		case half.unwanted && h.asks() && len(h.addresses) == 0 && (h.a.answer != nil || h.aaaa.answer != nil):
			undecided = append(undecided, h.undecided("the name has no address of the family that was looked at; whether it has an %s address was not asked", half.family))
		}
	}
	return undecided
}

// slip says what may be wrong with the name of an MX host.
func (s *servers) slip(h *host) string {
	switch {
	case h.Cause == string(dns.BadName):
		if ascii := domain.ASCII(unescaped(h.Name)); ascii != "" {
			return "; in the DNS this name is written " + ascii
		}
		return "; it holds characters that names of hosts do not have"
	case twice(h.Name, s.domain):
		return "; most likely the dot at the end of the name is missing in the zone file"
	case insideOnly(h.Name) != "":
		return fmt.Sprintf("; names that end in .%s are known inside of one network only", insideOnly(h.Name))
	case !strings.Contains(h.Name, "."):
		return "; most likely the domain behind the name is missing in the zone file"
	}
	return ""
}
