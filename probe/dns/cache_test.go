package dns

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestCacheTimes asks again after a while: is it still kept?
func TestCacheTimes(t *testing.T) {
	for _, test := range []struct {
		name    string
		outcome outcome
		keeps   time.Duration
	}{
		{"an answer", outcome{answer: &Answer{Status: Found, TTL: 5 * time.Minute}}, 5 * time.Minute},
		{"absence", outcome{answer: &Answer{Status: NXDomain, TTL: time.Minute}}, time.Minute},
		{"TTL 0", outcome{answer: &Answer{Status: Found}}, minTTL},
		{"TTL of a month", outcome{answer: &Answer{Status: Found, TTL: 30 * 24 * time.Hour}}, maxTTL},
		{"silence", outcome{fail: &Error{Cause: Timeout}}, failureTTL},
		{"SERVFAIL", outcome{fail: &Error{Cause: ServFail}}, failureTTL},
		{"offline", outcome{fail: &Error{Cause: Offline}}, 0},
		{"over limit", outcome{fail: &Error{Cause: OverLimit}}, 0},
	} {
		now := time.Unix(1790000000, 0)
		n := 0
		c := &Cache{Now: func() time.Time { return now }, Resolver: fake(func(context.Context, string, Type) (*Answer, error) {
			n++
			return test.outcome.result()
		})}
		ask := func() int { _, _ = c.Lookup(context.Background(), "example.org", A); return n }
		ask()
		now = now.Add(test.keeps - 1)
		if got := ask(); test.keeps > 0 && got != 1 {
			t.Errorf("%s: asked again before its time", test.name)
		}
		now = now.Add(1)
		before := n
		if ask() == before {
			t.Errorf("%s: kept for too long", test.name)
		}
	}
}

// TestOneFlight: many ask at a time, and the first of them gives up.
func TestOneFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		c := &Cache{Resolver: fake(func(ctx context.Context, name string, typ Type) (*Answer, error) {
			n.Add(1)
			select {
			case <-time.After(10 * time.Second):
				return &Answer{Name: name, Type: typ, Status: Found, TTL: time.Hour}, nil
			case <-ctx.Done():
				return nil, &Error{Name: name, Type: typ, Cause: Canceled, Err: ctx.Err()}
			}
		})}
		results := make(chan string, 10)
		for i := range 10 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(1+8*i)*time.Second)
			defer cancel()
			go func() { results <- told(c.Lookup(ctx, "example.org", A)) }()
			synctest.Wait()
		}
		counts := map[string]int{}
		for range 10 {
			counts[<-results]++
		}
		if n.Load() != 1 || counts["timeout"] != 2 || counts["found 0 1h0m0s"] != 8 {
			t.Errorf("%d questions, %v", n.Load(), counts)
		}
	})
}

// TestAllLeave: the question ends when nobody waits, and who comes then asks anew.
func TestAllLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n, ended atomic.Int32
		c := &Cache{Resolver: fake(func(ctx context.Context, name string, typ Type) (*Answer, error) {
			if n.Add(1) == 1 {
				<-ctx.Done()
				time.Sleep(time.Second) // In fake time: it is slow to notice.
				ended.Add(1)
				return nil, &Error{Name: name, Type: typ, Cause: Timeout, Err: ctx.Err()}
			}
			return &Answer{Name: name, Type: typ, Status: Found, TTL: time.Hour}, nil
		})}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan string)
		go func() { done <- told(c.Lookup(ctx, "example.org", A)) }()
		synctest.Wait()
		cancel()
		if got := <-done; got != "canceled" {
			t.Error(got)
		}
		if got := told(c.Lookup(context.Background(), "example.org", A)); got != "found 0 1h0m0s" {
			t.Errorf("after all had left: %s", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := told(c.Lookup(context.Background(), "example.org", A)); got != "found 0 1h0m0s" || ended.Load() != 1 || n.Load() != 2 {
			t.Errorf("at the end: %s, %d ended, %d asked", got, ended.Load(), n.Load())
		}
	})
}

// TestCacheBound fills it: it stays in its bound, and keeps what is used.
func TestCacheBound(t *testing.T) {
	n := map[string]int{}
	c := &Cache{Bytes: 1 << 20, Resolver: fake(func(_ context.Context, name string, typ Type) (*Answer, error) {
		n[name]++
		a := &Answer{Name: name, Type: typ, Status: Found, TTL: time.Hour, Records: []Record{{Text: make([]byte, 1000)}}}
		if name == "big.example" {
			a.Records[0].Text = make([]byte, 1<<20)
		}
		return a, nil
	})}
	ask := func(name string) { _, _ = c.Lookup(context.Background(), name, TXT) }
	for i := range 5000 {
		ask(fmt.Sprintf("n%d.example", i))
		if i%100 == 0 {
			ask("used.example")
		}
		if c.young.bytes > 1<<19 || c.old.bytes > 1<<19 {
			t.Fatalf("%d and %d bytes", c.young.bytes, c.old.bytes)
		}
	}
	ask("big.example")
	if n["used.example"] != 1 {
		t.Errorf("what is used was asked for %d times", n["used.example"])
	}
	if kept := len(c.young.kept) + len(c.old.kept); kept > 1000 || kept < 200 {
		t.Errorf("%d are kept", kept)
	}
}

func TestBudget(t *testing.T) {
	z, err := ParseZone("example.org A 192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	b := &Budget{Resolver: z, Questions: 2}
	for _, want := range []string{"found 1 1h0m0s", "found 1 1h0m0s", "over-limit", "over-limit"} {
		if got := told(b.Lookup(context.Background(), "example.org", A)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if _, err := b.Lookup(context.Background(), "a..b", A); told(nil, err) != "bad-name" || b.Asked() != 2 {
		t.Errorf("%v, %d asked", err, b.Asked())
	}
	if got := told((&Budget{Resolver: z}).Lookup(context.Background(), "example.org", A)); got != "over-limit" {
		t.Errorf("the zero value: %s", got)
	}
	synctest.Test(t, func(t *testing.T) {
		b := &Budget{Questions: 9, Time: 3 * time.Second, Resolver: fake(func(ctx context.Context, name string, typ Type) (*Answer, error) {
			select {
			case <-time.After(2 * time.Second):
				return z.Lookup(ctx, name, typ)
			case <-ctx.Done():
				return nil, question{name, typ}.fail("192.0.2.53:53", Timeout, ctx.Err())
			}
		})}
		short, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if got := told(b.Lookup(short, "example.org", A)); got != "timeout" {
			t.Errorf("the caller's own deadline: %s", got)
		}
		for _, want := range []string{"found 1 1h0m0s", "over-limit"} {
			if got := told(b.Lookup(context.Background(), "example.org", A)); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		if b.Asked() != 2 {
			t.Errorf("%d asked", b.Asked())
		}
	})
}

func TestNobody(t *testing.T) {
	_, err := Nobody{}.Lookup(context.Background(), "Example.org.", A)
	var e *Error
	if !errors.As(err, &e) || e.Cause != Offline || e.Error() != "look up example.org A: offline" || !e.Temporary() {
		t.Errorf("%v", err)
	}
}
