package probe

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"mailtrace/probe/dns"
)

// counting counts the questions.
type counting struct {
	dns.Resolver
	mu sync.Mutex
	n  int
}

func (c *counting) Lookup(ctx context.Context, name string, t dns.Type) (*dns.Answer, error) {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
	return c.Resolver.Lookup(ctx, name, t)
}

func (c *counting) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// dnsServer is a real one on the loopback, over UDP and TCP. What the handler leaves
// without a reply is never answered.
func dnsServer(t *testing.T, handler func(q *miekg.Msg, network string) *miekg.Msg) dns.Server {
	t.Helper()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", udp.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	h := miekg.HandlerFunc(func(w miekg.ResponseWriter, q *miekg.Msg) {
		if m := handler(q, w.LocalAddr().Network()); m != nil {
			_ = w.WriteMsg(m)
		}
	})
	for _, s := range []*miekg.Server{{PacketConn: udp, Handler: h}, {Listener: tcp, Handler: h}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() { _ = s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	return dns.Server{Address: netip.MustParseAddrPort(udp.LocalAddr().String())}
}

// TestFindOverDNS asks a real server through a real client: MX records that fit into no
// datagram and come over TCP; failures and silence, which are no absence.
func TestFindOverDNS(t *testing.T) {
	const hosts = 60 // With long names: some 5 KB.
	var mu sync.Mutex
	asked := map[string]int{}
	server := dnsServer(t, func(q *miekg.Msg, network string) *miekg.Msg {
		name, qtype := q.Question[0].Name, q.Question[0].Qtype
		mu.Lock()
		asked[network+" "+name+" "+miekg.TypeToString[qtype]]++
		mu.Unlock()
		m := new(miekg.Msg)
		m.SetReply(q)
		m.RecursionAvailable = true
		answer := func(text string) {
			rr, err := miekg.NewRR(text)
			if err != nil {
				t.Error(err)
				return
			}
			m.Answer = append(m.Answer, rr)
		}
		switch {
		case name == "many.example." && qtype == miekg.TypeMX:
			for i := range hosts {
				answer(fmt.Sprintf("many.example. 300 MX %d mx-%02d-%s.many.example.", 100-i, i, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"))
			}
			if network == "udp" {
				m.Truncate(miekg.MinMsgSize)
			}
		case name == "servfail.example.":
			m.Rcode = miekg.RcodeServerFailure
		case name == "silent.example.":
			return nil
		case name == "half.example." && qtype == miekg.TypeMX:
			answer("half.example. 300 MX 10 mx.half.example.")
		case name == "mx.half.example." && qtype == miekg.TypeAAAA:
			return nil
		case qtype == miekg.TypeA && name != "missing.example.":
			answer(name + " 300 A 8.8.8.8")
		case name == "missing.example.":
			m.Rcode = miekg.RcodeNameError
		}
		return m
	})
	for _, test := range []struct{ domain, want string }{
		{"servfail.example", "unknown"},
		{"silent.example", "unknown"},
		{"missing.example", "none"},
		{"implicit.example", "implicit; implicit-mx 0 implicit.example [25] found 8.8.8.8"},
		{"half.example", "mx; mx 10 mx.half.example [25] found/timeout 8.8.8.8"},
	} {
		t.Run(test.domain, func(t *testing.T) {
			t.Parallel()
			client := &dns.Client{Servers: []dns.Server{server}, Timeout: 3 * time.Second, Attempts: 1} // Long: other tests may have the processor.
			if got := shape((&Prober{}).find(t.Context(), client, test.domain)); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
	t.Run("over TCP", func(t *testing.T) {
		client := &dns.Client{Servers: []dns.Server{server}, Timeout: 10 * time.Second}
		s := (&Prober{}).find(t.Context(), &dns.Recorder{Resolver: client}, "many.example")
		if len(s.hosts) != maxHosts || len(s.beyond) != hosts-maxHosts || *s.hosts[0].Preference != 100-hosts+1 {
			t.Errorf("%s", shape(s))
		}
		mu.Lock()
		defer mu.Unlock()
		if asked["udp many.example. MX"] != 1 || asked["tcp many.example. MX"] != 1 {
			t.Errorf("asked for MX: %d over UDP, %d over TCP", asked["udp many.example. MX"], asked["tcp many.example. MX"])
		}
	})
}
