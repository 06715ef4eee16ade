package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// Bounds of a fetch: RFC 8461 section 3.3 suggests one minute and 64 KiB (maxPolicy).
const (
	fetchTime      = time.Minute // In all, the questions to the DNS with it.
	fetchAddresses = 4           // That are tried, one after the other, until one lets us connect.
	fetchHeader    = 64 << 10    // Octets of the header of the answer.
	fetchPort      = 443
)

// fetched is a file of a web server, or why there is none.
type fetched struct {
	url     string
	outcome report.Outcome
	why     string            // In words; "" with "ok".
	unknown bool              // What others would get is not known.
	status  int               // Of HTTP; 0 when none came.
	kind    string            // The media type, without its parameters.
	body    []byte            // With "ok" alone.
	from    netip.AddrPort    // Where it came from.
	raw     net.Conn          // Without TLS; nil where we were not connected.
	asked   bool              // A connection was tried.
	dns     []lookup          // Of its addresses.
	wrong   []report.Evidence // The certificate, where it is what was wrong.
}

// fail says how the fetch ended, unless that was said: what went wrong first is the cause.
func (f *fetched) fail(outcome report.Outcome, unknown bool, format string, args ...any) {
	if f.outcome == "" {
		f.outcome, f.unknown, f.why = outcome, unknown, fmt.Sprintf(format, args...)
	}
}

// fetch asks a host for a file by HTTPS, as a sender of mail asks for a policy (RFC 8461
// section 3.3): with a certificate that holds for the host, status 200 alone, and without
// redirects. Its addresses come from the resolver of the report, and what is connected to
// is the very address that was looked at. There is no proxy, no cookie, no compression and
// no second try.
func (p *Prober) fetch(ctx context.Context, asks dns.Resolver, host, path string) (f *fetched) {
	f = &fetched{url: "https://" + host + path}
	defer func() {
		if v := recover(); v != nil {
			f.fail(report.OutcomeUntried, true, "%s", failedHere(v))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	addresses := p.webAddresses(ctx, asks, host, f)
	if f.outcome != "" {
		return f
	}
	conn := p.dialWeb(ctx, f, host, addresses)
	if conn == nil {
		return f
	}
	defer f.raw.Close() // Without the farewell of TLS, for which a server that does not listen lets us wait.
	transport := &http.Transport{
		DisableCompression: true, DisableKeepAlives: true, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: fetchHeader,
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}
	client := http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, nil)
	if err != nil {
		f.fail(report.OutcomeUntried, true, "the name cannot be asked for: %v", err)
		return f
	}
	request.Header.Set("User-Agent", strings.TrimSuffix("mailtrace/"+p.Version, "/"))
	request.Header.Set("Accept", "text/plain")
	answer, err := client.Do(request)
	if err != nil {
		f.broke(ctx, err)
		return f
	}
	defer answer.Body.Close()
	f.read(ctx, answer)
	return f
}

// broke says why no answer came, or not all of it.
func (f *fetched) broke(ctx context.Context, err error) {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		f.fail(report.OutcomeTimeout, true, "the web server did not answer in full within %d seconds", int(fetchTime.Seconds()))
	case ctx.Err() != nil:
		f.fail(report.OutcomeUntried, true, "mailtrace was stopped while it asked the web server")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.EPIPE):
		f.fail(report.OutcomeClosed, false, "the web server closed the connection before it had answered in full")
	default:
		if failureOf(err).outcome == report.OutcomeClosed {
			f.fail(report.OutcomeClosed, false, "the web server cut the connection before it had answered in full (reset)")
			return
		}
		if outer := (*url.Error)(nil); errors.As(err, &outer) {
			err = outer.Err
		}
		f.fail(report.OutcomeProtocol, false, "what the web server sent is no answer of HTTP: %s", clipped(err.Error(), maxWhy))
	}
}

// read takes the answer.
func (f *fetched) read(ctx context.Context, answer *http.Response) {
	f.status = answer.StatusCode
	if f.kind, _, _ = mime.ParseMediaType(answer.Header.Get("Content-Type")); f.kind == "" {
		f.kind = clipped(answer.Header.Get("Content-Type"), maxShown)
	}
	switch location := answer.Header.Get("Location"); {
	case f.status/100 == 3 && location != "":
		f.fail(report.OutcomeRejected, false, "the web server answered %s and sent us on to %s, where senders must not go", statusText(answer), quoted(location))
		return
	case f.status != http.StatusOK:
		f.fail(report.OutcomeRejected, false, "the web server answered %s", statusText(answer))
		return
	case answer.Header.Get("Content-Encoding") != "":
		f.fail(report.OutcomeProtocol, false, "the web server sent it compressed (%s), which nobody asked for", quoted(answer.Header.Get("Content-Encoding")))
		return
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxPolicy+1))
	switch {
	case len(body) > maxPolicy:
		f.fail(report.OutcomeProtocol, false, "it is larger than %s, and senders read no more", counted(maxPolicy, "octet", "octets"))
	case err != nil || ctx.Err() != nil: // The end of our time can look like that of the file.
		f.broke(ctx, err)
	default:
		f.outcome, f.body = report.OutcomeOK, body
	}
}

