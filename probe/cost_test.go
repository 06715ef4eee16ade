package probe

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// roundTrips are those of the protocol: TCP, greeting, EHLO, STARTTLS, TLS 1.3, EHLO, QUIT.
const roundTrips = 7

const costZone = "example.org. MX 10 mx.example.org.\nmx.example.org. A 192.0.2.10\n"

// TestCost counts what a probe costs others: one connection, on which both sides speak in
// turn no more often than the protocol needs, and three questions.
func TestCost(t *testing.T) {
	d := parseDialogs(t, authority(), "@ 192.0.2.10:25\nD: good ecdsa\n", costZone)
	var conns []*turns
	var r *report.Report
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, costZone, clock(), nil)
		p.NoPolicies = true // These cost more, see TestDANECost.
		p.Dial = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			conn, err := d.dial(ctx, to)
			if err != nil {
				return nil, err
			}
			c := &turns{Conn: conn}
			conns = append(conns, c)
			return c, nil
		}
		r = p.Domain(t.Context(), "example.org")
		synctest.Wait()
	})
	if len(d.faults) > 0 {
		t.Error(d.faults)
	}
	if len(conns) != 1 || r.Cost.Connections != 1 || r.Cost.Questions != 3 {
		t.Fatalf("%d connections, the report says %d, and %d questions", len(conns), r.Cost.Connections, r.Cost.Questions)
	}
	// Those of TCP and of the greeting are not ours to begin.
	if c := conns[0]; c.turns != roundTrips-2 || !c.closed {
		t.Errorf("%d turns, %d octets sent; closed: %v", c.turns, c.sent, c.closed)
	}
	var said []string
	for _, x := range r.Hosts[0].Endpoints[0].Transcript {
		if x.Client {
			said = append(said, x.Text)
		}
	}
	if !slices.Equal(said, []string{"EHLO probe.example.net", "STARTTLS", "EHLO probe.example.net", "QUIT"}) {
		t.Errorf("we said %q", said)
	}
}

// turns counts how often one side waits for the other.
type turns struct {
	net.Conn
	turns, sent int
	wrote       bool
	closed      bool
}

func (c *turns) Write(b []byte) (int, error) {
	c.wrote = true
	c.sent += len(b)
	return c.Conn.Write(b)
}

func (c *turns) Read(b []byte) (int, error) {
	if c.wrote {
		c.turns++
		c.wrote = false
	}
	return c.Conn.Read(b)
}

func (c *turns) Close() error {
	c.closed = true
	return c.Conn.Close()
}

// TestSharedCost: domains that have a server in common cost one connection, and each report
// says so and stands alone.
func TestSharedCost(t *testing.T) {
	const zone = "a.example. MX 10 mx.example.org.\nb.example. MX 10 mx.example.org.\nmx.example.org. A 192.0.2.10\n"
	d := parseDialogs(t, authority(), "@ 192.0.2.10:25\nD: good ecdsa\n", zone)
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, zone, clock(), nil)
		a := p.Domain(t.Context(), "a.example")
		time.Sleep(time.Hour)
		b := p.Domain(t.Context(), "b.example")
		valid(t, a)
		valid(t, b)
		if len(d.dialled) != 1 || a.Cost.Connections != 1 || b.Cost.Connections != 1 {
			t.Errorf("dialled %v; the reports say %d and %d", d.dialled, a.Cost.Connections, b.Cost.Connections)
		}
		if x, y := a.DecidedOn.Observer, b.DecidedOn.Observer; x != y || x != (report.Observer{Address: "198.51.100.20", HELO: "probe.example.net", Resolver: "zone"}) {
			t.Errorf("seen from %+v and %+v", x, y)
		}
		a.Hosts[0].Endpoints[0].Transcript[0].Text = "changed"
		if b.Hosts[0].Endpoints[0].Transcript[0].Text == "changed" {
			t.Error("the reports share what was said")
		}
		synctest.Wait()
	})
}

// TestReportOfNone: what can be told without a resolver, and of a name that is none.
func TestReportOfNone(t *testing.T) {
	r := (&Prober{}).Domain(t.Context(), "example.org")
	if r.Error != "" || r.Cost.Questions != 0 || len(r.DNS) != 0 || r.DecidedOn.Observer != (report.Observer{}) {
		t.Errorf("without a resolver: error %q, %d questions, DNS %v, observer %+v", r.Error, r.Cost.Questions, r.DNS, r.DecidedOn.Observer)
	}
	if r := (&Prober{}).Domain(t.Context(), "no domain"); r.Error == "" {
		t.Error("no error for what is no domain")
	}
	if r := (&Prober{DNS: func() *dns.Recorder { panic("a bug") }}).Domain(t.Context(), "example.org"); r.Error == "" || r.Target != "example.org" {
		t.Errorf("after a panic: %q", r.Error)
	}
}

// linkDelay is how long a packet is under way.
const linkDelay = 100 * time.Millisecond

// far is a Dial to servers that are far away: each packet is under way for linkDelay, those
// of TCP too.
func far(dial func(context.Context, netip.AddrPort) (net.Conn, error)) func(context.Context, netip.AddrPort) (net.Conn, error) {
	return func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
		if !sleep(ctx, 2*linkDelay) { // SYN, and SYN with ACK.
			return nil, ctx.Err()
		}
		here, there := net.Pipe()
		go func() {
			time.Sleep(linkDelay) // ACK: now the server knows that we are connected.
			server, err := dial(context.WithoutCancel(ctx), to)
			if err != nil {
				there.Close()
				return
			}
			go carry(server, there)
			carry(there, server)
		}()
		return here, nil
	}
}

// carry takes what comes from one connection to another one, later.
func carry(to, from net.Conn) {
	type packet struct {
		arrives time.Time
		octets  []byte
	}
	way := make(chan packet, 1000)
	go func() {
		defer close(way)
		for {
			b := make([]byte, 16<<10)
			n, err := from.Read(b)
			if n > 0 {
				way <- packet{time.Now().Add(linkDelay), b[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range way {
		time.Sleep(time.Until(p.arrives))
		if _, err := to.Write(p.octets); err != nil {
			break
		}
	}
	to.Close()
	from.Close()
	for range way {
	}
}

// TestLatency: a probe of a server that is far away lasts as long as the round trips of the
// protocol, and 1.10 times that at most. It takes no time here: what is computed meanwhile
// is not in it, see BenchmarkLatency.
func TestLatency(t *testing.T) {
	d := parseDialogs(t, authority(), "@ 192.0.2.10:25\nD: good ecdsa\n", costZone)
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, costZone, clock(), nil)
		p.Dial = far(d.dial)
		began := time.Now()
		r := p.Domain(t.Context(), "example.org")
		took := time.Since(began)
		if most := roundTrips * 2 * linkDelay * 110 / 100; took > most {
			t.Errorf("the probe took %s; %d round trips take %s: %+v", took, roundTrips, roundTrips*2*linkDelay, r.Hosts[0].Endpoints[0].Times)
		}
		if e := &r.Hosts[0].Endpoints[0]; e.Outcome != report.OutcomeOK || e.StartTLS != report.StartTLSOK {
			t.Errorf("%s at %s: %s", e.Outcome, e.Phase, e.Why)
		}
		time.Sleep(time.Minute) // What is under way arrives.
	})
}

// peakMemory is how much of this process was in memory at most, in octets; 0 where the
// system does not tell.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb int64
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	return 0
}
