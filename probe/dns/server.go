package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

const (
	dnsPort = 53
	tlsPort = 853 // RFC 7858 section 3.1
)

// Server is one that can be asked: over UDP and TCP, or over TLS alone.
type Server struct {
	Address netip.AddrPort
	TLSName string // The name that its certificate must have; "" for no TLS.
}

// ParseServer reads "192.0.2.53", "192.0.2.53:5353", "2001:db8::53",
// "[2001:db8::53]:53", or "tls://dns.example.net@192.0.2.53" with or without a port.
func ParseServer(s string) (Server, error) {
	if len(s) > 2*maxName {
		return Server{}, errors.New("a DNS server's address cannot be that long")
	}
	rest, overTLS := strings.CutPrefix(s, "tls://")
	if !overTLS {
		a, err := parseAddress(s, dnsPort)
		return Server{Address: a}, err
	}
	name, address, ok := strings.Cut(rest, "@")
	if !ok || name == "" {
		return Server{}, fmt.Errorf("%q does not say which name the server's certificate must have; write tls://NAME@ADDRESS", s)
	}
	name, err := canonical(name)
	if err != nil {
		return Server{}, fmt.Errorf("%q: %w", s, err)
	}
	a, err := parseAddress(address, tlsPort)
	return Server{Address: a, TLSName: name}, err
}

func parseAddress(s string, port uint16) (netip.AddrPort, error) {
	if ap, err := netip.ParseAddrPort(s); err == nil && ap.Port() != 0 {
		return ap, nil
	}
	inside := s
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		inside = s[1 : len(s)-1]
	}
	a, err := netip.ParseAddr(inside)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is no address of a DNS server; write 192.0.2.53, [2001:db8::53]:53 or tls://NAME@ADDRESS", s)
	}
	return netip.AddrPortFrom(a, port), nil
}

// String is what ParseServer reads, and what an Answer calls its server.
func (s Server) String() string {
	if s.TLSName == "" {
		return s.Address.String()
	}
	return "tls://" + s.TLSName + "@" + s.Address.String()
}

// trusted says whether nobody on the path can have changed what the server said: only
// then its AD bit is worth something (RFC 6840 section 5.7, RFC 4035 section 4.9.3).
func (s Server) trusted() bool {
	return s.TLSName != "" || s.Address.Addr().Unmap().IsLoopback()
}
