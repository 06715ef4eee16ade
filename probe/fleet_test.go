package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// A fleet is many mail servers on addresses of their own, each in a network of its own, of
// which one in ten is faulty. Domain i has the server mx.dI.example; the address tells a
// server which one it is.
type fleet struct {
	ca    *testCA
	delay time.Duration // Before each reply.

	mu    sync.Mutex
	certs map[string]*tls.Certificate
}

func newFleet(ca *testCA, delay time.Duration) *fleet {
	return &fleet{ca: ca, delay: delay, certs: map[string]*tls.Certificate{}}
}

// fault is one way in which a server of the fleet is faulty, and what has to be said of it.
type fault struct {
	name     string
	outcome  report.Outcome
	phase    report.Phase
	starttls report.StartTLS
	faults   []report.Fault
}

// faults of the fleet; the first one is none. In the name of those of certificates stands
// the kind of the certificate.
var fleetFaults = []fault{
	{"good", report.OutcomeOK, report.PhaseQuit, report.StartTLSOK, nil},
	{"refused", report.OutcomeRefused, report.PhaseConnect, report.StartTLSUntried, nil},
	{"silent", report.OutcomeTimeout, report.PhaseGreeting, report.StartTLSUntried, nil},
	{"421", report.OutcomeDeferred, report.PhaseGreeting, report.StartTLSUntried, nil},
	{"554", report.OutcomeRejected, report.PhaseGreeting, report.StartTLSUntried, nil},
	{"454", report.OutcomeOK, report.PhaseQuit, report.StartTLSDeferred, nil},
	{"clear", report.OutcomeOK, report.PhaseQuit, report.StartTLSAbsent, nil},
	{"closes", report.OutcomeClosed, report.PhaseEHLO, report.StartTLSUntried, nil},
	{"no-tls", report.OutcomeTLS, report.PhaseTLS, report.StartTLSFailed, nil},
	{"expired", report.OutcomeOK, report.PhaseQuit, report.StartTLSOK, []report.Fault{report.FaultExpired}},
	{"wrong-name", report.OutcomeOK, report.PhaseQuit, report.StartTLSOK, []report.Fault{report.FaultNameMismatch}},
	{"self-signed", report.OutcomeOK, report.PhaseQuit, report.StartTLSOK, []report.Fault{report.FaultSelfSigned}},
	{"missing-intermediate", report.OutcomeOK, report.PhaseQuit, report.StartTLSOK, []report.Fault{report.FaultIncompleteChain}},
}

// fleetFault is what is wrong with server i.
func fleetFault(i int) *fault {
	if i%10 != 7 {
		return &fleetFaults[0]
	}
	return &fleetFaults[1+i/10%(len(fleetFaults)-1)]
}

func fleetDomain(i int) string { return fmt.Sprintf("d%d.example", i) }

func fleetAddress(i int) netip.Addr { return netip.AddrFrom4([4]byte{127, byte(1 + i>>8), byte(i), 1}) }

// fleetZone is the DNS of n domains.
func fleetZone(t testing.TB, n int) dns.Resolver {
	t.Helper()
	var b strings.Builder
	for i := range n {
		d := fleetDomain(i)
		fmt.Fprintf(&b, "%s. MX 10 mx.%s.\nmx.%s. A %s\n", d, d, d, fleetAddress(i))
	}
	zone, err := dns.ParseZone(b.String())
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// fleetDial connects to the servers of a fleet, all of which listen at one port. Those that
// refuse do so at another one, where nobody listens.
func fleetDial(port, nobody uint16) func(context.Context, netip.AddrPort) (net.Conn, error) {
	return func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
		a := to.Addr().As4()
		at := port
		if fleetFault(int(a[1]-1)<<8|int(a[2])).name == "refused" {
			at = nobody
		}
		d := net.Dialer{KeepAlive: -1}
		conn, err := d.DialTCP(ctx, "tcp", netip.AddrPort{}, netip.AddrPortFrom(to.Addr(), at))
		if err != nil {
			return nil, err
		}
		return conn, nil
	}
}

// listenFleet listens on all addresses of 127.0.0.0/8, and finds a port where nobody does.
func listenFleet(t testing.TB) (l net.Listener, port, nobody uint16) {
	t.Helper()
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	return l, uint16(l.Addr().(*net.TCPAddr).Port), uint16(other.Addr().(*net.TCPAddr).Port)
}

// serve answers until the listener is closed.
func (f *fleet) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go f.answer(conn)
	}
}

