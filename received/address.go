package received

import (
	"net/netip"
	"strings"
)

// endpoint is an address as it stands in a field.
type endpoint struct {
	addr netip.Addr
	port int // -1 where there is none.
	odd  Oddity
}

// readAddress reads an address and perhaps a port, in every form that servers
// write: 192.0.2.1, [192.0.2.1], [192.0.2.1]:25, [192.0.2.1:25], 192.0.2.1.25
// (old Exim), [(192.0.2.1)], IPv6:2001:db8::1, ::ffff:192.0.2.1, fe80::1%3. It is
// false for anything else; then odd says whether it was nearly one.
func readAddress(s string) (e endpoint, ok bool) {
	e.port = -1
	s = strings.TrimSpace(s)
	if inner, found := strings.CutPrefix(s, "["); found {
		i := strings.IndexByte(inner, ']')
		if i < 0 {
			return e, false
		}
		if rest := inner[i+1:]; rest != "" {
			if e.port = readPort(strings.TrimPrefix(rest, ":")); e.port < 0 {
				return e, false
			}
		}
		s = strings.Trim(inner[:i], " ()")
	}
	if rest, found := cutFold(s, "IPv6:"); found {
		s = rest
	}
	if s == "" || len(s) > 80 {
		return e, false
	}
	switch {
	case strings.Count(s, ":") > 1:
		return e.readIPv6(s)
	case s[0] >= '0' && s[0] <= '9':
		return e.readIPv4(s)
	}
	return e, false
}

func (e endpoint) readIPv6(s string) (endpoint, bool) {
	for i := range len(s) {
		c := s[i]
		if c == '%' {
			break
		}
		if l := c | 0x20; (c < '0' || c > ':') && c != '.' && (l < 'a' || l > 'f') {
			return e, false
		}
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return e, false
	}
	if addr.Is4In6() {
		e.odd = MappedAddress
		addr = addr.Unmap()
	}
	e.addr = addr
	return e, true
}

// readIPv4 reads dotted decimals. Leading zeros are read as decimal, which is
// what a server that pads means; netip refuses them.
func (e endpoint) readIPv4(s string) (endpoint, bool) {
	var parts [5]int
	n, digits, padded := 0, 0, false
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			if digits++; digits > 5 {
				return e, false
			}
			padded = padded || digits == 2 && s[i-1] == '0'
			parts[n] = parts[n]*10 + int(c-'0')
			continue
		case c == '.' && digits > 0 && n < 4:
			n++
			digits = 0
			continue
		}
		break
	}
	if digits == 0 || n < 3 {
		return e, false
	}
	if i < len(s) {
		if e.port >= 0 || n != 3 {
			return e, false
		}
		if e.port = readPort(s[i+1:]); s[i] != ':' || e.port < 0 {
			return e, false
		}
	} else if n == 4 {
		e.port = parts[4]
	}
	for _, p := range parts[:4] {
		if p > 255 {
			e.odd = ImpossibleAddress
			return e, false
		}
	}
	if e.port > 65535 {
		e.port = -1
		return e, false
	}
	if padded {
		e.odd = UnusualAddress
	}
	e.addr = netip.AddrFrom4([4]byte{byte(parts[0]), byte(parts[1]), byte(parts[2]), byte(parts[3])})
	return e, true
}

// readPort is the port in s, or -1.
func readPort(s string) int {
	if s == "" || len(s) > 5 {
		return -1
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	if n > 65535 {
		return -1
	}
	return n
}
