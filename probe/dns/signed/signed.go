// Package signed makes a signed tree of zones, for tests of what validates DNSSEC.
//
// The tree is made of the text of zones, with keys of its own from the root on, and with
// whatever is to be wrong: a signature that expired, a key that is not the one that the
// zone above names, a proof that is missing. It answers as a recursive resolver does that
// does not validate, in memory or on the loopback; and each zone answers for itself at an
// address of its own, so that a real resolver can go from one to the next.
//
// It shares no code with what it tests, but miekg/dns, which both sign and verify with.
package signed

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Options are what a tree is made with.
type Options struct {
	Now    time.Time // Signatures hold from a week before until two weeks after.
	Region string    // What records above the first $DNSSEC line are: secure when "".
	Style  string    // Options of the zones for which there is no $ZONE line.

	// Addresses gives each zone a name server, "ns" in the zone, with an address of the
	// loopback: that at which Serve has it listen.
	Addresses bool
}

// Tree is a root and all that is below it. It may be used by many goroutines.
type Tree struct {
	Options
	zones map[string]*zone // By apex.
	fails map[string][]failing
}

// failing is a line "NAME FAIL CAUSE [TYPE]".
type failing struct {
	cause string
	typ   uint16 // 0 for all.
}

// New makes a tree of text: a zone file with lines of our own beside.
//
// "$ZONE NAME OPTION..." says how a zone is made; where there is none, zones are made as
// "$DNSSEC secure", "insecure" and "unverified" say of the records below such a line. Two
// times behind it are those of the signatures. "NAME FAIL CAUSE [TYPE]" is timeout,
// servfail, refused, malformed or bogus; "NAME BREAK OPTION [TYPE]" is one set whose
// signature is not right: expired, not-yet-valid, wrong-key, garbage, no-rrsig.
//
// The error says what cannot be: a zone that is secure below one that is not.
func New(text string, o Options) (*Tree, error) {
	t := &Tree{Options: o, zones: map[string]*zone{}, fails: map[string][]failing{}}
	r := &reading{tree: t, origin: ".", region: cmp.Or(o.Region, regionSecure)}
	if err := r.read(text); err != nil {
		return nil, err
	}
	if t.zones["."] == nil {
		r.declare(".", nil)
	}
	if !r.declared {
		if err := r.arrange(); err != nil {
			return nil, err
		}
	}
	for _, e := range r.entries {
		if err := t.zoneOf(e.owner).add(e); err != nil {
			return nil, err
		}
	}
	for i, apex := range t.apexes() {
		z := t.zones[apex]
		if err := z.begin(t, addressOf(i)); err != nil {
			return nil, fmt.Errorf("%s: %w", apex, err)
		}
	}
	for _, apex := range t.apexes() {
		if apex != "." {
			t.zoneOf(above(apex)).delegate(t.zones[apex])
		}
	}
	return t, nil
}

// apexes are the zones in the order of their names.
func (t *Tree) apexes() []string {
	var all []string
	for apex := range t.zones {
		all = append(all, apex)
	}
	slices.SortFunc(all, compare)
	return all
}

// addressOf is that of the zone with a number.
func addressOf(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 53, byte(i / 200), byte(i%200 + 1)})
}

// zoneOf is the deepest zone that a name is in.
func (t *Tree) zoneOf(name string) *zone {
	for ; ; name = above(name) {
		if z := t.zones[name]; z != nil {
			return z
		}
	}
}

// Zones says how many there are.
func (t *Tree) Zones() int { return len(t.zones) }

// Anchor is what is to be trusted: the DS record of the key of the root, as a zone file
// has it.
func (t *Tree) Anchor() *dns.DS { return t.zones["."].ds()[0] }

// above is a name without its first label; of the root the root.
func above(name string) string {
	i, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[i:]
}

// child is the name that a label makes of another.
func child(label, name string) string {
	if name == "." {
		return label + "."
	}
	return label + "." + name
}

// norm is a name in lower case, with octets escaped in one way.
func norm(name string) (string, error) {
	wire := make([]byte, 256)
	n, err := dns.PackDomainName(dns.Fqdn(name), wire, 0, nil, false)
	if err != nil {
		return "", fmt.Errorf("%q: %w", name, err)
	}
	name, _, err = dns.UnpackDomainName(wire[:n], 0)
	return strings.ToLower(name), err
}

// compare is the order of DNSSEC (RFC 4034 section 6.1).
func compare(a, b string) int { return slices.CompareFunc(labels(a), labels(b), strings.Compare) }

// labels are those of a name, the one next to the root first, as octets.
func labels(name string) []string {
	wire := make([]byte, 256)
	n, err := dns.PackDomainName(name, wire, 0, nil, false)
	if err != nil {
		return nil
	}
	var all []string
	for at := 0; at < n && wire[at] != 0; at += int(wire[at]) + 1 {
		all = append(all, string(wire[at+1:at+1+int(wire[at])]))
	}
	slices.Reverse(all)
	return all
}
