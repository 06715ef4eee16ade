package dns

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	defaultTimeout  = 5 * time.Second // As in resolv.conf(5), and so the attempts.
	defaultAttempts = 2
)

// Client asks recursive resolvers, the first first, the others when it gives no
// answer. Its methods may be used by many goroutines once the fields are set.
type Client struct {
	Servers  []Server
	Timeout  time.Duration // For one try of one server; 0 is five seconds.
	Attempts int           // Rounds through the servers; 0 is two.

	Roots *x509.CertPool // For DNS over TLS; nil for the system's.
	Now   func() time.Time
	Dial  func(ctx context.Context, network, address string) (net.Conn, error)

	direct bool // No recursion is asked for: see Authoritative.

	mu         sync.Mutex
	idle       map[Server]net.Conn // DNS over TLS: a connection that can be used again.
	validating map[Server]bool     // Whether servers on a trusted path validate, once known.
}

// Lookup asks. A name that is an alias is followed, by asking again where a resolver
// has left that to us.
func (c *Client) Lookup(ctx context.Context, name string, t Type) (*Answer, error) {
	q, bad := newQuestion(name, t)
	if bad != nil {
		return nil, bad
	}
	a := &Answer{Name: q.name, Type: t, Secure: SecureYes}
	ttl := time.Duration(-1)
	for at := q; ; {
		r, fail := c.ask(ctx, at, usual)
		if fail != nil {
			fail.Name, fail.Time = q.name, c.now()
			return nil, fail
		}
		a.Alias = append(a.Alias, r.alias...)
		a.Secure = weaker(a.Secure, r.secure)
		if ttl < 0 || r.ttl < ttl {
			ttl = r.ttl
		}
		if !r.open {
			a.Status, a.Records, a.TTL = r.status, r.records, ttl
			a.Server, a.Time = r.server.String(), c.now()
			return a, nil
		}
		if len(a.Alias) > maxAliases {
			fail = q.fail(r.server.String(), AliasLoop, errAliasLoop)
			fail.Time = c.now()
			return nil, fail
		}
		at.name = a.Alias[len(a.Alias)-1]
	}
}

// weaker is what can be said of two answers together.
func weaker(a, b Secure) Secure {
	if a == Unverified || b == Unverified {
		return Unverified
	}
	if a == Insecure || b == Insecure {
		return Insecure
	}
	return a
}

func (c *Client) now() time.Time {
	now := c.Now
	if now == nil {
		now = time.Now
	}
	return now().UTC().Round(0) // So that it is the same after it was stored.
}

// verdict is a reply together with who gave it and what that is worth.
type verdict struct {
	*reply
	server Server
	secure Secure
}

// ask goes through the servers. One that has said that it will not or cannot answer is
// not asked again; silence and noise are given another chance.
func (c *Client) ask(ctx context.Context, q question, how manner) (verdict, *Error) {
	if len(c.Servers) == 0 {
		return verdict{}, q.fail("", Network, errors.New("no DNS server is known; name one with --resolver ADDRESS"))
	}
	var worst *Error
	declined := make([]bool, len(c.Servers))
	for range min(cmp.Or(c.Attempts, defaultAttempts), maxAttempts) {
		for i, s := range c.Servers {
			if declined[i] {
				continue
			}
			v, fail := c.try(ctx, s, q, how)
			if fail == nil {
				return v, nil
			}
			switch fail.Cause {
			case AliasLoop:
				return verdict{}, fail
			case ServFail, Refused:
				declined[i] = true
			}
			if worst == nil || tells(fail) >= tells(worst) {
				worst = fail
			}
			if err := ctx.Err(); err != nil {
				return verdict{}, ended(ctx, worst, fail)
			}
		}
	}
	return verdict{}, worst
}

// tells orders failures: what a server said tells more than what it did not say.
func tells(e *Error) int {
	switch {
	case e.Secure == Bogus:
		return 3
	case e.Cause == ServFail || e.Cause == Refused:
		return 2
	case e.Cause == Malformed:
		return 1
	}
	return 0
}

