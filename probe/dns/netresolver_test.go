package dns

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
)

func TestNetResolver(t *testing.T) {
	z, err := ParseZone(exampleZone + "mixed AAAA 2001:db8::1\nmixed FAIL timeout A\nhalfdead FAIL servfail AAAA\nhalfdead TXT x\n" +
		"5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR mx\n")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	n := NetResolver{Resolver: z}
	for _, test := range []struct {
		what string
		ask  func() (any, error)
		want string
	}{
		{"TXT", func() (any, error) { return n.LookupTXT(ctx, "example.org") }, `[]string{"v=spf1 ip4:192.0.2.0/24 -all", "one; \"two\" ü\\"}`},
		{"no TXT", func() (any, error) { return n.LookupTXT(ctx, "mx.example.org") }, "not found"},
		{"no name", func() (any, error) { return n.LookupTXT(ctx, "no.example.org") }, "not found"},
		{"slow", func() (any, error) { return n.LookupTXT(ctx, "slow.example.org") }, "timeout temporary"},
		{"SERVFAIL", func() (any, error) { return n.LookupTXT(ctx, "half.example.org") }, "temporary"},
		{"loop", func() (any, error) { return n.LookupTXT(ctx, "loop.example.org") }, "permanent"},
		{"bad name", func() (any, error) { return n.LookupTXT(ctx, "a..b") }, "permanent"},
		{"MX", func() (any, error) {
			mx, err := n.LookupMX(ctx, "example.org")
			var all []net.MX
			for _, m := range mx {
				all = append(all, *m)
			}
			return all, err
		}, `[]net.MX{net.MX{Host:"mx.example.org.", Pref:0xa}, net.MX{Host:"mx.example.net.", Pref:0x14}}`},
		{"both families", func() (any, error) { return addresses(n.LookupIPAddr(ctx, "mx.example.org")) }, `"[{192.0.2.25 } {2001:db8::25 }]"`},
		{"one family", func() (any, error) {
			return addresses(NetResolver{z, AAAA}.LookupIPAddr(ctx, "mx.example.org"))
		}, `"[{2001:db8::25 }]"`},
		{"an address", func() (any, error) { return addresses(n.LookupIPAddr(ctx, "192.0.2.7")) }, `"[{192.0.2.7 }]"`},
		{"one family fails", func() (any, error) { return addresses(n.LookupIPAddr(ctx, "mixed.example.org")) }, `"[{2001:db8::1 }]"`},
		{"one fails, the other has none", func() (any, error) { return addresses(n.LookupIPAddr(ctx, "halfdead.example.org")) }, "temporary"},
		{"no addresses", func() (any, error) { return addresses(n.LookupIPAddr(ctx, "_tcp.example.org")) }, "not found"},
		{"names", func() (any, error) { return n.LookupAddr(ctx, "192.0.2.25") }, `[]string{"mx.example.org."}`},
		{"names, IPv6", func() (any, error) { return n.LookupAddr(ctx, "2001:db8::25") }, `[]string{"mx.example.org."}`},
		{"no names", func() (any, error) { return n.LookupAddr(ctx, "192.0.2.26") }, "not found"},
		{"names of no address", func() (any, error) { return n.LookupAddr(ctx, "mx.example.org") }, "permanent"},
	} {
		got, err := test.ask()
		text := fmt.Sprintf("%#v", got)
		if err != nil {
			text = kind(err)
		}
		if text != test.want {
			t.Errorf("%s: %s, want %s (%v)", test.what, text, test.want, err)
		}
	}
}

func addresses(a []net.IPAddr, err error) (any, error) { return fmt.Sprint(a), err }

// kind is what libraries see of an error: they use a type assertion.
func kind(err error) string {
	e, ok := err.(*net.DNSError)
	switch {
	case !ok:
		return fmt.Sprintf("%T", err)
	case e.IsNotFound && !e.IsTemporary && !e.IsTimeout:
		return "not found"
	case e.IsTimeout && e.IsTemporary:
		return "timeout temporary"
	case e.IsTemporary:
		return "temporary"
	}
	return "permanent"
}

func TestReverseName(t *testing.T) {
	for a, want := range map[string]string{
		"192.0.2.25":        "25.2.0.192.in-addr.arpa",
		"::ffff:192.0.2.25": "25.2.0.192.in-addr.arpa",
		"2001:db8::25":      "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	} {
		if got := ReverseName(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %s", a, got)
		}
	}
}
