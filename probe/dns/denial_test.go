package dns

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// proofsOf makes proofs of lines "OWNER NEXT TYPE...", of the zone example.
func proofsOf(t *testing.T, text string) *proofs {
	t.Helper()
	d := &proofs{zone: pathOf("example")}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		n := nsec{owner: pathOf(f[0]), next: pathOf(f[1])}
		for _, s := range f[2:] {
			n.types = append(n.types, dns.StringToType[s])
		}
		d.nsec = append(d.nsec, n)
	}
	return d
}

// TestDenial: what NSEC records prove, and what they must not be taken to prove.
func TestDenial(t *testing.T) {
	name := func(s string) func(*proofs) proof { return func(d *proofs) proof { return d.noName(pathOf(s)) } }
	data := func(s string, typ uint16) func(*proofs) proof {
		return func(d *proofs) proof { return d.noData(pathOf(s), typ) }
	}
	closer := func(s string, labels int) func(*proofs) proof {
		return func(d *proofs) proof { return d.noCloser(pathOf(s), labels) }
	}
	const apex = "example a.example SOA NS\n"
	for _, test := range []struct {
		why, nsec string
		proves    func(*proofs) proof
		want      bool
	}{
		{"between two", apex + "b.example d.example A", name("c.example"), true},
		{"no proof of the wildcard", "b.example d.example A", name("c.example"), false},
		{"the wildcard is there", "*.example b.example A\nexample *.example SOA NS\nb.example d.example A", name("c.example"), false},
		{"one record may do for both", "example c.example SOA NS", name("b.example"), true},
		{"the last one leads back", "d.example example A\n" + apex, name("x.example"), true},
		{"a zone of one name", "example example SOA NS", name("x.example"), true},
		{"the name itself is there", apex + "c.example d.example A", name("c.example"), false},
		{"the name that is next is there", apex + "b.example c.example A", name("c.example"), false},
		{"there are names below it", apex + "b.example x.c.example A", name("c.example"), false},
		{"another zone's", "example.net a.example.net SOA NS", name("a.example.org"), false},
		{"below a cut", "example a.example SOA NS\nb.example d.example NS", name("x.b.example"), false},
		{"below a DNAME", apex + "b.example d.example DNAME", name("x.b.example"), false},
		{"below an apex it is its own", "example d.example SOA NS DNAME", name("x.example"), false},
		{"octets, not text", apex + `b.example \200.example A`, name(`c.example`), true},
		{"no such type", "a.example b.example A", data("a.example", dns.TypeMX), true},
		{"that type", "a.example b.example A MX", data("a.example", dns.TypeMX), false},
		{"an alias", "a.example b.example CNAME", data("a.example", dns.TypeMX), false},
		{"the upper side of a cut", "a.example b.example NS", data("a.example", dns.TypeMX), false},
		{"the upper side, of DS", "a.example b.example NS", data("a.example", dns.TypeDS), true},
		{"the lower side, of DS", "a.example b.a.example NS SOA", data("a.example", dns.TypeDS), false},
		{"the lower side", "a.example b.a.example NS SOA", data("a.example", dns.TypeMX), true},
		{"empty, above another", "a.example x.b.example A", data("b.example", dns.TypeMX), true},
		{"a wildcard without it", "*.b.example c.example A\nb.example *.b.example A", data("x.b.example", dns.TypeMX), true},
		{"a wildcard, and something closer", "*.b.example x.y.b.example A\nx.y.b.example c.example A", data("z.y.b.example", dns.TypeMX), false},
		{"a wildcard that has it", "*.b.example c.example MX\nb.example *.b.example A", data("x.b.example", dns.TypeMX), false},
		{"nothing closer", "*.b.example c.example TXT", closer("x.b.example", 2), true},
		{"something closer", "y.b.example c.example TXT", closer("x.y.b.example", 2), false},
		{"nothing said", "c.example d.example TXT", closer("x.b.example", 2), false},
	} {
		if got := test.proves(proofsOf(t, test.nsec)); got.holds != test.want {
			t.Errorf("%s: %t", test.why, got.holds)
		}
	}
}

// TestKeyTrap: however many keys and signatures there are, few are tried (CVE-2023-50387).
func TestKeyTrap(t *testing.T) {
	key := &dns.DNSKEY{Hdr: dns.RR_Header{Name: "example.", Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET}, Flags: 256, Protocol: 3, Algorithm: dns.ECDSAP256SHA256}
	if _, err := key.Generate(256); err != nil {
		t.Fatal(err)
	}
	l := &link{zone: "example"}
	for range 1000 {
		l.keys = append(l.keys, key)
	}
	a, err := dns.NewRR("example. A 192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	s := &rrset{setKey: setKey{"example", dns.TypeA}, records: []dns.RR{a}}
	for range 1000 {
		s.signatures = append(s.signatures, &dns.RRSIG{
			Hdr: dns.RR_Header{Name: "example.", Rrtype: dns.TypeRRSIG, Class: dns.ClassINET}, TypeCovered: dns.TypeA, Algorithm: key.Algorithm, Labels: 1,
			Inception: uint32(signedAt.Unix() - 1000), Expiration: uint32(signedAt.Unix() + 1000), KeyTag: key.KeyTag(), SignerName: "example.",
			Signature: strings.Repeat("A", 86) + "==",
		})
	}
	v := &Validator{Now: signedAt.UTC}
	w := &validation{Validator: v, checks: maxValidationChecks}
	got, _ := w.verify(s, l)
	if tried := maxValidationChecks - w.checks; got.secure != Bogus || tried == 0 || tried > maxSignatures*maxSameTag {
		t.Errorf("%d signatures were tried: %+v", tried, got)
	}
}

// TestOddKeys: what cannot be verified with here may be right.
func TestOddKeys(t *testing.T) {
	for _, test := range []struct {
		why               string
		exponent, modulus int
		want              bool
	}{
		{"usual", 3, 256, true},
		{"short", 3, 64, false},
		{"just long enough", 1, 128, true},
		{"long exponent", 5, 256, false},
		{"longest", 4, 512, true},
		{"nothing", 3, 0, false},
	} {
		raw := append([]byte{byte(test.exponent)}, make([]byte, test.exponent+test.modulus)...)
		k := &dns.DNSKEY{Algorithm: dns.RSASHA256, PublicKey: base64.StdEncoding.EncodeToString(raw)}
		if got := readable(k); got != test.want {
			t.Errorf("%s: %t", test.why, got)
		}
	}
	if !readable(&dns.DNSKEY{Algorithm: dns.ED25519}) {
		t.Error("ED25519")
	}
}

func TestPath(t *testing.T) {
	// In the order of RFC 4034 section 6.1.
	names := []string{"", "example", "a.example", "yljkjljk.a.example", "z.a.example", "zabc.a.example", "z.example", `\001.z.example`, "*.z.example", `\200.z.example`}
	for i, a := range names {
		if got := pathOf(a).name(); got != a {
			t.Errorf("%q becomes %q", a, got)
		}
		for k, b := range names {
			if got := pathOf(a).compare(pathOf(b)); got < 0 != (i < k) || got > 0 != (i > k) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}
