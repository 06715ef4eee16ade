package probe

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mailtrace/probe/dns"
)

// spfFuzzWorld is a zone in which much of three records leads somewhere.
func spfFuzzWorld(one, two, three string) *spfWorld {
	w := newSPFWorld()
	for name, text := range map[string]string{"f.example": one, "g.example": two, "h.example": three,
		"pass.example": "v=spf1 +all", "fail.example": "v=spf1 -all", "net.example": "v=spf1 -ip4:203.0.113.7 ip4:203.0.113.0/24 ip6:2001:db8:77::/48 ~all"} {
		w.add(name, dns.TXT, dns.Record{Text: []byte(text)})
	}
	for _, name := range []string{"f.example", "a.example", "x.f.example"} {
		w.add(name, dns.A, dns.Record{Address: netip.MustParseAddr("192.0.2.1")})
		w.add(name, dns.AAAA, dns.Record{Address: netip.MustParseAddr("2001:db8::1")})
	}
	w.add("b.example", dns.A, dns.Record{Address: netip.MustParseAddr("192.0.2.99")})
	w.add("f.example", dns.MX, dns.Record{Target: "b.example"})
	w.add("f.example", dns.MX, dns.Record{Target: "a.example"})
	for i := range 11 {
		w.add("many.example", dns.MX, dns.Record{Target: fmt.Sprintf("mx%d.example", i)})
	}
	w.fails["timeout.example"] = dns.Timeout
	w.fails["servfail.example"] = dns.ServFail
	w.aliases["c.example"] = "c.example"
	w.aliases["d.example"] = "g.example"
	return w
}

// FuzzSPFLint: a tree of records is walked within its bounds, and what was counted is what
// evaluations of it find.
func FuzzSPFLint(f *testing.F) {
	for _, s := range [][3]string{
		{"v=spf1 a mx include:g.example -all", "v=spf1 ip4:203.0.113.0/24 include:h.example ?all", "v=spf1 -ip4:203.0.113.77 exists:%{i}.x.example ~all"},
		{"v=spf1 redirect=g.example", "v=spf1 include:f.example include:h.example", "v=spf1 redirect=h.example"},
		{"v=spf1 a:none.example mx:none.example exists:none.example include:net.example", "v=spf1 +all", "v=spf1 all"},
		{"v=spf1 include:d.example include:h.example a:c.example mx:many.example a:timeout.example", "v=spf1 include:pass.example -all", "v=spf1 ip6:2001:db8::/16 a//0 mx/0 ip4:1.2.3.4/0"},
		{"v=spf1 -include:pass.example ~include:g.example ?include:h.example +all a", "v=spf1 exists:a.example -all", "v=spf1 exists:%{d}.x.example exists:x.%{o} ptr:%{p}.example"},
		{"v=spf1 include:g.example include:g.example include:g.example include:g.example", "v=spf1 include:h.example include:h.example include:h.example", "v=spf1 a:b.example"},
		{"v=spf1 ip4=1.2.3.4 \xff", "v=spf1  -al", "v=spf2"},
	} {
		f.Add(s[0], s[1], s[2])
	}
	ips := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.99"), netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::1")}
	f.Fuzz(func(t *testing.T, one, two, three string) {
		spfAgrees(t, fmt.Sprintf("%q %q %q", one, two, three), spfFuzzWorld(one, two, three), "f.example", ips)
	})
}

// TestSPFLintRandom holds what was counted against evaluations, over trees that are made by
// chance of terms of every kind.
func TestSPFLintRandom(t *testing.T) {
	terms := strings.Fields("a mx a:b.example mx:g.example a:none.example mx:none.example exists:none.example exists:a.example exists:%{i}.example " +
		"ptr include:g.example include:h.example include:pass.example include:fail.example include:net.example include:none.example include:timeout.example " +
		"include:d.example include:c.example ip4:192.0.2.0/24 ip4:203.0.113.77 ip6:2001:db8::/33 a/24//64 mx:many.example a:timeout.example all all all " +
		"redirect=g.example redirect=h.example redirect=net.example exp=x.example x=y a:%{d} include:%{o} exists:%{p}.example a..b bad:")
	qualifiers := []string{"", "", "", "", "+", "-", "~", "?"}
	random := rand.New(rand.NewPCG(7208, 8616))
	ips := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.99"), netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::1")}
	record := func() string {
		text := "v=spf1"
		for range random.IntN(5) {
			term := terms[random.IntN(len(terms))]
			if (term == "bad:" || term == "a..b") && random.IntN(20) > 0 {
				continue
			}
			if !strings.Contains(term, "=") {
				term = qualifiers[random.IntN(len(qualifiers))] + term
			}
			text += " " + term
		}
		return text
	}
	for range 3000 {
		one, two, three := record(), record(), record()
		spfAgrees(t, fmt.Sprintf("%q %q %q", one, two, three), spfFuzzWorld(one, two, three), "f.example", ips)
		if t.Failed() {
			return
		}
	}
}

