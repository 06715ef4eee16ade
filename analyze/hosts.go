package analyze

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Hosts is hosts that the user names: by name, by address or by network. An entry
// that begins with "!" excludes what it names. The first entry that fits decides.
type Hosts struct {
	entries []hostEntry
}

type hostEntry struct {
	name    string // Lower case; of the host itself and of all below it.
	network netip.Prefix
	not     bool
}

// ParseHosts reads entries: "mx.example.org", "example.org", "192.0.2.1",
// "192.0.2.0/24", "192.0/16", "2001:db8::/32", "!192.0.2.9".
func ParseHosts(entries ...string) (Hosts, error) {
	var h Hosts
	for _, text := range entries {
		e := hostEntry{}
		rest, not := strings.CutPrefix(strings.TrimSpace(text), "!")
		e.not = not
		switch network, err := parseNetwork(rest); {
		case err == nil:
			e.network = network
		case rest == "" || strings.ContainsAny(rest, "/: ") || strings.Trim(rest, "0123456789.") == "":
			return Hosts{}, fmt.Errorf("%q is neither a host name nor a network: write mx.example.org, 192.0.2.1 or 192.0.2.0/24", text)
		default:
			e.name = strings.ToLower(strings.Trim(rest, "."))
		}
		h.entries = append(h.entries, e)
	}
	return h, nil
}

// parseNetwork reads an address or a network; the numbers at the end of an IPv4
// network may be left out, as in 192.0/16 and in 192.0.
func parseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	base, bits, found := strings.Cut(s, "/")
	if !strings.Contains(base, ":") && strings.Trim(base, "0123456789.") == "" && base != "" {
		parts := strings.Count(strings.TrimSuffix(base, "."), ".") + 1
		if !found {
			bits = strconv.Itoa(8 * parts)
		}
		base = strings.TrimSuffix(base, ".") + strings.Repeat(".0", max(0, 4-parts))
	}
	p, err := netip.ParsePrefix(base + "/" + bits)
	return p.Masked(), err
}

// None says whether the user named no hosts.
func (h Hosts) None() bool { return len(h.entries) == 0 }

// name says whether a host of that name is meant.
func (h Hosts) name(name string) bool {
	name = strings.ToLower(strings.Trim(name, "[]."))
	for _, e := range h.entries {
		if e.name != "" && name != "" && (name == e.name || strings.HasSuffix(name, "."+e.name)) {
			return !e.not
		}
	}
	return false
}

// address says whether a host of that address is meant.
func (h Hosts) address(a netip.Addr) bool {
	a = a.WithZone("")
	for _, e := range h.entries {
		if e.network.IsValid() && a.IsValid() && e.network.Contains(a) {
			return !e.not
		}
	}
	return false
}

// names says whether any entry is a name; networks says nothing of who wrote a line.
func (h Hosts) names() bool {
	for _, e := range h.entries {
		if e.name != "" && !e.not {
			return true
		}
	}
	return false
}
