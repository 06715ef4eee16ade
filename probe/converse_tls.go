package probe

import (
	"bytes"
	"context"
	"time"

	"mailtrace/report"
)

// secure goes over to TLS. A handshake that was not through in time is told as that: it
// is not known that it would have failed.
func (c *conversation) secure(ctx context.Context) *ending {
	c.enter(report.PhaseTLS)
	defer c.leave(report.PhaseTLS)
	c.discard()
	_ = c.raw.SetDeadline(time.Time{}) // That of the last reply is over.
	limited, cancel := context.WithDeadline(ctx, c.raw.until(time.Now().Add(c.patience)))
	defer cancel()
	conn, handshake, sent := c.p.handshake(limited, c.raw, c.t)
	c.e.TLS, c.sent = &handshake, sent
	if conn == nil {
		c.broken = true
		c.e.StartTLS = report.StartTLSFailed
		switch {
		case ctx.Err() != nil:
			c.e.StartTLS = report.StartTLSUntried
			return &ending{report.OutcomeUntried, 0, "stopped"}
		case c.raw.left == 0:
			c.full()
		}
		return &ending{handshake.Outcome, 0, handshake.Why}
	}
	c.tls, c.said.tls = conn, true
	c.wire = &wire{conn: conn, said: &c.said}
	// "The client MUST discard any knowledge obtained from the server, such as the list
	// of SMTP service extensions, which was not obtained from the TLS negotiation
	// itself" (RFC 3207 section 4.2).
	c.e.Size = report.Size{}
	c.e.StartTLS = report.StartTLSOK
	if c.t.implicit {
		c.e.StartTLS = report.StartTLSImplicit
	}
	return nil
}

// discard throws away what came behind the reply to STARTTLS and before TLS. A client
// of TLS speaks first, so nothing belongs there: it is text that is to be taken for
// text inside TLS, injected by someone on the way (CVE-2011-0411 is the same in the
// other direction), or by a server that is broken. A record of TLS that came with it
// is left to TLS.
func (c *conversation) discard() {
	rest := c.wire.take()
	text := rest
	for i := range rest {
		if beginsRecord(rest[i:]) {
			text, c.raw.pending = rest[:i], rest[i:]
			break
		}
	}
	if len(text) == 0 {
		return
	}
	at, n := c.said.lines()+1, len(text)
	for lines := 1; len(text) > 0; lines++ {
		end := bytes.IndexByte(text, '\n') + 1
		if end == 0 || lines == maxReplyLines {
			end = len(text)
		}
		c.said.server(text[:end], 0)
		text = text[end:]
	}
	c.said.odd(report.OddInjected, at, "%d octets behind the reply to STARTTLS, before TLS: thrown away", n)
}

// beginsRecord says whether octets begin like an alert or a handshake of TLS: content
// type and version (RFC 8446 section 5.1).
func beginsRecord(b []byte) bool {
	return len(b) >= 3 && (b[0] == 21 || b[0] == 22) && b[1] == 3 && b[2] <= 4
}
