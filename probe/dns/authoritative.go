package dns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// ErrNotAuthoritative is beneath the failure of a server that answers and does not hold
// the zone: it refuses, names other servers, or tells what it once heard.
var ErrNotAuthoritative = errors.New("the server does not hold this zone")

// Authoritative asks one name server what it holds itself, without recursion (RFC 1034
// section 4.3.1). What does not have the AA bit (RFC 1035 section 4.1.1) is no answer, but
// a failure of the cause Refused with ErrNotAuthoritative beneath. An alias that leads out
// of what the server says is not followed: Alias of the Answer has it, and Status is
// NoData. Nothing is verified by DNSSEC.
//
// Its address is written by a stranger: who makes one says before that it may be asked.
// The zero value with a Server works; it may be used by many goroutines.
type Authoritative struct {
	Server  netip.AddrPort
	Timeout time.Duration // For one try; 0 is five seconds. There are two.

	Now  func() time.Time
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Lookup asks the one server: over UDP, and over TCP where that is too small.
func (a *Authoritative) Lookup(ctx context.Context, name string, t Type) (*Answer, error) {
	q, bad := newQuestion(name, t)
	if bad != nil {
		return nil, bad
	}
	s := Server{Address: a.Server}
	c := &Client{Servers: []Server{s}, Timeout: a.Timeout, Now: a.Now, Dial: a.Dial, direct: true}
	var fail *Error
	for range defaultAttempts {
		var r *reply
		if r, fail = c.directly(ctx, s, q); fail == nil {
			status := r.status
			if r.open {
				status = NoData
			}
			return &Answer{
				Name: q.name, Type: t, Status: status, Alias: r.alias, Records: r.records,
				Secure: Unverified, Server: s.String(), Time: c.now(), TTL: max(r.ttl, 0),
			}, nil
		}
		// Silence and noise are given another chance.
		if fail.Cause != Timeout && fail.Cause != Malformed || ctx.Err() != nil {
			break
		}
	}
	fail.Time = c.now()
	if errors.Is(ctx.Err(), context.Canceled) {
		fail.Cause, fail.Err = Canceled, ctx.Err()
	}
	return nil, fail
}

// directly asks once, and says what the reply of a name server is worth.
func (c *Client) directly(ctx context.Context, s Server, q question) (*reply, *Error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := c.exchange(ctx, s, q, usual)
	if err == nil && (r.rcode == dns.RcodeFormatError || r.rcode == dns.RcodeNotImplemented || r.rcode == dns.RcodeBadVers) {
		r, err = c.exchange(ctx, s, q, plain) // RFC 6891 section 7.
	}
	switch {
	case err != nil:
		return nil, q.fail(s.String(), causeOf(err), bare(err))
	case r.rcode == dns.RcodeRefused || r.rcode == dns.RcodeNotAuth:
		return nil, q.fail(s.String(), Refused, ErrNotAuthoritative)
	case r.rcode == dns.RcodeFormatError || r.rcode == dns.RcodeNotImplemented:
		return nil, q.fail(s.String(), Malformed, r.why())
	case r.rcode != dns.RcodeSuccess && r.rcode != dns.RcodeNameError:
		return nil, q.fail(s.String(), ServFail, r.why())
	case !r.owns:
		return nil, q.fail(s.String(), Refused, ErrNotAuthoritative)
	}
	return r, nil
}
