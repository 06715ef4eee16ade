package probe

import (
	"context"
	"time"

	"mailtrace/report"
)

// ask sends a command and reads the reply to it.
func (c *conversation) ask(ctx context.Context, command, what string) (reply, *ending) {
	early := c.wire.buffered()
	if err := c.say(command, c.patience); err != nil {
		// A server that closes may have told why, and that can still be read: "this
		// response code can be issued [...] asynchronously from command receipt (on the
		// assumption that the client will receive it after the next command is issued)"
		// (RFC 5321 section 3.8, of 421).
		r, rerr := c.wire.reply(time.Now().Add(farewell))
		if rerr == nil && r.class() >= 4 && r.class() <= 5 {
			c.broken = true
			return r, nil
		}
		return r, c.fault(ctx, err, "room for "+command)
	}
	r, end := c.hear(ctx, what)
	if early > 0 {
		c.said.odd(report.OddTooEarly, min(r.first, c.said.lines()), "%d octets came before %s was sent", early, command)
	}
	return r, end
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
	c.greeted, c.waits = true, true
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
func (c *conversation) quit() {
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
	if err := c.say("QUIT", farewell); err != nil || !waits {
		return
	}
	line := c.said.lines()
	r, err := c.wire.reply(c.raw.end)
	if early > 0 {
		c.said.odd(report.OddTooEarly, min(r.first, c.said.lines()), "%d octets came before QUIT was sent", early)
	}
	closing := c.e.Code != nil && *c.e.Code == 421 // It said that it would close.
	switch {
	case err != nil && !closing:
		c.said.odd(report.OddQuit, line, "no reply to QUIT: %s", c.cause(err))
	case err == nil && r.code != 221:
		c.said.odd(report.OddQuit, r.first, "QUIT was answered by %03d, not by 221", r.code)
	}
	if c.tls != nil {
		c.closeTLS(err != nil)
	}
}

// closeTLS ends TLS, and notes when the server has cut it off instead: who cuts a
// connection can make believe that a message ended there (RFC 8446 section 6.1).
// gone says that the connection has ended already.
func (c *conversation) closeTLS(gone bool) {
	if !gone {
		c.raw.end = time.Now().Add(lastLook)
		if c.tls.SetReadDeadline(c.raw.end) == nil {
			// crypto/tls gives io.EOF for both kinds of end.
			var one [1]byte
			_, err := c.tls.Read(one[:])
			gone = err != nil && !timedOut(err)
		}
	}
	if gone && c.raw.eof {
		c.said.odd(report.OddCloseNotify, c.said.lines(), "the connection was closed and TLS was not")
	}
	// The bound of raw holds: crypto/tls alone would wait for 5 s.
	c.raw.end = time.Now().Add(lastLook)
	_ = c.tls.CloseWrite() // It is over whether the server hears that or not.
}
