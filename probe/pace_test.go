package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func targetAt(host, address string) target {
	return target{host: host, address: netip.MustParseAddrPort(address)}
}

// starts lets connections of a length be opened to targets, all at one time as far as
// the pace lets them, and says when each one began.
func starts(t *testing.T, q *pacer, length time.Duration, targets ...target) []time.Duration {
	t.Helper()
	began := time.Now()
	at := make([]time.Duration, len(targets))
	var wg sync.WaitGroup
	for i, to := range targets {
		wg.Go(func() {
			u, why := q.turn(t.Context(), to)
			if u == nil {
				t.Errorf("%v: %s", to, why)
				return
			}
			defer u.end()
			if why := u.await(t.Context()); why != "" {
				t.Errorf("%v: %s", to, why)
				return
			}
			at[i] = time.Since(began)
			time.Sleep(length)
			u.closed()
		})
		synctest.Wait() // So that they come in this order.
	}
	wg.Wait()
	return at
}

func afterSeconds(n ...float64) []time.Duration {
	var all []time.Duration
	for _, s := range n {
		all = append(all, time.Duration(s*float64(time.Second)))
	}
	return all
}

func TestPace(t *testing.T) {
	var network, sites, providers []target
	for i := range 12 {
		network = append(network, targetAt(fmt.Sprintf("mx%d.example", i), fmt.Sprintf("192.0.2.%d:25", i)))
		sites = append(sites, targetAt("mx.example", fmt.Sprintf("[2001:db8:5:%d::1]:25", i)))
		providers = append(providers, targetAt("mx.example", fmt.Sprintf("192.0.%d.1:25", i)))
	}
	one := network[:1]
	cases := []struct {
		name    string
		pace    Pace
		targets []target
		want    []time.Duration
	}{
		{"one address, two names and ports", Pace{}, []target{one[0], targetAt("b.example", "192.0.2.0:25"), targetAt("b.example", "192.0.2.0:587")}, afterSeconds(0, 3, 6)},
		{"one address, also in a form of IPv6", Pace{}, []target{one[0], targetAt("mx0.example", "[::ffff:192.0.2.0]:25")}, afterSeconds(0, 3)},
		{"no time between", Pace{Apart: -1}, []target{one[0], one[0], one[0]}, afterSeconds(0, 1, 2)},
		{"a /24", Pace{}, network, afterSeconds(0, 0, 0, 0, 0, 0, 0, 0, .5, 1, 1.5, 2)},
		{"a /48", Pace{Rate: 1, Burst: 10}, sites, afterSeconds(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2)},
		{"twelve networks", Pace{}, providers, afterSeconds(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)},
		{"five at a time", Pace{Open: 5}, providers, afterSeconds(0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2)},
		// The first places are waited for by those that the network lets in anyway.
		{"a /24, three at a time", Pace{Open: 3, Rate: 1, Burst: 4}, network[:8], afterSeconds(0, 0, 0, 1, 1, 2, 3, 4)},
		{"no bounds", Pace{Rate: -1, Open: -1}, network, afterSeconds(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := starts(t, newPacer(c.pace, 0, false), time.Second, c.targets...)
				slices.Sort(got)
				for i := range got {
					got[i] = got[i].Round(time.Millisecond)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("began at %v, want %v", got, c.want)
				}
			})
		})
	}
}

