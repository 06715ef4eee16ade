package probe

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// gate is where the visits to an address, or those to a network, come one by one, in
// the order in which they came to it.
type gate struct {
	way     chan struct{} // Full while one is in.
	ready   time.Time     // Nobody is to connect before; read and set by who is in.
	limiter *rate.Limiter // Of a network; else nil.

	users int // Who are in, or wait; for gates.
}

func newGate(limiter *rate.Limiter) *gate {
	return &gate{way: make(chan struct{}, 1), limiter: limiter}
}

// pass waits until it is our turn, and says whether it came. Then through has to follow.
func (g *gate) pass(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case g.way <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (g *gate) through() { <-g.way }

// idle says whether it is as if nobody had ever been there.
func (g *gate) idle(now time.Time) bool {
	return g.users == 0 && !now.Before(g.ready) && (g.limiter == nil || g.limiter.TokensAt(now) >= float64(g.limiter.Burst()))
}

// gates are those that are in use, or were lately. The zero value works.
type gates[K comparable] struct {
	mu   sync.Mutex
	all  map[K]*gate
	many int // At so many, idle ones are looked for.
}

// minGates is how many are kept without a look at whether they are of use.
const minGates = 1024

// enter is the gate of a key. It is followed by leave.
func (s *gates[K]) enter(key K, open func() *gate) *gate {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.all[key]
	if g == nil {
		s.sweep()
		g = open()
		s.all[key] = g
	}
	g.users++
	return g
}

func (s *gates[K]) leave(g *gate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.users--
}

// sweep drops idle gates. It looks again when twice as many as then remained are there,
// so that a gate costs the same however many there are.
func (s *gates[K]) sweep() {
	if s.all == nil {
		s.all, s.many = map[K]*gate{}, minGates
	}
	if len(s.all) < s.many {
		return
	}
	now := time.Now()
	for key, g := range s.all {
		if g.idle(now) {
			delete(s.all, key)
		}
	}
	s.many = max(minGates, 2*len(s.all))
}

// sleep waits, and says whether it was let to.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
