package probe

import (
	"bufio"
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf16"
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
	c := authority().certificate(kind, "mx.example.org")
	b.over(&tls.Config{Certificates: []tls.Certificate{c}})
}

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

func endless() []animal {
	return []animal{
		at("greeting", "endless line", "protocol greeting untried line-long", func(b *beast) { b.forever("220 mx ") }),
		at("greeting", "endless lines", "protocol greeting untried", func(b *beast) { b.forever("220-mx\r\n") }),
		at("greeting", "endless zeros", "protocol greeting untried line-long,control", func(b *beast) { b.forever(strings.Repeat("\x00", 4096)) }),
		at("greeting", "endless empty lines", "protocol greeting untried", func(b *beast) { b.forever("\r\n") }),
		at("greeting", "line of 1 MB", "protocol greeting untried line-long", func(b *beast) { b.say("220 " + strings.Repeat("m", 1<<20)) }),
		at("ehlo", "endless line", "protocol ehlo untried line-long", func(b *beast) { b.forever("250-SIZE ") }),
		at("ehlo", "endless lines", "protocol ehlo untried", func(b *beast) { b.forever("250-SIZE 1\r\n") }),
		at("ehlo", "endless lines of 2000 octets", "protocol ehlo untried line-long", func(b *beast) { b.forever("250-" + strings.Repeat("x", 1994) + "\r\n") }),
		at("ehlo", "line of 1 MB", "protocol ehlo untried line-long", func(b *beast) { b.say("250 " + strings.Repeat("m", 1<<20)) }),
		at("starttls", "endless lines", "protocol starttls rejected", func(b *beast) { b.forever("220-ready\r\n") }),
		at("starttls", "endless replies", "tls tls failed injected", func(b *beast) { b.forever(strings.Repeat("220 ready\r\n", 100)) }),
		at("ehlo-tls", "endless lines", "protocol ehlo ok", func(b *beast) { b.forever("250-SIZE 1\r\n") }),
		at("ehlo-tls", "endless line", "protocol ehlo ok line-long", func(b *beast) { b.forever("250-SIZE ") }),
		at("quit", "endless lines", "ok quit ok no-goodbye", func(b *beast) { b.forever("221-bye\r\n") }),
		at("quit", "endless replies", "ok quit ok", func(b *beast) { b.forever("221 bye\r\n") }),
		at("tls", "endless handshake", "protocol tls failed", func(b *beast) {
			b.forever("\x16\x03\x03\x40\x00" + strings.Repeat("\x01", 1<<14))
		}),
		at("tls", "endless message", "protocol tls failed", func(b *beast) {
			// A ServerHello of 16 MB:
			b.raw("\x16\x03\x03\x40\x00\x02\xff\xff\xff" + strings.Repeat("\x03", 1<<14-4))
			b.forever("\x16\x03\x03\x40\x00" + strings.Repeat("\x03", 1<<14))
		}),
		at("tls", "endless alerts", "tls tls failed", func(b *beast) { b.forever("\x15\x03\x03\x00\x02\x01\x5a") }),
		at("tls", "endless empty records", "tls tls failed", func(b *beast) { b.forever("\x16\x03\x03\x00\x00") }),
	}
}

