package probe

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"time"

	"mailtrace/report"
)

// Bounds on what a server may say. Honest servers stay far below all of them; a server
// that goes beyond one is cut off, and the report names the bound.
const (
	maxLine       = 4096     // Octets of a line with its end: eight times what RFC 5321 section 4.5.3.1.5 lets a server send.
	maxReplyLines = 100      // Lines of a reply. The longest answers to EHLO that are known have about 25.
	maxReply      = 64 << 10 // Octets of a reply with its line ends: 100 lines of 512 octets and some.
	maxSession    = 1 << 20  // Octets of a conversation, TLS with its certificates and all.
)

// Of what a server says within those bounds, so much is kept: honest servers say a few
// thousand octets. One domain can have 20 hosts with 16 addresses each that all say as
// much as they may.
const (
	maxKeptWhole = 16 << 10 // Octets of a conversation that are kept; beyond, lines are cut.
	minKeptLine  = 32       // Octets of each line that are kept all the same: its code and keyword.
)

// longLine is the most octets of a line of a reply, its end included (RFC 5321 section
// 4.5.3.1.5).
const longLine = 512

// reply is one reply of a server (RFC 5321 section 4.2).
type reply struct {
	code  int      // Of its last line: Postfix goes by that one too, where they differ.
	texts []string // Of its lines, what stands behind the code and its "-" or space.
	first int      // The number of its first line in the transcript, from 1.
}

// class is the first digit of the code, by which a client goes (RFC 5321 section 4.2).
func (r *reply) class() int { return r.code / 100 }

// unspoken is what is wrong with what a server said: it is no SMTP, or more of it than
// a bound lets in.
type unspoken string

func (u unspoken) Error() string { return string(u) }

// wire reads replies from a connection. It holds one line at a time; the transcript
// holds the reply.
type wire struct {
	conn net.Conn
	said *transcript

	buf               [maxLine]byte
	next, looked, end int // In buf: the first octet that was not read as a line, the first that was not looked at for LF, and the end.
	err               error

	// Of the reply that is being read.
	pieces      int
	began, last time.Time // When its first and its last octet came.
	lines       int
}

// buffered is how many octets came that nobody asked for yet.
func (w *wire) buffered() int { return w.end - w.next }

// take empties the buffer.
func (w *wire) take() []byte {
	rest := bytes.Clone(w.buf[w.next:w.end])
	w.next, w.looked, w.end = 0, 0, 0
	return rest
}

// reply reads a reply, which has to be whole at the deadline: a server that sends an
// octet now and then does not get more time by that. Whatever was read, of a reply
// that is not whole too, stands in the transcript. The code may be any of three
// digits.
func (w *wire) reply(deadline time.Time) (reply, error) {
	w.pieces, w.lines = 0, 0
	r := reply{first: w.said.lines() + 1}
	_ = w.conn.SetReadDeadline(deadline) // It fails when the connection has ended, which reading tells.
	if w.buffered() > 0 {
		w.arrived()
	}
	for size := 0; ; {
		line, err := w.line()
		if size+len(line) > maxReply {
			w.keep(line, maxReply-size)
			return r, w.over("probe.maxReply", maxReply, "octets")
		}
		if size += len(line); len(line) > 0 {
			w.lines++
			kept := w.keep(line, len(line))
			w.look(line, w.said.lines(), r.first)
			line = kept
		}
		if err != nil {
			return r, err
		}
		more, err := w.parse(line, &r)
		if err != nil || !more {
			return r, err
		}
		if w.lines == maxReplyLines {
			return r, w.over("probe.maxReplyLines", maxReplyLines, "lines")
		}
	}
}

// keep writes a line into the transcript, at most so many octets of it, and gives what is
// kept of it.
func (w *wire) keep(line []byte, most int) []byte {
	kept := line[:min(most, max(maxKeptWhole-w.said.kept, minKeptLine), len(line))]
	w.said.kept += len(kept)
	w.said.server(kept, len(line)-len(kept))
	if len(kept) < most && !w.said.cut {
		w.said.cut = true
		w.said.limit("probe.maxKeptWhole", maxKeptWhole, fmt.Sprintf("the server says more than %d octets; of the lines from there on the beginning is kept", maxKeptWhole))
	}
	return kept
}

