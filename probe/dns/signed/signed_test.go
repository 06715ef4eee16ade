package signed

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// TestNew: what a text says of its zones, and what cannot be.
func TestNew(t *testing.T) {
	for _, test := range []struct{ text, zones string }{
		{"", "."},
		{"a.example.org A 192.0.2.1", ". org. example.org."},
		{"example.org CNAME a.example.net\na.example.net A 192.0.2.1", ". net. example.net. org."},
		{"example.org A 192.0.2.1\n$DNSSEC insecure\nx.y.example.org A 192.0.2.1\nz.x.y.example.org A 192.0.2.1", ". org. example.org. x.y.example.org."},
		{"$DNSSEC insecure\nexample.org A 192.0.2.1\na.example.org A 192.0.2.1", ". org. example.org."},
		{"$ZONE b.example nsec3\na.b.example A 192.0.2.1", ". b.example."},
		{"$ORIGIN example.org.\n@ TXT ( \"a;b\" ; c\n\"d\" )\n\tMX 10 mx", ". org. example.org."},
		{"$DNSSEC insecure\nexample.org A 192.0.2.1\n$DNSSEC secure\na.example.org A 192.0.2.1", "error"},
		{"$DNSSEC insecure\nexample.org A 192.0.2.1\n$DNSSEC secure\nexample.org MX 10 a", "error"},
		{"$DNSSEC insecure\nexample.org A 192.0.2.1\nexample.org FAIL bogus", "error"},
		{"example.org FAIL network", "error"},
		{"$ZONE example.org soluble", "error"},
		{"example.org NONSENSE x", "error"},
	} {
		tree, err := New(test.text, Options{Now: now})
		got := "error"
		if err == nil {
			got = strings.Join(tree.apexes(), " ")
		}
		if got != test.zones {
			t.Errorf("%q: %s, want %s (%v)", test.text, got, test.zones, err)
		}
	}
}

// TestServe asks over the loopback: a resolver of all, and the server of each zone.
func TestServe(t *testing.T) {
	big := strings.Repeat("example.org TXT "+strings.Repeat("x", 200)+"\n", 1)
	for i := range 9 {
		big += "example.org TXT " + strings.Repeat("x", 200) + string(rune('0'+i)) + "\n"
	}
	tree, err := New(big+"a.example.org A 192.0.2.1", Options{Now: now, Addresses: true})
	if err != nil {
		t.Fatal(err)
	}
	at, stop, err := tree.Serve(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	ask := func(at netip.AddrPort, network, name string, typ uint16, do bool) *dns.Msg {
		q := new(dns.Msg).SetQuestion(name, typ)
		q.SetEdns0(1232, do)
		m, _, err := (&dns.Client{Net: network}).Exchange(q, at.String())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := ask(at, "udp", "example.org.", dns.TypeTXT, true); !m.Truncated || len(m.Answer) > 0 {
		t.Errorf("it does not fit: %v", m)
	}
	if m := ask(at, "tcp", "example.org.", dns.TypeTXT, true); m.Truncated || len(m.Answer) != 11 {
		t.Errorf("it fits: %v", m)
	}
	if m := ask(at, "udp", "a.example.org.", dns.TypeA, false); len(m.Answer) != 1 || !m.RecursionAvailable || m.AuthenticatedData {
		t.Errorf("without signatures: %v", m)
	}
	root, stop, err := tree.ServeZones(53535)
	if err != nil {
		t.Skipf("not all of 127.0.0.0/8 is here: %v", err)
	}
	defer stop()
	m := ask(root, "udp", "a.example.org.", dns.TypeA, true)
	if m.Authoritative || len(m.Answer) > 0 || len(m.Extra) != 2 || !slices.ContainsFunc(m.Ns, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeDS }) {
		t.Errorf("no referral: %v", m)
	}
}