func silences() []animal {
	const second = time.Second
	silent := func(b *beast) { b.wait() }
	drip := func(b *beast) { b.drip(strings.Repeat("250-a long answer\r\n", 9), second) }
	each := func(step string, pause time.Duration) func(*beast) {
		return func(b *beast) {
			time.Sleep(pause)
			b.say("220 mx.example.org ESMTP")
			b.hear()
			time.Sleep(pause)
			b.say("250-mx.example.org", "250 STARTTLS")
			b.hear()
			time.Sleep(pause)
			b.say("220 ready")
			if step == "tls" {
				time.Sleep(pause)
			}
			b.tls("ecdsa")
			b.hear()
			time.Sleep(pause)
			b.goodbye()
		}
	}
	return []animal{
		at("greeting", "silence", "timeout greeting untried", silent),
		at("ehlo", "silence", "timeout ehlo untried", silent),
		at("starttls", "silence", "timeout starttls untried", silent),
		at("tls", "silence", "timeout tls failed", silent),
		at("ehlo-tls", "silence", "timeout ehlo ok", silent),
		at("quit", "silence", "ok quit ok no-goodbye", silent),
		at("greeting", "half a line", "timeout greeting untried", func(b *beast) { b.raw("220 mx.exam"); b.wait() }),
		at("ehlo", "half a reply", "timeout ehlo untried", func(b *beast) { b.raw("250-mx.example.org\r\n250-SIZE"); b.wait() }),
		at("ehlo-tls", "half a reply", "timeout ehlo ok", func(b *beast) { b.raw("250-mx.example.org\r\n250-SIZE"); b.wait() }),
		at("greeting", "drip", "timeout greeting untried slow", drip),
		at("ehlo", "drip", "timeout ehlo untried slow", drip),
		at("ehlo-tls", "drip", "timeout ehlo ok slow", drip),
		at("quit", "drip", "ok quit ok no-goodbye", drip),
		at("ehlo", "drip that is done in time", "ok quit absent slow", func(b *beast) {
			b.drip("250 mx.example.org\r\n", second)
			b.hear()
			b.say("221 bye")
		}),
		at("tls", "drip of a handshake", "timeout tls failed", func(b *beast) {
			b.drip("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"+strings.Repeat("a", 100), second)
		}),
		at("greeting", "30 s less one", "ok quit absent slow-greeting", func(b *beast) {
			time.Sleep(29 * second)
			b.say("220 mx")
			b.hear()
			b.goodbye()
		}),
		at("greeting", "35 s", "timeout greeting untried", func(b *beast) { time.Sleep(35 * second); b.say("220 mx"); b.wait() }),
		at("greeting", "lines with pauses", "ok quit absent slow-greeting", func(b *beast) {
			for range 3 {
				b.say("220-please wait")
				time.Sleep(6 * second)
			}
			b.say("220 mx.example.org ESMTP")
			b.hear()
			b.goodbye()
		}),
		at("greeting", "29 s before each reply", "ok quit ok slow-greeting", each("", 29*second)),
		at("greeting", "29 s before each reply and TLS", "timeout ehlo ok slow-greeting", each("tls", 29*second)),
		{name: "EHLO not read", want: "timeout ehlo untried", full: true, serve: func(b *beast) {
			b.say("220 mx")
			time.Sleep(time.Hour)
		}},
		{name: "QUIT not read", want: "ok quit absent", full: true, serve: func(b *beast) {
			b.say("220 mx")
			b.hear()
			b.say("250 mx")
			time.Sleep(time.Hour)
		}},
		{name: "handshake not read", want: "timeout tls failed", full: true, serve: func(b *beast) {
			b.reach("starttls")
			b.say("220 ready")
			time.Sleep(time.Hour)
		}},
	}
}

func refusals() []animal {
	says := func(line string) func(*beast) {
		return func(b *beast) {
			b.say(line)
			for b.hear() != "" {
				b.say("221 bye")
			}
		}
	}
	closing := func(b *beast) { b.say("421 too many connections"); b.hear() }
	return []animal{
		at("greeting", "421", "deferred greeting untried", closing),
		at("ehlo", "421", "deferred ehlo untried", closing),
		at("starttls", "421", "deferred starttls deferred", closing),
		at("tls", "421", "tls tls failed", closing),
		at("ehlo-tls", "421", "deferred ehlo ok no-close", closing),
		at("quit", "421", "ok quit ok no-goodbye,no-close", func(b *beast) { b.say("421 shutting down") }),
		at("greeting", "450", "deferred greeting untried", says("450 4.3.2 later")),
		at("greeting", "554", "rejected greeting untried", says("554 no SMTP service here")),
		at("greeting", "521", "rejected greeting untried", says("521 this host accepts no mail")),
		at("greeting", "354", "protocol greeting untried", says("354 go on")),
		at("ehlo", "451", "deferred ehlo untried", says("451 later")),
		at("ehlo", "554", "rejected ehlo untried", says("554 no")),
		at("ehlo", "521", "rejected ehlo untried", says("521 no mail")),
		at("ehlo", "354", "protocol ehlo untried", says("354 go on")),
		at("starttls", "454", "ok quit deferred", says("454 TLS not available due to temporary reason")),
		at("starttls", "501", "ok quit rejected", says("501 no parameters allowed")),
		at("starttls", "554", "ok quit rejected", says("554 no")),
		at("starttls", "354", "protocol starttls rejected", says("354 go on")),
		at("ehlo-tls", "554", "rejected ehlo ok", says("554 refused due to lack of security")),
		at("quit", "250", "ok quit ok no-goodbye", says("250 ok")),
		at("quit", "500", "ok quit ok no-goodbye", says("500 unknown")),
		at("ehlo", "HELO only", "ok quit absent", func(b *beast) {
			b.say("502 command not recognized")
			b.hear()
			b.say("250 mx.example.org")
			b.hear()
			b.say("221 bye")
		}),
		at("ehlo", "neither EHLO nor HELO", "rejected ehlo untried", func(b *beast) {
			b.say("500 unknown")
			b.hear()
			b.say("550 access denied")
			b.hear()
			b.say("221 bye")
		}),
		at("ehlo", "EHLO unknown, then gone", "closed ehlo untried", func(b *beast) {
			b.say("500 unknown")
			b.hear()
		}),
		{name: "421 that came before EHLO", want: "deferred ehlo untried too-early", serve: func(b *beast) {
			b.say("220 mx", "421 shutting down")
		}},
	}
}

