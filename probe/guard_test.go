package probe

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// specialRanges are those of the IANA registries (IPv4 and IPv6 Special-Purpose Address
// Space, as of 2025-10-09), with what RFC 4291 sets aside, written anew: the tables of
// the guard are octets.
var specialRanges = strings.Fields(`
	0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29 192.0.0.8/32
	192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24
	192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
	255.255.255.255/32
	::1/128 ::/128 ::ffff:0:0/96 ::ffff:0:0:0/96 ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32
	2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28
	2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
	::/3 4000::/2 8000::/1`)

// TestForbidden has the first and the last address of every range, and what lies beside
// them, which is forbidden only if it is in another range.
func TestForbidden(t *testing.T) {
	for _, text := range specialRanges {
		p := netip.MustParsePrefix(text)
		first, last := p.Addr(), lastOf(p)
		for _, a := range []netip.Addr{first, last} {
			if forbidden(a) == "" {
				t.Errorf("%s of %s may be connected to", a, p)
			}
			if a.Is4() {
				if mapped := netip.AddrFrom16(a.As16()); forbidden(mapped) == "" {
					t.Errorf("%s of %s may be connected to", mapped, p)
				}
			}
		}
		for _, a := range []netip.Addr{first.Prev(), last.Next()} {
			if got := forbidden(a) != ""; got != special(a) {
				t.Errorf("%s, beside %s: forbidden %v (%q)", a, p, got, forbidden(a))
			}
		}
	}
	for _, text := range strings.Fields(`1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
		169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
		203.0.112.255 203.0.114.0 223.255.255.255 2001:200:: 2001:4860:4860::8888 2001:db7:: 2001:db9:: 2003:: 2a00:1450::1 2606:4700::
		3ffe:ffff:: 3fff:1000:: 2620:4f:7fff:: 2620:4f:8001::`) {
		if why := forbidden(netip.MustParseAddr(text)); why != "" {
			t.Errorf("%s may not be connected to: %s", text, why)
		}
	}
	for text, want := range map[string]string{
		"169.254.169.254": whyLinkLocal, "fd00:ec2::254": whyPrivate, "::1": whyLoopback, "2001:db8::1": whyDocumentation,
		"2002:7f00:1::": why6to4, "64:ff9b::a00:1": whyNAT64, "fe80::1%eth0": "interface", "2a00::1%1": "interface", "4000::": "not in use",
		"::ffff:8.8.8.8": "IPv4-mapped", "::8.8.8.8": "IPv4-compatible", "2001:0:808:808::": "Teredo", "255.255.255.255": "broadcast",
	} {
		if got := forbidden(netip.MustParseAddr(text)); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if forbidden(netip.Addr{}) == "" {
		t.Error("no address may be connected to")
	}
}

// special says by the list of the test whether an address is in a range.
func special(a netip.Addr) bool {
	if !a.IsValid() {
		return true // Before the first, and behind the last of all.
	}
	for _, text := range specialRanges {
		if netip.MustParsePrefix(text).Contains(a) {
			return true
		}
	}
	return false
}

func lastOf(p netip.Prefix) netip.Addr {
	octets := p.Addr().AsSlice()
	for bit := p.Bits(); bit < 8*len(octets); bit++ {
		octets[bit/8] |= 0x80 >> (bit % 8)
	}
	a, _ := netip.AddrFromSlice(octets)
	return a
}

// FuzzForbidden: the guard and the list of the test are of one mind, and nothing that is
// forbidden passes in another form.
func FuzzForbidden(f *testing.F) {
	for _, text := range specialRanges {
		a := netip.MustParsePrefix(text).Addr().As16()
		f.Add(a[:])
	}
	f.Add([]byte{8, 8, 8, 8})
	f.Fuzz(func(t *testing.T, octets []byte) {
		a, ok := netip.AddrFromSlice(octets)
		if !ok {
			return
		}
		if got := forbidden(a) != ""; got != special(a) {
			t.Errorf("%s: forbidden %v, in a range %v", a, got, special(a))
		}
		if forbidden(a) == "" && (!a.IsGlobalUnicast() || a.IsPrivate() || a.Is4In6()) {
			t.Errorf("%s may be connected to", a)
		}
		if again, err := netip.ParseAddr(a.String()); err != nil || forbidden(again) != forbidden(a) {
			t.Errorf("%s: read again it is another one", a)
		}
		if a.Is6() && forbidden(a.WithZone("eth0")) == "" {
			t.Errorf("%s may be connected to with a zone", a)
		}
		if a.Is4() {
			for _, hidden := range disguises(a.As4()) {
				if forbidden(hidden) == "" {
					t.Errorf("%s, which hides %s, may be connected to", hidden, a)
				}
			}
		}
	})
}

// disguises are the ways in which an IPv6 address can lead to one of IPv4.
func disguises(a [4]byte) []netip.Addr {
	at := func(prefix string, place int, flip byte) netip.Addr {
		octets := netip.MustParseAddr(prefix).As16()
		for i := range a {
			octets[place+i] = a[i] ^ flip
		}
		return netip.AddrFrom16(octets)
	}
	return []netip.Addr{
		at("::ffff:0:0", 12, 0), at("::", 12, 0), at("::ffff:0:0:0", 12, 0), at("64:ff9b::", 12, 0), at("64:ff9b:1::", 12, 0),
		at("64:ff9b:1:fffe::", 9, 0), at("2002::", 2, 0), at("2001::", 4, 0), at("2001::", 12, 0xff), at("fe80::5efe:0:0", 12, 0),
	}
}

// shifty answers for addresses differently each time, and counts.
type shifty struct {
	mu    sync.Mutex
	asked map[string]int
	turns []netip.Addr // Of the first question, the second and so on; the last one ever after.
}

func (s *shifty) Lookup(_ context.Context, name string, t dns.Type) (*dns.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := name + " " + t.String()
	n := s.asked[key]
	s.asked[key]++
	a := &dns.Answer{Name: name, Type: t, Status: dns.Found, Secure: dns.Unverified, Server: "shifty", Time: clock()}
	switch address := s.turns[min(n, len(s.turns)-1)]; t {
	case dns.MX:
		a.Records = []dns.Record{{Priority: 10, Target: "mx.example.org"}}
	case addressType(address):
		a.Records = []dns.Record{{Address: address}}
	default:
		a.Status = dns.NoData
	}
	return a, nil
}

// dialled probes a domain, and says which addresses were dialled and how endpoints ended.
func dialled(t *testing.T, asks dns.Resolver) (to []netip.AddrPort, r *report.Report) {
	t.Helper()
	var mu sync.Mutex
	p := &Prober{
		Now: clock, HELO: "probe.example.net", DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: asks} },
		Dial: func(_ context.Context, a netip.AddrPort) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			to = append(to, a)
			return nil, net.ErrClosed
		},
	}
	synctest.Test(t, func(t *testing.T) {
		r = p.Domain(t.Context(), "example.org")
		synctest.Wait()
	})
	valid(t, r)
	return to, r
}

