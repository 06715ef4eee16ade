package analyze

import (
	"net/netip"
	"testing"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
)

// BenchmarkSecondSPF is what the second opinion costs for one identity of a message
// whose domain includes three services, as most of companies do.
func BenchmarkSecondSPF(b *testing.B) {
	zone, err := dns.ParseZone(`
example.com. TXT "v=spf1 mx include:_spf.example.net include:spf.example.org include:mail.example.info ~all"
example.com. MX 10 mx.example.com.
mx.example.com. A 198.51.100.7
_spf.example.net. TXT "v=spf1 ip4:198.51.100.32/27 ip4:198.51.100.64/27 ip6:2001:db8:1::/48 ~all"
spf.example.org. TXT "v=spf1 ip4:203.0.113.0/26 ip4:203.0.113.128/26 -all"
mail.example.info. TXT "v=spf1 ip4:192.0.2.0/24 -all"
`)
	if err != nil {
		b.Fatal(err)
	}
	q := auth.SPFQuery{IP: netip.MustParseAddr("192.0.2.25"), HELO: "mail.example.com", MailFrom: "ida@example.com"}
	first := auth.CheckSPF(b.Context(), zone, q)
	b.ReportAllocs()
	for b.Loop() {
		if auth.SecondSPF(b.Context(), q, first).Status != auth.Pass {
			b.Fatal("it does not pass")
		}
	}
}
