package probe

import (
	"context"
	"net/netip"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// servers is what the DNS says of who takes mail for a domain.
type servers struct {
	domain string // In A-labels and lower case, without the dot at its end.
	way    way
	mx     lookup // Of the domain.
	hosts  []host // In the order that senders use.
	why    string // Why there is none, or why it is not known.

	submission, submissions lookup // SRV, where they were asked for.
	spf                     lookup // TXT of the domain, asked where it says that it takes no mail.
}

// way is how a domain takes mail.
type way string

const (
	wayMX       way = "mx"
	wayImplicit way = "implicit" // It has no MX record: the domain itself is the server (RFC 5321 section 5.1).
	wayNull     way = "null"     // It takes none and says so (RFC 7505).
	wayNone     way = "none"     // There is no such domain, or no usable server.
	wayUnknown  way = "unknown"  // The DNS gave no answer.
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
}

// find asks who takes mail for a domain.
func (p *Prober) find(ctx context.Context, asks dns.Resolver, domain string) *servers {
	panic("not yet")
}

// named asks for the addresses of a server that the user named.
func (p *Prober) named(ctx context.Context, asks dns.Resolver, name string, ports []uint16) *servers {
	panic("not yet")
}
