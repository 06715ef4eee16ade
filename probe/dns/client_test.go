package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// TestServer asks a real server over both protocols and both families.
func TestServer(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		udp, err := net.ListenPacket("udp", net.JoinHostPort(host, "0"))
		if err != nil && host == "::1" {
			t.Skip("no IPv6 here: ", err) // The last of the two.
		}
		if err != nil {
			t.Fatal(err)
		}
		tcp, err := net.Listen("tcp", udp.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
			m := answering(q)
			for i := range 60 {
				rr, _ := dns.NewRR(fmt.Sprintf(`example.org. 300 TXT "v=%d" "\195\188 \"\\ "`, i))
				m.Answer = append(m.Answer, rr)
			}
			if w.LocalAddr().Network() == "udp" {
				m.Truncate(udpSize)
			}
			_ = w.WriteMsg(m)
		})
		for _, s := range []*dns.Server{{PacketConn: udp, Handler: handler}, {Listener: tcp, Handler: handler}} {
			started := make(chan struct{})
			s.NotifyStartedFunc = func() { close(started) }
			go func() { _ = s.ActivateAndServe() }()
			<-started
			t.Cleanup(func() { _ = s.Shutdown() })
		}
		c := &Client{Servers: []Server{{Address: netip.MustParseAddrPort(udp.LocalAddr().String())}}}
		a, err := c.Lookup(context.Background(), "Example.ORG.", TXT)
		if err != nil {
			t.Fatal(err)
		}
		if a.Name != "example.org" || a.Status != Found || len(a.Records) != 60 || a.TTL != 300*time.Second {
			t.Errorf("%s: %+v", host, a)
		}
		if got := string(a.Texts()[7]); got != "v=7\xc3\xbc \"\\ " {
			t.Errorf("%s: text %q", host, got)
		}
	}
}

// TestBehaviour is what servers do, and what is made of it.
func TestBehaviour(t *testing.T) {
	with := func(change func(m *dns.Msg)) behaviour {
		return func(q *dns.Msg, network string) [][]byte {
			m := answering(q, "example.org. 60 A 192.0.2.1")
			change(m)
			return send(network, packed(m))
		}
	}
	code := func(rcode int) behaviour {
		return with(func(m *dns.Msg) { m.Answer, m.Rcode = nil, rcode })
	}
	soa, _ := dns.NewRR("org. 900 SOA ns.example.org. hm.example.org. 1 2 3 4 60")
	ns, _ := dns.NewRR("org. 900 NS ns.example.org.")
	cut := func(at int) behaviour { // Truncated over UDP, and over TCP as told.
		return func(q *dns.Msg, network string) [][]byte {
			m := answering(q, "example.org. 60 A 192.0.2.1")
			if network == "udp" {
				m.Answer, m.Truncated = nil, true
				return send(network, packed(m))
			}
			wire := send(network, packed(m))[0]
			return [][]byte{wire[:len(wire)-at], nil}
		}
	}
	for _, test := range []struct {
		name    string
		respond behaviour
		want    string // Status, number of records and TTL; or cause.
		waits   bool   // For the end of its time.
	}{
		{"an answer", with(func(m *dns.Msg) {}), "found 1 1m0s", false},
		{"upper case in the question", with(func(m *dns.Msg) { m.Question[0].Name = "EXAMPLE.org." }), "found 1 1m0s", false},
		{"another question answered", with(func(m *dns.Msg) { m.Question[0].Name = "example.net." }), "malformed", true},
		{"another type answered", with(func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeTXT }), "malformed", true},
		{"another class answered", with(func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }), "malformed", true},
		{"another ID", with(func(m *dns.Msg) { m.Id++ }), "malformed", true},
		{"not a reply", with(func(m *dns.Msg) { m.Response = false }), "malformed", true},
		{"no question", with(func(m *dns.Msg) { m.Question = nil }), "malformed", true},
		{"a record of another name only", with(func(m *dns.Msg) { m.Answer[0].Header().Name = "example.net." }), "nodata 0 0s", false},
		{"a record of another class only", with(func(m *dns.Msg) { m.Answer[0].Header().Class = dns.ClassCHAOS }), "nodata 0 0s", false},
		{"a TTL with the top bit", with(func(m *dns.Msg) { m.Answer[0].Header().Ttl = 1 << 31 }), "found 1 0s", false},
		{"an address without octets", with(func(m *dns.Msg) { m.Answer[0] = &dns.A{Hdr: *m.Answer[0].Header()} }), "malformed", false},
		{"no such name", with(func(m *dns.Msg) { m.Answer, m.Rcode, m.Ns = nil, 3, []dns.RR{soa} }), "nxdomain 0 1m0s", false},
		{"no such name, no SOA", code(dns.RcodeNameError), "nxdomain 0 0s", false},
		{"no such name, with its record", with(func(m *dns.Msg) { m.Rcode = 3 }), "malformed", false},
		{"no such record", with(func(m *dns.Msg) { m.Answer, m.Ns = nil, []dns.RR{soa} }), "nodata 0 1m0s", false},
		{"lame", with(func(m *dns.Msg) { m.Answer, m.Ns, m.RecursionAvailable = nil, []dns.RR{ns}, false }), "refused", false},
		{"SERVFAIL", code(dns.RcodeServerFailure), "servfail", false},
		{"REFUSED", code(dns.RcodeRefused), "refused", false},
		{"NOTAUTH", code(dns.RcodeNotAuth), "servfail", false},
		{"FORMERR without the question", with(func(m *dns.Msg) { m.Answer, m.Question, m.Rcode = nil, nil, 1 }), "refused", false},
		{"does not know EDNS", func(q *dns.Msg, network string) [][]byte {
			if q.IsEdns0() != nil {
				return code(dns.RcodeFormatError)(q, network)
			}
			return send(network, packed(answering(q, "example.org. 60 A 192.0.2.1")))
		}, "found 1 1m0s", false},
		{"silence", func(*dns.Msg, string) [][]byte { return nil }, "timeout", true},
		{"garbage", func(*dns.Msg, string) [][]byte { return [][]byte{[]byte("HTTP/1.1 400 Bad Request\r\n\r\n")} }, "malformed", true},
		{"guesses before the reply", func(q *dns.Msg, network string) [][]byte {
			wrong, right := answering(q, "example.org. 60 A 198.51.100.1"), answering(q, "example.org. 60 A 192.0.2.1")
			wrong.Id += 7
			return [][]byte{packed(wrong), {}, packed(wrong), packed(right)}
		}, "found 1 1m0s", false},
		{"guesses without end", func(q *dns.Msg, network string) [][]byte {
			q.Id++
			all := make([][]byte, maxStrays+1)
			for i := range all {
				all[i] = packed(answering(q))
			}
			return all
		}, "malformed", false},
		{"cut off in a record", with0(func(wire []byte) []byte { return wire[:len(wire)-3] }), "malformed", false},
		{"more records said than there are", with0(func(wire []byte) []byte { wire[7] = 9; return wire }), "malformed", false},
		{"records without end said", with0(func(wire []byte) []byte { wire[6], wire[7] = 0xff, 0xff; return wire }), "malformed", false},
		{"truncated, then TCP", cut(0), "found 1 1m0s", false},
		{"TCP ends in the middle", cut(5), "malformed", false},
		{"TCP ends after the length", cut(45), "malformed", false},
		{"TCP is truncated too", with(func(m *dns.Msg) { m.Truncated = true }), "malformed", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := client(startServer(t, test.respond))
			if test.waits {
				c.Timeout = 500 * time.Millisecond
			}
			a, err := c.Lookup(context.Background(), "example.org", A)
			if got := told(a, err); got != test.want {
				t.Errorf("%s, want %s (%v)", got, test.want, err)
			}
		})
	}
}

