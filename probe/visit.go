package probe

import (
	"context"
	"net/netip"

	"mailtrace/report"
)

// Pace is how often others may be asked.
type Pace struct{}

// run is what one run shares.
type run struct {
	authorities authorities
}

// target is one server at one address and port.
type target struct {
	host     string // Its name, for SNI and for the certificate.
	address  netip.AddrPort
	implicit bool // TLS from the first byte.
}

// visit speaks to a server, or gives what was heard when it was spoken to earlier.
func (p *Prober) visit(ctx context.Context, t target) report.Endpoint { panic("not yet") }