// TestPaceRefuses: the budget of a host, and who said 421.
func TestPaceRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newPacer(Pace{}, 0, false)
		connects := func(to target) string {
			u, why := q.turn(t.Context(), to)
			if u == nil {
				return why
			}
			defer u.end()
			return u.await(t.Context())
		}
		for range defaultPerHost {
			if why := connects(targetAt("a.example", "192.0.2.1:25")); why != "" {
				t.Error(why)
			}
		}
		const budget = "3 connections to one host at one address are the most in a run"
		if why := connects(targetAt("a.example", "192.0.2.1:26")); why != budget {
			t.Errorf("the fourth connection: %q", why)
		}
		if why := connects(targetAt("b.example", "192.0.2.1:25")); why != "" {
			t.Errorf("another host: %s", why)
		}
		u, _ := q.turn(t.Context(), targetAt("c.example", "192.0.2.3:25"))
		if why := u.await(t.Context()); why != "" {
			t.Error(why)
		}
		waiting := make(chan string, 2)
		go func() { waiting <- connects(targetAt("d.example", "192.0.2.3:25")) }() // The same address.
		go func() { waiting <- connects(targetAt("e.example", "192.0.2.5:25")) }() // Another one.
		synctest.Wait()
		u.stop()
		u.end()
		why := []string{<-waiting, <-waiting}
		slices.Sort(why)
		if why[0] != "" || why[1] != "a server at this address told us earlier to come back later (421), so it was left alone" {
			t.Errorf("those that waited: %q", why)
		}
		if why := connects(targetAt("c.example", "192.0.2.4:25")); why != "this host told us to come back later (421) at 192.0.2.3, so it was left alone" {
			t.Errorf("another address of the host: %q", why)
		}
	})
}

// TestPaceStopped: who is stopped while it waits, wherever that is, takes nothing with
// it.
func TestPaceStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newPacer(Pace{Open: 1, Burst: 2}, 0, false)
		ctx, stop := context.WithCancel(t.Context())
		holder, _ := q.turn(t.Context(), targetAt("a.example", "192.0.2.1:25"))
		if why := holder.await(t.Context()); why != "" {
			t.Fatal(why)
		}
		var wg sync.WaitGroup
		for _, at := range []string{"192.0.2.1:25", "192.0.2.2:25", "192.0.2.3:25", "192.0.2.4:25", "198.51.100.1:25"} {
			wg.Go(func() {
				u, why := q.turn(ctx, targetAt("b.example", at))
				if u != nil {
					why = u.await(ctx)
					u.end()
				}
				if why != whyStopped {
					t.Errorf("%s: %q", at, why)
				}
			})
		}
		synctest.Wait()
		stop()
		wg.Wait()
		holder.end()
		for key, g := range q.addresses.all {
			if g.users != 0 || len(g.way) != 0 {
				t.Errorf("%s: %d users, %d in", key, g.users, len(g.way))
			}
		}
		for key, g := range q.networks.all {
			if g.users != 0 || len(g.way) != 0 {
				t.Errorf("%s: %d users, %d in", key, g.users, len(g.way))
			}
		}
		if len(q.open) != 0 {
			t.Errorf("%d places are taken", len(q.open))
		}
	})
}

// TestPaceForgets: what is remembered has a bound, however many are asked.
func TestPaceForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newPacer(Pace{}, 0, false)
		for i := range 5 * minGates {
			u, why := q.turn(t.Context(), target{address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{1, byte(i >> 8), byte(i), 1}), 25)})
			if u == nil || u.await(t.Context()) != "" {
				t.Fatal(why)
			}
			u.end()
			time.Sleep(100 * time.Millisecond)
		}
		if a, n := len(q.addresses.all), len(q.networks.all); a > minGates || n > minGates {
			t.Errorf("%d addresses and %d networks are kept", a, n)
		}
	})
	m := map[int]bool{}
	for i := range maxRemembered + 1000 {
		remember(m, i, true)
	}
	if len(m) != maxRemembered || !m[maxRemembered+999] {
		t.Errorf("%d are remembered", len(m))
	}
}

func TestPaceText(t *testing.T) {
	const want = "one connection at a time to an address and 2 s between two; to a network (/24, /48) 8 at once, then 2 more in a second; 3 to each address of a host, and then no more; 256 open at a time in all; none any more to whoever answers 421"
	if got := (Pace{}).String(); got != want {
		t.Errorf("the pace is told as %q", got)
	}
	if got := (Pace{Apart: -1, Rate: -1, PerHost: -1, Open: -1}).String(); got != "one connection at a time to an address; none any more to whoever answers 421" {
		t.Errorf("no pace is told as %q", got)
	}
}
