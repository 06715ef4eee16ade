package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// servers is what the DNS says of who takes mail for a domain.
type servers struct {
	domain string // In A-labels and lower case, without the dot at its end; "" when what was typed is no domain name: why says so, and nothing was asked.
	way    way
	mx     lookup   // Of the domain.
	hosts  []host   // In the order that senders use; where the DNS says that some are tried at random, in its order.
	why    string   // Why there is none, or why it is not known.
	beyond []string // MX hosts that are not in hosts, because there are more than maxHosts.

	submission, submissions lookup // SRV, where they were asked for.
	txt                     lookup // TXT of the domain, asked where it says that it takes no mail.

	private        bool     // Addresses that are not public may be connected to: the user says so.
	ports          []uint16 // At which MX hosts are spoken to.
	noIPv4, noIPv6 bool     // The user does not want these addresses.
}

// way is how a domain takes mail.
type way string

const (
	wayMX       way = "mx"
	wayImplicit way = "implicit" // It has no MX record: the domain itself is the server (RFC 5321 section 5.1).
	wayNull     way = "null"     // It takes none and says so (RFC 7505).
	wayNone     way = "none"     // There is no such domain, or no usable server.
	wayUnknown  way = "unknown"  // The DNS gave no answer, or what was typed is no domain name.
	wayNamed    way = "named"    // The user named the host.
)

// lookup is a question and what came of it: one of the two, or, when it was not
// asked, none.
type lookup struct {
	answer *dns.Answer
	err    *dns.Error
}

// host is a server, before it is spoken to.
type host struct {
	report.Host          // Without endpoints.
	ports       []uint16 // At which it is spoken to.
	a, aaaa     lookup
	addresses   []netip.Addr // Of both families, as far as they are wanted; those that may not be connected to too.
	beyond      []netip.Addr // Those that are not in addresses because there are more than maxAddresses.
}

// Bounds of what one domain can make us ask and connect to. A stranger writes the
// records: 1,024 of them, each with 1,024 addresses, must not become a million
// connections. Honest domains stay below: the most that large providers have is about
// ten MX hosts, and eight addresses of one.
const (
	maxHosts     = 20 // By MX records.
	maxServices  = 10 // By the SRV records of one service.
	maxAddresses = 16 // Of one host. A half of them is kept for each family.
)

// find asks who takes mail for a domain, as RFC 5321 section 5.1 has it, and, with
// Submission, who takes it from users (RFC 6186 section 3.1). Each question is asked
// once: what is dialled later are the addresses that were answered here.
func (p *Prober) find(ctx context.Context, asks dns.Resolver, typed string) *servers {
	s := p.servers()
	name, err := domainName(typed)
	if err != nil {
		s.way, s.why = wayUnknown, err.Error()
		return s
	}
	s.domain = name
	var wg sync.WaitGroup
	if p.Submission {
		wg.Go(func() { s.submission = ask(ctx, asks, "_submission._tcp."+name, dns.SRV) })
		wg.Go(func() { s.submissions = ask(ctx, asks, "_submissions._tcp."+name, dns.SRV) })
	}
	s.mx = ask(ctx, asks, name, dns.MX)
	s.choose()
	wg.Wait()
	if p.Submission {
		s.offer(report.RoleSubmission, s.submission, submissionPort)
		s.offer(report.RoleSubmissions, s.submissions, implicitPort)
	}
	if s.way == wayNull {
		wg.Go(func() { s.txt = ask(ctx, asks, name, dns.TXT) })
	}
	s.resolve(ctx, asks)
	wg.Wait()
	s.conclude()
	return s
}

// named asks for the addresses of a server that the user named, by name or address.
func (p *Prober) named(ctx context.Context, asks dns.Resolver, typed string, ports []uint16) *servers {
	s := p.servers()
	s.way = wayNamed
	if len(ports) == 0 {
		ports = []uint16{smtpPort}
	}
	h := host{ports: ports, Host: report.Host{Role: report.RoleNamed}}
	if a := addressLiteral(typed); a.IsValid() {
		s.domain, h.Name, h.Status = a.String(), a.String(), statusAddress
		if p.NoIPv4 && a.Unmap().Is4() || p.NoIPv6 && !a.Unmap().Is4() {
			s.why = fmt.Sprintf("%s is of the family of addresses that was not wanted", a)
		} else {
			h.addresses = []netip.Addr{a}
		}
		s.hosts = append(s.hosts, h)
		return s
	}
	name, err := domainName(typed)
	if err != nil {
		s.way, s.why = wayUnknown, err.Error()
		return s
	}
	s.domain, h.Name, h.Unicode = name, name, unicodeOf(name)
	s.hosts = append(s.hosts, h)
	s.resolve(ctx, asks)
	if h := &s.hosts[0]; h.fit(s.private) != yes {
		s.why = fmt.Sprintf("%s cannot be connected to: %s", name, s.lacks(h))
	}
	return s
}