// statusText is the status as people know it: `404 (Not Found)`.
func statusText(answer *http.Response) string {
	if text := http.StatusText(answer.StatusCode); text != "" {
		return fmt.Sprintf("%d (%s)", answer.StatusCode, text)
	}
	return fmt.Sprint(answer.StatusCode)
}

// webAddresses are the addresses of a web server that may be connected to: of both
// families by turns, IPv4 first.
func (p *Prober) webAddresses(ctx context.Context, asks dns.Resolver, name string, f *fetched) []netip.Addr {
	s := p.servers()
	s.hosts = []host{{Host: report.Host{Name: name, Role: report.RoleNamed}}}
	s.resolve(ctx, asks)
	h := &s.hosts[0]
	for _, l := range [...]lookup{h.a, h.aaaa} {
		if l.asked() {
			f.dns = append(f.dns, l)
		}
	}
	var v4, v6, all []netip.Addr
	for _, a := range h.addresses {
		switch {
		case !p.AllowPrivate && forbidden(a) != "":
		case a.Is4():
			v4 = append(v4, a)
		default:
			v6 = append(v6, a)
		}
	}
	for i := range max(len(v4), len(v6)) {
		all = slices.Concat(all, v4[min(i, len(v4)):min(i+1, len(v4))], v6[min(i, len(v6)):min(i+1, len(v6))])
	}
	switch {
	case len(all) > 0:
	case h.Cause != "":
		f.fail(report.OutcomeUntried, true, "the address of %s is not known: %s", name, s.lacks(h))
	case h.Status == statusReserved:
		f.fail(report.OutcomeForbidden, false, "no sender gets to %s: %s", name, s.lacks(h))
	default:
		f.fail(report.OutcomeUntried, p.NoIPv4 || p.NoIPv6, "%s has no address: %s", name, s.lacks(h))
	}
	return all[:min(len(all), fetchAddresses)]
}

// dialWeb connects to the first address that lets us, and goes over to TLS.
func (p *Prober) dialWeb(ctx context.Context, f *fetched, host string, addresses []netip.Addr) net.Conn {
	dial := p.Dial
	if dial == nil {
		dial = p.dial
	}
	f.asked = true
	var first failure // That of the first address stands for all.
	var from netip.AddrPort
	for _, a := range addresses {
		f.from = netip.AddrPortFrom(a, fetchPort)
		within, cancel := context.WithTimeout(ctx, fetchTime/fetchAddresses)
		conn, err := dial(within, f.from)
		late := within.Err() != nil && ctx.Err() == nil
		cancel()
		if err == nil {
			return p.secureWeb(ctx, f, host, conn)
		}
		if first.outcome == "" {
			first = failureOf(err)
			if late {
				first = failure{report.OutcomeTimeout, fmt.Sprintf("nobody answered in %s", fetchTime/fetchAddresses)}
			}
			first.why, from = fmt.Sprintf("%s: %s", f.from, first.why), f.from
		}
	}
	f.from = from
	if ctx.Err() != nil && first.outcome != report.OutcomeTimeout {
		f.broke(ctx, ctx.Err())
		return nil
	}
	certain := first.outcome == report.OutcomeRefused || first.outcome == report.OutcomeClosed
	f.fail(first.outcome, !certain, "the web server cannot be connected to: %s", first.why)
	return nil
}

// webCertificate begins why a policy could not be fetched, where the certificate was the
// cause. A TLS report tells that from a handshake that failed by these words.
const webCertificate = "the certificate of the web server"

// secureWeb goes over to TLS, by a certificate that holds for the host alone.
func (p *Prober) secureWeb(ctx context.Context, f *fetched, host string, conn net.Conn) net.Conn {
	f.raw = conn
	roots := p.run.authorities.roots(p.Roots)
	secure := tls.Client(conn, &tls.Config{
		ServerName: host, RootCAs: roots, Time: p.now,
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	})
	err := secure.HandshakeContext(ctx)
	if err == nil {
		return secure
	}
	conn.Close()
	var wrong *tls.CertificateVerificationError
	if errors.As(err, &wrong) {
		text := strings.TrimPrefix(wrong.Err.Error(), "x509: ")
		if len(wrong.UnverifiedCertificates) > 0 {
			c := wrong.UnverifiedCertificates[0]
			f.wrong = []report.Evidence{certificateEvidence("certificate of %s: %s, valid from %s to %s, issued by %s",
				f.from, nameText(c.Subject), dayText(c.NotBefore), dayText(c.NotAfter), nameText(c.Issuer))}
		}
		// Without authorities nothing holds here, and may elsewhere.
		f.fail(report.OutcomeTLS, roots == nil, webCertificate+" does not hold for %s: %s", host, clipped(text, maxWhy))
		return nil
	}
	outcome, why := handshakeFailure(ctx, err)
	f.fail(outcome, outcome != report.OutcomeTLS, "TLS with the web server failed: %s", why)
	return nil
}