func drops() []animal {
	drop := func(*beast) {}
	reset := func(b *beast) { b.reset.Store(true) }
	var all []animal
	for _, s := range [...]struct{ step, drop string }{
		{"greeting", "closed greeting untried"},
		{"ehlo", "closed ehlo untried"},
		{"starttls", "closed starttls untried"},
		{"tls", "tls tls failed"},
		{"ehlo-tls", "closed ehlo ok no-close"},
		{"quit", "ok quit ok no-goodbye,no-close"},
	} {
		all = append(all, at(s.step, "drop", s.drop, drop), at(s.step, "reset", s.drop, reset))
	}
	return append(all,
		at("greeting", "drop in the middle", "closed greeting untried", func(b *beast) { b.raw("220-mx\r\n220-m") }),
		at("ehlo", "drop in the middle", "closed ehlo untried", func(b *beast) { b.raw("250-mx\r\n250-S") }),
		at("ehlo-tls", "goodbye of TLS", "closed ehlo ok", func(b *beast) { b.Close(); time.Sleep(time.Second) }),
		at("quit", "goodbye of TLS", "ok quit ok", func(b *beast) { b.say("221 bye"); b.Close() }),
		at("quit", "TLS cut off", "ok quit ok no-close", func(b *beast) { b.say("221 bye") }),
		at("quit", "221, and never closing", "ok quit ok", func(b *beast) { b.say("221 bye"); b.wait() }),
		at("quit", "221, and nothing read", "ok quit ok", func(b *beast) { b.say("221 bye"); time.Sleep(time.Hour) }),
	)
}

func garbage() []animal {
	alien := func(name, says, want string) animal {
		return at("greeting", name, want, func(b *beast) { b.raw(says); b.wait() })
	}
	sixteen := func(text string) string {
		octets := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(text)) {
			octets = binary.LittleEndian.AppendUint16(octets, u)
		}
		return string(octets)
	}
	const none = "protocol greeting untried"
	return []animal{
		alien("SSH", "SSH-2.0-OpenSSH_9.2\r\n", none),
		alien("HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", none),
		alien("IMAP", "* OK [CAPABILITY IMAP4rev1] ready\r\n", none),
		alien("POP3", "+OK ready\r\n", none),
		alien("MySQL", "J\x00\x00\x00\n8.0.30\x00", none+" bare-lf,control"),
		alien("TLS alert", "\x15\x03\x03\x00\x02\x02\x28\n", none+" bare-lf,control"),
		alien("UTF-16", sixteen("220 mx.example.org\r\n"), none+" bare-lf,control"),
		alien("codes of two digits", "22 mx\r\n", none),
		alien("codes of four digits", "2200 mx\r\n", none),
		alien("no space behind the code", "220mx\r\n", none),
		alien("space before the code", " 220 mx\r\n", none),
		alien("BOM before the code", "\ufeff220 mx\r\n", none),
		alien("Arabic digits", "٢٢٠ mx\r\n", none),
		alien("minus as a code", "-20 mx\r\n", none),
		at("greeting", "web server that waits for us", "timeout greeting untried", func(b *beast) {
			b.hear()
			b.say("HTTP/1.1 400 Bad Request")
		}),
		at("greeting", "TLS server that waits for us", "timeout greeting untried", func(b *beast) { b.tls("ecdsa") }),
		at("ehlo", "code 999", "protocol ehlo untried code-unknown", func(b *beast) { b.say("999 nine"); b.hear(); b.say("221 bye") }),
		at("ehlo", "code 000", "protocol ehlo untried code-unknown", func(b *beast) { b.say("000 zero"); b.hear(); b.say("221 bye") }),
		at("ehlo", "code 600", "protocol ehlo untried code-unknown", func(b *beast) { b.say("600 six"); b.hear(); b.say("221 bye") }),
		at("greeting", "code 120", "protocol greeting untried code-unknown", func(b *beast) { b.say("120 soon"); b.hear(); b.say("221 bye") }),
		at("ehlo", "no code", "protocol ehlo untried", func(b *beast) { b.say("hello!"); b.wait() }),
		at("starttls", "no code", "protocol starttls rejected", func(b *beast) { b.say("go ahead"); b.wait() }),
		at("ehlo-tls", "no code", "protocol ehlo ok", func(b *beast) { b.say("hello!"); b.wait() }),
		at("quit", "no code", "ok quit ok no-goodbye,no-close", func(b *beast) { b.say("bye!") }),
		at("tls", "text", "tls tls failed", func(b *beast) { b.say("250 what?"); time.Sleep(time.Hour) }),
		at("tls", "noise", "tls tls failed", func(b *beast) { b.raw(strings.Repeat("\xde\xad\xbe\xef", 100)); b.wait() }),
		at("starttls", "noise behind the 220", "tls tls failed injected", func(b *beast) {
			b.raw("220 ready\r\n" + strings.Repeat("\xde\xad\xbe\xef", 100))
			b.hear()
		}),
	}
}

