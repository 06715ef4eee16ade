package batch

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"
)

// Bounds on what a Pool holds where its fields do not say otherwise.
const (
	MaxJobs  = 64       // Jobs: enough that one that takes a hundred times as long as others stops nobody.
	MaxBytes = 48 << 20 // Weight of jobs. A report holds on to its message, and is several times as large.
)

// Pool does jobs with several workers and gives out the results in the order of
// the jobs, or as they are ready. What it holds is bounded: a job is in it from the
// time at which it was taken from its source until its result was given out. The zero
// value with Work set is ready to use.
type Pool[J, R any] struct {
	Workers int   // 0: one for each core.
	Jobs    int   // In the pool at one time; 0: MaxJobs.
	Bytes   int64 // Weight of jobs in the pool at one time; 0: MaxBytes. A heavier job is let in alone.

	Unordered bool // Results are given out as they are ready: one that takes long keeps none back.

	Weight func(J) int64 // Nil: jobs weigh nothing.
	Work   func(context.Context, J) R

	// Panicked is the result of a job on which Work panicked. Nil: the panic goes
	// its way.
	Panicked func(job J, value any, stack []byte) R
}

// slot is the place of one job in the pool. Slots are used again and again, so a
// job costs no memory of the pool.
type slot[J, R any] struct {
	job    J
	result R
	weight int64
	done   chan struct{} // Of one, so that no worker ever waits.
}

// run is the work of one Run.
type run[J, R any] struct {
	*Pool[J, R]
	stop  <-chan struct{}
	free  chan *slot[J, R]
	work  chan *slot[J, R]
	order chan *slot[J, R] // As results are given out: when they were put in, or when they are ready.

	working sync.WaitGroup

	mu     sync.Mutex
	bytes  int64         // Weight of the jobs in the pool.
	freed  chan struct{} // Told whenever bytes goes down.
	broken error         // Why the source ended before its time. Set before order is closed.
}

// Run gives the results of all jobs to emit, in the order of the jobs, each as soon
// as it and all before it are ready; Unordered, as soon as it is. Emit is called in the caller's goroutine; its
// error ends the run and is the error of Run.
//
// When ctx ends, no job is taken any more, no result is given out any more, not
// even one that is ready (Work may have cut it short), and the error is that of
// ctx. Run then waits for the workers, and not for a source that is blocked in
// reading: its goroutine ends when that reading does.
//
// Jobs is pulled in a goroutine of its own. A panic of it is an error of Run, after
// the results of all jobs before.
func (p *Pool[J, R]) Run(ctx context.Context, jobs iter.Seq[J], emit func(R) error) error {
	inner, cancel := context.WithCancel(ctx)
	n, workers := p.Jobs, p.Workers
	if n <= 0 {
		n = MaxJobs
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	r := &run[J, R]{
		Pool: p, stop: inner.Done(), freed: make(chan struct{}, 1),
		free: make(chan *slot[J, R], n), work: make(chan *slot[J, R], n), order: make(chan *slot[J, R], n),
	}
	for range n {
		r.free <- &slot[J, R]{done: make(chan struct{}, 1)}
	}
	defer r.working.Wait()
	defer cancel()
	for range min(workers, n) {
		r.working.Go(func() { r.worker(inner) })
	}
	go r.pull(jobs)
	return r.emitAll(ctx, emit)
}

// pull puts the jobs into the pool.
func (r *run[J, R]) pull(jobs iter.Seq[J]) {
	defer func() {
		if v := recover(); v != nil {
			r.broken = fmt.Errorf("the input ended with a panic: %v", v)
		}
		close(r.work)
		if r.Unordered {
			r.working.Wait() // They still put into it.
		}
		close(r.order)
	}()
	for j := range jobs {
		if !r.put(j) {
			return
		}
	}
}

// put waits for room, and says whether the run goes on. The channels have room for
// all slots there are.
func (r *run[J, R]) put(j J) bool {
	var s *slot[J, R]
	select {
	case <-r.stop:
		return false
	case s = <-r.free:
	}
	s.job, s.weight = j, 0
	if r.Weight != nil {
		s.weight = max(0, r.Weight(j))
	}
	for !r.fits(s.weight) {
		select {
		case <-r.stop:
			return false
		case <-r.freed:
		}
	}
	select {
	case <-r.stop:
		return false
	default:
	}
	if !r.Unordered {
		r.order <- s
	}
	r.work <- s
	return true
}

// fits takes room for weight, where there is some. It does not add before it
// compares: a weight may be anything.
func (r *run[J, R]) fits(weight int64) bool {
	most := r.Bytes
	if most <= 0 {
		most = MaxBytes
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bytes > 0 && weight > most-r.bytes {
		return false
	}
	r.bytes += weight
	return true
}

func (r *run[J, R]) worker(ctx context.Context) {
	for {
		select {
		case <-r.stop:
			return
		case s, ok := <-r.work:
			if !ok {
				return
			}
			s.result = r.do(ctx, s.job)
			s.done <- struct{}{}
			if r.Unordered {
				r.order <- s
			}
		}
	}
}

// do does one job. A panic is that job's alone.
func (r *run[J, R]) do(ctx context.Context, job J) (result R) {
	if r.Panicked != nil {
		defer func() {
			if v := recover(); v != nil {
				result = r.Panicked(job, v, debug.Stack())
			}
		}()
	}
	return r.Work(ctx, job)
}

func (r *run[J, R]) emitAll(ctx context.Context, emit func(R) error) error {
	for {
		var s *slot[J, R]
		var more bool
		select {
		case <-ctx.Done():
			return ctx.Err()
		case s, more = <-r.order:
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !more {
			return r.broken
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.done:
		}
		// Work that was interrupted may be done, and half.
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := emit(s.result); err != nil {
			return err
		}
		r.release(s)
	}
}

// release makes room for another job, and lets go of what the last one held.
func (r *run[J, R]) release(s *slot[J, R]) {
	var job J
	var result R
	weight := s.weight
	s.job, s.result = job, result
	r.free <- s
	if weight == 0 {
		return
	}
	r.mu.Lock()
	r.bytes -= weight
	r.mu.Unlock()
	select {
	case r.freed <- struct{}{}:
	default:
	}
}
