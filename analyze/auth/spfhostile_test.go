package auth

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mailtrace/probe/dns"
)

// TestSPFHostile: what is published to hurt ends soon, in the right word.
func TestSPFHostile(t *testing.T) {
	many := func(n int, f func(i int) string) string {
		var b strings.Builder
		b.WriteString("v=spf1")
		for i := range n {
			b.WriteString(" " + f(i))
		}
		return b.String()
	}
	tree := func(z *spfZone, width int) { // Each record includes more, by names that are all there.
		for i := range 40 {
			z.txt(fmt.Sprintf("n%d.example", i), many(width, func(j int) string { return fmt.Sprintf("include:n%d.example", (i*width+j)%40) }))
		}
	}
	big := func(term string) string {
		return many((MaxSPFRecord-6)/(len(term)+1), func(int) string { return term })
	}
	for name, c := range map[string]struct {
		record string
		more   func(*spfZone)
		want   Status
	}{
		"64 KB of one term":        {big("ip4:198.51.100.1"), nil, Neutral},
		"64 KB of short terms":     {big("a:b.example"), nil, PermError},
		"64 KB of modifiers":       {big("x="), nil, Neutral},
		"64 KB of macros":          {"v=spf1 exists:" + strings.Repeat("%{s}", 16000) + ".example -all", nil, PermError},
		"64 KB of reversed macros": {"v=spf1 exists:" + strings.Repeat("%{sr.-}", 9000) + ".example -all", nil, PermError},
		"64 KB of delimiters":      {"v=spf1 exists:%{sr" + strings.Repeat("-.", 32000) + "}.example -all", nil, Fail},
		"64 KB of percents":        {"v=spf1 exists:" + strings.Repeat("%", 65000), nil, PermError},
		"64 KB of open macros":     {"v=spf1 exists:" + strings.Repeat("%{", 32000), nil, PermError},
		"64 KB of slashes":         {"v=spf1 a" + strings.Repeat("/", 65000), nil, PermError},
		"64 KB of blanks":          {"v=spf1" + strings.Repeat(" ", 65000), nil, Neutral},
		"more than 64 KB":          {"v=spf1" + strings.Repeat(" ", 66000), nil, PermError},
		"64 KB of includes":        {big("include:f.example"), nil, PermError},
		"1,000 includes": {many(1000, func(i int) string { return fmt.Sprintf("include:i%d.example", i) }), func(z *spfZone) {
			for i := range 1000 {
				z.txt(fmt.Sprintf("i%d.example", i), "v=spf1 -all")
			}
		}, PermError},
		"tree of includes":          {"v=spf1 include:n0.example", func(z *spfZone) { tree(z, 3) }, PermError},
		"includes itself":           {"v=spf1 include:f.example", nil, PermError},
		"redirects to itself":       {"v=spf1 redirect=f.example", nil, PermError},
		"loop of aliases":           {"v=spf1 a:c.example", nil, TempError},
		"loop of aliases, included": {"v=spf1 include:c.example", nil, TempError},
		"1,000 hosts": {"v=spf1 mx:m.example", func(z *spfZone) {
			for i := range 1000 {
				z.add("m.example", dns.MX, dns.Record{Target: fmt.Sprintf("h%d.example", i)})
			}
		}, PermError},
		"1,000 names": {"v=spf1 ptr:x.example ptr ptr", func(z *spfZone) {
			for i := range 1000 {
				z.add("1.2.0.192.in-addr.arpa", dns.PTR, dns.Record{Target: fmt.Sprintf("h%d.example", i)})
			}
		}, Neutral},
		"20,000 addresses": {"v=spf1 a:m.example", func(z *spfZone) {
			for range 20000 {
				z.ip("m.example", "198.51.100.1")
			}
		}, Neutral},
		"1,000 records": {"v=spf1 a", func(z *spfZone) {
			for range 1000 {
				z.txt("f.example", "v=spf1 -all")
			}
		}, PermError},
		"explanation that grows": {"v=spf1 -all exp=x.example", func(z *spfZone) { z.txt("x.example", strings.Repeat("%{s}", 16000)) }, Fail},
	} {
		z := spfWorld(c.record)
		if c.more != nil {
			c.more(z)
		}
		start := time.Now()
		got := CheckSPF(context.Background(), z, SPFQuery{IP: addr4, HELO: strings.Repeat("h.", 400), MailFrom: strings.Repeat("l-", 400) + "@f.example", AllowMacros: true})
		SecondSPF(context.Background(), SPFQuery{IP: addr4, MailFrom: "l@f.example"}, got)
		took := time.Since(start)
		checkSPFTrace(t, name, got)
		if got.Status != c.want || len(got.Questions) > 150 || took > 2*time.Second {
			t.Errorf("%s: %s (%s), want %s; %d questions, %v", name, got.Status, shownSPF(got.Problem), c.want, len(got.Questions), took)
		}
	}
	long := strings.Repeat("x", 1<<20)
	for _, q := range []SPFQuery{{IP: addr4, HELO: long}, {IP: addr4, MailFrom: long + "@f.example"}, {IP: addr4, MailFrom: "a@" + long}} {
		if got := CheckSPF(context.Background(), newSPFZone(), q); got.Status != None || len(got.Questions) != 0 {
			t.Errorf("a name of 1 MB: %s", got.Status)
		}
	}
}

// BenchmarkSPF is a typical check: two includes, a match in the second.
func BenchmarkSPF(b *testing.B) {
	z := newSPFZone()
	z.txt("example.org", "v=spf1 mx include:_spf.example.com include:spf.example.net ~all")
	z.txt("_spf.example.com", "v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/25 ip6:2001:db8:1::/48 ~all")
	z.txt("spf.example.net", "v=spf1 ip4:203.0.113.128/25 ip4:192.0.2.0/24 -all")
	z.add("example.org", dns.MX, dns.Record{Target: "mx.example.org"})
	z.ip("mx.example.org", "198.51.100.9")
	q := SPFQuery{IP: addr4, HELO: "h.example", MailFrom: "u@example.org"}
	b.ReportAllocs()
	for b.Loop() {
		if got := CheckSPF(context.Background(), z, q); got.Status != Pass {
			b.Fatal(got.Problem)
		}
	}
}

func BenchmarkParseSPFRecord(b *testing.B) {
	const text = "v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/25 ip6:2001:db8:1::/48 include:_spf.example.com a mx:mail.example.org/24 exists:%{ir}.x.example.org -all"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseSPFRecord(text); err != nil {
			b.Fatal(err)
		}
	}
}
