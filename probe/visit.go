package probe

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mailtrace/report"
)

// run is what one run shares. The zero value works.
type run struct {
	begin sync.Once
	pacer *pacer
	memo  memo
	files fetches

	authorities authorities
	servers     serverPace
}

// pace is the pacer of the run.
func (p *Prober) pace() *pacer {
	p.run.begin.Do(func() { p.run.pacer = newPacer(p.Pace, len(p.Ports), p.FullTLS) })
	return p.run.pacer
}

// target is one server at one address and port.
type target struct {
	host     string // Its name, for SNI and for the certificate.
	address  netip.AddrPort
	implicit bool // TLS from the first byte.
}

// visited is what came of a visit. Several reports may share it, so that nobody changes
// it once it was made.
type visited struct {
	endpoint    report.Endpoint
	from        netip.Addr // What we connected from; not valid when we were not connected.
	connections int        // That were opened, or tried to be.

	// What was sent with each certificate of the endpoint, itself first, as DER: the
	// first maxCertificates. Nil with NoPolicies.
	chains [][][]byte
}

// unvisited is an endpoint that was not connected to.
func unvisited(t target, outcome report.Outcome, why string) visited {
	return visited{endpoint: report.Endpoint{
		Address: t.address.Addr(), Port: int(t.address.Port()), Outcome: outcome, Why: why, StartTLS: report.StartTLSUntried,
	}}
}

// barred says why a target is not visited at all, as an endpoint, or nil.
func (p *Prober) barred(t target) *visited {
	if p.AllowPrivate {
		return nil
	}
	why := forbidden(t.address.Addr())
	if why == "" {
		return nil
	}
	v := unvisited(t, report.OutcomeForbidden, why)
	return &v
}

// visit speaks to a server when its turn has come. It is done but once for a server in a
// run; nothing is tried again.
func (p *Prober) visit(ctx context.Context, t target) (v visited) {
	v = unvisited(t, report.OutcomeUntried, "")
	e := &v.endpoint
	defer func() {
		// One server, whatever it said, never costs the report on the others.
		if r := recover(); r != nil {
			e.Outcome = report.OutcomeUntried
			e.Why = fmt.Sprintf("mailtrace itself failed here: %v; please report this to its authors", r)
		}
	}()
	turn, why := p.pace().turn(ctx, t)
	if turn == nil {
		e.Why = why
		return v
	}
	defer turn.end()
	if e.Why = turn.await(ctx); e.Why != "" {
		return v
	}
	p.speak(ctx, turn, &v)
	switch {
	case saidLater(e):
		turn.stop()
	case p.FullTLS:
		p.speakFurther(ctx, turn, &v)
	}
	return v
}

// speak connects and has the conversation.
func (p *Prober) speak(ctx context.Context, turn *turn, v *visited) {
	defer turn.closed()
	e := &v.endpoint
	began, at := time.Now(), p.now()
	e.Time, e.Phase = &at, report.PhaseConnect
	v.connections++
	conn, failed := p.connect(ctx, turn.t)
	e.Milliseconds = time.Since(began).Milliseconds()
	e.Times = append(e.Times, report.Step{Phase: report.PhaseConnect, Milliseconds: e.Milliseconds})
	if conn == nil {
		e.Outcome, e.Why = failed.outcome, failed.why
		return
	}
	defer conn.Close()
	v.from = endOf(conn.LocalAddr())
	v.keepChain(p, p.converse(ctx, conn, turn.t, e))
}

// codeClosing is "service not available, closing transmission channel" (RFC 5321 section
// 4.2.3).
const codeClosing = 421

// saidLater says whether a server does not want to be asked again soon: it said 421, or
// put us off before we had said a word.
func saidLater(e *report.Endpoint) bool {
	return e.Outcome == report.OutcomeDeferred && (e.Phase == report.PhaseGreeting || e.Code != nil && *e.Code == codeClosing)
}

// endOf is the address of one end of a connection.
func endOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// keepChain keeps what was sent with the certificate that was added to the endpoint last.
// The octets are a copy: those of the connection are a part of all that was received.
func (v *visited) keepChain(p *Prober, sent []*x509.Certificate) {
	if len(sent) == 0 || p.NoPolicies {
		return
	}
	chain := make([][]byte, min(len(sent), maxCertificates))
	for i := range chain {
		chain[i] = slices.Clone(sent[i].Raw)
	}
	v.chains = append(v.chains, chain)
}
