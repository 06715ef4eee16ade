package probe

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/report"
)

// TestZoo meets every server of the zoo, in time that is not spent: each conversation
// ends in time, within its bounds, and with the right words.
func TestZoo(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "%-45s %-9s %-9s %-9s %8s %8s\n", "server", "outcome", "phase", "starttls", "ms", "KB")
	seen := map[string]bool{}
	for _, a := range zoo() {
		if seen[a.name] {
			t.Errorf("%s: twice", a.name)
		}
		seen[a.name] = true
		t.Run(a.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			e := a.meet(t)
			runtime.ReadMemStats(&after)
			if got := words(e); got != a.want {
				t.Errorf("%s (%s), want %s; %+v", got, e.Why, a.want, e.Oddities)
			}
			inBounds(t, e)
			validEndpoint(t, e)
			fmt.Fprintf(&table, "%-45s %-9s %-9s %-9s %8d %8d  %s\n", a.name, e.Outcome, e.Phase, e.StartTLS, e.Milliseconds, (after.TotalAlloc-before.TotalAlloc)>>10, e.Why)
		})
	}
	t.Logf("%d servers; KB is what both sides allocated\n%s", len(seen), &table)
}

// meet has the conversation with an animal.
func (a *animal) meet(t *testing.T) *report.Endpoint {
	t.Helper()
	to := netip.MustParseAddrPort("192.0.2.10:25")
	e := &report.Endpoint{Address: to.Addr(), Port: 25}
	authority() // Outside of the time that is not spent: keys are made.
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		conn := &scripted{Conn: client, to: to}
		b := newBeast(server, a.full)
		b.reset = &conn.reset
		var serving sync.WaitGroup
		defer serving.Wait()
		serving.Go(func() {
			defer server.Close()
			a.serve(b)
		})
		p := &Prober{Now: clock, HELO: "probe.example.net", Roots: authority().roots()}
		began := time.Now()
		p.converse(t.Context(), conn, target{host: "mx.example.org", address: to, implicit: a.implicit}, e)
		if took, most := time.Since(began), sessions*unhurried+farewell+2*lastLook; took > most {
			t.Errorf("took %s, more than %s", took, most)
		}
	})
	return e
}

// words are those by which the end of a conversation is told.
func words(e *report.Endpoint) string {
	text := fmt.Sprintf("%s %s %s", e.Outcome, e.Phase, e.StartTLS)
	for i, o := range e.Oddities {
		text += map[bool]string{true: " ", false: ","}[i == 0] + string(o.Kind)
	}
	return text
}

// inBounds holds an endpoint to what is guaranteed of every one.
func inBounds(t testing.TB, e *report.Endpoint) {
	t.Helper()
	octets := 0
	for _, x := range e.Transcript {
		octets += len(x.Text) + len(x.TextBase64)*3/4
		if len(x.Text) > maxLine || len(x.TextBase64) > 2*maxLine {
			t.Errorf("a line of %d octets in the transcript", len(x.Text))
		}
		verb, _, _ := strings.Cut(x.Text, " ")
		if x.Client && verb != "EHLO" && verb != "HELO" && verb != "STARTTLS" && verb != "QUIT" {
			t.Errorf("we said %q", x.Text)
		}
	}
	if octets > maxKeptWhole+maxLine+minKeptLine*len(e.Transcript) || len(e.Transcript) > 8*maxReplyLines {
		t.Errorf("%d octets in %d lines of the transcript", octets, len(e.Transcript))
	}
	for _, o := range e.Oddities {
		if o.Line < 0 || o.Line > len(e.Transcript) || o.Text == "" || len(o.Text) > 200 {
			t.Errorf("oddity %+v; the transcript has %d lines", o, len(e.Transcript))
		}
	}
	if (e.Outcome == report.OutcomeOK) != (e.Why == "") || (e.Outcome == report.OutcomeOK) != (e.Phase == report.PhaseQuit) {
		t.Errorf("%s at %s: %q", e.Outcome, e.Phase, e.Why)
	}
	for i, x := range e.Transcript {
		if i > 0 && x.Milliseconds < e.Transcript[i-1].Milliseconds {
			t.Errorf("line %d of the transcript is older than the one before", i+1)
		}
	}
}

// validEndpoint holds an endpoint to the schema.
func validEndpoint(t testing.TB, e *report.Endpoint) {
	t.Helper()
	r := report.New(report.KindProbe)
	r.Target = "example.org"
	r.Hosts = []report.Host{{Name: "mx.example.org", Role: report.RoleNamed, Endpoints: []report.Endpoint{*e}}}
	valid(t, r)
}