// TestSPFHostile: records that were made to keep us busy are bounded in questions, in time
// and in what stands in the report.
func TestSPFHostile(t *testing.T) {
	const most = 5 * time.Second // Of a machine that does other things as well; it takes milliseconds.
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i%256)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"64 KB of a":        "v=spf1" + strings.Repeat(" a", 32_000),
		"a of 1000 names":   "v=spf1" + repeat(1000, " a:x%d.example"),
		"200 includes":      "v=spf1" + repeat(200, " include:x%d.example"),
		"one include, 4000": "v=spf1" + strings.Repeat(" include:g.example", 3500),
		"loops":             "v=spf1" + strings.Repeat(" include:f.example include:g.example", 100),
		"alternating":       "v=spf1" + repeat(750, " ip4:10.1.%[1]d.0/25 -ip4:10.2.%[1]d.0/26 ip6:2001:db8:%[1]d::/49 ?ip6:2001:db9:%[1]d::/50"),
		"mx":                "v=spf1" + repeat(1000, " mx:f.example/%[1]d mx:x%[1]d.example"),
		"aliases":           "v=spf1" + strings.Repeat(" include:c.example a:c.example mx:c.example", 300),
		"macros":            "v=spf1" + repeat(1000, " exists:%%{i}.%%{d200r-+/}.x%d.example"),
		"long":              "v=spf1 " + strings.Repeat("x", 65_000),
	} {
		t.Run(name, func(t *testing.T) {
			w := spfFuzzWorld(text[:min(len(text), 65_535)], text[:min(len(text), 65_535)], "v=spf1 include:f.example include:g.example -all")
			counts := &counting{Resolver: w}
			began := time.Now()
			s := &servers{domain: "f.example"}
			sight := seeSPF(t.Context(), counts, s)
			if sight.walk == nil {
				t.Fatal(sight.why)
			}
			sub := &subject{servers: s, spf: sight}
			size := 0
			for i := range checks {
				if c := &checks[i]; strings.HasPrefix(c.ID, "spf.") {
					found, undecided, err := c.safely(t.Context(), sub)
					if err != nil {
						t.Errorf("%s: %v", c.ID, err)
					}
					for _, f := range found {
						size += len(f.Text)
						for _, e := range f.Evidence {
							size += len(e.Text)
						}
					}
					for _, u := range undecided {
						size += len(u.Why)
					}
				}
			}
			terms := len(sight.report().Terms)
			took := time.Since(began)
			t.Logf("%v, %d questions, %d records, %d terms, %d octets of findings", took.Round(time.Millisecond), counts.total(), sight.walk.records, sight.walk.terms, size)
			if took > most || counts.total() > maxSPFQuestions || terms > maxSPFShown || size > 256<<10 {
				t.Errorf("%v, %d questions, %d terms, %d octets of findings", took, counts.total(), terms, size)
			}
		})
	}
}

// TestSPFSpans holds sets of ranges against a simple way to do the same.
func TestSPFSpans(t *testing.T) {
	const most = 64
	set := func(bits uint64) spans {
		var list []span
		for i := range uint64(most) {
			if bits>>i&1 != 0 {
				list = append(list, span{i, i})
			}
		}
		return merged(list)
	}
	seed := uint64(1)
	for range 300 {
		seed = seed*6364136223846793005 + 1442695040888963407
		a, b := seed, seed<<17^seed>>13&(seed>>7)
		for what, pair := range map[string][2]spans{
			"with": {set(a).with(set(b)), set(a | b)}, "without": {set(a).without(set(b)), set(a &^ b)},
		} {
			if fmt.Sprint(pair[0]) != fmt.Sprint(pair[1]) {
				t.Fatalf("%x %s %x: %v, want %v", a, what, b, pair[0], pair[1])
			}
		}
		n, ok := set(a).size()
		for i := range uint64(most) {
			if set(a).has(i) != (a>>i&1 != 0) {
				t.Fatalf("%x has %d", a, i)
			}
			n -= int64(a >> i & 1)
		}
		if n != 0 || !ok {
			t.Fatalf("%x: %d too many", a, n)
		}
	}
	whole := merged([]span{{0, 1<<63 - 1}, {1 << 63, 1<<64 - 1}})
	if _, ok := whole.size(); len(whole) != 1 || ok || whole[0] != everything(false) {
		t.Errorf("all of IPv6: %v", whole)
	}
}

// BenchmarkSPFWalk walks a tree of ten includes.
func BenchmarkSPFWalk(b *testing.B) {
	w := newSPFWorld()
	root := "v=spf1"
	for i := range 10 {
		root += fmt.Sprintf(" include:s%d.example", i)
		text := "v=spf1"
		for k := range 20 {
			text += fmt.Sprintf(" ip4:10.%d.%d.0/24", i, k)
		}
		w.add(fmt.Sprintf("s%d.example", i), dns.TXT, dns.Record{Text: []byte(text + " ~all")})
	}
	w.add("f.example", dns.TXT, dns.Record{Text: []byte(root + " -all")})
	b.ReportAllocs()
	for b.Loop() {
		if s := seeSPF(b.Context(), w, &servers{domain: "f.example"}); s.count == nil || s.count.asks != 10 {
			b.Fatal("not walked")
		}
	}
}
