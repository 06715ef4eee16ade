package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"

	"mailtrace/report"
)

// handshake goes over to TLS, without verifying anything: the facts are wanted most where
// verification fails. The connection is nil, and closed, when it failed; why stands in the
// Handshake. Certificates that were sent before it failed are there all the same.
func (p *Prober) handshake(ctx context.Context, conn net.Conn, t target) (*tls.Conn, report.Handshake, []*x509.Certificate) {
	return p.shake(ctx, conn, widest(t))
}

// widest is a configuration that talks to as many servers as crypto/tls can: TLS 1.0 and
// RC4 too, since what an old server does speak is what its owner needs to know. Nothing
// secret goes through the connection.
func widest(t target) *tls.Config {
	var suites []uint16
	for _, s := range tls.CipherSuites() {
		suites = append(suites, s.ID)
	}
	for _, s := range tls.InsecureCipherSuites() {
		suites = append(suites, s.ID)
	}
	return &tls.Config{
		InsecureSkipVerify: true, // The certificate is judged afterwards, for what it is.
		MinVersion:         tls.VersionTLS10,
		CipherSuites:       suites,
		ServerName:         serverName(t),
	}
}

// serverName is what is asked for by SNI: the name of the MX host (RFC 8461 section 7.1),
// none where the host is an address, which RFC 6066 section 3 does not permit there.
func serverName(t target) string {
	if _, err := netip.ParseAddr(t.host); err == nil {
		return ""
	}
	return t.host
}

// shake does a handshake as configured.
func (p *Prober) shake(ctx context.Context, conn net.Conn, config *tls.Config) (*tls.Conn, report.Handshake, []*x509.Certificate) {
	// Of the handshake as a whole: a server that sends it octet by octet ends there too.
	ctx, cancel := context.WithTimeout(ctx, p.patience())
	defer cancel()
	h := report.Handshake{Outcome: report.OutcomeOK, ServerName: config.ServerName}
	c := tls.Client(conn, config)
	err := c.HandshakeContext(ctx)
	state := c.ConnectionState()
	if err != nil {
		// Not c.Close: that waits for up to five seconds to say goodbye.
		conn.Close()
		h.Outcome, h.Why = handshakeFailure(ctx, err)
		return nil, h, state.PeerCertificates
	}
	h.Version = tls.VersionName(state.Version)
	h.Cipher = tls.CipherSuiteName(state.CipherSuite)
	h.Group = groupName(state.CurveID)
	h.Retry = state.HelloRetryRequest
	h.Stapled = len(state.OCSPResponse) > 0
	h.SCTs = len(state.SignedCertificateTimestamps)
	return c, h, state.PeerCertificates
}

// groupName is the name of a group in IANA's registry "TLS Supported Groups"; "" for none.
func groupName(id tls.CurveID) string {
	switch id {
	case 0:
		return ""
	case tls.CurveP256:
		return "secp256r1"
	case tls.CurveP384:
		return "secp384r1"
	case tls.CurveP521:
		return "secp521r1"
	}
	return id.String()
}
