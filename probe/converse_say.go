package probe

import (
	"context"
	"time"

	"mailtrace/report"
)

// ask sends a command and reads the reply to it.
func (c *conversation) ask(ctx context.Context, command, what string) (reply, *ending) {
	early := c.wire.buffered()
	err := c.say(command, c.patience)
	at := c.said.lines()
	if err == nil {
		r, end := c.hear(ctx, what)
		c.early(early, command, at, r)
		return r, end
	}
	// A server that closes may have told why, and that can still be read: "this response
	// code can be issued after the server receives any command or, if necessary,
	// asynchronously from command receipt (on the assumption that the client will receive
	// it after the next command is issued)" (RFC 5321 section 3.8, of 421).
	r, failed := c.wire.reply(time.Now().Add(farewell))
	c.early(early, command, at, r)
	if failed == nil && (r.class() == 4 || r.class() == 5) {
		c.broken = true
		return r, nil
	}
	return r, c.fault(ctx, err, what)
}

// early notes that octets had come before a command was sent, which is in line at of
// the transcript. They count as the reply to it, as they do for everybody else: who is
// out of step stays out of step. 421 alone may come unasked.
func (c *conversation) early(octets int, command string, at int, r reply) {
	if octets > 0 && r.code != codeClosing {
		c.said.odd(report.OddTooEarly, min(at+1, c.said.lines()), "%d octets came before %s was sent", octets, command)
	}
}

// say sends a command.
func (c *conversation) say(command string, within time.Duration) error {
	c.waits = false
	c.said.client(command)
	if err := c.wire.conn.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	_, err := c.wire.conn.Write([]byte(command + "\r\n"))
	return err
}

// hear reads a reply, and notes when it came late or in pieces.
func (c *conversation) hear(ctx context.Context, what string) (reply, *ending) {
	began := time.Now()
	r, err := c.wire.reply(began.Add(c.patience))
	if c.wire.lines > 0 {
		c.timely(r, what, began)
	}
	if err != nil {
		return r, c.fault(ctx, err, what)
	}
	c.greeted, c.waits, c.inside = true, true, c.tls != nil
	if r.code < 200 || r.code > 599 {
		return r, &ending{report.OutcomeProtocol, r.code, "the " + what + " has a code that SMTP does not know"}
	}
	return r, nil
}

// timely notes a reply, or the part of one, that came octet by octet, and a greeting
// that came late.
func (c *conversation) timely(r reply, what string, began time.Time) {
	w, line := c.wire, min(r.first, c.said.lines())
	over := w.last.Sub(w.began)
	switch {
	case over > late && w.pieces > 2*w.lines:
		c.said.odd(report.OddSlow, line, "the %s came in %d pieces over %s", what, w.pieces, inSeconds(over))
	case what == "greeting" && w.last.Sub(began) > late:
		c.said.odd(report.OddSlowGreeting, line, "the greeting began after %s and was there after %s", inSeconds(w.began.Sub(began)), inSeconds(w.last.Sub(began)))
	}
}

// quit says goodbye, however the conversation went: "The sender MUST NOT intentionally
// close the transmission channel until it sends a QUIT command, and it SHOULD wait
// until it receives the reply (even if there was an error response to a previous
// command)" (RFC 5321 section 4.1.1.10). A server that has not greeted is told
// nothing: to speak before it is what spammers do. One that is in the middle of a
// reply is not waited for.
func (c *conversation) quit(ctx context.Context) {
	if !c.greeted || c.broken {
		return
	}
	phase, began := c.e.Phase, time.Now()
	c.enter(report.PhaseQuit)
	defer func() { c.e.Phase = phase }()
	defer c.leave(report.PhaseQuit)
	waits := c.waits
	early := c.wire.buffered()
	c.raw.end = began.Add(farewell)
	err := c.say("QUIT", farewell)
	if !waits {
		if c.tls != nil && err == nil {
			c.closeTLS(false)
		}
		return
	}
	var r reply
	line := c.said.lines()
	if err == nil {
		r, err = c.wire.reply(c.raw.end)
	}
	if ctx.Err() != nil {
		return // We closed the connection, not the server.
	}
	c.early(early, "QUIT", line, r)
	// Both may close without a word: 421 says so, for 521 see RFC 7504 section 3.
	closing := c.e.Code != nil && (*c.e.Code == codeClosing || *c.e.Code == 521)
	switch {
	case err != nil && !closing:
		c.said.odd(report.OddQuit, line, "no reply to QUIT: %s", c.cause(err))
	case err == nil && r.code != 221:
		c.said.odd(report.OddQuit, r.first, "QUIT was answered by %03d, not by 221", r.code)
	}
	if c.tls != nil {
		c.closeTLS(err == nil || !c.raw.eof && !timedOut(err))
	}
}

// closeTLS ends TLS, and notes when the server has cut it off instead: who cuts a
// connection can make believe that all was said (RFC 8446 section 6.1). It looks for
// the end, for a short time, where it has not come yet.
func (c *conversation) closeTLS(look bool) {
	if look {
		c.raw.end = time.Now().Add(lastLook)
		_ = c.tls.SetReadDeadline(c.raw.end) // Reading tells.
		var one [1]byte
		_, _ = c.tls.Read(one[:])
	}
	c.cutOff()
	// The bound of raw holds: crypto/tls alone would wait for 5 s.
	c.raw.end = time.Now().Add(lastLook)
	_ = c.tls.CloseWrite() // It is over whether the server hears that or not.
}

// cutOff notes that the connection ended and TLS did not. To crypto/tls both are
// io.EOF; but where TLS ended it has no need to see the end of the connection.
func (c *conversation) cutOff() {
	if c.tls != nil && c.raw.eof {
		c.said.odd(report.OddCloseNotify, c.said.lines(), "the connection was closed and TLS was not")
	}
}
