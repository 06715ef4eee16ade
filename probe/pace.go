package probe

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Pace is how often others may be asked. Whoever is asked too often blocks the asker, and
// then learns nothing more of him: servers were seen that allow two connections in a
// minute. The zero Pace has the defaults; a value below zero takes a bound away, which is
// for servers of one's own.
type Pace struct {
	// Apart is how long an address is left alone between the end of a connection and
	// the next one. There is never more than one at a time.
	Apart time.Duration // 2 s when 0.

	// Rate and Burst bound new connections to one network, which is a /24 of IPv4 or
	// a /48 of IPv6: a large provider has a host name for each of its customers.
	Rate  float64 // In a second; 2 when 0.
	Burst int     // At once, after it was left alone; 8 when 0.

	// Connections to one host at one of its addresses in a run. When 0, one for each
	// port that the user named, and 3 at least; as many times more as --tls full opens.
	PerHost int
	Open    int // Connections that are open at a time, to all; 256 when 0.
}

// Defaults of a Pace.
const (
	defaultApart   = 2 * time.Second
	defaultRate    = 2
	defaultBurst   = 8
	defaultPerHost = 3   // One for each port that mail is taken at: 25, 587, 465.
	defaultOpen    = 256 // A process may have 1,024 files open on many systems.
)

// Networks for which Rate counts.
const (
	networkIPv4 = 24
	networkIPv6 = 48
)

// withDefaults is the pace with every field set.
func (c Pace) withDefaults(ports int, full bool) Pace {
	c.Apart = cmp.Or(c.Apart, defaultApart)
	c.Rate = cmp.Or(c.Rate, defaultRate)
	c.Burst = cmp.Or(c.Burst, defaultBurst)
	c.Open = cmp.Or(c.Open, defaultOpen)
	if c.PerHost == 0 {
		c.PerHost = max(defaultPerHost, ports)
		if full {
			c.PerHost *= 1 + furtherConnections
		}
	}
	return c
}

// String tells the pace, for those who want to know before they probe.
func (c Pace) String() string {
	c = c.withDefaults(0, false)
	text := "one connection at a time to an address"
	if c.Apart > 0 {
		text += " and " + inSeconds(c.Apart) + " between two"
	}
	if c.Rate > 0 {
		text += fmt.Sprintf("; to a network (/%d, /%d) %d at once, then %g more in a second", networkIPv4, networkIPv6, max(c.Burst, 1), c.Rate)
	}
	if c.PerHost > 0 {
		text += fmt.Sprintf("; %d to each address of a host, and then no more", c.PerHost)
	}
	if c.Open > 0 {
		text += fmt.Sprintf("; %d open at a time in all", c.Open)
	}
	return text + "; none any more to whoever answers 421"
}

// pacer makes all visits of a run keep the pace. What it remembers has a bound.
type pacer struct {
	Pace
	open chan struct{} // As many as may be open; nil for no bound.

	addresses gates[netip.Addr]
	networks  gates[netip.Prefix]

	mu        sync.Mutex
	used      map[hostAddress]int   // Connections; see PerHost.
	deferring map[netip.Addr]bool   // Who said 421.
	deferred  map[string]netip.Addr // Hosts, and the address at which they said so.
}

// hostAddress is a host at one of its addresses.
type hostAddress struct {
	host    string
	address netip.Addr
}

// maxRemembered bounds the hosts and addresses that a pacer remembers. A run through so
// many forgets of some that they were spoken to; what a gate holds back is never among
// these.
const maxRemembered = 1 << 16

func newPacer(c Pace, ports int, full bool) *pacer {
	q := &pacer{
		Pace: c.withDefaults(ports, full), used: map[hostAddress]int{},
		deferring: map[netip.Addr]bool{}, deferred: map[string]netip.Addr{},
	}
	if q.Open > 0 {
		q.open = make(chan struct{}, q.Open)
	}
	return q
}

// remember keeps a value; where there are too many, any other one is forgotten.
func remember[K comparable, V any](m map[K]V, key K, value V) {
	if _, ok := m[key]; !ok && len(m) >= maxRemembered {
		for k := range m {
			delete(m, k)
			break
		}
	}
	m[key] = value
}

