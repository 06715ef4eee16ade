package main

import (
	"net/netip"
	"slices"
	"testing"

	"mailtrace/probe/dns"
)

func TestIntroduce(t *testing.T) {
	zone, err := dns.ParseZone(`
probe.example.net. A 198.51.100.20
probe.example.net. AAAA 2001:db8::20
other.example.net. A 198.51.100.99
20.100.51.198.in-addr.arpa. PTR probe.example.net.
21.100.51.198.in-addr.arpa. PTR other.example.net.
`)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		bind, helo string
		want       introduction
	}{
		"a name that leads back":         {"198.51.100.20", "probe.example.net", introduction{helo: "probe.example.net", proven: true}},
		"by the other family":            {"2001:db8::20", "probe.example.net", introduction{helo: "probe.example.net", proven: true}},
		"a name of another host":         {"198.51.100.20", "other.example.net", introduction{helo: "other.example.net"}},
		"the name of the address":        {"198.51.100.20", "", introduction{helo: "probe.example.net", proven: true}},
		"a name that does not lead back": {"198.51.100.21", "", introduction{}},
		"no name":                        {"198.51.100.22", "", introduction{}},
		"an address":                     {"198.51.100.22", "[198.51.100.22]", introduction{helo: "[198.51.100.22]", proven: true}},
		"a private address":              {"10.0.0.1", "", introduction{}},
	} {
		f := &talkFlags{helo: test.helo}
		if err := f.bind.Set(test.bind); err != nil {
			t.Fatal(err)
		}
		f.only4, f.only6 = f.bind[0].Is4(), !f.bind[0].Is4()
		got := f.introduce(t.Context(), zone)
		if got.helo != test.want.helo || got.proven != test.want.proven || !slices.Equal(got.sources, []netip.Addr(f.bind)) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAhead(t *testing.T) {
	for n, many := range map[int]bool{0: true, 2: true, 3: false, 9: false} {
		all, got := ahead(slices.Values([]string{"a", "b", "c"}), n)
		if jobs := slices.Collect(all); got != many || !slices.Equal(jobs, []string{"a", "b", "c"}) {
			t.Errorf("%d: %v, %v", n, jobs, got)
		}
	}
}
