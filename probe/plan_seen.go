package probe

import (
	"fmt"
	"strings"

	"mailtrace/analyze/auth"
)

// PlanSending lists what the report on a server that sends would ask. Nobody is connected
// to for it.
func (p *Prober) PlanSending(server Sending) []PlanStep {
	l := planner{target: server.Address.String()}
	if why := forbidden(server.Address); why != "" && !p.AllowPrivate {
		return l.nothing(fmt.Errorf("%s is %s", server.Address, why))
	}
	l.question("", "PTR "+auth.ReverseName(server.Address))
	family := addressType(server.Address).String()
	l.question(fmt.Sprintf("for each of its names, %d at most", auth.MaxIprevNames), family+" the name")
	v := &sendingSight{Sending: server}
	if v.name = fullName(server.HELO); v.name != "" {
		l.question("", family+" "+v.name)
		l.spfCheck(v.name)
	}
	if server.MailFrom != "" {
		l.spfCheck(server.MailFrom)
		for _, name := range auth.DMARCNames(server.MailFrom) {
			l.question("for DMARC, the first until there is a record", "TXT "+name)
		}
	}
	l.lists(p, "", func(zone string) string { return listName(server.Address, zone) })
	return l.steps
}

// spfCheck is the questions for one check of SPF.
func (l *planner) spfCheck(domain string) {
	l.question("", "TXT "+domain)
	l.question(fmt.Sprintf("for the SPF record there, %d at most, and what these lead to", auth.MaxSPFLookups), "what its terms name")
}

// seen is the questions about the addresses of servers, and to the name servers of the
// domain, which is "" for a server that the user named. each says for which addresses;
// "" for one.
func (l *planner) seen(p *Prober, domain, each string) {
	if p.NoPolicies {
		return
	}
	reverse := "PTR its reverse form.in-addr.arpa or .ip6.arpa"
	if a := addressLiteral(l.target).Unmap(); a.IsValid() {
		reverse = "PTR " + auth.ReverseName(a)
	}
	l.question(each, reverse)
	l.question(strings.TrimPrefix(each+", for each of its names", ", "), "A or AAAA the name")
	if domain != "" {
		l.question("if one of them has no name that leads back", "TXT "+domain+", and what its SPF record names")
	}
	l.lists(p, each, func(zone string) string { return "its reverse form." + zone })
	if !p.Authoritative || domain == "" {
		return
	}
	l.question("", "NS "+domain+", and of the names above it until there are some")
	l.addresses(p, fmt.Sprintf("for each of these name servers, %d at most", maxNameServers), "its name")
	for _, q := range serverQuestions("the zone of "+domain, domain) {
		l.question("for each address of each name server, there itself", q.typ.String()+" "+q.name)
	}
}

// lists is the questions to lists; name gives those for the addresses.
func (l *planner) lists(p *Prober, each string, name func(zone string) string) {
	for _, zone := range p.Blocklists[:min(len(p.Blocklists), maxLists)] {
		l.question("to test a list (of IPv6, the same in its form)", "A 2.0.0.127."+zone)
		l.question("to test a list (of IPv6, the same in its form)", "A 1.0.0.127."+zone)
	}
	for _, zone := range p.Blocklists[:min(len(p.Blocklists), maxLists)] {
		l.question(each, "A "+name(zone))
		l.question(strings.TrimPrefix(each+", if it is listed", ", "), "TXT the same")
	}
}
