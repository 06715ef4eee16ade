package probe

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/report"
)

// fullVisit is what --tls full did with a server.
type fullVisit struct {
	e         report.Endpoint
	began     []time.Duration // Each connection.
	atOnce    int             // The most that were open at a time.
	connected int             // As the report says.
}

// visitFull visits a server that speaks a dialog, with --tls full.
func visitFull(t *testing.T, script string, pace Pace) (v fullVisit) {
	t.Helper()
	const zone = "example.org. MX 10 mx.example.org.\nmx.example.org. A 192.0.2.10\n"
	d := parseDialogs(t, authority(), script, zone)
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, zone, clock(), []string{"full-tls"})
		p.Pace = pace
		begin, open := time.Now(), 0
		p.Dial = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			v.began = append(v.began, time.Since(begin).Round(100*time.Millisecond))
			conn, err := d.dial(ctx, to)
			if err != nil {
				return nil, err
			}
			open++
			v.atOnce = max(v.atOnce, open)
			return &closing{Conn: conn, after: func() { open-- }}, nil
		}
		r := p.Domain(t.Context(), "example.org")
		synctest.Wait()
		v.e, v.connected = r.Hosts[0].Endpoints[0], r.Cost.Connections
	})
	return v
}

// TestFullTLS: each handshake has a connection of its own, and these keep the pace.
func TestFullTLS(t *testing.T) {
	v := visitFull(t, "@ 192.0.2.10:25\nD: good ecdsa\n", Pace{})
	if len(v.began) != v.connected || len(v.began) < 5 || len(v.began) > 1+furtherConnections || v.atOnce != 1 {
		t.Errorf("%d connections, %d of them at a time, the report says %d", len(v.began), v.atOnce, v.connected)
	}
	for i := 1; i < len(v.began); i++ {
		if apart := v.began[i] - v.began[i-1]; apart < defaultApart {
			t.Errorf("connection %d began %s after the one before", i, apart)
		}
	}
	if v.e.Outcome != report.OutcomeOK || v.e.Phase != report.PhaseQuit || len(v.e.Certificates) == 0 {
		t.Errorf("the conversation ended with %s at %s, %d certificates", v.e.Outcome, v.e.Phase, len(v.e.Certificates))
	}
	done := 0
	for _, h := range v.e.Handshakes {
		if h.Outcome == report.OutcomeUntried {
			t.Errorf("%s: %s", h.Purpose, h.Why)
		}
		if h.Outcome == report.OutcomeOK {
			done++
		}
	}
	if done == 0 {
		t.Errorf("no further handshake went well: %+v", v.e.Handshakes)
	}
}

// TestFullTLSStops: the budget, 421, and who does not offer TLS at all.
func TestFullTLSStops(t *testing.T) {
	untried := func(v fullVisit) (n int, why string) {
		for _, h := range v.e.Handshakes {
			if h.Outcome == report.OutcomeUntried {
				n, why = n+1, h.Why
			}
		}
		return n, why
	}
	v := visitFull(t, "@ 192.0.2.10:25\nD: good ecdsa\n", Pace{PerHost: 3})
	if n, why := untried(v); len(v.began) != 3 || n == 0 || why != "no further connection came about: 3 connections to one host at one address are the most in a run" {
		t.Errorf("with a budget of 3: %d connections, %d untried: %s", len(v.began), n, why)
	}
	if v := visitFull(t, "@ 192.0.2.10:25\nD: clear\n", Pace{}); len(v.began) != 1 || len(v.e.Handshakes) != 0 {
		t.Errorf("without STARTTLS: %d connections, %d handshakes", len(v.began), len(v.e.Handshakes))
	}
	if v := visitFull(t, "@ 192.0.2.10:25\nS: 421 mx.example.org busy\nC: QUIT\nS: 221 bye\n", Pace{}); len(v.began) != 1 || v.e.Outcome != report.OutcomeDeferred {
		t.Errorf("after 421: %d connections, %s", len(v.began), v.e.Outcome)
	}
}
