package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/report"
)

// TestConnectFails tells the ways apart in which connecting fails.
func TestConnectFails(t *testing.T) {
	system := func(e syscall.Errno) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", e)}
	}
	cases := []struct {
		err  error
		want report.Outcome
		why  string
	}{
		{system(syscall.ECONNREFUSED), report.OutcomeRefused, "nobody listens at this port, or a packet filter says so"},
		{system(wsaConnRefused), report.OutcomeRefused, "nobody listens at this port, or a packet filter says so"},
		{system(syscall.ETIMEDOUT), report.OutcomeTimeout, "nobody answered: connection timed out"},
		{system(syscall.ENETUNREACH), report.OutcomeNoRoute, "from here no packet gets there: network is unreachable"},
		{system(syscall.EHOSTUNREACH), report.OutcomeNoRoute, "from here no packet gets there: no route to host"},
		{system(syscall.EADDRNOTAVAIL), report.OutcomeNoRoute, "from here no packet gets there: cannot assign requested address"},
		{system(syscall.EPERM), report.OutcomeNoRoute, "this computer, or a packet filter on the way, does not let us connect there: operation not permitted"},
		{system(syscall.ECONNRESET), report.OutcomeClosed, "the connection was closed at once: connection reset by peer"},
		{io.EOF, report.OutcomeClosed, "the connection was closed at once"},
		{system(syscall.EMFILE), report.OutcomeUntried, "connecting failed here: too many open files"},
		{errors.New("a proxy says no"), report.OutcomeUntried, "connecting failed here: a proxy says no"},
	}
	for _, c := range cases {
		p := &Prober{AllowPrivate: true, Dial: func(context.Context, netip.AddrPort) (net.Conn, error) { return nil, c.err }}
		v := p.visit(t.Context(), targetAt("mx.example", "192.0.2.1:25"))
		e := &v.endpoint
		if e.Outcome != c.want || e.Why != c.why || e.Phase != report.PhaseConnect || e.StartTLS != report.StartTLSUntried || e.Time == nil || v.connections != 1 || v.from.IsValid() {
			t.Errorf("%v: %+v", c.err, v)
		}
	}
}

// TestConnectTime: nobody answers, and the user does not wait.
func TestConnectTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, patience := range []time.Duration{0, 5 * time.Second, time.Hour} {
			p := &Prober{AllowPrivate: true, Patience: patience, Dial: silent}
			e := p.visit(t.Context(), targetAt("mx.example", "192.0.2.1:25")).endpoint
			want := connectTime
			if patience > 0 {
				want = min(patience, connectTime)
			}
			if e.Outcome != report.OutcomeTimeout || e.Milliseconds != want.Milliseconds() || e.Why != "nobody answered in "+inSeconds(want) {
				t.Errorf("patience of %s: %+v", patience, e)
			}
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		p := &Prober{AllowPrivate: true, Dial: silent}
		if e := p.visit(ctx, targetAt("mx.example", "192.0.2.1:25")).endpoint; e.Outcome != report.OutcomeUntried || e.Why != "mailtrace was stopped while it connected" {
			t.Errorf("stopped: %+v", e)
		}
	})
}

// silent is a Dial to which nobody answers.
func silent(ctx context.Context, _ netip.AddrPort) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestVisitPanics: a mistake of ours costs one endpoint, and says so; the turn at the
// address is given back.
func TestVisitPanics(t *testing.T) {
	p := &Prober{AllowPrivate: true, Pace: Pace{Apart: -1}, Dial: func(context.Context, netip.AddrPort) (net.Conn, error) { panic("a bug") }}
	for range 2 {
		e := p.visit(t.Context(), targetAt("mx.example", "192.0.2.1:25")).endpoint
		if e.Outcome != report.OutcomeUntried || e.Why != "mailtrace itself failed here: a bug; please report this to its authors" {
			t.Errorf("%+v", e)
		}
	}
}

// TestBind: connections come from the address that the user gave, or are not made.
func TestBind(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &Prober{AllowPrivate: true, Bind: []netip.Addr{netip.MustParseAddr("127.0.0.77")}}
	conn, failed := p.connect(t.Context(), target{address: netip.MustParseAddrPort(l.Addr().String())})
	if conn == nil {
		t.Fatal(failed)
	}
	defer conn.Close()
	if from := endOf(conn.LocalAddr()); from != p.Bind[0] {
		t.Errorf("connected from %s", from)
	}
	_, failed = p.connect(t.Context(), targetAt("mx.example", "[::1]:25"))
	if failed.outcome != report.OutcomeNoRoute || !strings.Contains(failed.why, "--bind") {
		t.Errorf("IPv6 with an IPv4 address to connect from: %v", failed)
	}
}

// TestVisitNames: a server that many names lead to is not asked as often as its domain
// likes.
func TestVisitNames(t *testing.T) {
	var zone strings.Builder
	for i := range 20 {
		fmt.Fprintf(&zone, "example.org. MX 10 mx%d.example.org.\nmx%d.example.org. A 192.0.2.10\n", i, i)
	}
	d := parseDialogs(t, authority(), "@ 192.0.2.10:25\nX: silent\n", zone.String())
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		r := testProber(t, d, zone.String(), clock(), nil).Domain(t.Context(), "example.org")
		if took := time.Since(began); len(d.dialled) != maxAliases || took > 10*time.Minute {
			t.Errorf("%d connections in %s", len(d.dialled), took)
		}
		if e := r.Hosts[19].Endpoints[0]; e.Outcome != report.OutcomeUntried || e.Why != tooManyNames() {
			t.Errorf("the last host: %s, %s", e.Outcome, e.Why)
		}
	})
}