func oddities() []animal {
	greets := func(name, line, odd string) animal {
		return at("greeting", name, strings.TrimSpace("ok quit absent "+odd), func(b *beast) {
			b.raw(line)
			b.hear()
			b.goodbye()
		})
	}
	return []animal{
		greets("several lines", "220-mx.example.org\r\n220-no spam\r\n220 ESMTP\r\n", ""),
		greets("bare code", "220\r\n", ""),
		greets("bare code with a space", "220 \r\n", ""),
		greets("bare code of several lines", "220-\r\n220\r\n", ""),
		greets("bare LF", "220-mx\n220 mx\n", "bare-lf"),
		greets("clipboard (OSC 52)", "220 \x1b]52;c;cm0gLXJmIC8=\x07 mx\r\n", "control"),
		greets("clear screen", "220 \x1b[2J\x1b[H mx\r\n", "control"),
		greets("C1 control", "220 \u009b2J mx\r\n", "control"),
		greets("bidi override", "220 mx.\u202egro.elpmaxe\r\n", "control"),
		greets("NUL", "220 mx\x00.example.org\r\n", "control"),
		greets("CR in the line", "220 mx\r 221 bye\r\n", "control"),
		greets("Latin-1", "220 gr\xfc\xdf Gott\r\n", "control"),
		greets("UTF-8", "220 grüß Gott\r\n", ""),
		greets("tab", "220 mx\tESMTP\r\n", ""),
		greets("codes that differ", "220-mx\r\n250-mx\r\n220 mx\r\n", "codes-differ"),
		greets("a line without a code", "220-welcome to\r\n our server\r\n220 mx\r\n", "codes-differ"),
		greets("code 299", "299 mx\r\n", ""),
		at("greeting", "250 greets, 554 ends", "rejected greeting untried codes-differ", func(b *beast) { b.say("220-mx", "554 no"); b.hear(); b.say("221 bye") }),
		at("starttls", "injected reply", "ok quit ok injected", func(b *beast) {
			b.raw("220 ready\r\n250-mx\r\n250 AUTH PLAIN\r\n")
			b.tls("ecdsa")
			b.hear()
			b.goodbye()
		}),
		{name: "all replies before any command", want: "ok quit absent too-early,too-early", serve: func(b *beast) {
			b.say("220 mx", "250-mx", "250 PIPELINING", "221 bye")
			b.wait()
		}},
		{name: "two greetings", want: "ok quit absent too-early", serve: func(b *beast) {
			b.say("220 proxy")
			b.hear()
			b.say("220 mx")
			b.goodbye()
		}},
		at("ehlo-tls", "STARTTLS again", "ok quit ok no-close", func(b *beast) {
			b.say("250-mx", "250 STARTTLS")
			b.hear()
			b.say("221 bye")
		}),
	}
}