// answer is one conversation.
func (f *fleet) answer(conn net.Conn) {
	defer func() { conn.Close() }()
	a := conn.LocalAddr().(*net.TCPAddr).AddrPort().Addr().As4()
	i := int(a[1]-1)<<8 | int(a[2])
	kind := fleetFault(i).name
	name := "mx." + fleetDomain(i)
	say := func(lines ...string) {
		time.Sleep(f.delay)
		_, _ = io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n")
	}
	in := bufio.NewReader(conn)
	switch kind {
	case "silent":
		_, _ = io.Copy(io.Discard, in)
		return
	case "421":
		say("421 " + name + " too many connections")
	case "554":
		say("554 " + name + " no service here")
	default:
		say("220 " + name + " ESMTP")
	}
	offers := []string{"250-" + name, "250-PIPELINING", "250-SIZE 52428800", "250-ENHANCEDSTATUSCODES", "250-8BITMIME", "250 STARTTLS"}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.Fields(line)[0]; {
		case verb == "QUIT":
			say("221 bye")
			return
		case verb == "EHLO" && kind == "closes":
			return
		case verb == "EHLO" && kind == "clear":
			say("250-"+name, "250 PIPELINING")
		case verb == "EHLO":
			say(offers...)
		case kind == "454":
			say("454 TLS not available due to temporary reason")
		case kind == "no-tls":
			say("220 ready", "what is TLS?")
			return
		default:
			say("220 ready")
			secure := tls.Server(conn, &tls.Config{GetCertificate: f.certificate(kind)})
			if secure.Handshake() != nil {
				return
			}
			conn, in = secure, bufio.NewReader(secure)
			offers = slices.Delete(slices.Clone(offers), 5, 6)
			offers[4] = "250 8BITMIME"
		}
	}
}

// goodCertificate is the kind that good servers have.
const goodCertificate = "ecdsa"

// certificate gives a server of a kind its certificate.
func (f *fleet) certificate(kind string) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if kind == "good" {
		kind = goodCertificate
	}
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return f.certificateOf(kind, hello.ServerName), nil
	}
}

func (f *fleet) certificateOf(kind, name string) *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.certs[name]
	if c == nil {
		made := f.ca.certificate(kind, name)
		c = &made
		f.certs[name] = c
	}
	return c
}

// fleetProber probes a fleet, with the pace that is default.
func fleetProber(f *fleet, zone dns.Resolver, port, nobody uint16) *Prober {
	return &Prober{
		NoPolicies: true,
		HELO:       "probe.example.net", AllowPrivate: true, Patience: fleetPatience, NoIPv6: true, Roots: f.ca.roots(),
		DNS:  func() *dns.Recorder { return &dns.Recorder{Resolver: zone} },
		Dial: fleetDial(port, nobody),
	}
}

// fleetPatience is how long is waited for those that are silent.
const fleetPatience = 2 * time.Second

// probeFleet probes n domains, so many at a time, and checks every verdict.
func probeFleet(t testing.TB, p *Prober, n, atOnce int) {
	t.Helper()
	work := make(chan int)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for i := range work {
				checkFleet(t, i, p.Domain(t.Context(), fleetDomain(i)))
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
}

// checkFleet holds a report to what is true of domain i.
func checkFleet(t testing.TB, i int, r *report.Report) {
	t.Helper()
	want := fleetFault(i)
	if r.Error != "" || len(r.Hosts) != 1 || len(r.Hosts[0].Endpoints) != 1 {
		t.Errorf("%s (%s): error %q, hosts %+v", r.Target, want.name, r.Error, r.Hosts)
		return
	}
	e := &r.Hosts[0].Endpoints[0]
	if e.Outcome != want.outcome || e.Phase != want.phase || e.StartTLS != want.starttls {
		t.Errorf("%s (%s): %s at %s, STARTTLS %s; want %s at %s, STARTTLS %s: %s",
			r.Target, want.name, e.Outcome, e.Phase, e.StartTLS, want.outcome, want.phase, want.starttls, e.Why)
	}
	switch {
	case want.starttls != report.StartTLSOK:
		if want.name != "no-tls" && len(e.Certificates) != 0 {
			t.Errorf("%s (%s): %d certificates without TLS", r.Target, want.name, len(e.Certificates))
		}
	case len(e.Certificates) != 1:
		t.Errorf("%s (%s): %d certificates", r.Target, want.name, len(e.Certificates))
	default:
		c := &e.Certificates[0]
		if !slices.Equal(c.Faults, want.faults) || c.PKIX == nil || *c.PKIX != (want.faults == nil) {
			t.Errorf("%s (%s): faults %v, pkix %v: %s; want %v", r.Target, want.name, c.Faults, c.PKIX, c.Why, want.faults)
		}
	}
	if r.Cost.Connections != 1 {
		t.Errorf("%s (%s): %d connections", r.Target, want.name, r.Cost.Connections)
	}
}

// TestFleet: every kind of fault is told rightly, at the pace that is default.
func TestFleet(t *testing.T) {
	t.Parallel()
	f := newFleet(newTestCA(t, time.Now()), time.Millisecond)
	l, port, nobody := listenFleet(t)
	defer l.Close()
	go f.serve(l)
	n := 10 * len(fleetFaults)
	p := fleetProber(f, fleetZone(t, n), port, nobody)
	p.Patience = 5 * time.Second // The race detector makes certificates slow.
	probeFleet(t, p, n, 8)
}
