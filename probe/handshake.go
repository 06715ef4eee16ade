package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"time"

	"mailtrace/report"
)

// handshake goes over to TLS, without verifying anything: the facts are wanted most where
// verification fails. The connection is nil when it failed; why stands in the Handshake.
func (p *Prober) handshake(ctx context.Context, conn net.Conn, t target) (*tls.Conn, report.Handshake, []*x509.Certificate) {
	panic("not yet")
}

// certificate judges what a server sent, its own certificate first, for the name of the
// host.
func (p *Prober) certificate(sent []*x509.Certificate, name string, now time.Time, h *report.Handshake) report.Certificate {
	panic("not yet")
}
