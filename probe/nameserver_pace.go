package probe

import (
	"context"
	"errors"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"
)

// How often one name server is asked in a run, by its address: many domains have the same.
// A domain alone never waits.
const (
	serverRate  = 100 // Questions in a second.
	serverBurst = 30
	maxPaced    = 10_000 // Addresses that are remembered; then it begins anew.
)

// serverPace keeps the pace. The zero value works.
type serverPace struct {
	mu sync.Mutex
	of map[netip.Addr]*rate.Limiter
}

// errServerPace says that the time for a domain was over before it was its turn.
var errServerPace = errors.New("its turn did not come: too much is asked there for other domains")

// wait waits until the server may be asked.
func (p *serverPace) wait(ctx context.Context, a netip.Addr) error {
	p.mu.Lock()
	if p.of == nil || len(p.of) >= maxPaced {
		p.of = map[netip.Addr]*rate.Limiter{}
	}
	limiter := p.of[a]
	if limiter == nil {
		limiter = rate.NewLimiter(serverRate, serverBurst)
		p.of[a] = limiter
	}
	p.mu.Unlock()
	if limiter.Wait(ctx) != nil {
		return errServerPace
	}
	return nil
}
