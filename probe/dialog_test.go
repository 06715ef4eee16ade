package probe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A dialog file is the script of the servers that a probe meets, and what it has to
// say to them. It is read line by line:
//
//	@ 192.0.2.10:25 [2001:db8::10]:25   these endpoints speak what follows
//	S: 220 mx.example.org ESMTP         the server sends a line
//	R: "250 a\n250 b\r\n"               or octets as they are
//	C: EHLO probe.example.net           the client has to send this line
//	T: good max=1.2                     handshake, with a certificate of that kind
//	D: good                             a whole dialog, see dialogs
//	P: 200 text/plain good              a web server: T with that kind of certificate (good
//	                                    when none is named), a request for the policy of
//	                                    MTA-STS, and the header of its answer
//	G: /path                            the client has to ask for it by HTTP
//	| mode: testing                     the same as S
//	X: close                            or reset, silent, wait 40s, hello (the first
//	                                    message of TLS is read), endless (the letter a
//	                                    until the client goes); as the first line
//	                                    refuse, timeout, no-route: how connecting ends
//
// An endpoint that no line names refuses connections. Behind the last line the server
// closes.
type dialogs struct {
	t       testing.TB
	ca      *testCA
	scripts map[netip.AddrPort][]string
	names   map[netip.Addr]string // Of hosts, from the zone.

	mu      sync.Mutex
	dialled []netip.AddrPort
	faults  []string // Where a client left its script.
}

// whole are dialogs that go well, with HOST for the name of the host and KIND for the
// kind of its certificate.
var whole = map[string]string{
	"good": `S: 220 HOST ESMTP
C: EHLO probe.example.net
S: 250-HOST
S: 250-PIPELINING
S: 250-SIZE 52428800
S: 250-STARTTLS
S: 250 8BITMIME
C: STARTTLS
S: 220 ready
T: KIND
C: EHLO probe.example.net
S: 250-HOST
S: 250-PIPELINING
S: 250-SIZE 52428800
S: 250 8BITMIME
C: QUIT
S: 221 bye`,
	"clear": `S: 220 HOST ESMTP
C: EHLO probe.example.net
S: 250-HOST
S: 250-PIPELINING
S: 250 8BITMIME
C: QUIT
S: 221 bye`,
	"submission": `S: 220 HOST ESMTP
C: EHLO probe.example.net
S: 250-HOST
S: 250 STARTTLS
C: STARTTLS
S: 220 ready
T: KIND
C: EHLO probe.example.net
S: 250-HOST
S: 250 AUTH PLAIN LOGIN
C: QUIT
S: 221 bye`,
	"implicit": `T: KIND
S: 220 HOST ESMTP
C: EHLO probe.example.net
S: 250-HOST
S: 250 AUTH PLAIN LOGIN
C: QUIT
S: 221 bye`,
}

// parseDialogs reads a dialog file. The zone tells the names of hosts.
func parseDialogs(t testing.TB, ca *testCA, file, zone string) *dialogs {
	t.Helper()
	d := &dialogs{t: t, ca: ca, scripts: map[netip.AddrPort][]string{}, names: map[netip.Addr]string{}}
	for line := range strings.Lines(zone) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		if a, err := netip.ParseAddr(f[len(f)-1]); err == nil {
			d.names[a] = strings.TrimSuffix(f[0], ".")
		}
	}
	var at []netip.AddrPort
	for line := range strings.Lines(file) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if list, ok := strings.CutPrefix(line, "@ "); ok {
			at = at[:0]
			for _, s := range strings.Fields(list) {
				to, err := netip.ParseAddrPort(s)
				if err != nil {
					t.Fatalf("dialog %q: %v", line, err)
				}
				at = append(at, to)
				d.scripts[to] = []string{}
			}
			continue
		}
		for _, to := range at {
			d.scripts[to] = append(d.scripts[to], d.expand(to, line)...)
		}
	}
	return d
}

// expand writes a whole dialog out.
func (d *dialogs) expand(to netip.AddrPort, line string) []string {
	if words, ok := strings.CutPrefix(line, "P: "); ok {
		f := append(strings.SplitN(words, " ", 3), "good")
		return []string{"T: " + f[2], "G: " + stsPath, "S: HTTP/1.1 " + f[0] + " -", "S: Content-Type: " + f[1], "S:"}
	}
	words, ok := strings.CutPrefix(line, "D: ")
	if !ok {
		return []string{line}
	}
	name, kind, _ := strings.Cut(words, " ")
	text, ok := whole[name]
	if !ok {
		d.t.Fatalf("there is no dialog %q", name)
	}
	if kind == "" {
		kind = "good"
	}
	host := d.names[to.Addr()]
	if host == "" {
		host = "mx.example.org"
	}
	return strings.Split(strings.NewReplacer("HOST", host, "KIND", kind).Replace(text), "\n")
}

