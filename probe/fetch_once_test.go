package probe

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/report"
)

const onceZone = "example.org. MX 10 mx1.example.org.\nmx1.example.org. A 192.0.2.10\n_mta-sts.example.org. TXT \"v=STSv1; id=1\"\nmta-sts.example.org. A 192.0.2.80\n"

// TestFetchOnce: a domain that is named several times in a run, at one time and later, has
// its web server asked once.
func TestFetchOnce(t *testing.T) {
	d := parseDialogs(t, authority(), "@ 192.0.2.10:25\nD: good\n@ 192.0.2.80:443\nP: 200 text/plain\n| version: STSv1\n| mode: enforce\n| max_age: 604800\n| mx: mx1.example.org\n", onceZone)
	var reports [3]*report.Report
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, onceZone, clock(), nil)
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() { reports[i] = p.Domain(t.Context(), "example.org") })
		}
		wg.Wait()
		reports[2] = p.Domain(t.Context(), "example.org")
		synctest.Wait()
	})
	asked := 0
	for _, to := range d.dialled {
		if to.Port() == fetchPort {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("the web server was asked %d times", asked)
	}
	for i, r := range reports {
		if m := r.Policies.MTASTS; m == nil || m.Status != report.PolicyFound || m.Mode != "enforce" || r.Cost.Fetches != 1 {
			t.Errorf("report %d: %+v, %d fetches", i, m, r.Cost.Fetches)
		}
	}
}

// TestFetchStopped: a fetch that was given up with its report says nothing to others, which
// make their own.
func TestFetchStopped(t *testing.T) {
	d := parseDialogs(t, authority(), "@ 192.0.2.80:443\nX: wait 20s\nP: 200 text/plain\n| version: STSv1\n| mode: none\n| max_age: 604800\n", onceZone)
	synctest.Test(t, func(t *testing.T) {
		p := testProber(t, d, onceZone, clock(), nil)
		brief, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var first, second *fetched
		var wg sync.WaitGroup
		wg.Go(func() { first = p.fetchOnce(brief, p.recorder(), "mta-sts.example.org", stsPath) })
		synctest.Wait()
		wg.Go(func() { second = p.fetchOnce(t.Context(), p.recorder(), "mta-sts.example.org", stsPath) })
		wg.Wait()
		synctest.Wait()
		if first.outcome == report.OutcomeOK || !first.unknown || second.outcome != report.OutcomeOK {
			t.Errorf("first: %s %s; second: %s %s", first.outcome, first.why, second.outcome, second.why)
		}
		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		p.run.files.join("a/b")
		if f := p.fetchOnce(stopped, p.recorder(), "a", "/b"); f.outcome != report.OutcomeUntried || !f.unknown {
			t.Errorf("%+v", f)
		}
	})
}

// TestFetchesBound: not more than maxFetches are kept.
func TestFetchesBound(t *testing.T) {
	m := &fetches{}
	for i := range maxFetches + 10 {
		if _, first := m.join(fmt.Sprint(i)); !first {
			t.Errorf("%d was there", i)
		}
	}
	if _, first := m.join("0"); !first || len(m.files) != maxFetches || len(m.order) != maxFetches {
		t.Errorf("%d kept, in the order of %d", len(m.files), len(m.order))
	}
	if _, first := m.join(fmt.Sprint(maxFetches)); first {
		t.Error("one that was there is not")
	}
	if m.forget("0"); len(m.files) != maxFetches-1 || len(m.order) != maxFetches-1 {
		t.Errorf("%d kept, in the order of %d", len(m.files), len(m.order))
	}
}
