package dns

import (
	"bytes"
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// FuzzReply reads what a server may send as the answer to a question.
func FuzzReply(f *testing.F) {
	q := new(dns.Msg)
	q.SetQuestion("example.org.", dns.TypeTXT)
	for i, records := range [][]string{
		{},
		{`example.org. 60 TXT "a" "\195\188\"\\"`},
		{"example.org. 60 CNAME a.example.org.", "a.example.org. 60 CNAME b.example.org.", "b.example.org. 60 TXT x"},
		{"example.org. 60 CNAME example.org."},
		{"example.org. 60 A 192.0.2.1", "example.org. 60 AAAA 2001:db8::1", "example.org. 60 MX 10 mx.example.org.", "example.org. 60 NS ns.example.org."},
		{"example.org. 60 SRV 1 2 3 a.", "example.org. 60 TLSA 3 1 1 abcd", `example.org. 60 CAA 0 issue "ca.example"`, "example.org. 60 PTR a.", "example.org. 60 SOA a. b. 1 2 3 4 5"},
	} {
		m := answering(q, records...)
		m.Compress = i%2 == 0
		m.SetEdns0(udpSize, false)
		for _, t := range types {
			f.Add(packed(m), uint16(t.number))
		}
	}
	f.Fuzz(func(t *testing.T, wire []byte, typ uint16) {
		if len(wire) > maxMessage {
			return
		}
		asked, bad := newQuestion("example.org", Type(typ))
		if bad != nil {
			return
		}
		sent, err := asked.pack(usual)
		if err != nil {
			t.Fatal(err)
		}
		repliesTo(sent, wire)
		r, err := readReply(wire, asked)
		if err != nil {
			return
		}
		if len(r.records) > maxRecords || len(r.alias) > maxAliases {
			t.Fatalf("%d records, %d aliases", len(r.records), len(r.alias))
		}
		if r.status == "" {
			return
		}
		// What was read can be recorded, and replayed the same.
		a := &Answer{Name: asked.name, Type: asked.typ, Status: r.status, Alias: r.alias, Records: r.records, TTL: r.ttl, Secure: Unverified}
		e := entryOf(asked, outcome{answer: a})
		_, o, err := e.outcome()
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if !reflect.DeepEqual(a, o.answer) {
			t.Fatalf("%+v\nreplayed %+v", a, o.answer)
		}
	})
}

// FuzzName: what is canonical stays so, and can be packed.
func FuzzName(f *testing.F) {
	for _, name := range []string{"example.org", "Example.ORG.", ".", "", `a\.b.example`, `\000\255\\`, `a\`, "..", strings.Repeat("a.", 130), strings.Repeat("a", 64)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, err := canonical(name)
		if err != nil {
			return
		}
		q := question{got, A}
		if again, err := canonical(q.absolute()); err != nil || again != got {
			t.Fatalf("%q: %q, then %q, %v", name, got, again, err)
		}
		wire, err := q.pack(plain)
		if err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		m := new(dns.Msg)
		if err := m.Unpack(wire); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		if back, err := canonical(m.Question[0].Name); err != nil || back != got {
			t.Fatalf("%q came back as %q, %v", got, back, err)
		}
		for above, ok := parent(got); ok; above, ok = parent(above) {
			if above == got {
				t.Fatalf("%q is its own parent", got)
			}
		}
	})
}

// FuzzConfig reads a resolv.conf.
func FuzzConfig(f *testing.F) {
	f.Add("nameserver 192.0.2.53\noptions timeout:1 attempts:2\nsearch example.org # x\n")
	f.Add("nameserver fe80::1%eth0\r\noptions timeout:99999999999999999999")
	f.Fuzz(func(t *testing.T, text string) {
		c := fromConfig(text)
		if len(c.Servers) == 0 || len(c.Servers) > maxServers || c.Timeout < 0 || c.Timeout > maxTimeout || c.Attempts < 0 || c.Attempts > maxAttempts {
			t.Fatalf("%+v", c.Servers)
		}
	})
}

// FuzzServer reads what a user names.
func FuzzServer(f *testing.F) {
	for _, s := range []string{"192.0.2.53", "[2001:db8::53]:53", "tls://a.example@192.0.2.53:853", "fe80::1%eth0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseServer(text)
		if err != nil {
			return
		}
		if again, err := ParseServer(s.String()); err != nil || again != s {
			t.Fatalf("%q: %v, then %v, %v", text, s, again, err)
		}
	})
}

// FuzzZone reads the text of a zone and asks it for what is in it.
func FuzzZone(f *testing.F) {
	f.Add(exampleZone, "example.org")
	f.Add("a TXT \"x\" (\n y ) ; z\n\tA 192.0.2.1\n* CNAME a\nb FAIL timeout", "b")
	f.Add("$ORIGIN .\n@ SOA a b 1 2 3 4 5\n*.* 1h1m TXT \\000", "*.x")
	f.Fuzz(func(t *testing.T, text, name string) {
		z, err := ParseZone(text)
		if err != nil {
			return
		}
		for _, typ := range types {
			a, err := z.Lookup(context.Background(), name, typ.number)
			if err != nil {
				continue
			}
			q, _ := newQuestion(name, typ.number)
			e := entryOf(q, outcome{answer: a})
			_, o, err := e.outcome()
			if err != nil || !reflect.DeepEqual(a, o.answer) {
				t.Fatalf("%+v\nreplayed %+v, %v", a, o.answer, err)
			}
		}
	})
}

// FuzzLoad reads a recording, which may come with a message from a stranger.
func FuzzLoad(f *testing.F) {
	z, err := ParseZone(exampleZone)
	if err != nil {
		f.Fatal(err)
	}
	r := &Recorder{Resolver: z}
	for want := range strings.Lines(strings.TrimSpace(wants)) {
		word := strings.Fields(want)
		typ, _ := ParseType(word[1])
		_, _ = r.Lookup(context.Background(), word[0], typ)
	}
	var file bytes.Buffer
	if err := r.Save(&file, sha1st, time.Time{}); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(`{"schema":"mailtrace-dns/1","message":"","asked":1}
{"name":".","type":"caa","status":"found","answers":["0 issue "],"secure":"secure"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		rec, err := Load(bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, replay := range rec.replays {
			again := &Recorder{Resolver: replay}
			for q := range replay.kept {
				_, _ = again.Lookup(context.Background(), q.absolute(), q.typ)
			}
			var first bytes.Buffer
			if err := again.Save(&first, replay.Header.Message, time.Time{}); err != nil {
				t.Fatal(err)
			}
			reread, err := Load(bytes.NewReader(first.Bytes()))
			if err != nil {
				t.Fatalf("%v\n%s", err, &first)
			}
			if !reflect.DeepEqual(reread.replays[0].kept, replay.kept) {
				t.Fatalf("%+v\nafter saving %+v", replay.kept, reread.replays[0].kept)
			}
		}
	})
}
