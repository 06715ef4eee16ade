package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// Purposes of further handshakes, in the words of a report.
const (
	purposeTLS13   = "TLS 1.3 alone"
	purposeRSA     = "TLS 1.2 with forward secrecy, an RSA certificate"
	purposeECDSA   = "TLS 1.2 with forward secrecy, an ECDSA certificate"
	purposeStatic  = "TLS 1.2 without forward secrecy"
	purposeTLS11   = "TLS 1.1 alone"
	purposeTLS10   = "TLS 1.0 alone"
	purposeNoName  = "no server name (SNI)"
	purposeSmall   = "a small first message, without post-quantum groups"
	purposeDHE     = "TLS 1.2 with finite-field Diffie-Hellman"
	purposeNoCrypt = "broken encryption alone (none, export, DES, RC4)"
)

// attempt is one further handshake: another first message, which tells what else a
// server would do.
type attempt struct {
	purpose  string
	set      func(*tls.Config)
	suites   []suite                      // Those of a first message that crypto/tls cannot write; else nil.
	needless func(*report.Handshake) bool // The handshake of the conversation answers the question already.
}

// attempts are the handshakes of --tls full, furtherConnections of them at most.
func attempts() []attempt {
	only := func(version uint16, like ...string) func(*tls.Config) {
		return func(c *tls.Config) {
			c.MinVersion, c.MaxVersion = version, version
			c.CipherSuites = slices.DeleteFunc(c.CipherSuites, func(id uint16) bool {
				return !strings.HasPrefix(tls.CipherSuiteName(id), "TLS_"+strings.Join(like, ""))
			})
		}
	}
	spoke := func(version, cipher string) func(*report.Handshake) bool {
		return func(h *report.Handshake) bool {
			return h.Outcome == report.OutcomeOK && h.Version == version && strings.HasPrefix(h.Cipher, cipher)
		}
	}
	return []attempt{
		{purpose: purposeTLS13, set: only(tls.VersionTLS13), needless: spoke("TLS 1.3", "")},
		{purpose: purposeRSA, set: only(tls.VersionTLS12, "ECDHE_RSA_"), needless: spoke("TLS 1.2", "TLS_ECDHE_RSA_")},
		{purpose: purposeECDSA, set: only(tls.VersionTLS12, "ECDHE_ECDSA_"), needless: spoke("TLS 1.2", "TLS_ECDHE_ECDSA_")},
		{purpose: purposeStatic, set: only(tls.VersionTLS12, "RSA_"), needless: spoke("TLS 1.2", "TLS_RSA_")},
		{purpose: purposeTLS11, set: only(tls.VersionTLS11), needless: spoke("TLS 1.1", "")},
		{purpose: purposeTLS10, set: only(tls.VersionTLS10), needless: spoke("TLS 1.0", "")},
		{purpose: purposeNoName, set: func(c *tls.Config) { c.ServerName = "" }, needless: func(h *report.Handshake) bool { return h.ServerName == "" }},
		// Post-quantum key shares make the first message larger than one packet, and
		// some servers and firewalls die of that (openssl issue 27557).
		{purpose: purposeSmall, set: func(c *tls.Config) {
			c.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
		}, needless: func(h *report.Handshake) bool { return h.Outcome == report.OutcomeOK }},
		{purpose: purposeDHE, suites: suitesDHE()},
		{purpose: purposeNoCrypt, suites: suitesBroken()},
	}
}

// further does the handshakes of --tls full with a server whose conversation is over and
// stands in e, and adds them and the certificates that they bring. Open gives a connection
// on which the server expects TLS next. Where it fails once the server is asked no more:
// what is left is untried. What was sent is given for each certificate that was added.
func (p *Prober) further(ctx context.Context, t target, e *report.Endpoint, open func(context.Context) (net.Conn, error)) (chains [][]*x509.Certificate) {
	if e.TLS == nil {
		return nil
	}
	closed := ""
	for _, a := range attempts() {
		if a.needless != nil && a.needless(e.TLS) {
			continue
		}
		h := report.Handshake{Purpose: a.purpose, Outcome: report.OutcomeUntried, Why: closed}
		if closed == "" {
			conn, err := open(ctx)
			if err != nil {
				closed = "no further connection came about: " + clipped(err.Error(), maxWhy)
				h.Why = closed
			} else {
				var sent []*x509.Certificate
				h, sent = p.attempt(ctx, conn, t, &a)
				if p.addCertificate(e, t, &h, sent) {
					chains = append(chains, sent)
				}
			}
		}
		e.Handshakes = append(e.Handshakes, h)
	}
	return chains
}

// attempt does one handshake and closes the connection.
func (p *Prober) attempt(ctx context.Context, conn net.Conn, t target, a *attempt) (report.Handshake, []*x509.Certificate) {
	if a.suites != nil {
		h := p.hello(ctx, conn, serverName(t), a.suites)
		h.Purpose = a.purpose
		return h, nil
	}
	config := widest(t)
	a.set(config)
	c, h, sent := p.shake(ctx, conn, config)
	h.Purpose = a.purpose
	if c == nil {
		return h, nil
	}
	goodbye(conn, c, t.implicit)
	return h, sent
}

// goodbye says QUIT, which a client may at any time (RFC 5321 section 4.1.1.10), waits a
// moment for the answer, and closes the connection. With TLS from the first byte the
// server greets first.
func goodbye(conn net.Conn, c *tls.Conn, implicit bool) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(farewell))
	buffer := make([]byte, 512) // A reply line has no more (RFC 5321 section 4.5.3.1.5).
	if implicit {
		if _, err := c.Read(buffer); err != nil {
			return
		}
	}
	if _, err := io.WriteString(c, "QUIT\r\n"); err != nil {
		return
	}
	if _, err := c.Read(buffer); err != nil {
		return
	}
	_ = c.CloseWrite()
}

// addCertificate judges what a further handshake brought and keeps it, if it was not seen
// before. What a server shows to a client that names no host is none of this host: it is
// free to show anything (RFC 7672 section 8.1).
func (p *Prober) addCertificate(e *report.Endpoint, t target, h *report.Handshake, sent []*x509.Certificate) bool {
	if len(sent) == 0 || h.Purpose == purposeNoName {
		return false
	}
	c := p.certificate(sent, t.host, p.now())
	if slices.ContainsFunc(e.Certificates, func(have report.Certificate) bool { return have.SHA256 == c.SHA256 }) {
		return false
	}
	e.Certificates = append(e.Certificates, c)
	return true
}
