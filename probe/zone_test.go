package probe

import (
	"net/netip"
	"strings"
	"testing"

	miekg "github.com/miekg/dns"

	"mailtrace/probe/dns"
	zones "mailtrace/probe/dns/signed"
)

// serveZone has a real name server answer from the text of a zone, over UDP and TCP,
// and returns the client that asks it, as it asks that of a user.
func serveZone(t testing.TB, text string) *dns.Client {
	t.Helper()
	records := map[miekg.Question][]miekg.RR{}
	known := map[string]bool{}
	parser := miekg.NewZoneParser(strings.NewReader(text), ".", "")
	parser.SetDefaultTTL(300)
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		h := rr.Header()
		q := miekg.Question{Name: strings.ToLower(h.Name), Qtype: h.Rrtype, Qclass: h.Class}
		records[q] = append(records[q], rr)
		for name, end := q.Name, false; !end; { // Names above exist too.
			known[name] = true
			var next int
			next, end = miekg.NextLabel(name, 0)
			name = name[next:]
		}
	}
	if err := parser.Err(); err != nil {
		t.Fatal(err)
	}
	handler := miekg.HandlerFunc(func(w miekg.ResponseWriter, query *miekg.Msg) {
		m := new(miekg.Msg).SetReply(query)
		m.RecursionAvailable = true
		q := query.Question[0]
		q.Name = strings.ToLower(q.Name)
		m.Answer = records[q]
		if !known[q.Name] {
			m.Rcode = miekg.RcodeNameError
		}
		_ = w.WriteMsg(m)
	})
	tcp, udp, err := zones.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*miekg.Server{{Listener: tcp, Handler: handler}, {PacketConn: udp, Handler: handler}} {
		go func() { _ = s.ActivateAndServe() }()
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	client := &dns.Client{Servers: []dns.Server{{Address: netip.MustParseAddrPort(tcp.Addr().String())}}}
	t.Cleanup(func() { client.Close() })
	return client
}

func TestServeZone(t *testing.T) {
	client := serveZone(t, "mx.example.net A 127.0.0.1\nexample.net MX 10 mx.example.net.\n")
	for name, want := range map[string]dns.Status{"example.net": dns.Found, "mx.example.net": dns.NoData, "net": dns.NoData, "example.org": dns.NXDomain} {
		a, err := client.Lookup(t.Context(), name, dns.MX)
		if err != nil || a.Status != want {
			t.Errorf("%s: %v, %v, want %s", name, a, err, want)
		}
	}
}
