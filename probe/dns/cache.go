package dns

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// What is kept of answers in all, and for how long at most. A record of a month
	// ago is not evidence for a message of today, whatever its TTL says.
	maxCached = 64 << 20 // Bytes, estimated.
	maxTTL    = time.Hour

	// minTTL also holds what must not be kept (TTL 0, or an absence without a SOA
	// record, RFC 2308 section 5): the questions about one message are one transaction.
	minTTL = 5 * time.Second

	// failureTTL keeps a dead server from costing each of ten thousand messages its
	// time-outs (RFC 9520 section 3.2: between one second and five minutes).
	failureTTL = 30 * time.Second

	// flightTime ends a question that its askers would wait for without end.
	flightTime = time.Minute
)

// Cache keeps what its Resolver answers for as long as it holds, and lets a question be
// asked once when many want the answer at a time. The zero value with a Resolver works.
type Cache struct {
	Resolver Resolver
	Now      func() time.Time
	Bytes    int // What it may keep, estimated; 0 is 64 MiB.

	mu      sync.Mutex
	young   generation
	old     generation
	flights map[question]*flight
}

// generation is half of what is kept. When the young one is full it becomes the old
// one, and what is used again is carried over: no list has to be kept in order.
type generation struct {
	kept  map[question]cached
	bytes int
}

type cached struct {
	outcome
	until time.Time
}

// flight is a question that is being asked. It does not end with the caller who asked
// first, but when nobody waits any more.
type flight struct {
	done    chan struct{} // Closed when outcome is set.
	outcome outcome
	waiting int
	cancel  context.CancelFunc
}

// Lookup gives what is kept, or asks.
func (c *Cache) Lookup(ctx context.Context, name string, t Type) (*Answer, error) {
	q, bad := newQuestion(name, t)
	if bad != nil {
		return nil, bad
	}
	c.mu.Lock()
	if o, ok := c.get(q); ok {
		c.mu.Unlock()
		return o.result()
	}
	f := c.flights[q]
	if f == nil {
		f = c.start(ctx, q)
	}
	f.waiting++
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.outcome.result()
	case <-ctx.Done():
		c.leave(q, f)
		return nil, q.gone(ctx)
	}
}

// get looks into both generations. The lock is held.
func (c *Cache) get(q question) (outcome, bool) {
	o, ok := c.young.kept[q]
	if !ok {
		if o, ok = c.old.kept[q]; !ok {
			return outcome{}, false
		}
		delete(c.old.kept, q)
		if c.now().Before(o.until) {
			c.put(q, o)
		}
	}
	return o.outcome, c.now().Before(o.until)
}

func (c *Cache) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// start asks. The lock is held.
func (c *Cache) start(ctx context.Context, q question) *flight {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightTime)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	if c.flights == nil {
		c.flights = map[question]*flight{}
	}
	c.flights[q] = f
	go func() {
		defer cancel()
		a, err := c.Resolver.Lookup(ctx, q.absolute(), q.typ)
		c.land(q, f, outcomeOf(q, a, err))
	}()
	return f
}

func (c *Cache) land(q question, f *flight, o outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.outcome = o
	defer close(f.done) // Who has the outcome finds it in the cache.
	if c.flights[q] != f {
		return // Nobody waited for it any more.
	}
	delete(c.flights, q)
	if ttl := o.ttl(); ttl > 0 {
		c.put(q, cached{o, c.now().Add(ttl)})
	}
}

// leave is for a caller who does not wait any more. The last one ends the flight, and
// who asks after that must not be given its failure.
func (c *Cache) leave(q question, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return
	}
	f.cancel()
	if c.flights[q] == f {
		delete(c.flights, q)
	}
}

// ttl is how long an outcome is kept; 0 is not at all.
func (o outcome) ttl() time.Duration {
	if o.fail == nil {
		return min(max(o.answer.TTL, minTTL), maxTTL)
	}
	if errors.Is(o.fail.Err, errNotAsked) {
		return 0 // A Breaker knows better when to ask again.
	}
	switch o.fail.Cause {
	case Timeout, ServFail, Refused, Malformed, Network, AliasLoop:
		return failureTTL
	}
	return 0 // It is not about the question.
}

// put keeps an outcome. The lock is held.
func (c *Cache) put(q question, o cached) {
	most := c.Bytes
	if most == 0 {
		most = maxCached
	}
	size := o.size(q)
	if size > most/2 {
		return
	}
	if c.young.bytes+size > most/2 {
		c.old, c.young = c.young, generation{}
	}
	if c.young.kept == nil {
		c.young.kept = map[question]cached{}
	}
	c.young.kept[q] = o
	c.young.bytes += size
}

// size estimates what an outcome takes.
func (o *cached) size(q question) int {
	const perEntry, perRecord = 400, 160
	n := perEntry + len(q.name)
	if o.fail != nil {
		return n
	}
	for _, alias := range o.answer.Alias {
		n += 2 * len(alias)
	}
	for i := range o.answer.Records {
		r := &o.answer.Records[i]
		n += perRecord + len(r.Target) + len(r.Text) + len(r.Tag) + len(r.TLSA.Data)
	}
	return n
}
