package auth

import (
	"context"
	"net/netip"
	"slices"
	"strconv"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
)

// MaxIprevNames is how many names of one address are looked up: RFC 8601 section 3
// wants a bound, and names the one of RFC 7208 section 4.6.4.
const MaxIprevNames = 10

// Iprev is the result of looking an address up, and its names up in turn (RFC 8601
// section 3). A pass says that the owner of the address and the owner of the name
// agree: it tells where the address belongs, and speaks for nobody in the message.
type Iprev struct {
	Address netip.Addr
	Status  Status
	Name    string // The first name that leads back to the address; "" for none.
	Reason  string // One sentence.

	Names []IprevName // In the order of the answer, up to MaxIprevNames.
	More  int         // Names beyond these.
	Err   error       // The answer that is missing, with temperror and undecided.
}

// IprevName is one name of the address, and where it leads.
type IprevName struct {
	Name      string
	Addresses []netip.Addr
	Invalid   bool  // It is no host name, and was not asked for.
	Err       error // There is no answer.
}

// ReverseName is the name under which the names of an address are kept (RFC 1035
// section 3.5, RFC 3596 section 2.5); "" for an address that is none.
func ReverseName(a netip.Addr) string {
	const hex = "0123456789abcdef"
	a = a.Unmap()
	switch {
	case a.Is4():
		b := a.As4()
		out := make([]byte, 0, len("255.255.255.255.in-addr.arpa"))
		for i := 3; i >= 0; i-- {
			out = strconv.AppendUint(out, uint64(b[i]), 10)
			out = append(out, '.')
		}
		return string(append(out, "in-addr.arpa"...))
	case a.Is6():
		b := a.As16()
		out := make([]byte, 0, 72)
		for i := 15; i >= 0; i-- {
			out = append(out, hex[b[i]&15], '.', hex[b[i]>>4], '.')
		}
		return string(append(out, "ip6.arpa"...))
	}
	return ""
}

// CheckIprev asks for the names of an address, and for the addresses of these until
// one leads back. It has no error: a question that has no answer is in the result.
func CheckIprev(ctx context.Context, resolver dns.Resolver, address netip.Addr) Iprev {
	address = address.Unmap().WithZone("")
	out := Iprev{Address: address}
	name := ReverseName(address)
	if name == "" {
		out.Status, out.Reason = None, "there is no address to look up"
		return out
	}
	answer, err := lookUp(ctx, resolver, name, dns.PTR)
	switch {
	case err != nil:
		out.Status, out.Err = unanswered(err), err
		out.Reason = "the name of " + address.String() + " is not known: " + whyUnanswered(err)
		return out
	case len(answer.Records) == 0:
		// RFC 8601 section 2.7.3; RFC 7001 and many receivers call it fail.
		out.Status, out.Reason = PermError, address.String()+" has no name"
		return out
	}
	out.forward(ctx, resolver, answer.Targets())
	out.decide()
	return out
}

// forward asks for the addresses of names, until one leads back.
func (p *Iprev) forward(ctx context.Context, resolver dns.Resolver, names []string) {
	qtype := dns.AAAA
	if p.Address.Is4() {
		qtype = dns.A
	}
	for i, name := range names {
		if i == MaxIprevNames {
			p.More = len(names) - i
			return
		}
		n := IprevName{Name: name}
		// A name in the DNS may hold any bytes; that of a host does not.
		if ascii := domain.ASCII(name); ascii == "" {
			n.Invalid = true
		} else if answer, err := lookUp(ctx, resolver, ascii, qtype); err != nil {
			n.Err = err
		} else {
			n.Addresses = answer.Addresses()
		}
		p.Names = append(p.Names, n)
		if slices.ContainsFunc(n.Addresses, func(a netip.Addr) bool { return a.Unmap() == p.Address }) {
			p.Name = name
			return
		}
	}
}

func (p *Iprev) decide() {
	address := p.Address.String()
	if p.Name != "" {
		p.Status, p.Reason = Pass, address+" is named "+dmarcExcerpt(p.Name)+", and that name has this address"
		return
	}
	for i := range p.Names {
		n := &p.Names[i]
		// What could still lead back has not failed; a name that cannot is another's.
		if s := Status(""); n.Err != nil {
			if s = unanswered(n.Err); s == PermError {
				continue
			}
			if p.Status == "" || s == Undecided {
				p.Status, p.Err = s, n.Err
				p.Reason = "whether " + dmarcExcerpt(n.Name) + ", a name of " + address + ", leads back to it is not known: " + whyUnanswered(n.Err)
			}
		}
	}
	switch {
	case p.Status != "":
	case p.More > 0:
		p.Status = Undecided
		p.Reason = "none of the first " + strconv.Itoa(MaxIprevNames) + " names of " + address + " leads back to it; " + strconv.Itoa(p.More) + " more were not looked up"
	case len(p.Names) == 1:
		p.Status, p.Reason = Fail, address+" is named "+dmarcExcerpt(p.Names[0].Name)+", but that name does not lead back to it"
	default:
		p.Status, p.Reason = Fail, "none of the "+strconv.Itoa(len(p.Names))+" names of "+address+" leads back to it"
	}
}