// dial is the Dial of a Prober.
func (d *dialogs) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	d.mu.Lock()
	again := slices.Contains(d.dialled, to)
	d.dialled = append(d.dialled, to)
	d.mu.Unlock()
	script, known := d.scripts[to]
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: err}
	}
	how := "X: refuse"
	if known && len(script) > 0 {
		how = script[0]
	}
	switch how {
	case "X: refuse":
		return fail(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	case "X: no-route":
		return fail(os.NewSyscallError("connect", syscall.ENETUNREACH))
	case "X: timeout":
		<-ctx.Done()
		return fail(os.ErrDeadlineExceeded)
	}
	client, server := net.Pipe()
	c := &scripted{Conn: client, to: to}
	go func() {
		defer server.Close()
		p := &player{dialogs: d, conn: server, in: bufio.NewReader(server), reset: &c.reset, host: d.names[to.Addr()], again: again}
		if err := p.play(script); err != nil {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.faults = append(d.faults, fmt.Sprintf("%s: %v", to, err))
		}
	}()
	return c, nil
}

// scripted is the client's end of a connection, with addresses, and an end that may be
// a reset.
type scripted struct {
	net.Conn
	to    netip.AddrPort
	reset atomic.Bool
}

func (c *scripted) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.to) }
func (c *scripted) LocalAddr() net.Addr {
	from := netip.MustParseAddr("198.51.100.20")
	if c.to.Addr().Is6() {
		from = netip.MustParseAddr("2001:db8:9::20")
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 40000))
}

func (c *scripted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.EOF) && c.reset.Load() {
		err = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
	return n, err
}

// player is the server's side of a dialog.
type player struct {
	*dialogs
	conn  net.Conn
	in    *bufio.Reader
	reset *atomic.Bool
	host  string
	again bool // A further connection, of --tls full, which may say QUIT when it has seen enough.
}

// play ends with the script. Its error says where the client left it; that the client
// went while the server spoke is none.
func (p *player) play(script []string) error {
	for _, line := range script {
		op, rest, _ := strings.Cut(line, " ")
		switch op {
		case "S:", "|":
			if _, err := io.WriteString(p.conn, rest+"\r\n"); err != nil {
				return nil
			}
		case "R:":
			raw, err := strconv.Unquote(rest)
			if err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
			if _, err := io.WriteString(p.conn, raw); err != nil {
				return nil
			}
		case "C:":
			got, err := p.in.ReadString('\n')
			if err != nil {
				return fmt.Errorf("want %q: %w", rest, err)
			}
			if got == "QUIT\r\n" && p.again {
				_, _ = io.WriteString(p.conn, "221 bye\r\n")
				return nil
			}
			if got != rest+"\r\n" {
				return fmt.Errorf("client sent %q, want %q", got, rest)
			}
		case "G:":
			if err := p.asked(rest); err != nil {
				return err
			}
		case "T:":
			if !p.handshake(rest) {
				return nil
			}
		case "X:":
			if p.act(rest) {
				return nil
			}
		default:
			return fmt.Errorf("no line of a dialog: %q", line)
		}
	}
	_ = p.conn.Close() // TLS too, as it should be.
	return nil
}

// asked reads one request for a path.
func (p *player) asked(path string) error {
	r, err := http.ReadRequest(p.in)
	if err != nil {
		return fmt.Errorf("want GET %s: %w", path, err)
	}
	h := r.Header
	if r.Method != http.MethodGet || r.URL.Path != path || r.Host != p.host || h.Get("Cookie")+h.Get("Accept-Encoding") != "" ||
		h.Get("User-Agent") != "mailtrace/test" || h.Get("Accept") != "text/plain" {
		return fmt.Errorf("client asked for %s %s of %s with %v", r.Method, r.URL, r.Host, h)
	}
	return nil
}

// act does what is no line of SMTP, and says whether that is the end.
func (p *player) act(what string) bool {
	verb, arg, _ := strings.Cut(what, " ")
	switch verb {
	case "close":
		return true
	case "reset":
		p.reset.Store(true)
		return true
	case "silent":
		_, _ = io.Copy(io.Discard, p.in) // Until the client goes.
		return true
	case "endless":
		for {
			if _, err := p.conn.Write(bytes.Repeat([]byte("a"), 4096)); err != nil {
				return true
			}
		}
	case "hello": // The first message of TLS is read, and not answered.
		head := make([]byte, 5)
		if _, err := io.ReadFull(p.in, head); err != nil {
			return true
		}
		_, err := io.CopyN(io.Discard, p.in, int64(head[3])<<8|int64(head[4]))
		return err != nil
	case "wait":
		d, err := time.ParseDuration(arg)
		if err != nil {
			panic(err)
		}
		time.Sleep(d)
		return false
	}
	panic("no such act: " + what)
}

// handshake takes the connection into TLS. The words are the kind of the certificate,
// and min=1.0, max=1.2, names=a,b, need-sni, suites=NAME, groups=X25519, staple (an OCSP
// response comes along), small-only (a client that offers post-quantum groups is refused),
