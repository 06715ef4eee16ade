package dns

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"mailtrace/probe/dns/signed"
)

// liar is somebody on the path who understands what passes, and writes it anew.
type liar struct {
	*signed.Tree
	edit func(m *dns.Msg)
}

func (l *liar) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	there, err := l.Tree.Dial(ctx, network, address)
	return &lied{there, l, network}, err
}

type lied struct {
	net.Conn
	*liar
	network string
}

func (l *lied) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if l.network != "udp" || err != nil {
		return n, err
	}
	m := new(dns.Msg)
	if err := m.Unpack(b[:n]); err != nil {
		return n, err
	}
	l.edit(m)
	wire, err := m.Pack()
	return copy(b, wire), err
}

// from is what the tree says to another question, with all that goes with it.
func from(t *testing.T, tree *signed.Tree, name string, typ uint16) *dns.Msg {
	t.Helper()
	q := new(dns.Msg).SetQuestion(name, typ)
	q.SetEdns0(4096, true)
	wire, err := q.Pack()
	if err != nil {
		t.Fatal(err)
	}
	m := new(dns.Msg)
	if err := m.Unpack(tree.Reply(wire, "tcp")); err != nil {
		t.Fatal(err)
	}
	return m
}

// asks says whether a message answers this question.
func asks(m *dns.Msg, name string, typ uint16) bool {
	return strings.EqualFold(m.Question[0].Name, name) && m.Question[0].Qtype == typ
}

// renamed is a section as a wildcard would make it for another name.
func renamed(section []dns.RR, name string) []dns.RR {
	section = slices.Clone(section)
	for i := range section {
		section[i] = dns.Copy(section[i])
		section[i].Header().Name = name
	}
	return section
}

func ttls(m *dns.Msg, to uint32) {
	for _, rr := range slices.Concat(m.Answer, m.Ns) {
		rr.Header().Ttl = to
		if soa, ok := rr.(*dns.SOA); ok {
			soa.Minttl = to
		}
	}
}

