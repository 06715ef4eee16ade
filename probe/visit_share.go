package probe

import (
	"container/list"
	"context"
	"sync"
	"time"

	"mailtrace/report"
)

// memo keeps what came of the visits of a run, so that a server of many domains is spoken
// to once. A visit under way is waited for; it is stopped when nobody waits any more. The
// zero value works.
type memo struct {
	mu     sync.Mutex
	visits map[target]*sharing
	recent list.List // Of *sharing, of visits that are over: the last one that was asked for in front.
	weight int
}

// sharing is one visit.
type sharing struct {
	t       target
	over    chan struct{} // Closed when it is.
	visited visited       // Since then.

	// Guarded by the memo:
	waiting int
	ended   bool
	stop    context.CancelFunc
	place   *list.Element // In recent; nil when it is not kept there.
	weight  int
}

// maxKept bounds what a memo keeps, in bytes as weigh counts them: some thousand visits of
// the usual kind. The ones that were not asked for the longest are dropped, and would be
// made again.
const maxKept = 32 << 20

// begin joins the visit of a target, and begins one where there is none. It is followed
// by leave.
func (m *memo) begin(ctx context.Context, t target, visit func(context.Context, target) visited) *sharing {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.visits[t]
	if s == nil {
		if m.visits == nil {
			m.visits = map[target]*sharing{}
		}
		// It does not end with the report that happened to ask first.
		own, stop := context.WithCancel(context.WithoutCancel(ctx))
		s = &sharing{t: t, over: make(chan struct{}), stop: stop}
		m.visits[t] = s
		go m.carryOut(own, s, visit)
	}
	if s.place != nil {
		m.recent.MoveToFront(s.place)
	}
	s.waiting++
	return s
}

// carryOut makes the visit.
func (m *memo) carryOut(ctx context.Context, s *sharing, visit func(context.Context, target) visited) {
	defer s.stop()
	s.visited = visit(ctx, s.t)
	m.keep(s)
	close(s.over)
}

// keep keeps a visit that is over, unless it was given up.
func (m *memo) keep(s *sharing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s.ended = true
	if m.visits[s.t] != s {
		return // See leave.
	}
	s.weight = weigh(&s.visited)
	s.place = m.recent.PushFront(s)
	for m.weight += s.weight; m.weight > maxKept; {
		oldest := m.recent.Remove(m.recent.Back()).(*sharing)
		delete(m.visits, oldest.t)
		m.weight -= oldest.weight
		oldest.place = nil
	}
}

// leave says that the result was taken, or is not waited for any more. When it is the
// last one that waited, the visit is stopped, and whoever asks later begins another one.
func (m *memo) leave(s *sharing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s.waiting--
	if s.waiting == 0 && !s.ended && m.visits[s.t] == s {
		delete(m.visits, s.t)
		s.stop()
	}
}

// lastWords is how long is waited for visits that were stopped, for what they heard until
// then: they end as soon as they notice.
const lastWords = time.Second

// collect waits for all visits of a report, and gives what came of them. When the report
// is stopped, that is what they heard until then.
func (m *memo) collect(ctx context.Context, all []*sharing) []visited {
	results := make([]visited, len(all))
	for _, s := range all {
		select {
		case <-s.over:
		case <-ctx.Done():
		}
	}
	for _, s := range all {
		m.leave(s)
	}
	enough := context.Background()
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		enough, cancel = context.WithTimeout(enough, lastWords)
		defer cancel()
	}
	for i, s := range all {
		if ctx.Err() != nil && m.shared(s) {
			results[i] = unvisited(s.t, report.OutcomeUntried, whyStopped)
			continue
		}
		select {
		case <-s.over:
			results[i] = s.visited
			results[i].endpoint = copyEndpoint(&s.visited.endpoint)
		case <-enough.Done():
			results[i] = unvisited(s.t, report.OutcomeUntried, whyStopped)
		}
	}
	return results
}

// shared says whether a visit is under way for others.
func (m *memo) shared(s *sharing) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !s.ended && s.waiting > 0
}
