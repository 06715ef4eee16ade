//go:build unix

package probe

import (
	"context"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtrace/report"
)

// worst are the animals that would cost the most if a bound failed.
var worst = []string{
	"endless line at greeting", "line of 1 MB at greeting", "drip at greeting", "silence at ehlo",
	"endless lines of 2000 octets at ehlo", "endless replies at starttls", "endless message at tls",
	"endless empty records at tls", "certificate sans:100000 at tls", "certificate sans:5000 at tls",
	"certificate chain:400 at tls", "RSA key of 16,384 bits at tls", "endless lines at ehlo-tls",
	"endless replies at quit", "221, and never closing at quit",
}

// zooAt tells a child of TestZooMemory where the animals are.
const zooAt = "MAILTRACE_TEST_ZOO"

// TestZooMemory meets the worst of the zoo over TCP, all at one time, in a process of
// its own that has to stay under 64 MB; each conversation ends in time.
func TestZooMemory(t *testing.T) {
	if at := os.Getenv(zooAt); at != "" {
		meetAll(t, strings.Fields(at))
		return
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, kind := range [...]string{"good", "ecdsa", "sans:100000", "sans:5000", "chain:400"} {
		issued(kind)
	}
	var at []string
	for _, a := range zoo() {
		if slices.Contains(worst, a.name) {
			at = append(at, a.listen(t))
		}
	}
	if len(at) != len(worst) {
		t.Fatalf("%d of %d animals are there", len(at), len(worst))
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestZooMemory$", "-test.v")
	child.Env = append(os.Environ(), zooAt+"="+strings.Join(at, " "))
	out, err := child.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

// listen lets an animal serve on loopback.
func (a *animal) listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				a.serve(newBeast(conn, a.full))
			}()
		}
	}()
	return l.Addr().String()
}

// meetAll is the child.
func meetAll(t *testing.T, at []string) {
	const patience = time.Second
	met := make([]report.Endpoint, len(at))
	var all sync.WaitGroup
	for i, to := range at {
		all.Go(func() {
			dialer := net.Dialer{}
			conn, err := dialer.DialContext(t.Context(), "tcp", to)
			if err != nil {
				t.Error(err)
				return
			}
			p := &Prober{Now: clock, Patience: patience, HELO: "probe.example.net"}
			p.converse(context.Background(), conn, target{host: "mx.example.org", address: netip.MustParseAddrPort(to)}, &met[i])
		})
	}
	all.Wait()
	for _, e := range met {
		inBounds(t, &e)
		octets := 0
		for _, x := range e.Transcript {
			octets += len(x.Text) + len(x.TextBase64)
		}
		t.Logf("%-9s %-9s %-9s %6d ms, transcript %6d octets  %s", e.Outcome, e.Phase, e.StartTLS, e.Milliseconds, octets, e.Why)
		if most := sessions*patience + farewell + time.Second; e.Milliseconds > most.Milliseconds() {
			t.Errorf("took %d ms, more than %s", e.Milliseconds, most)
		}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	peak := peakMemory()
	t.Logf("memory: %d KB from the system for Go, %d KB allocated in all, %d KB resident at most", stats.Sys>>10, stats.TotalAlloc>>10, peak>>10)
	const most = 64 << 20
	if !underRace() && (stats.Sys > most || peak > most) {
		t.Errorf("that is more than %d MB", most>>20)
	}
}

// underRace says whether the race detector is in this process: it takes several times
// the memory.
func underRace() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool {
		on, _ := strconv.ParseBool(s.Value)
		return s.Key == "-race" && on
	})
}
