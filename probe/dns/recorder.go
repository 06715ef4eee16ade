package dns

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Recorder keeps what passes through it, failures too. The zero value with a Resolver
// works. What was answered is answered the same when it is asked again, and a question
// that is being asked is waited for: a report made through a Recorder is the one that
// its recording gives, and what a Budget below it counts does not hang on who was
// faster. It holds as much as it is asked; the Budget bounds that.
type Recorder struct {
	Resolver Resolver

	mu     sync.Mutex
	kept   map[question]outcome
	asking map[question]chan struct{} // Closed when the question was answered.
}

// outcome is an answer or a failure.
type outcome struct {
	answer *Answer
	fail   *Error
}

func (o outcome) result() (*Answer, error) {
	if o.fail != nil {
		return nil, o.fail
	}
	return o.answer, nil
}

// outcomeOf takes the results of a Resolver. One that returns another kind of error
// than it should is taken for a network failure.
func outcomeOf(q question, a *Answer, err error) outcome {
	if err == nil {
		return outcome{answer: a}
	}
	var fail *Error
	if !errors.As(err, &fail) {
		fail = q.fail("", Network, err)
	}
	return outcome{fail: fail}
}

// Lookup asks, unless it has an answer.
func (r *Recorder) Lookup(ctx context.Context, name string, t Type) (*Answer, error) {
	q, bad := newQuestion(name, t)
	if bad != nil {
		return nil, bad // It is the same without us.
	}
	for {
		o, wait := r.begin(q)
		switch {
		case o != nil:
			return o.result()
		case wait == nil:
			return r.ask(ctx, q).result()
		}
		select {
		case <-wait: // Who asked may have given up; then it is our turn.
		case <-ctx.Done():
			return nil, q.gone(ctx)
		}
	}
}

// begin gives what is kept, or what to wait for; with neither, it is on the caller to
// ask.
func (r *Recorder) begin(q question) (*outcome, chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o, ok := r.kept[q]; ok && !o.givenUp() {
		return &o, nil
	}
	wait := r.asking[q]
	if wait == nil {
		if r.asking == nil {
			r.asking = map[question]chan struct{}{}
		}
		r.asking[q] = make(chan struct{})
	}
	return nil, wait
}

// ask asks and keeps the outcome.
func (r *Recorder) ask(ctx context.Context, q question) (o outcome) {
	o.fail = q.fail("", Canceled, nil) // Should the Resolver panic.
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.kept == nil {
			r.kept = map[question]outcome{}
		}
		r.kept[q] = o
		close(r.asking[q])
		delete(r.asking, q)
	}()
	a, err := r.Resolver.Lookup(ctx, q.absolute(), q.typ)
	return outcomeOf(q, a, err)
}

// gone is the failure of who does not wait any more.
func (q question) gone(ctx context.Context) *Error {
	cause := Canceled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		cause = Timeout
	}
	return q.fail("", cause, ctx.Err())
}

// givenUp says that nothing was found out about the question.
func (o outcome) givenUp() bool { return o.fail != nil && o.fail.Cause == Canceled }

// absolute is the name as a Resolver takes it.
func (q question) absolute() string {
	if q.name == "" {
		return "."
	}
	return q.name
}

// Names are those that were asked for, sorted.
func (r *Recorder) Names() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := make([]string, 0, len(r.kept))
	for q := range r.kept {
		names = append(names, q.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Entries are what was kept, sorted by name and type; never nil.
func (r *Recorder) Entries() []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	entries := make([]Entry, 0, len(r.kept))
	for q, o := range r.kept {
		entries = append(entries, entryOf(q, o))
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type))
	})
	return entries
}

// Entry is one question and what came of it, as it stands in a recording. Its first
// fields are those of the list "dns" of a report.
type Entry struct {
	Name    string    `json:"name"`
	Type    string    `json:"type"`
	Status  Status    `json:"status"`
	Answers []string  `json:"answers"` // As Record.Format has them; never nil.
	Secure  Secure    `json:"secure"`
	Server  string    `json:"server"`
	Time    time.Time `json:"time"` // Zero when nobody was asked.

	Alias []string `json:"alias,omitempty"`
	TTL   int64    `json:"ttl,omitempty"`   // Seconds.
	Cause Cause    `json:"cause,omitempty"` // Of a failure.
	Error string   `json:"error,omitempty"` // What is beneath it.

	Signed  time.Time `json:"signed,omitzero"` // As Answer has them.
	Expires time.Time `json:"expires,omitzero"`
	Why     string    `json:"why,omitempty"`
}

func entryOf(q question, o outcome) Entry {
	e := Entry{Name: q.absolute(), Type: q.typ.String(), Answers: []string{}}
	if f := o.fail; f != nil {
		e.Status, e.Server, e.Time, e.Cause, e.Secure = Failed, f.Server, f.Time, f.Cause, cmp.Or(f.Secure, Unverified)
		if f.Err != nil {
			e.Error = printable(f.Err.Error())
		}
		return e
	}
	a := o.answer
	e.Status, e.Secure, e.Server, e.Time, e.TTL = a.Status, a.Secure, a.Server, a.Time, int64(a.TTL/time.Second)
	e.Signed, e.Expires, e.Why = a.Signed, a.Expires, printable(a.Why)
	for _, alias := range a.Alias {
		e.Alias = append(e.Alias, question{name: alias}.absolute())
	}
	for i := range a.Records {
		e.Answers = append(e.Answers, a.Records[i].Format(q.typ))
	}
	return e
}
