package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/tools/txtar"

	"mailtrace/report"
)

// TestConverse has the conversations of testdata/dialogs/*.txtar: name.smtp is a dialog
// (see dialogs), name.want what the endpoint says of it.
func TestConverse(t *testing.T) {
	files, err := filepath.Glob("testdata/dialogs/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no dialogs", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(archive.Files); i += 2 {
			script, want := &archive.Files[i], &archive.Files[i+1]
			name, _ := strings.CutSuffix(script.Name, ".smtp")
			if want.Name != name+".want" {
				t.Fatalf("%s: behind %s has to stand %s.want", file, script.Name, name)
			}
			t.Run(name, func(t *testing.T) {
				got := account(converseWith(t, string(script.Data)))
				if *update {
					want.Data = got
				} else if !bytes.Equal(got, want.Data) {
					t.Errorf("%s:\n%s\nwant:\n%s", file, got, want.Data)
				}
			})
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// converseWith has the conversation with the one server of a dialog.
func converseWith(t *testing.T, script string) *report.Endpoint {
	t.Helper()
	var e *report.Endpoint
	authority()
	synctest.Test(t, func(t *testing.T) {
		d := parseDialogs(t, authority(), script, "")
		for to := range d.scripts {
			conn, err := d.dial(t.Context(), to)
			if err != nil {
				t.Fatal(err)
			}
			e = &report.Endpoint{Address: to.Addr(), Port: int(to.Port())}
			p := &Prober{Now: clock, HELO: "probe.example.net", Roots: authority().roots()}
			p.converse(t.Context(), conn, target{host: "mx.example.org", address: to, implicit: to.Port() == implicitPort}, e)
		}
		synctest.Wait()
		for _, f := range d.faults {
			t.Error(f)
		}
	})
	inBounds(t, e)
	validEndpoint(t, e)
	return e
}

// account writes what an endpoint says, but for the facts of TLS.
func account(e *report.Endpoint) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s at %s, starttls %s, %d ms", e.Outcome, e.Phase, e.StartTLS, e.Milliseconds)
	if e.Code != nil {
		fmt.Fprintf(&b, ", code %d", *e.Code)
	}
	if e.Why != "" {
		fmt.Fprintf(&b, ": %s", e.Why)
	}
	fmt.Fprintf(&b, "\ngreeting %q\nhello %s %q\n", e.Greeting, e.Hello, e.HelloName)
	list := func(name string, all []report.Extension) {
		fmt.Fprintf(&b, "%s", name)
		for _, x := range all {
			fmt.Fprintf(&b, " [%s]", strings.TrimSpace(x.Keyword+" "+x.Param))
		}
		fmt.Fprintln(&b)
	}
	list("extensions", e.Extensions)
	list("extensions in TLS", e.ExtensionsTLS)
	fmt.Fprintf(&b, "size %s", e.Size.State)
	if e.Size.Octets != nil {
		fmt.Fprintf(&b, " %d", *e.Size.Octets)
	}
	fmt.Fprintf(&b, "\nTLS %v, %d certificates\ntimes", e.TLS != nil, len(e.Certificates))
	for _, s := range e.Times {
		fmt.Fprintf(&b, " %s %d", s.Phase, s.Milliseconds)
	}
	fmt.Fprintln(&b)
	for _, o := range e.Oddities {
		fmt.Fprintf(&b, "odd %s, line %d: %s\n", o.Kind, o.Line, o.Text)
	}
	for _, l := range e.Limits {
		fmt.Fprintf(&b, "limit %s %d: %s\n", l.Name, l.Value, l.Text)
	}
	for i, x := range e.Transcript {
		text := fmt.Sprintf("%q", x.Text)
		if x.TextBase64 != "" {
			text = "base64 " + x.TextBase64
		}
		fmt.Fprintf(&b, "%2d %6d %s%s %s", i+1, x.Milliseconds, map[bool]string{true: "C", false: "S"}[x.Client], map[bool]string{true: "*", false: " "}[x.TLS], text)
		if x.Cut > 0 {
			fmt.Fprintf(&b, ", %d octets cut", x.Cut)
		}
		fmt.Fprintln(&b)
	}
	return b.Bytes()
}

// TestStopped stops a conversation with a server that is slow at every step, at every
// second of it: it ends at once, and what was stopped is not the server's fault.
func TestStopped(t *testing.T) {
	authority()
	for _, step := range [...]string{"greeting", "ehlo", "starttls", "tls", "ehlo-tls", "quit"} {
		t.Run(step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				to := netip.MustParseAddrPort("192.0.2.10:25")
				go func() {
					defer server.Close()
					b := newBeast(server, false)
					b.reach(step)
					b.wait()
				}()
				const after = 1500 * time.Millisecond
				ctx, cancel := context.WithTimeout(t.Context(), after)
				defer cancel()
				e := &report.Endpoint{}
				p := &Prober{Now: clock, HELO: "probe.example.net", Roots: authority().roots()}
				began := time.Now()
				p.converse(ctx, &scripted{Conn: client, to: to}, target{host: "mx.example.org", address: to}, e)
				if took := time.Since(began); took != after {
					t.Errorf("took %s, and was stopped after %s", took, after)
				}
				want := report.OutcomeUntried
				if step == "quit" {
					want = report.OutcomeOK // All was said.
				}
				if e.Outcome != want || step != "quit" && e.Why != "stopped" || len(e.Oddities) > 0 {
					t.Errorf("%s: %s, %+v; want %s", e.Outcome, e.Why, e.Oddities, want)
				}
				synctest.Wait()
			})
		})
	}
}

