package mailbox

import (
	"bufio"
	"io"
	"strings"
)

// encoding is a Content-Transfer-Encoding (RFC 2045 section 6).
type encoding int

const (
	encodingNone     encoding = iota // Nothing is known of one: the bytes are those that are meant.
	encodingIdentity                 // 7bit, 8bit, binary, and what is not known.
	encodingBase64
	encodingQuoted // quoted-printable.
)

// parseEncoding reads the value of a Content-Transfer-Encoding field. QUIRK: "8-bit",
// `"base64"` and "base64 (comment)" are written as well.
func parseEncoding(value string) encoding {
	word := strings.Trim(skipComments(unfold(value[:min(len(value), MaxParameters)])), `"' `)
	if i := strings.IndexAny(word, " \t;(\""); i >= 0 {
		word = word[:i]
	}
	switch strings.ToLower(word) {
	case "base64":
		return encodingBase64
	case "quoted-printable":
		return encodingQuoted
	}
	return encodingIdentity
}

// decoder reads bytes that are encoded so. It ends where r fails.
func (e encoding) decoder(r io.Reader) io.Reader {
	switch e {
	case encodingBase64:
		return &decoder{fill: (&base64Source{src: bufio.NewReader(r)}).fill}
	case encodingQuoted:
		return &decoder{fill: (&quotedSource{src: bufio.NewReader(r)}).fill}
	}
	return r
}

// decoder hands out what fill decodes; nothing is its end.
type decoder struct {
	fill func(buf []byte) int
	buf  [3 << 10]byte
	out  []byte // The rest of buf that is decoded.
}

func (d *decoder) Read(buf []byte) (int, error) {
	if len(d.out) == 0 {
		d.out = d.buf[:d.fill(d.buf[:])]
		if len(d.out) == 0 {
			return 0, io.EOF
		}
	}
	n := copy(buf, d.out)
	d.out = d.out[n:]
	return n, nil
}

// base64Source decodes base64. All other bytes are stepped over, as RFC 2045 section
// 6.8 wants it. QUIRK: several encoded texts, each with its padding, stand one behind
// the other where a program encoded in pieces; so padding ends a group, not the text.
type base64Source struct {
	src  *bufio.Reader
	bits uint32 // The group at hand.
	n    int    // How many characters of it were read.
}

func (b *base64Source) fill(buf []byte) (n int) {
	for n+3 <= len(buf) {
		c, err := b.src.ReadByte()
		if err != nil {
			return n + b.flush(buf[n:])
		}
		v := base64Value(c)
		switch {
		case c == '=':
			n += b.flush(buf[n:])
		case v >= 0:
			b.bits = b.bits<<6 | uint32(v)
			if b.n++; b.n == 4 {
				buf[n], buf[n+1], buf[n+2] = byte(b.bits>>16), byte(b.bits>>8), byte(b.bits)
				n += 3
				b.bits, b.n = 0, 0
			}
		}
	}
	return n
}

// flush writes what an unfinished group holds, two bytes at most.
func (b *base64Source) flush(buf []byte) (n int) {
	switch b.n {
	case 2:
		buf[0] = byte(b.bits >> 4)
		n = 1
	case 3:
		buf[0], buf[1] = byte(b.bits>>10), byte(b.bits>>2)
		n = 2
	}
	b.bits, b.n = 0, 0
	return n
}

func base64Value(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case isDigit(c):
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// quotedSource decodes quoted-printable. A "=" that begins nothing known stays
// (RFC 2045 section 6.7, note on robust implementations).
type quotedSource struct{ src *bufio.Reader }

func (q *quotedSource) fill(buf []byte) (n int) {
	for n < len(buf) {
		c, err := q.src.ReadByte()
		if err != nil {
			return n
		}
		if c == '=' {
			// A soft line break may have blanks behind the "=" that were added on the way:
			// a line has no more than 76 characters.
			next, _ := q.src.Peek(80)
			if len(next) > 1 && isHex(next[0]) && isHex(next[1]) {
				c = unhex(next[0])<<4 | unhex(next[1])
				q.discard(2)
			} else if soft := softBreak(next); soft > 0 {
				q.discard(soft)
				continue
			}
		}
		buf[n] = c
		n++
	}
	return n
}

// discard steps over bytes that were seen.
func (q *quotedSource) discard(n int) {
	_, _ = q.src.Discard(n) // They are in the buffer.
}

// softBreak is the length of a line end at the beginning of s, with blanks before it.
func softBreak(s []byte) int {
	for i, c := range s {
		switch c {
		case '\n':
			return i + 1
		case ' ', '\t', '\r':
		default:
			return 0
		}
	}
	return 0
}