func (p *Prober) servers() *servers {
	return &servers{ports: p.mxPorts(), private: p.AllowPrivate, noIPv4: p.NoIPv4, noIPv6: p.NoIPv6}
}

// ask asks one question. A Resolver that fails in another way than it should has given
// no answer, too.
func ask(ctx context.Context, asks dns.Resolver, name string, t dns.Type) (l lookup) {
	defer func() {
		if v := recover(); v != nil {
			l = lookup{err: &dns.Error{Name: name, Type: t, Cause: dns.Malformed, Err: fmt.Errorf("the look-up failed: %v", v)}}
		}
	}()
	a, err := asks.Lookup(ctx, name, t)
	if err == nil {
		return lookup{answer: a}
	}
	if fail := (*dns.Error)(nil); errors.As(err, &fail) {
		return lookup{err: fail}
	}
	return lookup{err: &dns.Error{Name: name, Type: t, Cause: dns.Network, Err: err}}
}

// exchanges are the MX records in the order that senders use: by preference (RFC 5321
// section 5.1), those of the same one as the DNS has them.
func (s *servers) exchanges() []dns.Record {
	if s.mx.answer == nil {
		return nil
	}
	return slices.SortedStableFunc(slices.Values(s.mx.answer.Records), func(a, b dns.Record) int {
		return cmp.Compare(a.Priority, b.Priority)
	})
}

// choose takes the hosts from the answer about MX.
func (s *servers) choose() {
	if s.mx.err != nil {
		s.way, s.why = wayUnknown, inWords(s.mx.err)
		return
	}
	if s.mx.answer.Status == dns.NXDomain {
		s.way, s.why = wayNone, "there is no such domain"
		return
	}
	records := s.exchanges()
	if len(records) == 0 {
		s.way = wayImplicit
		s.add(s.canonical(), report.RoleImplicitMX, 0, s.ports...)
		return
	}
	s.way, s.why = wayNull, "the domain says that it accepts no mail"
	for _, r := range records {
		if r.Target == "" {
			continue // No host: RFC 7505 section 3.
		}
		s.way, s.why = wayMX, ""
		switch {
		case s.has(r.Target, report.RoleMX) || slices.Contains(s.beyond, r.Target):
		case len(s.hosts) == maxHosts:
			s.beyond = append(s.beyond, r.Target)
		default:
			s.add(r.Target, report.RoleMX, int(r.Priority), s.ports...)
		}
	}
}

// canonical is the domain, or, where that is an alias, what it is an alias for: "the
// resulting name is processed as if it were the initial name" (RFC 5321 section 5.1).
func (s *servers) canonical() string {
	if a := s.mx.answer; a != nil && len(a.Alias) > 0 {
		return a.Alias[len(a.Alias)-1]
	}
	return s.domain
}

func (s *servers) has(name string, role report.HostRole) bool {
	return slices.ContainsFunc(s.hosts, func(h host) bool { return h.Name == name && h.Role == role })
}

func (s *servers) add(name string, role report.HostRole, preference int, ports ...uint16) {
	s.hosts = append(s.hosts, host{
		Host:  report.Host{Name: name, Unicode: unicodeOf(name), Role: role, Preference: &preference},
		ports: ports,
	})
}

// conclude says why no server can be spoken to, where that is certain.
func (s *servers) conclude() {
	if s.way != wayMX && s.way != wayImplicit || len(s.beyond) > 0 {
		return
	}
	for i := range s.hosts {
		if h := &s.hosts[i]; h.takesMail() && h.fit(s.private) != no {
			return
		}
	}
	s.why = "none of its mail servers has an address that can be used"
	if s.way == wayImplicit {
		s.why = "it has neither an MX record nor an address"
	}
	s.way = wayNone
}
