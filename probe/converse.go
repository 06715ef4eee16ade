package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"strings"
	"time"

	"mailtrace/report"
)

// Times of a conversation.
const (
	unhurried = 30 * time.Second       // For each reply, and for a handshake, where the user sets none.
	sessions  = 4                      // The whole conversation may take so many times the patience: greeting, EHLO, TLS, EHLO, each as slow as can be.
	farewell  = 2 * time.Second        // For the reply to QUIT. Nothing that we want to know stands in it.
	lastLook  = 100 * time.Millisecond // For the end of TLS behind the reply to QUIT: servers send both at one time.
	late      = 10 * time.Second       // What takes longer is noted. Postscreen's greet delay is 6 s and is no oddity.
)

// maxGreeting is how much of a greeting is told apart from the transcript, in octets: four
// lines of the longest kind.
const maxGreeting = 4 * longLine

// conversation is one conversation with a server: greeting, EHLO, STARTTLS, TLS, EHLO
// and QUIT, and nothing else ever.
type conversation struct {
	p    *Prober
	t    target
	e    *report.Endpoint
	raw  *meter
	tls  *tls.Conn // Nil before TLS.
	wire *wire     // On raw, then on tls.
	said transcript

	name     string        // Our own, for EHLO.
	patience time.Duration // For each reply.
	since    time.Time     // When the phase began.

	greeted bool // The server has said something that is a reply.
	waits   bool // It waits for a command: its last reply was whole.
	inside  bool // It has said one inside TLS.
	broken  bool // Nothing can be said to it any more.

	sent []*x509.Certificate
}

// converse has the whole conversation on a connection that was just opened, and closes
// it. What was seen stands in e; the time it took is added to that in e.
//
// Once ctx is done the connection is closed at once, and the conversation counts as
// untried. Without that it ends after four times the patience and the farewell. The
// certificates are those that the server sent, its own first.
func (p *Prober) converse(ctx context.Context, conn net.Conn, t target, e *report.Endpoint) []*x509.Certificate {
	began := time.Now()
	c := p.conversation(conn, t, e, began)
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()

	e.StartTLS = report.StartTLSUntried
	e.Outcome, e.Why, e.Code = report.OutcomeOK, "", nil
	if end := c.talk(ctx); end != nil {
		e.Outcome, e.Why = end.outcome, end.why
		if end.code != 0 {
			e.Code = &end.code
		}
	} else {
		e.Phase = report.PhaseQuit
	}
	c.quit(ctx)
	conn.Close()
	e.Milliseconds += time.Since(began).Milliseconds()
	if len(c.sent) > 0 {
		// With the connection closed: the server does not wait while we judge.
		e.Certificates = append(e.Certificates, p.certificate(c.sent, t.host, p.now()))
	}
	return c.sent
}

// conversation is one that is about to begin.
func (p *Prober) conversation(conn net.Conn, t target, e *report.Endpoint, began time.Time) *conversation {
	c := &conversation{p: p, t: t, e: e, patience: p.patience(), name: p.helo(conn.LocalAddr())}
	c.raw = &meter{Conn: conn, left: maxSession, end: began.Add(sessions * c.patience)}
	c.said = transcript{e: e, began: began}
	c.wire = &wire{conn: c.raw, said: &c.said}
	return c
}

// patience is how long is waited for a reply, or for a whole handshake.
func (p *Prober) patience() time.Duration {
	if p.Patience > 0 {
		return p.Patience
	}
	return unhurried
}

// talk says everything up to QUIT. It gives nil when there is nothing more to say.
func (c *conversation) talk(ctx context.Context) *ending {
	if c.t.implicit {
		if end := c.secure(ctx); end != nil {
			return end
		}
	}
	if end := c.greeting(ctx); end != nil {
		return end
	}
	offered, end := c.hello(ctx)
	if end != nil || c.t.implicit {
		return end
	}
	if !offers(offered, "STARTTLS") {
		c.e.StartTLS = report.StartTLSAbsent
		return nil
	}
	if ready, end := c.startTLS(ctx); !ready {
		return end
	}
	if end := c.secure(ctx); end != nil {
		return end
	}
	_, end = c.hello(ctx)
	return end
}

// enter begins a phase.
func (c *conversation) enter(phase report.Phase) {
	c.e.Phase, c.since = phase, time.Now()
}

// leave ends the phase and writes down how long it took.
func (c *conversation) leave(phase report.Phase) {
	c.e.Times = append(c.e.Times, report.Step{Phase: phase, Milliseconds: time.Since(c.since).Milliseconds()})
}