// TestNeverDialled: an address that is none of a public mail server is not connected to,
// whatever name leads to it, in whatever form, whenever the DNS says so.
func TestNeverDialled(t *testing.T) {
	all := []netip.Addr{}
	for _, text := range specialRanges {
		p := netip.MustParsePrefix(text)
		all = append(all, p.Addr(), lastOf(p))
		if p.Addr().Is4() {
			all = append(all, disguises(p.Addr().As4())...)
			all = append(all, disguises(lastOf(p).As4())...)
		}
	}
	for _, a := range all {
		to, r := dialled(t, &shifty{asked: map[string]int{}, turns: []netip.Addr{a}})
		if len(to) != 0 {
			t.Errorf("%s: dialled %v", a, to)
		}
		if len(r.Hosts) != 1 || r.Hosts[0].Status != statusReserved || len(r.Hosts[0].Endpoints) != 1 || r.Hosts[0].Endpoints[0].Outcome != report.OutcomeForbidden {
			t.Errorf("%s: %+v", a, r.Hosts)
		}
	}
	t.Logf("%d addresses, none was dialled", len(all))
}

// TestRebinding: each name is asked for once, and what is dialled is the address that
// was looked at.
func TestRebinding(t *testing.T) {
	public, loopback := netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("127.0.0.1")
	for _, test := range []struct {
		turns []netip.Addr
		want  []netip.AddrPort
	}{
		{[]netip.Addr{public, loopback}, []netip.AddrPort{netip.AddrPortFrom(public, 25), netip.AddrPortFrom(public, fetchPort)}}, // The other one is of mta-sts.
		{[]netip.Addr{loopback, public}, nil},
	} {
		s := &shifty{asked: map[string]int{}, turns: test.turns}
		to, _ := dialled(t, s)
		slices.SortFunc(to, netip.AddrPort.Compare)
		if !slices.Equal(to, test.want) {
			t.Errorf("%v: dialled %v", test.turns, to)
		}
		for key, n := range s.asked {
			if n != 1 {
				t.Errorf("%v: asked %d times for %s", test.turns, n, key)
			}
		}
		// What else is asked belongs to policies, and is none of the guard's business.
		for _, key := range []string{"example.org MX", "mx.example.org A", "mx.example.org AAAA"} {
			if s.asked[key] != 1 {
				t.Errorf("asked for %v", s.asked)
			}
		}
	}
}

// TestGuardAtTheSocket has a real listener, a real dialer, and all the ways in which a
// user can write its address.
func TestGuardAtTheSocket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var accepted atomic.Int32
	arrived := make(chan struct{}, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			arrived <- struct{}{}
			c.Close()
		}
	}()
	port := netip.MustParseAddrPort(l.Addr().String()).Port()
	zone, err := dns.ParseZone("localhost. A 127.0.0.1\nlocalhost. AAAA ::ffff:127.0.0.1\nmx.example.org. CNAME localhost.")
	if err != nil {
		t.Fatal(err)
	}
	prober := func(private bool) *Prober {
		return &Prober{DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: zone} }, AllowPrivate: private, Patience: 5 * time.Second}
	}
	for _, name := range strings.Fields(`127.0.0.1 [127.0.0.1] ::ffff:127.0.0.1 [IPv6:::ffff:127.0.0.1] ::127.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: 0.0.0.0 ::
		localhost LOCALHOST. mx.example.org`) {
		r := prober(false).Host(t.Context(), name, []uint16{port})
		if len(r.Hosts) != 1 || len(r.Hosts[0].Endpoints) == 0 {
			t.Errorf("%s: %+v", name, r.Hosts)
		}
		for _, h := range r.Hosts {
			for _, e := range h.Endpoints {
				if e.Outcome != report.OutcomeForbidden {
					t.Errorf("%s: %s at %s", name, e.Outcome, e.Address)
				}
			}
		}
	}
	if n := accepted.Load(); n != 0 {
		t.Errorf("%d connections arrived", n)
	}
	prober(true).Host(t.Context(), "127.0.0.1", []uint16{port})
	select {
	case <-arrived: // So the test would have seen one.
	case <-time.After(5 * time.Second):
		t.Error("no connection arrived with --allow-private")
	}
}
