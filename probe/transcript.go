package probe

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"mailtrace/report"
)

// transcript writes what both sides say into an endpoint. What the server says is kept
// as it came; whoever shows it has to escape it.
type transcript struct {
	e     *report.Endpoint
	began time.Time // Of the connection.
	tls   bool
	kept  int  // Octets of the server in it.
	cut   bool // It said more.
}

// lines is how many lines there are; the number of the last one, too.
func (t *transcript) lines() int { return len(t.e.Transcript) }

// server writes a line of the server, of which cut octets were left out, and gives its
// number.
func (t *transcript) server(line []byte, cut int) int {
	text, _ := cutEnd(line)
	x := report.Exchange{TLS: t.tls, Milliseconds: time.Since(t.began).Milliseconds(), Cut: cut}
	if utf8.Valid(text) {
		x.Text = string(text)
	} else {
		x.TextBase64 = base64.StdEncoding.EncodeToString(text)
	}
	t.e.Transcript = append(t.e.Transcript, x)
	return t.lines()
}

// client writes a command.
func (t *transcript) client(command string) {
	t.e.Transcript = append(t.e.Transcript, report.Exchange{
		Client: true, TLS: t.tls, Milliseconds: time.Since(t.began).Milliseconds(), Text: command,
	})
}

// odd notes where the server left the protocol.
func (t *transcript) odd(kind report.OddityKind, line int, format string, args ...any) {
	t.e.Oddities = append(t.e.Oddities, report.Oddity{Kind: kind, Line: line, Text: fmt.Sprintf(format, args...)})
}

// oddOnce notes it unless it was noted since a line: a server whose lines are all
// wrong is told so once a reply.
func (t *transcript) oddOnce(since int, kind report.OddityKind, line int, format string, args ...any) {
	for i := len(t.e.Oddities) - 1; i >= 0 && t.e.Oddities[i].Line >= since; i-- {
		if t.e.Oddities[i].Kind == kind {
			return
		}
	}
	t.odd(kind, line, format, args...)
}

// limit notes a bound of ours that the server went beyond.
func (t *transcript) limit(name string, value int64, text string) {
	t.e.Limits = append(t.e.Limits, report.Limit{Name: name, Value: value, Text: text})
}

// look notes what is wrong with the octets of line n of the server, which is a line of
// the reply that begins at line first.
func (w *wire) look(line []byte, n, first int) {
	text, crlf := cutEnd(line)
	if !crlf && len(text) < len(line) {
		w.said.oddOnce(first, report.OddBareLF, n, "the line ends in LF without CR")
	}
	if len(line) > longLine {
		w.said.oddOnce(first, report.OddLong, n, "a line of %d octets; the most is %d (RFC 5321 section 4.5.3.1.5)", len(line), longLine)
	}
	// A line that was cut may end in the CR of its CR LF.
	if strange := control(bytes.TrimSuffix(text, []byte("\r"))); strange != "" {
		w.said.oddOnce(first, report.OddControl, n, "the line has %s in it", strange)
	}
}

// control names the first thing in a line that is no text, or "". Text is HT and what
// can be seen of ASCII (RFC 5321 section 4.2: textstring) and, with SMTPUTF8, of UTF-8.
func control(text []byte) string {
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if ' ' <= r && r <= '~' {
			i++
			continue
		}
		if r >= utf8.RuneSelf {
			if r, size = utf8.DecodeRune(text[i:]); r == utf8.RuneError && size == 1 {
				return fmt.Sprintf("an octet 0x%02X that is not UTF-8", text[i])
			}
		}
		switch {
		case r == 0:
			return "a NUL"
		case r == '\x1b':
			return "an escape sequence"
		case r == '\r':
			return "a CR"
		case r != '\t' && unicode.IsControl(r):
			return fmt.Sprintf("the control character U+%04X", r)
		case unicode.Is(unicode.Bidi_Control, r):
			return fmt.Sprintf("U+%04X, which changes the direction of writing,", r)
		}
		i += size
	}
	return ""
}