// TestRoundTrips counts them: with a server 100 ms away a whole conversation is six
// round trips of 200 ms behind that of TCP, and nothing on top.
func TestRoundTrips(t *testing.T) {
	e := converseWith(t, `@ 192.0.2.10:25
X: wait 200ms
S: 220 mx.example.org ESMTP
C: EHLO probe.example.net
X: wait 200ms
S: 250-mx.example.org
S: 250 STARTTLS
C: STARTTLS
X: wait 200ms
S: 220 ready
X: wait 200ms
T: good
C: EHLO probe.example.net
X: wait 200ms
S: 250 mx.example.org
C: QUIT
X: wait 200ms
S: 221 bye
`)
	if e.Outcome != report.OutcomeOK || e.Milliseconds != 6*200 {
		t.Errorf("%s: %s, %d ms", e.Outcome, e.Why, e.Milliseconds)
	}
}

// TestMeter ends a conversation that has had its octets.
func TestMeter(t *testing.T) {
	conn := &canned{octets: []byte("220-mx\r\n220 mx\r\n250 mx\r\n"), piece: 100, end: io.EOF}
	e := &report.Endpoint{}
	c := &conversation{p: &Prober{}, e: e, patience: unhurried, name: "probe.example.net", said: transcript{e: e, began: time.Now()}}
	c.raw = &meter{Conn: conn, left: len("220-mx\r\n220 mx\r\n250"), end: time.Now().Add(time.Hour)}
	c.wire = &wire{conn: c.raw, said: &c.said}
	if end := c.greeting(t.Context()); end != nil {
		t.Fatal(end.why)
	}
	_, end := c.hello(t.Context())
	if end == nil || end.outcome != report.OutcomeProtocol || len(e.Limits) != 1 || e.Limits[0].Name != "probe.maxSession" {
		t.Errorf("%+v, %+v", end, e.Limits)
	}
	accounted(t, conn.octets[:conn.read], &report.Endpoint{Transcript: slices.DeleteFunc(e.Transcript, func(x report.Exchange) bool { return x.Client })}, 0)

	// What is to be read again comes first, and the end is the end.
	m := &meter{Conn: conn, left: 3, pending: []byte("pending"), end: time.Now().Add(time.Minute)}
	all, err := io.ReadAll(m)
	if string(all) != "pending mx" || !errors.Is(err, errSession) {
		t.Errorf("%q, %v", all, err)
	}
	for _, d := range [...]time.Time{{}, m.end.Add(time.Hour)} {
		if got := m.until(d); got != m.end {
			t.Errorf("a deadline at %s, the end is at %s", got, m.end)
		}
	}
}

func TestHELO(t *testing.T) {
	for _, c := range [...]struct{ name, from, want string }{
		{"probe.example.net", "198.51.100.20:40000", "probe.example.net"},
		{"", "198.51.100.20:40000", "[198.51.100.20]"},
		{"", "[2001:db8::20]:40000", "[IPv6:2001:db8::20]"},
		{"", "[fe80::1%eth0]:40000", "[IPv6:fe80::1]"},
		{"", "[::ffff:198.51.100.20]:40000", "[198.51.100.20]"},
		{"", "pipe", "[127.0.0.1]"},
		{"a\r\nMAIL FROM:<>", "198.51.100.20:40000", "[198.51.100.20]"}, // One command stays one.
		{"two words", "198.51.100.20:40000", "[198.51.100.20]"},
	} {
		p := &Prober{HELO: c.name}
		if got := p.helo(endName(c.from)); got != c.want {
			t.Errorf("%q from %s: %s, want %s", c.name, c.from, got, c.want)
		}
	}
}

// endName is an address by its text.
type endName string

func (endName) Network() string  { return "tcp" }
func (n endName) String() string { return string(n) }
