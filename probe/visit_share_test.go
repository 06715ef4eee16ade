package probe

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/report"
)

// visits counts visits of which each takes a minute, and says in its Why how it ended.
type visits struct {
	mu   sync.Mutex
	made int
}

func (v *visits) visit(ctx context.Context, t target) visited {
	v.mu.Lock()
	v.made++
	v.mu.Unlock()
	r := unvisited(t, report.OutcomeOK, "over")
	if !sleep(ctx, time.Minute) {
		r.endpoint.Why = "stopped"
	}
	return r
}

// TestShare: a server is spoken to once for all reports, at one time or one after the
// other.
func TestShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo
		var v visits
		same := func() *sharing { return m.begin(t.Context(), targetAt("mx.example", "192.0.2.1:25"), v.visit) }
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for _, r := range m.collect(t.Context(), []*sharing{same(), same()}) {
					if r.endpoint.Why != "over" {
						t.Errorf("got %q", r.endpoint.Why)
					}
				}
			})
		}
		wg.Wait()
		m.collect(t.Context(), []*sharing{same()})
		if v.made != 1 {
			t.Errorf("%d visits were made", v.made)
		}
		other := []*sharing{
			m.begin(t.Context(), targetAt("mx2.example", "192.0.2.1:25"), v.visit), // Another certificate may be shown.
			m.begin(t.Context(), targetAt("mx.example", "192.0.2.1:26"), v.visit),
			m.begin(t.Context(), targetAt("mx.example", "192.0.2.2:25"), v.visit),
		}
		m.collect(t.Context(), other)
		if v.made != 4 {
			t.Errorf("%d visits were made to four servers", v.made)
		}
	})
}

// TestShareStopped: the report that is stopped does not stop the visit that others wait
// for; the last one does, and gets what was heard until then.
func TestShareStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo
		var v visits
		begin := func(ctx context.Context) (why chan string) {
			s := m.begin(ctx, targetAt("mx.example", "192.0.2.1:25"), v.visit)
			why = make(chan string, 1)
			go func() { why <- m.collect(ctx, []*sharing{s})[0].endpoint.Why }()
			synctest.Wait()
			return why
		}
		first, stopFirst := context.WithCancel(t.Context())
		second, stopSecond := context.WithCancel(t.Context())
		a, b := begin(first), begin(second)
		stopFirst()
		if why := <-a; why != whyStopped {
			t.Errorf("the first report got %q", why)
		}
		time.Sleep(time.Second)
		stopSecond()
		if why := <-b; why != "stopped" {
			t.Errorf("the second report got %q", why)
		}
		// What was stopped is not what the next one gets.
		if why := <-begin(t.Context()); why != "over" || v.made != 2 {
			t.Errorf("the next report got %q, after %d visits", why, v.made)
		}
	})
}

// TestShareDeaf: a visit that does not notice that it was stopped keeps nobody.
func TestShareDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memo
		ctx, stop := context.WithCancel(t.Context())
		s := m.begin(ctx, targetAt("mx.example", "192.0.2.1:25"), func(_ context.Context, t target) visited {
			time.Sleep(time.Hour)
			return unvisited(t, report.OutcomeOK, "over")
		})
		stop()
		began := time.Now()
		if r := m.collect(ctx, []*sharing{s, s})[1]; r.endpoint.Why != whyStopped || r.endpoint.Outcome != report.OutcomeUntried || time.Since(began) > lastWords {
			t.Errorf("got %q after %s", r.endpoint.Why, time.Since(began))
		}
		time.Sleep(2 * time.Hour)
		if len(m.visits) != 0 || m.recent.Len() != 0 {
			t.Error("what was given up is kept")
		}
	})
}

// TestShareBound: what is kept has a bound, and what was asked for lately stays.
func TestShareBound(t *testing.T) {
	var m memo
	made := 0
	long := strings.Repeat("x", 1<<20)
	ask := func(i int) {
		m.collect(t.Context(), []*sharing{m.begin(t.Context(), targetAt(fmt.Sprintf("mx%d.example", i), "192.0.2.1:25"), func(_ context.Context, t target) visited {
			made++
			r := unvisited(t, report.OutcomeOK, "")
			r.endpoint.Transcript = []report.Exchange{{Text: long}}
			return r
		})})
	}
	for i := range 100 {
		ask(i)
		ask(0)
	}
	if made != 100 || m.weight > maxKept || len(m.visits) != m.recent.Len() || len(m.visits) > 32 {
		t.Errorf("%d visits were made, %d are kept, with %d bytes", made, len(m.visits), m.weight)
	}
}

// TestCopyEndpoint: a copy has nothing of the original, whatever fields are added.
func TestCopyEndpoint(t *testing.T) {
	var e report.Endpoint
	fill(reflect.ValueOf(&e).Elem())
	c := copyEndpoint(&e)
	if !reflect.DeepEqual(e, c) {
		t.Errorf("the copy is another one:\n%+v\n%+v", e, c)
	}
	apart(t, "Endpoint", reflect.ValueOf(e), reflect.ValueOf(c))
}

// fill puts something into every field.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i))
		}
	case reflect.String:
		v.SetString("text")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	}
}

// apart finds what two values share.
func apart(t *testing.T, name string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if f := a.Type().Field(i); f.IsExported() {
				apart(t, name+"."+f.Name, a.Field(i), b.Field(i))
			}
		}
	case reflect.Pointer:
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", name)
		}
		apart(t, name, a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", name)
			return
		}
		for i := range a.Len() {
			apart(t, fmt.Sprintf("%s[%d]", name, i), a.Index(i), b.Index(i))
		}
	}
}