// with0 changes the octets of an answer without EDNS.
func with0(change func([]byte) []byte) behaviour {
	return func(q *dns.Msg, network string) [][]byte {
		return send(network, change(packed(answering(q, "example.org. 60 A 192.0.2.1"))))
	}
}

// told is an outcome in short.
func told(a *Answer, err error) string {
	var e *Error
	switch {
	case errors.As(err, &e):
		return string(e.Cause)
	case err != nil:
		return err.Error()
	}
	return fmt.Sprint(a.Status, " ", len(a.Records), " ", a.TTL)
}

// TestOrder is about which servers are asked, how often, and which failure is told.
func TestOrder(t *testing.T) {
	code := func(rcode int) behaviour {
		return func(q *dns.Msg, network string) [][]byte {
			m := answering(q)
			m.Rcode = rcode
			return send(network, packed(m))
		}
	}
	good := func(q *dns.Msg, network string) [][]byte {
		return send(network, packed(answering(q, "example.org. 60 A 192.0.2.1")))
	}
	silent := func(*dns.Msg, string) [][]byte { return nil }
	for _, test := range []struct {
		name    string
		servers []behaviour
		want    string
		asked   []int
	}{
		{"the first answers", []behaviour{good, good}, "found 1 1m0s", []int{1, 0}},
		{"no such name is an answer", []behaviour{code(3), good}, "nxdomain 0 0s", []int{1, 0}},
		{"the first refuses", []behaviour{code(5), good}, "found 1 1m0s", []int{1, 1}},
		{"silence is given another chance, a refusal is not", []behaviour{silent, code(5)}, "refused", []int{2, 1}},
		{"what was said tells more than silence", []behaviour{code(5), silent}, "refused", []int{1, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var servers []*badServer
			for _, b := range test.servers {
				servers = append(servers, startServer(t, b))
			}
			c := client(servers...)
			c.Attempts, c.Timeout = 2, 300*time.Millisecond
			a, err := c.Lookup(context.Background(), "example.org", A)
			if got := told(a, err); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			for i, s := range servers {
				if got := s.count(); got != test.asked[i] {
					t.Errorf("server %d was asked %d times, want %d", i, got, test.asked[i])
				}
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c := &Client{Servers: []Server{{Address: netip.MustParseAddrPort(l.LocalAddr().String())}}, Timeout: time.Second}
	_, err = c.Lookup(context.Background(), "example.org", A)
	if told(nil, err) != "network" || strings.Contains(err.Error(), "->") {
		t.Errorf("%v", err)
	}
	_, err = new(Client).Lookup(context.Background(), "example.org", A)
	if told(nil, err) != "network" {
		t.Errorf("no servers: %v", err)
	}
}

func TestContext(t *testing.T) {
	asked := make(chan struct{}, 9)
	s := startServer(t, func(*dns.Msg, string) [][]byte { asked <- struct{}{}; return nil })
	c := client(s)
	c.Timeout = time.Minute
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-asked; cancel() }()
	_, err := c.Lookup(ctx, "example.org", A)
	if told(nil, err) != "canceled" || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err = c.Lookup(ctx, "example.org", A); told(nil, err) != "timeout" {
		t.Errorf("%v", err)
	}
}

// TestSecure has resolvers on a trusted path: that of the test is on the loopback.
func TestSecure(t *testing.T) {
	resolver := func(validates bool) behaviour {
		return func(q *dns.Msg, network string) [][]byte {
			m := answering(q)
			switch name := q.Question[0].Name; {
			case name == ".":
				m = answering(q, ". 60 NS a.root.example.")
				m.AuthenticatedData = validates
			case strings.HasPrefix(name, "bogus") && !q.CheckingDisabled:
				m.Rcode = dns.RcodeServerFailure
			case strings.HasPrefix(name, "broken"):
				m.Rcode = dns.RcodeServerFailure
			default:
				m = answering(q, name+" 60 A 192.0.2.1")
				m.AuthenticatedData = validates && strings.HasPrefix(name, "signed")
			}
			return send(network, packed(m))
		}
	}
	for _, test := range []struct {
		validates bool
		name      string
		want      Secure
	}{
		{true, "signed.example", SecureYes},
		{true, "plain.example", Insecure},
		{false, "plain.example", Unverified},
		{true, "bogus.example", Bogus},
		{true, "broken.example", ""},
	} {
		s := startServer(t, resolver(test.validates))
		c := client(s)
		c.validating = nil
		a, err := c.Lookup(context.Background(), test.name, A)
		var e *Error
		var got Secure
		if errors.As(err, &e) {
			got = e.Secure
		} else {
			got = a.Secure
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q (%v)", test.name, got, test.want, err)
		}
		// Through a path that is not trusted, nothing of this is asked or believed.
		before := s.count()
		far := netip.MustParseAddrPort("192.0.2.53:53")
		c.Servers = []Server{{Address: far}}
		c.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.Address.String())
		}
		a, err = c.Lookup(context.Background(), test.name, A)
		if errors.As(err, &e) && e.Secure != "" || err == nil && a.Secure != Unverified || s.count() != before+1 {
			t.Errorf("%s, far: %v, %v, %d questions", test.name, a, err, s.count()-before)
		}
	}
}

func TestBadNames(t *testing.T) {
	for name, why := range map[string]string{
		"":                                      "empty",
		"a..example":                            "an empty label",
		".example":                              "no label",
		strings.Repeat("a", 64) + ".example":    "a label of 64",
		strings.Repeat("a.", 127) + "a":         "a name of 255",
		strings.Repeat("A.", 127) + "a":         "the same in upper case",
		`a\`:                                    "nothing after the escape",
		`a\25`:                                  "two digits",
		`a\256`:                                 "no octet",
		strings.Repeat(`\001`, 64) + ".example": "a label of 64, escaped",
		`..`:                                    "two dots",
	} {
		if a, err := client().Lookup(context.Background(), name, A); told(a, err) != "bad-name" {
			t.Errorf("%s: %v, %v", why, a, err)
		}
	}
	if a, err := client().Lookup(context.Background(), "example.org", 99); told(a, err) != "bad-name" {
		t.Errorf("type 99: %v, %v", a, err)
	}
	for name, want := range map[string]string{
		"Example.ORG.":                  "example.org",
		`a\.b.Example`:                  `a\.b.example`,
		`\097\066c.example`:             "abc.example",
		"a b@\x00é.example":             `a\032b@\000\195\169.example`,
		".":                             "",
		strings.Repeat("a.", 126) + "a": strings.Repeat("a.", 126) + "a",
	} {
		got, err := canonical(name)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", name, got, err, want)
		}
		if again, err := canonical(question{name: got}.absolute()); err != nil || again != got {
			t.Errorf("%q: %q again, %v", got, again, err)
		}
	}
}

// TestOddNames asks for names that hold what no host's name does.
func TestOddNames(t *testing.T) {
	s := startServer(t, func(q *dns.Msg, network string) [][]byte {
		m := answering(q)
		m.Answer = append(m.Answer, &dns.PTR{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypePTR, Class: dns.ClassINET}, Ptr: q.Question[0].Name})
		return send(network, packed(m))
	})
	for _, name := range []string{`a\.b.example`, `a\\b.example`, `a\032b"();@$'.example`, `\000\255.example`} {
		a, err := client(s).Lookup(context.Background(), name, PTR)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(a.Targets(), []string{name}) {
			t.Errorf("%s: %q", name, a.Targets())
		}
	}
}
