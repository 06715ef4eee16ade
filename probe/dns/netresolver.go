package dns

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// NetResolver gives libraries a Resolver by the methods of a net.Resolver. Each error
// is a *net.DNSError and is not wrapped, for they look at it with a type assertion; it
// is temporary where the Error is, and the absence of a name or of a record is
// IsNotFound.
type NetResolver struct {
	Resolver Resolver

	// Family is what LookupIPAddr asks for, A or AAAA; 0 is both. SPF needs the one
	// of the client alone (RFC 7208 section 5).
	Family Type
}

// lookup gives the records, and not found for none.
func (n NetResolver) lookup(ctx context.Context, name string, t Type) ([]Record, error) {
	a, err := n.Resolver.Lookup(ctx, name, t)
	if err != nil {
		return nil, dnsError(name, err)
	}
	if a.Status != Found {
		return nil, &net.DNSError{Err: "no such host", Name: name, Server: a.Server, IsNotFound: true}
	}
	return a.Records, nil
}

func dnsError(name string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return &net.DNSError{Err: err.Error(), Name: name, IsTemporary: true}
	}
	text := string(e.Cause)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return &net.DNSError{UnwrapErr: e, Err: text, Name: name, Server: e.Server,
		IsTimeout: e.Cause == Timeout, IsTemporary: e.Temporary()}
}

// LookupTXT gives the TXT records, each as its octets.
func (n NetResolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	records, err := n.lookup(ctx, name, TXT)
	texts := make([]string, len(records))
	for i := range records {
		texts[i] = string(records[i].Text)
	}
	return texts, err
}

// LookupMX gives the MX records, the most preferred first.
func (n NetResolver) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	records, err := n.lookup(ctx, name, MX)
	mx := make([]*net.MX, len(records))
	for i := range records {
		mx[i] = &net.MX{Host: records[i].Target + ".", Pref: records[i].Priority}
	}
	slices.SortStableFunc(mx, func(a, b *net.MX) int { return cmp.Compare(a.Pref, b.Pref) })
	return mx, err
}

// LookupIPAddr gives the addresses of a host, or the host itself if it is one. If one
// of two families fails and the other has none, it fails.
func (n NetResolver) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []net.IPAddr{{IP: a.AsSlice(), Zone: a.Zone()}}, nil
	}
	families := []Type{A, AAAA}
	if n.Family != 0 {
		families = []Type{n.Family}
	}
	var addresses []net.IPAddr
	var failure error
	for _, t := range families {
		records, err := n.lookup(ctx, host, t)
		if failure == nil || isNotFound(failure) && err != nil {
			failure = err
		}
		for i := range records {
			addresses = append(addresses, net.IPAddr{IP: records[i].Address.AsSlice()})
		}
	}
	if len(addresses) > 0 {
		return addresses, nil
	}
	return nil, failure
}

func isNotFound(err error) bool {
	var e *net.DNSError
	return errors.As(err, &e) && e.IsNotFound
}

// LookupAddr gives the names of an address, as its PTR records have them.
func (n NetResolver) LookupAddr(ctx context.Context, address string) ([]string, error) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return nil, &net.DNSError{Err: "unrecognized address", Name: address}
	}
	records, err := n.lookup(ctx, ReverseName(a), PTR)
	names := make([]string, len(records))
	for i := range records {
		names[i] = records[i].Target + "."
	}
	return names, err
}

// ReverseName is the name that has the PTR records of an address (RFC 1035 section 3.5,
// RFC 3596 section 2.5).
func ReverseName(a netip.Addr) string {
	a = a.Unmap()
	octets := a.AsSlice()
	slices.Reverse(octets)
	var b strings.Builder
	if a.Is4() {
		for _, o := range octets {
			b.WriteString(strconv.Itoa(int(o)) + ".")
		}
		return b.String() + "in-addr.arpa"
	}
	const digits = "0123456789abcdef"
	for _, o := range octets {
		b.Write([]byte{digits[o&0xf], '.', digits[o>>4], '.'})
	}
	return b.String() + "ip6.arpa"
}
