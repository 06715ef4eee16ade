package batch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestUnordered holds that a job that takes long keeps no other back, that none is lost,
// and that the pool holds no more than it may.
func TestUnordered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := Pool[int, int]{Workers: 4, Jobs: 4, Unordered: true, Work: func(_ context.Context, j int) int {
			if j == 0 {
				time.Sleep(time.Hour)
			}
			time.Sleep(time.Second)
			return j
		}}
		var got []int
		if err := pool.Run(t.Context(), slices.Values([]int{0, 1, 2, 3, 4, 5, 6, 7, 8}), func(r int) error { got = append(got, r); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) != 9 || got[8] != 0 {
			t.Errorf("%v: the long one is not the last, or one is lost", got)
		}
	})
}

// TestUnorderedEnds holds that the pool ends with its context and with an error of emit.
func TestUnorderedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		endless := func(yield func(int) bool) {
			for i := 0; yield(i); i++ {
			}
		}
		work := func(ctx context.Context, j int) int {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			return j
		}
		pool := Pool[int, int]{Workers: 8, Unordered: true, Work: work}
		if err := pool.Run(ctx, endless, func(int) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		broken := errors.New("no room")
		if err := pool.Run(t.Context(), endless, func(int) error { return broken }); !errors.Is(err, broken) {
			t.Error(err)
		}
	})
}

// TestProbed holds that a domain with a report is done, in whatever order they stand.
func TestProbed(t *testing.T) {
	line := func(kind, target, why string) string {
		return `{"schema":"mailtrace/1","kind":"` + kind + `","target":"` + target + `","error":"` + why + `","evidence":{"offset":0,"part":0}}` + "\n"
	}
	p, err := Done(strings.NewReader(line("probe", "b.example", "") + line("probe", "a.example", "no") + line("trace", "c.example", "") + `{"schema":"mailtr`))
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]bool{"a.example": true, "b.example": true, "c.example": false, "d.example": false} {
		if got := p.Probed(target); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
	if p.Reports != 3 || p.Failed != 1 {
		t.Errorf("%d reports, %d failed", p.Reports, p.Failed)
	}
}