// turn is the right to speak to an address: nobody else of the run does meanwhile.
type turn struct {
	*pacer
	t      target
	gate   *gate
	opened bool // A connection was, and is not closed yet.
}

// turn waits until it is our turn at the address of a target. Without one it says why.
func (q *pacer) turn(ctx context.Context, t target) (*turn, string) {
	// An IPv4 address in a form of IPv6 is the same computer.
	t.address = netip.AddrPortFrom(t.address.Addr().Unmap(), t.address.Port())
	if why := q.refuses(t); why != "" {
		return nil, why
	}
	g := q.addresses.enter(t.address.Addr(), func() *gate { return newGate(nil) })
	if !g.pass(ctx) {
		q.addresses.leave(g)
		return nil, whyStopped
	}
	return &turn{pacer: q, t: t, gate: g}, ""
}

// end lets the next one have the turn.
func (u *turn) end() {
	u.closed()
	u.gate.through()
	u.addresses.leave(u.gate)
}

const whyStopped = "mailtrace was stopped before it came to this server"

// await waits until a connection may be opened, and counts it, or says why none may be.
// It has to be followed by closed, once the connection was.
func (u *turn) await(ctx context.Context) string {
	if why := u.refuses(u.t); why != "" {
		return why
	}
	if !sleep(ctx, time.Until(u.gate.ready)) {
		return whyStopped
	}
	if u.Rate > 0 {
		n := u.networks.enter(networkOf(u.t.address.Addr()), func() *gate {
			return newGate(rate.NewLimiter(rate.Limit(u.Rate), max(u.Burst, 1)))
		})
		defer u.networks.leave(n)
		// Who asks the limiter keeps the others waiting until it has its place too:
		// what was allowed is used at once, not saved up and used all in one heap.
		if !n.pass(ctx) {
			return whyStopped
		}
		defer n.through()
		if n.limiter.Wait(ctx) != nil {
			return whyStopped
		}
	}
	if u.open != nil {
		select {
		case u.open <- struct{}{}:
		case <-ctx.Done():
			return whyStopped
		}
	}
	u.opened = true
	if why := u.count(); why != "" {
		u.closed()
		return why
	}
	return ""
}

// count counts a connection, unless there is a reason for none by now.
func (u *turn) count() string {
	if why := u.refuses(u.t); why != "" {
		return why
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	key := hostAddress{u.t.host, u.t.address.Addr()}
	n := u.used[key]
	if u.PerHost > 0 && n >= u.PerHost {
		return fmt.Sprintf("%d connections to one host at one address are the most in a run", u.PerHost)
	}
	remember(u.used, key, n+1)
	return ""
}

// closed says that the connection was closed: the address is left alone from now on.
// Where none was open it does nothing.
func (u *turn) closed() {
	if !u.opened {
		return
	}
	u.opened = false
	if u.open != nil {
		<-u.open
	}
	if u.Apart > 0 {
		u.gate.ready = time.Now().Add(u.Apart)
	}
}

// stop says that the server does not want to be asked any more by us: it said 421.
func (u *turn) stop() {
	u.mu.Lock()
	defer u.mu.Unlock()
	remember(u.deferring, u.t.address.Addr(), true)
	remember(u.deferred, u.t.host, u.t.address.Addr())
}

// refuses says why a target is not to be asked any more in this run, or "".
func (q *pacer) refuses(t target) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.deferring[t.address.Addr()] {
		return "a server at this address told us earlier to come back later (421), so it was left alone"
	}
	if at, ok := q.deferred[t.host]; ok {
		return fmt.Sprintf("this host told us to come back later (421) at %s, so it was left alone", at)
	}
	return ""
}

// networkOf is the network of an address.
func networkOf(a netip.Addr) netip.Prefix {
	bits := networkIPv6
	if a = a.Unmap().WithZone(""); a.Is4() {
		bits = networkIPv4
	}
	n, _ := a.Prefix(bits) // The address is valid, and bits are not too many.
	return n
}
