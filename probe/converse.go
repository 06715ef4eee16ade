package probe

import (
	"context"
	"net"

	"mailtrace/report"
)

// converse has the whole conversation on a connection that was just opened, and closes
// it. What was seen stands in e.
func (p *Prober) converse(ctx context.Context, conn net.Conn, t target, e *report.Endpoint) {
	panic("not yet")
}
