package probe

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"mailtrace/report"
)

// speakFurther does what --tls full adds, with connections that keep the pace: one after
// the other, apart, and as many as the budget has.
func (p *Prober) speakFurther(ctx context.Context, turn *turn, v *visited) {
	var last net.Conn
	end := func() {
		if last != nil {
			last.Close()
		}
	}
	defer func() { end() }()
	chains := p.further(ctx, turn.t, &v.endpoint, func(ctx context.Context) (net.Conn, error) {
		end() // Should it still be open.
		if why := turn.await(ctx); why != "" {
			return nil, errors.New(why)
		}
		v.connections++
		conn, failed := p.connect(ctx, turn.t)
		if conn == nil {
			turn.closed()
			return nil, errors.New(failed.why)
		}
		last = &closing{Conn: conn, after: turn.closed}
		if turn.t.implicit {
			return last, nil
		}
		return p.upToTLS(ctx, last, turn)
	})
	for _, sent := range chains {
		v.keepChain(p, sent)
	}
}

// upToTLS talks on a connection until the server expects TLS.
func (p *Prober) upToTLS(ctx context.Context, conn net.Conn, turn *turn) (net.Conn, error) {
	var e report.Endpoint // Of what was said before it was all told by the conversation.
	c := p.conversation(conn, turn.t, &e, time.Now())
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	end := c.greeting(ctx)
	if end == nil {
		_, end = c.hello(ctx)
	}
	ready := false
	if end == nil {
		ready, end = c.startTLS(ctx)
	}
	if ready {
		c.discard()
		return c.raw, nil
	}
	c.quit(ctx)
	conn.Close()
	if end == nil {
		return nil, errors.New("this time, STARTTLS was answered with no")
	}
	e.Outcome, e.Code = end.outcome, &end.code
	if saidLater(&e) {
		turn.stop()
	}
	return nil, errors.New(end.why)
}

// closing is a connection with something that has to be done after it.
type closing struct {
	net.Conn
	once  sync.Once
	after func()
}

func (c *closing) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.after)
	return err
}