func handshakes() []animal {
	kind := func(kind, want string) animal {
		return at("tls", "certificate "+kind, want, func(b *beast) {
			b.tls(kind)
			b.hear()
			b.goodbye()
		})
	}
	with := func(name, want string, config *tls.Config) animal {
		return at("tls", name, want, func(b *beast) {
			config.Certificates = []tls.Certificate{authority().certificate("ecdsa", "mx.example.org")}
			if b.over(config) {
				b.hear()
				b.goodbye()
			}
		})
	}
	return []animal{
		kind("expired", "ok quit ok"),
		kind("chain:10", "ok quit ok"),
		kind("chain:400", "ok quit ok"),
		kind("sans:5000", "ok quit ok"),
		kind("sans:100000", "protocol tls failed"),
		at("tls", "RSA key of 16,384 bits", "protocol tls failed", func(b *beast) { b.hugeKey() }),
		at("tls", "alert", "tls tls failed", func(b *beast) { b.raw("\x15\x03\x03\x00\x02\x02\x28"); b.wait() }),
		at("starttls", "alert with the 220", "tls tls failed", func(b *beast) { b.raw("220 ready\r\n\x15\x03\x03\x00\x02\x02\x28"); b.wait() }),
		with("TLS 1.0 alone", "ok quit ok", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}),
		with("client certificate wanted, TLS 1.3", "tls tls failed", &tls.Config{ClientAuth: tls.RequireAnyClientCert}),
		with("client certificate wanted, TLS 1.2", "tls tls failed", &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}),
		{name: "implicit TLS", want: "ok quit implicit", implicit: true, serve: func(b *beast) {
			b.tls("ecdsa")
			b.say("220 mx")
			b.hear()
			b.goodbye()
		}},
		{name: "implicit TLS, plain SMTP", want: "tls tls failed", implicit: true, serve: func(b *beast) { b.say("220 mx"); b.wait() }},
		{name: "implicit TLS, silence", want: "timeout tls failed", implicit: true, serve: func(b *beast) { b.wait() }},
		{name: "implicit TLS, 421 inside", want: "deferred greeting implicit no-close", implicit: true, serve: func(b *beast) {
			b.tls("ecdsa")
			b.say("421 later")
			b.hear()
		}},
	}
}

// hugeKey sends a certificate whose RSA key takes long to compute with. Nobody has to
// own that key: in TLS 1.2 the certificate comes before anything is signed.
func (b *beast) hugeKey() {
	ca := authority()
	n := new(big.Int).Lsh(big.NewInt(1), 16384)
	der := ca.sign(ca.leaf([]string{"mx.example.org"}), ca.sub, borrowed{public: &rsa.PublicKey{N: n.Sub(n, big.NewInt(1)), E: 65537}})
	hello := binary.BigEndian.AppendUint16(nil, tls.VersionTLS12)
	hello = append(hello, make([]byte, 32)...)
	hello = append(hello, 0, 0xc0, 0x2f, 0) // No session, ECDHE-RSA-AES128-GCM, no compression.
	head := make([]byte, 5)
	if _, err := io.ReadFull(b.in, head); err == nil {
		_, _ = b.in.Discard(int(binary.BigEndian.Uint16(head[3:])))
	}
	body := append(message(2, hello), message(11, measured(measured(der)))...)
	body = append(body, message(12, make([]byte, 10))...)
	b.raw(string(binary.BigEndian.AppendUint16([]byte{22, 3, 3}, uint16(len(body)))) + string(body))
	b.wait()
}

// borrowed is a key of which only the public half is there.
type borrowed struct {
	crypto.Signer
	public crypto.PublicKey
}

func (b borrowed) Public() crypto.PublicKey { return b.public }

// measured has its length in front, as crypto/tls writes lists.
func measured(octets []byte) []byte {
	return append([]byte{byte(len(octets) >> 16), byte(len(octets) >> 8), byte(len(octets))}, octets...)
}

// message is one of a handshake.
func message(kind byte, body []byte) []byte { return append([]byte{kind}, measured(body)...) }

func lines() []animal {
	reply := func(n int) func(*beast) {
		return func(b *beast) {
			b.say("250-mx.example.org")
			for range n - 2 {
				b.say("250-XTRA")
			}
			b.say("250 HELP")
			b.hear()
			b.say("221 bye")
		}
	}
	line := func(n int) func(*beast) {
		return func(b *beast) {
			b.say("250 " + strings.Repeat("m", n-len("250 \r\n")))
			b.hear()
			b.say("221 bye")
		}
	}
	return []animal{
		at("ehlo", "99 lines", "ok quit absent", reply(99)),
		at("ehlo", "100 lines", "ok quit absent", reply(100)),
		at("ehlo", "101 lines", "protocol ehlo untried", reply(101)),
		at("ehlo", "line of 512 octets", "ok quit absent", line(512)),
		at("ehlo", "line of 513 octets", "ok quit absent line-long", line(513)),
		at("ehlo", "line of 4096 octets", "ok quit absent line-long", line(4096)),
		at("ehlo", "line of 4097 octets", "protocol ehlo untried line-long", line(4097)),
		at("ehlo", "reply of 64 KiB", "ok quit absent line-long", func(b *beast) {
			for range 15 {
				b.say("250-" + strings.Repeat("m", 4096-6))
			}
			b.say("250 " + strings.Repeat("m", 4096-6))
			b.hear()
			b.say("221 bye")
		}),
		at("ehlo", "reply of 64 KiB and 5 octets", "protocol ehlo untried line-long", func(b *beast) {
			for range 16 {
				b.say("250-" + strings.Repeat("m", 4096-6))
			}
			b.say("250")
			b.wait()
		}),
	}
}
