package dns

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// defaultSilent is more than one report asks for of one domain whose own servers are
	// dead; a resolver that lives answers another question meanwhile.
	defaultSilent = 10

	// defaultPatience is for a server of which nothing was heard yet. Two tries fit
	// into it; a person in front of a computer without a network waits no longer.
	defaultPatience = 3 * time.Second

	// The first pause is short, for a cable may have been pulled. Those after it become
	// longer, yet not long: what is tried may be of a domain that is dead itself.
	defaultPause = 5 * time.Second
	maxPause     = 20 * time.Second
)

// Breaker stops asking a Resolver that is not there: without it, each of ten thousand
// messages would wait for its time-outs. When nothing was heard for some questions in
// a row, or nothing at all at the beginning, questions fail at once; after a pause one
// is tried again. A server that says that it failed has been heard. The zero value
// with a Resolver works; it belongs below a Cache.
type Breaker struct {
	Resolver Resolver
	Silent   int           // Questions in a row of which nothing was heard; 0 is ten.
	Patience time.Duration // For the first answer, and for a question that is tried again; 0 is three seconds.
	Pause    time.Duration // Until one is tried again, at first; 0 is five seconds.

	// Opened is called each time that asking stops, with the failure that it was for.
	Opened func(*Error)

	mu     sync.Mutex
	heard  bool          // Something was, since the last time that asking stopped.
	silent int           // Questions in a row.
	cause  Cause         // Of the last one; "" while it is asked.
	until  time.Time     // The end of the pause.
	pause  time.Duration // The last one.
	trying bool          // A question is being tried after a pause.
}

// errSilent is why a context ends when nothing was heard.
var errSilent = errors.New("nothing was heard of any DNS server")

// errNotAsked is beneath failures of questions that were not asked.
var errNotAsked = errors.New("no DNS server answers, so it was not asked")

// Lookup asks, if there is any use in it.
func (b *Breaker) Lookup(ctx context.Context, name string, t Type) (*Answer, error) {
	q, bad := newQuestion(name, t)
	if bad != nil {
		return nil, bad
	}
	trial, hasty, cause := b.begin()
	if cause != "" {
		return nil, q.fail("", cause, errNotAsked)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if hasty {
		defer time.AfterFunc(cmp.Or(b.Patience, defaultPatience), func() {
			if !b.hears() {
				cancel(errSilent)
			}
		}).Stop()
	}
	o := outcome{fail: q.fail("", Canceled, nil)} // Should the Resolver panic.
	defer func() { b.end(trial, o) }()
	a, err := b.Resolver.Lookup(ctx, q.absolute(), t)
	o = outcomeOf(q, a, err)
	if o.fail != nil && o.fail.Cause == Canceled && errors.Is(context.Cause(ctx), errSilent) {
		fail := *o.fail
		fail.Cause, fail.Err = Timeout, nil
		o.fail = &fail
	}
	return o.result()
}

// begin says whether the question is one that is tried, whether there is little time for
// it, and, if it is not to be asked, why.
func (b *Breaker) begin() (trial, hasty bool, cause Cause) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cause == "" {
		return false, !b.heard, ""
	}
	if b.trying || time.Now().Before(b.until) {
		return false, false, b.cause
	}
	b.trying = true
	return true, true, ""
}

func (b *Breaker) hears() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard
}

// end takes what came of a question.
func (b *Breaker) end(trial bool, o outcome) {
	b.mu.Lock()
	if trial {
		b.trying = false
	}
	opened := false
	switch {
	case o.heard():
		b.heard, b.silent, b.cause, b.pause = true, 0, "", 0
	case !o.unheard():
	case trial:
		b.pause = min(2*b.pause, maxPause)
		b.until, b.cause, opened = time.Now().Add(b.pause), o.fail.Cause, true
	case b.cause == "":
		b.silent++
		// At the beginning one question is enough: it took all the patience there is, or
		// there is no way to any server.
		if b.silent >= cmp.Or(b.Silent, defaultSilent) || !b.heard {
			b.pause = cmp.Or(b.Pause, defaultPause)
			b.heard, b.until, b.cause, opened = false, time.Now().Add(b.pause), o.fail.Cause, true
		}
	}
	b.mu.Unlock()
	if opened && b.Opened != nil {
		b.Opened(o.fail)
	}
}

// heard says that a server said something, be it that it failed.
func (o outcome) heard() bool {
	if o.fail == nil {
		return true
	}
	switch o.fail.Cause {
	case ServFail, Refused, Malformed, AliasLoop:
		return true
	}
	return false
}

// unheard says that none did. Other failures are not about the servers.
func (o outcome) unheard() bool {
	return o.fail != nil && (o.fail.Cause == Timeout || o.fail.Cause == Network)
}
