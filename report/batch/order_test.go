package batch

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// numbers are the jobs from 0 up to n.
func numbers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func double(_ context.Context, j int) int { return 2 * j }

// ends holds that all goroutines that a test started end.
func ends(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 1_000_000 {
			if runtime.NumGoroutine() <= before {
				return
			}
			runtime.Gosched()
		}
		t.Errorf("%d goroutines are left, %d were before", runtime.NumGoroutine(), before)
	})
}

func TestPoolOrder(t *testing.T) {
	ends(t)
	const n = 1000
	for _, p := range []Pool[int, int]{
		{}, {Workers: 1}, {Workers: 16}, {Workers: 4, Jobs: 1}, {Workers: 3, Jobs: 2},
		{Workers: 4, Bytes: 10, Weight: func(j int) int64 { return int64(j % 13) }},
	} {
		p.Work = func(_ context.Context, j int) int {
			for range j % 7 * 10 { // So that they do not end in their order.
				runtime.Gosched()
			}
			return 2 * j
		}
		want := 0
		err := p.Run(t.Context(), numbers(n), func(r int) error {
			if r != 2*want {
				t.Fatalf("%d, want %d", r, 2*want)
			}
			want++
			return nil
		})
		if err != nil || want != n {
			t.Errorf("%d of %d, %v", want, n, err)
		}
	}
}

// TestPoolBounds counts what is in the pool.
func TestPoolBounds(t *testing.T) {
	ends(t)
	const jobs, bytes = 7, 100
	var held, weight, most, heaviest atomic.Int64
	weigh := func(j int) int64 {
		if j%50 == 49 {
			return 3 * bytes // Heavier than the bound: alone.
		}
		return int64(j % 40)
	}
	p := Pool[int, int]{Workers: 4, Jobs: jobs, Bytes: bytes, Weight: weigh, Work: func(_ context.Context, j int) int {
		h, w := held.Add(1), weight.Add(weigh(j))
		most.Store(max(most.Load(), h))
		if w > bytes && w != 3*bytes {
			heaviest.Store(w)
		}
		return j
	}}
	err := p.Run(t.Context(), numbers(2000), func(j int) error {
		held.Add(-1)
		weight.Add(-weigh(j))
		return nil
	})
	if err != nil || most.Load() > jobs || heaviest.Load() != 0 {
		t.Errorf("%v; %d jobs, weight %d", err, most.Load(), heaviest.Load())
	}
}

// TestPoolFirst holds that a result comes out before the next job is there: a
// stream is reported on while it goes on.
func TestPoolFirst(t *testing.T) {
	ends(t)
	next := make(chan int)
	p := Pool[int, int]{Work: double}
	go func() { next <- 0 }()
	got := 0
	err := p.Run(t.Context(), func(yield func(int) bool) {
		for j := range next {
			if !yield(j) {
				return
			}
		}
	}, func(r int) error {
		if got++; got == 100 {
			close(next)
			return nil
		}
		go func() { next <- got }()
		return nil
	})
	if err != nil || got != 100 {
		t.Error(got, err)
	}
}

func TestPoolInterrupted(t *testing.T) {
	ends(t)
	ctx, cancel := context.WithCancel(t.Context())
	p := Pool[int, int]{Workers: 2, Jobs: 8, Work: func(ctx context.Context, j int) int {
		if j == 50 {
			cancel()
			<-ctx.Done()
			return -1 // Half a result.
		}
		return j
	}}
	var got []int
	err := p.Run(ctx, func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}, func(r int) error {
		got = append(got, r)
		return nil
	})
	if !errors.Is(err, context.Canceled) || len(got) > 50 || slices.Contains(got, -1) {
		t.Error(err, got)
	}
}

// TestPoolBlocked holds that a source that is blocked in reading, as a terminal is,
// keeps nobody waiting.
func TestPoolBlocked(t *testing.T) {
	ends(t)
	ctx, cancel := context.WithCancel(t.Context())
	block := make(chan struct{})
	defer close(block)
	err := (&Pool[int, int]{Work: double}).Run(ctx, func(yield func(int) bool) {
		yield(1)
		<-block
	}, func(int) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestPoolEmitFails(t *testing.T) {
	ends(t)
	broken := errors.New("broken pipe")
	n := 0
	err := (&Pool[int, int]{Work: double}).Run(t.Context(), numbers(1<<40), func(int) error {
		if n++; n == 10 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || n != 10 {
		t.Error(err, n)
	}
}

func TestPoolPanics(t *testing.T) {
	ends(t)
	p := Pool[int, int]{
		Work: func(_ context.Context, j int) int { return 10 / (j - 5) },
		Panicked: func(j int, v any, stack []byte) int {
			if !strings.Contains(string(stack), "TestPoolPanics") {
				t.Error("the stack is not that of the panic")
			}
			return 1000 + j
		},
	}
	var got []int
	err := p.Run(t.Context(), numbers(7), func(r int) error { got = append(got, r); return nil })
	if want := []int{-2, -2, -3, -5, -10, 1005, 10}; err != nil || !slices.Equal(got, want) {
		t.Error(got, err)
	}
	n := 0
	err = p.Run(t.Context(), func(yield func(int) bool) { yield(1); yield(2); panic("torn") }, func(int) error { n++; return nil })
	if err == nil || !strings.Contains(err.Error(), "torn") || n != 2 {
		t.Error(n, err)
	}
}

func BenchmarkPool(b *testing.B) {
	p := Pool[int, int]{Weight: func(int) int64 { return 1 }, Work: double}
	b.ReportAllocs()
	if err := p.Run(b.Context(), numbers(b.N), func(int) error { return nil }); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPoolWork is with jobs that take as long as a message does.
func BenchmarkPoolWork(b *testing.B) {
	const each = 150 * time.Microsecond
	p := Pool[int, int]{Weight: func(int) int64 { return 1 }, Work: func(_ context.Context, j int) int {
		for start := time.Now(); time.Since(start) < each; {
		}
		return j
	}}
	b.ReportAllocs()
	if err := p.Run(b.Context(), numbers(b.N), func(int) error { return nil }); err != nil {
		b.Fatal(err)
	}
}
