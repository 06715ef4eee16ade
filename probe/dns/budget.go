package dns

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Budget lets so many questions through and no more, and ends when its time is up, so
// that nothing in a message can make us ask on and on. It is for one report; the same
// question counts each time, so a Recorder belongs above it.
type Budget struct {
	Resolver  Resolver
	Questions int           // 0 is none.
	Time      time.Duration // From the first question on; 0 is without end.

	mu    sync.Mutex
	asked int
	end   time.Time
}

// errTime is why a context ends when the time of a Budget is up.
var errTime = errors.New("the time for DNS questions is used up")

// Lookup asks while it may.
func (b *Budget) Lookup(ctx context.Context, name string, t Type) (*Answer, error) {
	q, bad := newQuestion(name, t)
	if bad != nil {
		return nil, bad
	}
	end, err := b.take()
	if err != nil {
		return nil, q.fail("", OverLimit, err)
	}
	if !end.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, end, errTime)
		defer cancel()
	}
	a, err := b.Resolver.Lookup(ctx, q.absolute(), t)
	if err != nil && errors.Is(context.Cause(ctx), errTime) {
		fail := *outcomeOf(q, nil, err).fail
		fail.Cause, fail.Secure, fail.Err = OverLimit, "", errTime
		return nil, &fail
	}
	return a, err
}

// take counts a question.
func (b *Budget) take() (end time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked >= b.Questions {
		return b.end, fmt.Errorf("%d DNS questions were asked, more are not allowed", b.asked)
	}
	if b.Time > 0 && b.end.IsZero() {
		b.end = time.Now().Add(b.Time)
	}
	if b.Time > 0 && !time.Now().Before(b.end) {
		return b.end, errTime
	}
	b.asked++
	return b.end, nil
}

// Asked is how many questions were let through.
func (b *Budget) Asked() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked
}

// Nobody asks nobody, and says so.
type Nobody struct{}

// Lookup gives an Offline error.
func (Nobody) Lookup(_ context.Context, name string, t Type) (*Answer, error) {
	q, bad := newQuestion(name, t)
	if bad != nil {
		return nil, bad
	}
	return nil, q.fail("", Offline, nil)
}
