package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// telephone is a resolver that is silent, fails or answers, and counts who asks.
type telephone struct {
	says  atomic.Pointer[Cause] // Nil: an answer. Timeout: after ten seconds.
	calls atomic.Int64
}

func (r *telephone) Lookup(ctx context.Context, name string, t Type) (*Answer, error) {
	r.calls.Add(1)
	q, _ := newQuestion(name, t)
	c := r.says.Load()
	if c == nil {
		return &Answer{Name: name, Type: t, Status: NXDomain}, nil
	}
	if *c == Timeout {
		select {
		case <-ctx.Done():
			return nil, q.gone(ctx)
		case <-time.After(10 * time.Second):
		}
	}
	return nil, q.fail("127.0.0.1:53", *c, nil)
}

func (r *telephone) say(c Cause) { r.says.Store(&c) }

// TestBreaker holds when it stops asking, and when it asks again.
func TestBreaker(t *testing.T) {
	for _, test := range []struct {
		name   string
		heard  bool // Before it begins.
		cause  Cause
		asked  int64         // Of twenty questions, one after the other.
		took   time.Duration // All twenty.
		opened int64
	}{
		{"dead from the beginning", false, Timeout, 1, 3 * time.Second, 1},
		{"no way to anybody", false, Network, 1, 0, 1},
		{"it dies", true, Timeout, 10, 100 * time.Second, 1},
		{"the cable is pulled", true, Network, 10, 0, 1},
		{"a server that fails lives", false, ServFail, 20, 0, 0},
		{"a server that refuses lives", true, Refused, 20, 0, 0},
		{"noise is a sign of life", false, Malformed, 20, 0, 0},
		{"the budget is not the server's", true, OverLimit, 20, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var phone telephone
				var opened atomic.Int64
				b := &Breaker{Resolver: &phone, Opened: func(*Error) { opened.Add(1) }}
				if test.heard {
					if _, err := b.Lookup(t.Context(), "example.org", A); err != nil {
						t.Fatal(err)
					}
				}
				phone.say(test.cause)
				phone.calls.Store(0)
				began := time.Now()
				for i := range 20 {
					_, err := b.Lookup(t.Context(), fmt.Sprintf("n%d.example.org", i), TXT)
					var fail *Error
					if !errors.As(err, &fail) || fail.Cause != test.cause {
						t.Fatalf("%d: %v, not %s", i, err, test.cause)
					}
					if asked := int64(i) < test.asked; asked == errors.Is(err, errNotAsked) {
						t.Errorf("%d: %v", i, err)
					}
				}
				if took := time.Since(began); took != test.took || phone.calls.Load() != test.asked || opened.Load() != test.opened {
					t.Errorf("%d were asked, not %d; it took %s, not %s; stopped %d times, not %d",
						phone.calls.Load(), test.asked, took, test.took, opened.Load(), test.opened)
				}
			})
		})
	}
}

// TestBreakerTries holds that the pauses grow, that one question alone is tried, and that
// an answer ends them.
func TestBreakerTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var phone telephone
		b := &Breaker{Resolver: &phone}
		phone.say(Timeout)
		ask := func() error {
			_, err := b.Lookup(t.Context(), "example.org", A)
			return err
		}
		_ = ask() // It stops.
		for i, pause := range []time.Duration{5, 10, 20, 20, 20} {
			time.Sleep(pause*time.Second - time.Millisecond)
			before := phone.calls.Load()
			_ = ask()
			if n := phone.calls.Load() - before; n != 0 {
				t.Fatalf("pause %d is shorter than %d s", i, pause)
			}
			time.Sleep(time.Millisecond)
			began := time.Now()
			done := make(chan error)
			go func() { done <- ask() }()
			synctest.Wait()
			if err := ask(); !errors.Is(err, errNotAsked) {
				t.Errorf("pause %d: beside the one that is tried: %v", i, err)
			}
			if err := <-done; errors.Is(err, errNotAsked) || time.Since(began) != 3*time.Second {
				t.Errorf("pause %d: the one that is tried: %v after %s", i, err, time.Since(began))
			}
		}
		time.Sleep(20 * time.Second)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = b.Lookup(gone, "example.org", A) // Who gives up leaves it to the next one.
		phone.says.Store(nil)
		for range 3 {
			if err := ask(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestBreakerDead asks ten thousand questions of a port at which nobody listens.
func TestBreakerDead(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() // Somebody holds the port, and never answers.
	c := &Client{Servers: []Server{{Address: netip.MustParseAddrPort(conn.LocalAddr().String())}}, Timeout: time.Second}
	r := &Cache{Resolver: &Breaker{Resolver: c, Patience: 300 * time.Millisecond}}
	began := time.Now()
	for i := range 10_000 {
		if _, err := r.Lookup(t.Context(), fmt.Sprintf("n%d.example.org", i), TXT); err == nil {
			t.Fatal("somebody answers")
		}
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it took %s", took)
	}
}