// line gives the next line with its LF, from the buffer: it is good until the next
// call. With an error come the octets of the line that were there before it.
func (w *wire) line() ([]byte, error) {
	for empty := 0; ; {
		if i := bytes.IndexByte(w.buf[w.looked:w.end], '\n'); i >= 0 {
			line := w.buf[w.next : w.looked+i+1]
			w.next += len(line)
			w.looked = w.next
			return line, nil
		}
		w.looked = w.end
		full := w.end-w.next == len(w.buf)
		if w.err != nil || full {
			line := w.buf[w.next:w.end]
			w.next = w.end
			if full {
				return line, w.over("probe.maxLine", maxLine, "octets in a line")
			}
			return line, w.err
		}
		w.end = copy(w.buf[:], w.buf[w.next:w.end])
		w.next, w.looked = 0, w.end
		n, err := w.conn.Read(w.buf[w.end:])
		w.end += n
		w.err = err
		switch {
		case n > 0:
			empty = 0
			w.arrived()
		case err == nil:
			// As bufio does: no reader may keep us busy with nothing.
			if empty++; empty == 100 {
				w.err = io.ErrNoProgress
			}
		}
	}
}

// arrived notes when octets came.
func (w *wire) arrived() {
	w.last = time.Now()
	if w.pieces++; w.pieces == 1 {
		w.began = w.last
	}
}

func (w *wire) over(name string, most int64, of string) error {
	why := fmt.Sprintf("has more than %d %s", most, of)
	w.said.limit(name, most, "a reply "+why)
	return unspoken(why)
}

// parse reads a line of a reply and says whether another one follows.
//
// A code with nothing behind it is fine: "clients that do not receive it SHOULD be
// prepared to process the code alone (with or without a trailing space character)"
// (RFC 5321 section 4.2).
//
// QUIRK: a line without a code inside a reply is taken as a part of it. Postfix reads
// on there too; some greetings are wrapped like that.
func (w *wire) parse(line []byte, r *reply) (more bool, err error) {
	line, _ = cutEnd(line)
	code, ok := codeOf(line)
	if !ok {
		if len(r.texts) == 0 {
			return false, unspoken(stranger(line))
		}
		w.said.oddOnce(r.first, report.OddCodes, w.said.lines(), "a line of the reply has no code")
		r.texts = append(r.texts, string(line))
		return true, nil
	}
	if len(r.texts) > 0 && r.code != code {
		w.said.oddOnce(r.first, report.OddCodes, w.said.lines(), "the reply begins with %03d and goes on with %03d", r.code, code)
	}
	if code < 200 || code > 599 {
		w.said.oddOnce(r.first, report.OddCode, w.said.lines(), "reply code %03d: it has to be between 200 and 599", code)
	}
	r.code = code
	if len(line) == 3 {
		r.texts = append(r.texts, "")
		return false, nil
	}
	r.texts = append(r.texts, string(line[4:]))
	return line[3] == '-', nil
}

// codeOf is the three digits at the begin of a line that has them, with a space, a "-"
// or nothing behind them.
func codeOf(line []byte) (int, bool) {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false
	}
	code := 0
	for _, c := range line[:3] {
		if c < '0' || c > '9' {
			return 0, false
		}
		code = code*10 + int(c-'0')
	}
	return code, true
}

// cutEnd cuts the end of a line off. It says whether that was CR LF, as it has to be.
func cutEnd(line []byte) ([]byte, bool) {
	line, found := bytes.CutSuffix(line, []byte("\n"))
	if !found {
		return line, false
	}
	return bytes.CutSuffix(line, []byte("\r"))
}

// stranger says what a first line is that is no reply.
func stranger(line []byte) string {
	for _, s := range [...]struct{ begin, is string }{
		{"SSH-", "it looks like SSH"},
		{"HTTP/", "it looks like a web server"},
		{"<", "it looks like a web server"},
		{"* OK", "it looks like IMAP"},
		{"* BYE", "it looks like IMAP"},
		{"+OK", "it looks like POP3"},
		{"-ERR", "it looks like POP3"},
		{"\x15\x03", "it looks like TLS"},
		{"\x16\x03", "it looks like TLS"},
	} {
		if bytes.HasPrefix(line, []byte(s.begin)) {
			return "does not begin with a reply code: " + s.is
		}
	}
	return "does not begin with a reply code"
}
