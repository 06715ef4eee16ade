package probe

import (
	"fmt"
	"testing"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// TestSPFReport: what stands in the report, by cases. A number that is not known is "-".
func TestSPFReport(t *testing.T) {
	const mx = "example.org. MX 10 mx.example.org.\nmx.example.org. A 192.0.2.10\nmx.example.org. AAAA 2001:db8::10\n"
	for _, c := range []struct{ zone, want string }{
		{"", `none "" default "" lookups - void - answer - ipv4 - ipv6 - terms 0`}, // There is no such domain.
		{"example.org. A 192.0.2.1", `none "" default "" lookups - void - answer - ipv4 - ipv6 - terms 0`},
		{"example.org. FAIL timeout", `unknown "the DNS did not answer in time, asked at zone" default "" lookups - void - answer - ipv4 - ipv6 - terms 0`},
		{`example.org. TXT "v=spf1 -all"`, `found "" default "fail" lookups 0 void 0 answer 53 ipv4 0 ipv6 0 terms 1`},
		{mx + `example.org. TXT "v=spf1 mx ip4:192.0.2.0/28 ip6:2001:db8::/63 ~all"`, `found "" default "softfail" lookups 1 void 0 answer 91 ipv4 16 ipv6 2 terms 4`},
		{`example.org. TXT "v=spf1 +all"`, `found "" default "pass" lookups 0 void 0 answer 53 ipv4 4294967296 ipv6 - terms 1`}, // More than a number holds.
		{`example.org. TXT "v=spf1 a:none.example.org"`, `found "" default "neutral" lookups 1 void 1 answer 67 ipv4 0 ipv6 0 terms 1`},
		{`example.org. TXT "v=spf1 exists:%{i}.example.org ?all"`, `found "" default "neutral" lookups 1 void - answer 77 ipv4 - ipv6 - terms 2`},
		{`example.org. TXT "v=spf1 x -all"`, `invalid "x is wrong: no mechanism" default "" lookups - void - answer 55 ipv4 - ipv6 - terms 0`},
		{"example.org. TXT \"v=spf1 -all\"\nexample.org. TXT \"v=spf1 -all\"", `invalid "it has 2 SPF records" default "" lookups - void - answer 77 ipv4 - ipv6 - terms 0`},
		{`example.org. TXT "v=spf1 ip4:192.0.2.1 include:none.example.org -all"`, `invalid "include:none.example.org of example.org leads to none.example.org: there is no such name" default "" lookups 1 void 0 answer 92 ipv4 1 ipv6 0 terms 3`},
		{`example.org. TXT "v=spf1 include:example.org -all"`, `invalid "the record of example.org leads to itself" default "" lookups - void - answer 73 ipv4 0 ipv6 0 terms 2`},
		{"example.org. TXT \"v=spf1 include:slow.example.net -all\"\nslow.example.net. FAIL timeout", `found "slow.example.net: the DNS did not answer in time, asked at zone" default "fail" lookups - void - answer 78 ipv4 - ipv6 - terms 2`},
	} {
		zone, err := dns.ParseZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		r := seeSPF(t.Context(), zone, &servers{domain: "example.org"}).report()
		got := fmt.Sprintf("%s %q default %q lookups %s void %s answer %s ipv4 %s ipv6 %s terms %d", r.Status, r.Why, r.Default,
			known(r.Lookups), known(r.Void), known(r.Answer), known(r.IPv4), known(r.IPv6), len(r.Terms))
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.zone, got, c.want)
		}
	}
}

func known[T int | int64](n *T) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// TestSPFFails: a mistake of ours costs what is said of SPF, and nothing else.
func TestSPFFails(t *testing.T) {
	s := seeSPF(t.Context(), nil, nil)
	if s.walk != nil || s.report().Status != report.PolicyUnknown || s.report().Why == "" {
		t.Errorf("%+v", s.report())
	}
}
