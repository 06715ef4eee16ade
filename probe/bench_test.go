//go:build unix

package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What the fleet of the benchmarks is like.
const (
	fleetSize    = 5000
	fleetAtOnce  = defaultOpen
	fleetDelay   = 200 * time.Millisecond
	fleetProcess = "MAILTRACE_TEST_FLEET" // Set in the process that has the servers.
)

// TestFleetServers is the servers, in a process of their own: what they cost is not
// what probing costs. It ends with its standard input.
func TestFleetServers(t *testing.T) {
	if os.Getenv(fleetProcess) == "" {
		t.Skip("this is the other process of BenchmarkFleet")
	}
	f := newFleet(newTestCA(t, time.Now()), fleetDelay)
	for i := range fleetSize {
		if fleetFault(i).name == "good" { // Before anybody has to wait for it.
			f.certificateOf(goodCertificate, "mx."+fleetDomain(i))
		}
	}
	l, port, nobody := listenFleet(t)
	go f.serve(l)
	fmt.Printf("%d %d\n%s\n", port, nobody, f.ca.rootPEM())
	_, _ = io.Copy(io.Discard, os.Stdin)
	l.Close()
}

// startFleet starts the servers.
func startFleet(b *testing.B) (f *fleet, port, nobody uint16) {
	b.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestFleetServers$", "-test.timeout=0")
	c.Env = append(os.Environ(), fleetProcess+"=1")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = c.Wait()
	})
	lines := bufio.NewReader(out)
	if _, err := fmt.Fscanf(lines, "%d %d\n", &port, &nobody); err != nil {
		b.Fatal(err)
	}
	var text strings.Builder
	for !strings.Contains(text.String(), "END CERTIFICATE") {
		line, err := lines.ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		text.WriteString(line)
	}
	block, _ := pem.Decode([]byte(text.String()))
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		b.Fatal(err)
	}
	return &fleet{ca: &testCA{t: b, root: &issuer{cert: root}}}, port, nobody
}

// BenchmarkFleet probes 5,000 domains, one in ten of which is faulty, and checks every
// verdict.
func BenchmarkFleet(b *testing.B) {
	f, port, nobody := startFleet(b)
	zone := fleetZone(b, fleetSize)
	metered(b, func() { probeFleet(b, fleetProber(f, zone, port, nobody), fleetSize, fleetAtOnce) })
}

// BenchmarkBare has the same conversations, keeps nothing and judges nothing.
func BenchmarkBare(b *testing.B) {
	_, port, nobody := startFleet(b)
	dial := fleetDial(port, nobody)
	metered(b, func() {
		work := make(chan int)
		var wg sync.WaitGroup
		for range fleetAtOnce {
			wg.Go(func() {
				for i := range work {
					_ = bare(b.Context(), dial, netip.AddrPortFrom(fleetAddress(i), smtpPort), "mx."+fleetDomain(i))
				}
			})
		}
		for i := range fleetSize {
			work <- i
		}
		close(work)
		wg.Wait()
	})
}

// bare is the least that speaks the dialogue.
func bare(ctx context.Context, dial func(context.Context, netip.AddrPort) (net.Conn, error), to netip.AddrPort, name string) error {
	conn, err := dial(ctx, to)
	if err != nil {
		return err
	}
	defer func() { conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(command string) (code string, lines []string, err error) {
		if command != "" {
			if _, err := io.WriteString(conn, command+"\r\n"); err != nil {
				return "", nil, err
			}
		}
		if err := conn.SetReadDeadline(time.Now().Add(fleetPatience)); err != nil {
			return "", nil, err
		}
		for {
			line, err := in.ReadString('\n')
			if err != nil || len(line) < 4 {
				return "", nil, io.ErrUnexpectedEOF
			}
			lines = append(lines, line)
			if line[3] != '-' {
				return line[:3], lines, nil
			}
		}
	}
	hello := "EHLO probe.example.net"
	code, _, err := say("")
	if err != nil {
		return err
	}
	if code == "220" {
		_, lines, err := say(hello)
		if err != nil {
			return err
		}
		if strings.Contains(strings.Join(lines, ""), "STARTTLS") {
			if code, _, err = say("STARTTLS"); err != nil {
				return err
			}
		} else {
			code = ""
		}
		if code == "220" {
			secure := tls.Client(conn, &tls.Config{ServerName: name, InsecureSkipVerify: true})
			if err := secure.Handshake(); err != nil {
				return err
			}
			conn, in = secure, bufio.NewReader(secure)
			if _, _, err := say(hello); err != nil {
				return err
			}
		}
	}
	_, _, err = say("QUIT")
	return err
}

// metered reports what f costs this process.
func metered(b *testing.B, f func()) {
	b.Helper()
	var cpu, wall time.Duration
	for b.Loop() {
		before, began := processorTime(b), time.Now()
		f()
		wall += time.Since(began)
		cpu += processorTime(b) - before
	}
	b.ReportMetric(wall.Seconds()/float64(b.N), "wall-s")
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(cpu.Seconds()*1e3/float64(b.N)/fleetSize, "cpu-ms/domain")
	if peak := peakMemory(); peak > 0 {
		b.ReportMetric(float64(peak)/1e6, "peak-MB") // Of the process, and so of all that ran before.
	}
}

func processorTime(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkLatency probes a server that is 100 ms away, one way, and says how many times the
// round trips of the protocol that takes.
func BenchmarkLatency(b *testing.B) {
	f := newFleet(newTestCA(b, time.Now()), 0)
	l, port, nobody := listenFleet(b)
	defer l.Close()
	go f.serve(l)
	zone := fleetZone(b, 1)
	var took time.Duration
	for b.Loop() {
		p := fleetProber(f, zone, port, nobody) // A new one: an old one would remember.
		p.Dial = far(p.Dial)
		began := time.Now()
		checkFleet(b, 0, p.Domain(b.Context(), fleetDomain(0)))
		took += time.Since(began)
	}
	b.ReportMetric(took.Seconds()/float64(b.N)/(roundTrips*2*linkDelay).Seconds(), "x-of-sum")
}
