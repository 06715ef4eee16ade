package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"strconv"
	"syscall"
	"time"

	"mailtrace/report"
)

// ending is how a conversation ended that was not had whole.
type ending struct {
	outcome report.Outcome
	code    int // Of the reply that ended it; 0 when none did.
	why     string
}

// refusal is the ending by a reply.
func refusal(r reply, to string) *ending {
	switch r.class() {
	case 4:
		return &ending{report.OutcomeDeferred, r.code, fmt.Sprintf("%s was answered by %d: not now", to, r.code)}
	case 5:
		return &ending{report.OutcomeRejected, r.code, fmt.Sprintf("%s was answered by %d: no", to, r.code)}
	}
	return &ending{report.OutcomeProtocol, r.code, fmt.Sprintf("%s was answered by %d, which means nothing there", to, r.code)}
}

// fault is the ending by an error while we waited for something.
func (c *conversation) fault(ctx context.Context, err error, what string) *ending {
	var no unspoken
	switch {
	case ctx.Err() != nil:
		c.broken = true
		return &ending{report.OutcomeUntried, 0, "stopped"}
	case errors.As(err, &no):
		return &ending{report.OutcomeProtocol, 0, fmt.Sprintf("the %s %s", what, no)}
	case errors.Is(err, errSession):
		c.broken = true
		c.full()
		return &ending{report.OutcomeProtocol, 0, fmt.Sprintf("more than %d octets in one conversation", maxSession)}
	case timedOut(err):
		return &ending{report.OutcomeTimeout, 0, c.slow(what)}
	}
	c.broken = true
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" && c.tls != nil && !c.inside {
		return c.refused(op)
	}
	c.cutOff()
	return &ending{report.OutcomeClosed, 0, fmt.Sprintf("while we waited for the %s: %s", what, c.cause(err))}
}

// full notes that the conversation went beyond its bound.
func (c *conversation) full() {
	c.said.limit("probe.maxSession", maxSession, fmt.Sprintf("the conversation has more than %d octets", maxSession))
}

// slow says how long we waited, and how long others do. Those are the least times that
// a client should wait, "based on extensive experience with busy mail-relay hosts"
// (RFC 5321 section 4.5.3.2).
func (c *conversation) slow(what string) string {
	waited := inSeconds(time.Since(c.since))
	some := ""
	if c.wire.lines > 0 {
		some = "whole "
	}
	if !time.Now().Before(c.raw.end) {
		waited += ", with which the whole conversation had taken its " + inSeconds(sessions*c.patience)
	}
	if what == "greeting" {
		return fmt.Sprintf("no %sgreeting in %s; servers that send mail wait 5 minutes for it (RFC 5321 section 4.5.3.2.1)", some, waited)
	}
	return fmt.Sprintf("no %s%s in %s; servers that send mail wait 5 minutes as a rule (RFC 5321 section 4.5.3.2)", some, what, waited)
}

// cause says in words why reading or writing ended.
func (c *conversation) cause(err error) string {
	var no unspoken
	var op *net.OpError
	switch {
	case errors.As(err, &no):
		return "what came " + string(no)
	case timedOut(err):
		return "nothing came in " + inSeconds(farewell)
	case errors.Is(err, syscall.ECONNRESET):
		return "the server reset the connection"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, syscall.EPIPE):
		return "the server closed the connection"
	case errors.As(err, &op):
		return "the connection broke: " + op.Err.Error() // Without the addresses, which the report has.
	}
	return "the connection broke: " + err.Error()
}

// refused is the ending by a server that did not like our side of the handshake: in TLS
// 1.3 it can say so only when the handshake is over for us (RFC 8446 section 4.4.2.4,
// where it is about certificates of clients).
func (c *conversation) refused(alert *net.OpError) *ending {
	why := alertText(alert.Err.Error())
	c.e.Phase, c.e.StartTLS = report.PhaseTLS, report.StartTLSFailed
	c.e.TLS.Outcome, c.e.TLS.Why = report.OutcomeTLS, why
	return &ending{report.OutcomeTLS, 0, why}
}

// inSeconds writes a time as people do: "30 s", "0.4 s".
func inSeconds(d time.Duration) string {
	return strconv.FormatFloat(math.Round(d.Seconds()*10)/10, 'f', -1, 64) + " s"
}