// ended is the failure of a question whose context has ended.
func ended(ctx context.Context, worst, last *Error) *Error {
	if errors.Is(ctx.Err(), context.Canceled) {
		last.Cause, last.Secure, last.Err = Canceled, "", ctx.Err()
		return last
	}
	return worst
}

// try asks one server once, with all that belongs to that: without EDNS if it does not
// know that, over TCP if UDP was too small.
func (c *Client) try(ctx context.Context, s Server, q question, how manner) (verdict, *Error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Timeout, defaultTimeout))
	defer cancel()
	r, err := c.exchange(ctx, s, q, how)
	if err == nil && (r.rcode == dns.RcodeFormatError || r.rcode == dns.RcodeNotImplemented || r.rcode == dns.RcodeBadVers) {
		without := plain // RFC 6891 section 7.
		without.signatures = how.signatures
		r, err = c.exchange(ctx, s, q, without)
	}
	if err != nil {
		return verdict{}, q.fail(s.String(), causeOf(err), bare(err))
	}
	switch {
	case r.rcode == dns.RcodeRefused:
		return verdict{}, q.fail(s.String(), Refused, r.why())
	case r.lame:
		return verdict{}, q.fail(s.String(), Refused, errors.New("the server neither answers for this name nor asks others"))
	case r.rcode == dns.RcodeFormatError || r.rcode == dns.RcodeNotImplemented:
		return verdict{}, q.fail(s.String(), Refused, r.why())
	case r.rcode != dns.RcodeSuccess && r.rcode != dns.RcodeNameError:
		fail := q.fail(s.String(), ServFail, r.why())
		if !how.unchecked && c.bogus(ctx, s, q, r) {
			fail.Secure = Bogus
			fail.Err = errors.New(ValidationFailed)
		}
		return verdict{}, fail
	}
	if how.signatures {
		return verdict{r, s, Unverified}, nil
	}
	return verdict{r, s, c.secure(ctx, s, r)}, nil
}

// why says more than the cause does, where there is more.
func (r *reply) why() error {
	var text string
	if r.rcode != dns.RcodeServerFailure && r.rcode != dns.RcodeRefused {
		text = dns.RcodeToString[r.rcode]
		if text == "" {
			text = fmt.Sprint("RCODE ", r.rcode)
		}
	}
	if r.extended >= 0 {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprint("extended error ", r.extended) // RFC 8914 section 4 lists them. Their text is a stranger's.
	}
	if text == "" {
		return nil
	}
	return errors.New(text)
}

// bogus finds out whether a resolver failed because signatures are wrong: then it has
// an answer when it is told not to check (RFC 4035 section 3.2.2). That answer is not
// used.
func (c *Client) bogus(ctx context.Context, s Server, q question, r *reply) bool {
	if r.rcode != dns.RcodeServerFailure || !s.trusted() {
		return false
	}
	r, err := c.exchange(ctx, s, q, unchecked)
	return err == nil && (r.rcode == dns.RcodeSuccess || r.rcode == dns.RcodeNameError) && !r.lame
}

func (c *Client) secure(ctx context.Context, s Server, r *reply) Secure {
	switch {
	case !s.trusted():
		return Unverified
	case r.authentic:
		return SecureYes
	case c.validates(ctx, s):
		return Insecure
	}
	return Unverified
}

// validates asks a server once for something that is surely signed, the name servers
// of the root: without that, "not signed" cannot be told from "does not look". One that
// does not answer that is not asked again: it would cost each answer a time-out.
func (c *Client) validates(ctx context.Context, s Server) bool {
	c.mu.Lock()
	yes, known := c.validating[s]
	c.mu.Unlock()
	if known {
		return yes
	}
	r, err := c.exchange(ctx, s, question{"", NS}, usual)
	if causeOf(err) == Canceled {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.validating == nil {
		c.validating = map[Server]bool{}
	}
	c.validating[s] = err == nil && r.authentic && r.status == Found
	return c.validating[s]
}