// greeting reads what the server says first. A server that does not want us may say
// so here, by 554 (RFC 5321 section 3.1), 521 (RFC 7504 section 3) or 421.
func (c *conversation) greeting(ctx context.Context) *ending {
	c.enter(report.PhaseGreeting)
	defer c.leave(report.PhaseGreeting)
	r, end := c.hear(ctx, "greeting")
	if len(r.texts) > 0 {
		c.e.Greeting = clipped(strings.Join(r.texts, "\n"), maxGreeting)
	}
	if end != nil {
		return end
	}
	if r.class() != 2 {
		return refusal(r, "the greeting")
	}
	return nil
}

// hello says who we are. A server that does not know EHLO is asked again with HELO:
// "if the server returns a "command not recognized" response to EHLO, the client
// SHOULD be able to fall back and send HELO" (RFC 5321 section 3.2).
func (c *conversation) hello(ctx context.Context) ([]report.Extension, *ending) {
	c.enter(report.PhaseEHLO)
	defer c.leave(report.PhaseEHLO)
	r, end := c.ask(ctx, "EHLO "+c.name, "reply to EHLO")
	if end == nil && r.code == 220 {
		// QUIRK: 220 greets and never answers EHLO (RFC 5321 section 4.3.2). Behind some
		// proxies both the proxy and the server greet.
		c.said.oddOnce(r.first, report.OddTooEarly, r.first, "the server greeted again instead of answering EHLO")
		r, end = c.hear(ctx, "reply to EHLO")
	}
	if end != nil {
		return nil, end
	}
	switch {
	case r.class() == 2:
		c.e.Hello = report.HelloEHLO
		c.e.HelloName = firstWord(r.texts[0])
		offered := parseEHLO(r.texts[1:])
		if c.tls != nil {
			c.e.ExtensionsTLS = offered
		} else {
			c.e.Extensions = offered
		}
		c.e.Size = sizeOf(offered)
		return offered, nil
	case r.class() != 5 || refuses(r.code):
		return nil, refusal(r, "EHLO")
	}
	if r, end = c.ask(ctx, "HELO "+c.name, "reply to HELO"); end != nil {
		return nil, end
	}
	if r.class() != 2 {
		return nil, refusal(r, "EHLO, and then HELO,")
	}
	c.e.Hello = report.HelloHELO
	c.e.HelloName = firstWord(r.texts[0])
	return nil, nil
}

// refuses says whether a code means that no mail is taken here whatever the command:
// 521 and 556 (RFC 7504), 554 (RFC 5321 section 3.1).
func refuses(code int) bool { return code == 521 || code == 554 || code == 556 }

// startTLS asks for TLS. Without an ending, and not ready, the conversation goes on
// without TLS.
func (c *conversation) startTLS(ctx context.Context) (ready bool, end *ending) {
	c.enter(report.PhaseStartTLS)
	defer c.leave(report.PhaseStartTLS)
	r, end := c.ask(ctx, "STARTTLS", "reply to STARTTLS")
	switch {
	case end != nil:
		if end.outcome == report.OutcomeProtocol {
			c.e.StartTLS = report.StartTLSRejected
		}
		return false, end
	case r.class() == 2:
		return true, nil
	case r.class() == 4:
		c.e.StartTLS = report.StartTLSDeferred
	default:
		c.e.StartTLS = report.StartTLSRejected
	}
	// 454 and 5yz are about TLS alone (RFC 3207 section 4); 421 ends it all.
	if r.code == codeClosing || r.class() == 3 {
		return false, refusal(r, "STARTTLS")
	}
	return false, nil
}

// firstWord is the text of a reply up to the first blank or line end.
func firstWord(text string) string {
	text = strings.TrimLeft(text, " \t")
	if i := strings.IndexAny(text, " \t\n"); i >= 0 {
		return text[:i]
	}
	return text
}

// helo is our own name for EHLO: the one that the user gave or, without one, the
// address that we speak from as a literal. "If this is not possible [...] an address
// literal SHOULD be substituted for the domain name" (RFC 5321 section 4.1.4). A name
// that would not be one word of a command is none.
func (p *Prober) helo(from net.Addr) string {
	if p.HELO != "" && !strings.ContainsFunc(p.HELO, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return p.HELO
	}
	at, err := netip.ParseAddrPort(from.String())
	if err != nil {
		return "[127.0.0.1]" // No network: a pipe of a test.
	}
	// RFC 5321 section 4.1.3.
	a := at.Addr().Unmap().WithZone("")
	if a.Is6() {
		return "[IPv6:" + a.String() + "]"
	}
	return "[" + a.String() + "]"
}
