package probe

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"mailtrace/report"
)

// canned is a connection on which everything has come already, in pieces.
type canned struct {
	octets []byte
	piece  int
	read   int
	end    error // Behind the octets.
	sent   bytes.Buffer
}

func (c *canned) Read(b []byte) (int, error) {
	if c.read == len(c.octets) {
		return 0, c.end
	}
	n := copy(b[:min(len(b), c.piece)], c.octets[c.read:])
	c.read += n
	return n, nil
}

func (c *canned) Write(b []byte) (int, error)    { return c.sent.Write(b) }
func (*canned) Close() error                     { return nil }
func (*canned) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(198, 51, 100, 20), Port: 40000} }
func (*canned) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 10), Port: 25} }
func (*canned) SetDeadline(time.Time) error      { return nil }
func (*canned) SetReadDeadline(time.Time) error  { return nil }
func (*canned) SetWriteDeadline(time.Time) error { return nil }

// seeds are conversations of a server's side.
var seeds = []string{
	"220 mx.example.org ESMTP\r\n250-mx.example.org\r\n250-SIZE 52428800\r\n250 STARTTLS\r\n220 ready\r\n221 bye\r\n",
	"220 mx\r\n502 unknown\r\n250 mx\r\n221 bye\r\n",
	"220-mx\n220 mx\n250 mx\n221\n",
	"220 mx\r\n250-mx\r\n250 STARTTLS\r\n454 no\r\n221 bye\r\n",
	"220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 ready\r\n250 injected\r\n\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03",
	"421 too many\r\n",
	"554 no\r\n221 bye\r\n",
	"999 \x00\xff\r\n",
	"220-mx\r\nno code\r\n250-other\r\n220 mx\r\n",
	"SSH-2.0-OpenSSH_9.2\r\n",
	"220\r\n250-\r\n250-\r\n250\r\n221\r\n",
	"220 \x1b]52;c;AAAA\x07\r\n250 \xe2\x80\xae\r\n",
	"\r\n\r\n",
	"220 mx",
}

// FuzzReply reads replies until the reader will not go on. Its bounds hold, and every
// octet that was read is in the transcript or still in the buffer.
func FuzzReply(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), uint16(7))
		f.Add([]byte(s), uint16(5000))
	}
	f.Add(bytes.Repeat([]byte("220-mx\r\n"), 101), uint16(100))
	f.Add(bytes.Repeat([]byte("220"), 2000), uint16(100))
	f.Add(bytes.Repeat(append(bytes.Repeat([]byte("220-x"), 700), '\n'), 30), uint16(4096))
	f.Add(bytes.Repeat(append(bytes.Repeat([]byte("220 \xff"), 700), '\r', '\n'), 30), uint16(4096))
	f.Fuzz(func(t *testing.T, octets []byte, piece uint16) {
		conn := &canned{octets: octets, piece: int(piece) + 1, end: io.EOF}
		var e report.Endpoint
		w := &wire{conn: conn, said: &transcript{e: &e, began: time.Now()}}
		for {
			from := len(e.Transcript)
			r, err := w.reply(time.Time{})
			size := 0
			for _, x := range e.Transcript[from:] {
				size += len(spoken(t, x))
			}
			if len(e.Transcript)-from > maxReplyLines || size > maxReply || len(r.texts) > maxReplyLines || r.code < 0 || r.code > 999 {
				t.Fatalf("%d lines, %d octets, code %d", len(e.Transcript)-from, size, r.code)
			}
			if r.first != from+1 {
				t.Fatalf("the reply begins at line %d, not at %d", r.first, from+1)
			}
			var no unspoken
			if err != nil && !errors.As(err, &no) && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			if err == nil && len(r.texts) != len(e.Transcript)-from {
				t.Fatalf("%d texts in %d lines", len(r.texts), len(e.Transcript)-from)
			}
			if err != nil {
				break
			}
		}
		accounted(t, octets[:conn.read], &e, w.buffered())
	})
}

// spoken is the octets of a line.
func spoken(t *testing.T, x report.Exchange) []byte {
	if x.TextBase64 == "" {
		return []byte(x.Text)
	}
	b, err := base64.StdEncoding.DecodeString(x.TextBase64)
	if err != nil || x.Text != "" {
		t.Fatal(x)
	}
	return b
}

// accounted says what became of octets: the lines of the transcript with their ends,
// and what was buffered.
func accounted(t *testing.T, octets []byte, e *report.Endpoint, buffered int) {
	t.Helper()
	at := 0
	for i, x := range e.Transcript {
		text := spoken(t, x)
		if !bytes.HasPrefix(octets[at:], text) {
			t.Fatalf("line %d is %q, and the server said %q", i+1, text, octets[at:])
		}
		at += len(text)
		rest := octets[at:]
		switch {
		case x.Cut > 0:
			at += x.Cut
		case bytes.HasPrefix(rest, []byte("\r\n")):
			at += 2
		case bytes.HasPrefix(rest, []byte("\n")):
			at++
		case i < len(e.Transcript)-1:
			t.Fatalf("line %d, %q, has no end", i+1, text)
		}
	}
	if at+buffered != len(octets) {
		t.Fatalf("%d octets were read, %d are in the transcript and %d in the buffer", len(octets), at, buffered)
	}
}

// FuzzConverse has whole conversations. Behind what the server says it closes, or is
// silent.
func FuzzConverse(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint16(9), i%2 == 0, false)
		f.Add([]byte(s), uint16(5000), i%2 == 1, i%5 == 0)
	}
	f.Fuzz(func(t *testing.T, octets []byte, piece uint16, closes, implicit bool) {
		conn := &canned{octets: octets, piece: int(piece) + 1, end: os.ErrDeadlineExceeded}
		if closes {
			conn.end = io.EOF
		}
		e := &report.Endpoint{Address: netip.MustParseAddr("192.0.2.10"), Port: 25}
		p := &Prober{Now: clock}
		p.converse(t.Context(), conn, target{host: "mx.example.org", implicit: implicit}, e)
		inBounds(t, e)
		if e.StartTLS == "" || e.Outcome == report.OutcomeUntried {
			t.Fatalf("%s, starttls %q: %s", e.Outcome, e.StartTLS, e.Why)
		}
		if (e.Outcome == report.OutcomeDeferred || e.Outcome == report.OutcomeRejected) != (e.Code != nil && *e.Code/100 > 3 && *e.Code/100 < 6) {
			t.Fatalf("%s, code %v", e.Outcome, e.Code)
		}
	})
}
