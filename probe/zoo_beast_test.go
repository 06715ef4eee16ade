package probe

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// beast is a server of the zoo, at its end of the connection. What it says to nobody
// is lost.
type beast struct {
	net.Conn
	in    *bufio.Reader
	reset *atomic.Bool // Set for the connection to end by RST.
}

// newBeast has room for what the client sends, as TCP has and a pipe has not, unless
// it is full.
func newBeast(conn net.Conn, full bool) *beast {
	b := &beast{Conn: conn, in: bufio.NewReader(conn), reset: new(atomic.Bool)}
	if !full {
		b.in = bufio.NewReader(newInbox(conn))
	}
	return b
}

// inbox reads ahead.
type inbox struct {
	came chan []byte
	rest []byte
}

func newInbox(from io.Reader) *inbox {
	i := &inbox{came: make(chan []byte, 1000)}
	go func() {
		defer close(i.came)
		for {
			b := make([]byte, 4096)
			n, err := from.Read(b)
			if err != nil {
				return
			}
			i.came <- b[:n]
		}
	}()
	return i
}

func (i *inbox) Read(b []byte) (int, error) {
	if len(i.rest) == 0 {
		var ok bool
		if i.rest, ok = <-i.came; !ok {
			return 0, io.EOF
		}
	}
	n := copy(b, i.rest)
	i.rest = i.rest[n:]
	return n, nil
}

func (b *beast) say(lines ...string) { b.raw(strings.Join(lines, "\r\n") + "\r\n") }

func (b *beast) raw(octets string) { _, _ = io.WriteString(b, octets) }

// hear reads a command.
func (b *beast) hear() string {
	line, _ := b.in.ReadString('\n')
	return strings.TrimRight(line, "\r\n")
}

// wait says nothing more until the client is gone.
func (b *beast) wait() { _, _ = io.Copy(io.Discard, b.in) }

// forever says the same until the client is gone.
func (b *beast) forever(octets string) {
	for {
		if _, err := io.WriteString(b, octets); err != nil {
			return
		}
	}
}

// drip says it octet by octet.
func (b *beast) drip(octets string, every time.Duration) {
	for i := range len(octets) {
		if _, err := io.WriteString(b, octets[i:i+1]); err != nil {
			return
		}
		time.Sleep(every)
	}
}

// tls shakes hands.
func (b *beast) tls(kind string) {
	b.over(&tls.Config{Certificates: []tls.Certificate{issued(kind)}})
}

// issued is a certificate of a kind: those with many names take a second to make.
func issued(kind string) tls.Certificate {
	if c, ok := issuedOnce.Load(kind); ok {
		return c.(tls.Certificate)
	}
	c := authority().certificate(kind, "mx.example.org")
	issuedOnce.Store(kind, c)
	return c
}

var issuedOnce sync.Map // Kind to tls.Certificate.

func (b *beast) over(config *tls.Config) bool {
	conn := tls.Server(&ahead{b.Conn, b.in}, config)
	err := conn.Handshake()
	b.Conn, b.in = conn, bufio.NewReader(conn)
	return err == nil
}

// reach plays a good server until it is to answer at a step: greeting, ehlo, starttls,
// tls, ehlo-tls or quit.
func (b *beast) reach(step string) {
	if step == "greeting" {
		return
	}
	b.say("220 mx.example.org ESMTP")
	b.hear()
	if step == "ehlo" {
		return
	}
	b.say("250-mx.example.org", "250-SIZE 52428800", "250 STARTTLS")
	b.hear()
	if step == "starttls" {
		return
	}
	b.say("220 ready")
	if step == "tls" {
		return
	}
	b.tls("ecdsa")
	b.hear()
	if step == "ehlo-tls" {
		return
	}
	b.say("250-mx.example.org", "250 SIZE 52428800")
	b.hear()
}

// goodbye plays it from the answer to EHLO, without TLS, to the end.
func (b *beast) goodbye() {
	b.say("250-mx.example.org", "250 PIPELINING")
	b.hear()
	b.say("221 bye")
	b.Close() // TLS too.
}

// animal is a row of the zoo.
type animal struct {
	name     string
	want     string // Outcome, phase, starttls, oddities.
	serve    func(*beast)
	implicit bool
	full     bool // It reads nothing, and there is no room for more.
}

// at makes an animal that is good until a step.
func at(step, name, want string, serve func(*beast)) animal {
	return animal{name: name + " at " + step, want: want, serve: func(b *beast) {
		b.reach(step)
		serve(b)
	}}
}

func zoo() []animal {
	var all []animal
	for _, some := range [...][]animal{endless(), silences(), refusals(), drops(), garbage(), oddities(), handshakes(), lines()} {
		all = append(all, some...)
	}
	return all
}