// TestLies: what who is on the path can make of what is signed.
func TestLies(t *testing.T) {
	const text = `
$ZONE .
$ZONE org
$ZONE example.org
$ZONE example.net nsec3
example.org A 192.0.2.1
*.example.org TXT w
x.*.ent.example.org TXT "the wildcard above has no records"
$ZONE net
*.net CNAME example.org
$ZONE child.net
www.child.net A 192.0.2.2
example.net A 192.0.2.3
x.*.ent.example.net TXT "the same, hashed"
`
	tree, err := signed.New(text, signed.Options{Now: signedAt})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		why, question, want string
		most                time.Duration // Of the TTL; 0 for whatever.
		edit                func(m *dns.Msg)
	}{
		{"nothing", "example.org A", "found secure", time.Hour, func(*dns.Msg) {}},
		{"a long TTL, of records", "example.org A", "found secure", time.Hour, func(m *dns.Msg) { ttls(m, 600_000) }},
		{"a long TTL, of none", "example.org MX", "nodata secure", 5 * time.Minute, func(m *dns.Msg) { ttls(m, 600_000) }},
		{"a long TTL, of what a wildcard made", "a.example.org TXT", "found secure", 5 * time.Minute, func(m *dns.Msg) { ttls(m, 600_000) }},
		{"no TTL", "example.org A", "found secure", time.Nanosecond, func(m *dns.Msg) { ttls(m, 0) }},
		{"a wildcard that is empty", "a.ent.example.org TXT", "nodata secure", 0, func(*dns.Msg) {}},
		{"a wildcard that is empty, of hashes", "a.ent.example.net TXT", "nodata secure", 0, func(*dns.Msg) {}},
		{"a wildcard that is empty, denied", "a.ent.example.org TXT", "bogus", 0, func(m *dns.Msg) { m.Rcode = dns.RcodeNameError }},
		{"a wildcard over a zone", "www.child.net A", "bogus", 0, func(m *dns.Msg) {
			if asks(m, "child.net.", dns.TypeDS) {
				m.Answer, m.Ns = renamed(from(t, tree, "a.net.", dns.TypeCNAME).Answer, "child.net."), nil
			}
		}},
		{"what is below a zone, denied above it", "www.child.net A", "bogus", 0, func(m *dns.Msg) {
			if asks(m, "www.child.net.", dns.TypeA) {
				m.Rcode, m.Answer = dns.RcodeNameError, nil
				m.Ns = slices.Concat(from(t, tree, "child.net.", dns.TypeDS).Ns, from(t, tree, "child.net.", dns.TypeMX).Ns, from(t, tree, "d.net.", dns.TypeA).Ns)
			}
		}},
		{"records of the zone above", "www.child.net A", "bogus", 0, func(m *dns.Msg) {
			if asks(m, "www.child.net.", dns.TypeA) {
				m.Answer = renamed(from(t, tree, "a.net.", dns.TypeCNAME).Answer, "www.child.net.")
			}
		}},
		{"a zone that is none", "child.net MX", "bogus", 0, func(m *dns.Msg) {
			if asks(m, "child.net.", dns.TypeDS) {
				m.Answer, m.Ns = nil, from(t, tree, "child.net.", dns.TypeMX).Ns // Its own side.
			}
		}},
		{"all records twice, in another order", "example.org A", "found secure", time.Hour, func(m *dns.Msg) {
			m.Answer = append(slices.Clone(m.Answer), m.Answer...)
			slices.Reverse(m.Answer)
		}},
		{"names in another case", "example.org A", "found secure", time.Hour, func(m *dns.Msg) {
			for _, rr := range m.Answer {
				rr.Header().Name = strings.ToUpper(rr.Header().Name)
				if sig, ok := rr.(*dns.RRSIG); ok {
					sig.SignerName = strings.ToUpper(sig.SignerName)
				}
			}
		}},
		{"records of another name", "example.org A", "found secure", time.Hour, func(m *dns.Msg) {
			m.Answer = append(from(t, tree, "example.net.", dns.TypeA).Answer, m.Answer...)
		}},
	} {
		v := validatorOf(tree, signedAt)
		v.Client.Dial = (&liar{tree, test.edit}).Dial
		name, typ, _ := strings.Cut(test.question, " ")
		kind, _ := ParseType(typ)
		a, err := v.Lookup(t.Context(), name, kind)
		if got := worthOf(a, err); got != test.want {
			t.Errorf("%s: %s, want %s (%+v, %v)", test.why, got, test.want, a, err)
		}
		if a != nil && test.most > 0 && a.TTL > test.most {
			t.Errorf("%s: its TTL is %s", test.why, a.TTL)
		}
	}
}

// TestOldForwarder: who does not know EDNS lets nothing be validated, and answers.
func TestOldForwarder(t *testing.T) {
	tree, err := signed.New("example.org A 192.0.2.1", signed.Options{Now: signedAt})
	if err != nil {
		t.Fatal(err)
	}
	for _, rcode := range []int{dns.RcodeFormatError, dns.RcodeNotImplemented, dns.RcodeBadVers} {
		v := validatorOf(tree, signedAt)
		v.Client.Dial = (&liar{tree, func(m *dns.Msg) {
			if m.IsEdns0() == nil {
				return
			}
			m.Answer, m.Ns, m.Rcode = nil, nil, rcode
			if rcode < 16 { // The upper bits of the other are in the OPT record.
				m.Extra = nil
			}
		}}).Dial
		for question, want := range map[question]string{{"example.org", A}: "found unverified", {"example.org", MX}: "nodata unverified", {"no.example.org", MX}: "nxdomain unverified"} {
			a, err := v.Lookup(t.Context(), question.name, question.typ)
			if got := worthOf(a, err); got != want || !strings.Contains(a.Why, "gives no signatures") {
				t.Errorf("%s, %s: %s, want %s (%+v)", dns.RcodeToString[rcode], question.name, got, want, a)
			}
		}
	}
}
