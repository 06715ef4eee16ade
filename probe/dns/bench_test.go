package dns

import (
	"context"
	"testing"

	"github.com/miekg/dns"
)

func BenchmarkZone(b *testing.B) {
	z, err := ParseZone(exampleZone)
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range []struct {
		what, name string
		typ        Type
	}{
		{"found", "k1._domainkey.example.org", TXT},
		{"alias", "www.example.org", A},
		{"nodata", "example.org", AAAA},
		{"nxdomain", "_dmarc.mail.example.org", TXT},
		{"wildcard", "x.y.wild.example.org", TXT},
		{"upper", "K1._domainkey.Example.Org", TXT},
	} {
		b.Run(q.what, func(b *testing.B) { ask(b, z, q.name, q.typ) })
	}
}

func ask(b *testing.B, r Resolver, name string, t Type) {
	b.ReportAllocs()
	ctx := context.Background()
	for b.Loop() {
		if _, err := r.Lookup(ctx, name, t); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCacheHit(b *testing.B) {
	z, err := ParseZone(exampleZone)
	if err != nil {
		b.Fatal(err)
	}
	ask(b, &Cache{Resolver: z}, "k1._domainkey.example.org", TXT)
}

// BenchmarkReport is a message's ten questions through all that stands before a zone.
func BenchmarkReport(b *testing.B) {
	z, err := ParseZone(exampleZone)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	c := &Cache{Resolver: z}
	names := []string{"example.org", "k1._domainkey.example.org", "_dmarc.example.org", "mx.example.org", "_dmarc.mail.example.org"}
	for b.Loop() {
		r := &Recorder{Resolver: &Budget{Resolver: c, Questions: 50}}
		for range 2 {
			for _, name := range names {
				if _, err := r.Lookup(context.Background(), name, TXT); err != nil {
					b.Fatal(err)
				}
			}
		}
		_ = r.Entries()
	}
}

func BenchmarkReply(b *testing.B) {
	q := new(dns.Msg)
	q.SetQuestion("example.org.", dns.TypeTXT)
	wire := packed(answering(q, `example.org. 60 TXT "v=spf1 include:_spf.example.net -all"`))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readReply(wire, question{"example.org", TXT}); err != nil {
			b.Fatal(err)
		}
	}
}
