package dns

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"testing"

	"mailtrace/probe/dns/signed"
)

// forger is somebody on the path, who changes what a resolver says.
type forger struct {
	*signed.Tree
	edits []byte // Three bytes for each octet that is changed: where, and how.
}

// Dial gives a connection over which each reply is changed.
func (f *forger) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	there, err := f.Tree.Dial(ctx, network, address)
	return &forged{there, f, network}, err
}

type forged struct {
	net.Conn
	*forger
	network string
}

func (f *forged) Read(b []byte) (int, error) {
	n, err := f.Conn.Read(b)
	if f.network == "udp" && err == nil {
		f.change(b[:n])
	}
	return n, err
}

// change leaves the ID and the question alone: what does not reply to the question is not
// read at all.
func (f *forger) change(wire []byte) {
	begin := headerSize
	for begin < len(wire) && wire[begin] != 0 {
		begin += 1 + int(wire[begin])
	}
	begin += 5
	for e := f.edits; len(e) >= 3; e = e[3:] {
		at := int(binary.BigEndian.Uint16(e)) % len(wire)
		if at == 3 || at >= 6 && at < headerSize || at >= begin {
			wire[at] ^= e[2]
		}
	}
}

// FuzzValidate: whatever is changed in replies, nothing is secure that the zone did not
// sign, and nothing of ours breaks.
func FuzzValidate(f *testing.F) {
	const text = `
$ZONE .
$ZONE org nsec3 optout
$ZONE example.org
$ZONE example.net nsec3
example.org A 192.0.2.1
a.example.org CNAME b.example.net
*.w.example.org TXT w
x.y.example.org TXT y
b.example.net A 192.0.2.2
*.w.example.net TXT w
x.y.example.net TXT y
`
	questions := []question{
		{"example.org", A}, {"a.example.org", A}, {"1.w.example.org", TXT}, {"1.w.example.net", TXT}, {"no.example.org", MX}, {"no.example.net", MX},
		{"y.example.org", TXT}, {"y.example.net", TXT}, {"example.net", TLSA}, {"1.w.example.net", MX}, {"nowhere.org", A}, {"nowhere", A},
	}
	tree, err := signed.New(text, signed.Options{Now: signedAt})
	if err != nil {
		f.Fatal(err)
	}
	said := func(a *Answer) string {
		s := fmt.Sprint(a.Status, a.Alias)
		for i := range a.Records {
			s += " " + a.Records[i].Format(a.Type)
		}
		return s
	}
	var truth []string
	for i, q := range questions {
		a, err := validatorOf(tree, signedAt).Lookup(context.Background(), q.name, q.typ)
		if err != nil {
			f.Fatal(q, err)
		}
		truth = append(truth, said(a))
		f.Add(uint8(i), []byte{})
		f.Add(uint8(i), []byte{0, 3, 3})
		f.Add(uint8(i), []byte{0, 60, 1, 1, 0, 255})
	}
	f.Fuzz(func(t *testing.T, which uint8, edits []byte) {
		i := int(which) % len(questions)
		v := validatorOf(tree, signedAt)
		v.Client.Dial = (&forger{tree, edits}).Dial
		v.Client.Timeout, v.Client.Attempts = 1e7, 1
		a, err := v.Lookup(t.Context(), questions[i].name, questions[i].typ)
		switch {
		case err != nil && strings.Contains(err.Error(), "validating it failed"):
			t.Error(err)
		case err == nil && a.Secure == SecureYes && said(a) != truth[i]:
			t.Errorf("%v: forged: %s, and the truth is %s", questions[i], said(a), truth[i])
		}
	})
}

// BenchmarkValidate is one answer: cold with the keys of the root and three zones, warm with
// what is known of them. All of the tree is in memory, and signs once.
func BenchmarkValidate(b *testing.B) {
	tree, err := signed.New("_25._tcp.mx.example.org TLSA 3 1 1 00\n", signed.Options{Now: signedAt})
	if err != nil {
		b.Fatal(err)
	}
	lookup := func(v *Validator) {
		if a, err := v.Lookup(b.Context(), "_25._tcp.mx.example.org", TLSA); err != nil || a.Secure != SecureYes {
			b.Fatal(a, err)
		}
	}
	b.Run("cold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			lookup(validatorOf(tree, signedAt))
		}
	})
	b.Run("warm", func(b *testing.B) {
		b.ReportAllocs()
		v := validatorOf(tree, signedAt)
		for b.Loop() {
			lookup(v)
		}
	})
}
