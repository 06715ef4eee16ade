package auth

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"slices"
	"strings"

	"mailtrace/analyze/mailbox"
)

// Canon is a canonicalization: what is made of a header or a body before it is
// hashed, so that changes on the way that nobody minds do no harm.
type Canon string

const (
	Simple  Canon = "simple"  // As it is (RFC 6376 sections 3.4.1 and 3.4.3).
	Relaxed Canon = "relaxed" // Blanks and, in the header, case and folding do not count (sections 3.4.2 and 3.4.4).
)

// canonField appends what is hashed of a field, without the line end at its end. The
// file may have lost the CR of its line ends: they are CRLF in what was signed.
func canonField(dst []byte, canon Canon, f *mailbox.Field, value string) []byte {
	if canon == Simple {
		dst = append(dst, f.Name...)
		// Blanks before the colon are obsolete syntax (RFC 5322 section 4.5); which
		// they were is not kept.
		for gap := f.ValueOffset - f.Offset - int64(len(f.Name)) - 1; gap > 0 && gap < 100; gap-- {
			dst = append(dst, ' ')
		}
		dst = append(dst, ':')
		return appendCRLF(dst, value)
	}
	dst = append(dst, f.Key...)
	dst = append(dst, ':')
	return appendRelaxed(dst, value)
}

// appendCRLF appends s, its line ends as CRLF. A CR alone is not one.
func appendCRLF(dst []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, '\n')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, strings.TrimSuffix(s[:i], "\r")...)
		dst = append(dst, '\r', '\n')
		s = s[i+1:]
	}
}

// appendRelaxed appends s unfolded, each run of blanks as one, without those at its
// ends. Only SP and TAB are blanks here, and only CRLF is taken out.
func appendRelaxed(dst []byte, s string) []byte {
	begin, pending := len(dst), false
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t':
			pending = true
			i++
			continue
		case c == '\n' || c == '\r' && i+1 < len(s) && s[i+1] == '\n':
			i++
			continue
		}
		if pending && len(dst) > begin {
			dst = append(dst, ' ')
		}
		pending = false
		end := i + 1
		for end < len(s) && s[end] != ' ' && s[end] != '\t' && s[end] != '\r' && s[end] != '\n' {
			end++
		}
		dst = append(dst, s[i:end]...)
		i = end
	}
	return dst
}

// bodySum asks for the hash of a body, or of its beginning.
type bodySum struct {
	canon Canon
	hash  crypto.Hash
	limit int64 // Octets after canonicalization; below 0: all.

	sum  []byte
	size int64 // Of the canonical body.
}

// bodySums hashes a body once for all that ask. Write the body into it, then call
// finish.
type bodySums struct {
	bodies []*canonBody
	sums   []*bodySum
}

// want returns the sum for these, which is there after finish.
func (b *bodySums) want(canon Canon, h crypto.Hash, limit int64) *bodySum {
	for _, s := range b.sums {
		if s.canon == canon && s.hash == h && s.limit == limit {
			return s
		}
	}
	s := &bodySum{canon: canon, hash: h, limit: limit}
	b.sums = append(b.sums, s)
	var body *canonBody
	for _, c := range b.bodies {
		if c.relaxed == (canon == Relaxed) {
			body = c
		}
	}
	if body == nil {
		body = &canonBody{relaxed: canon == Relaxed, out: make([]byte, 0, canonBuffer)}
		b.bodies = append(b.bodies, body)
	}
	for i := range body.streams {
		if st := &body.streams[i]; st.hash == h {
			st.sums = append(st.sums, s)
			return s
		}
	}
	body.streams = append(body.streams, bodyStream{hash: h, state: newHash(h), sums: []*bodySum{s}})
	return s
}

func newHash(h crypto.Hash) hash.Hash {
	if h == crypto.SHA1 {
		return sha1.New() // Only to tell whether a signature that does not count would hold.
	}
	return sha256.New()
}

// begin orders the sums: it comes between the last want and the first Write.
func (b *bodySums) begin() {
	for _, c := range b.bodies {
		for i := range c.streams {
			// Those of a part first, by length; those of all last.
			slices.SortFunc(c.streams[i].sums, func(x, y *bodySum) int {
				return cmp.Compare(uint64(x.limit), uint64(y.limit))
			})
		}
	}
}

func (b *bodySums) Write(p []byte) (int, error) {
	for _, c := range b.bodies {
		c.write(p)
	}
	return len(p), nil
}

func (b *bodySums) finish() {
	for _, c := range b.bodies {
		c.close()
	}
}

// bodyStream is one hash over one canonical body. Sums of beginnings are taken from
// it on the way, so that any number of l= costs no more than one.
type bodyStream struct {
	hash  crypto.Hash
	state hash.Hash
	size  int64
	sums  []*bodySum
	next  int
}

func (s *bodyStream) write(p []byte) {
	for s.next < len(s.sums) {
		limit := s.sums[s.next].limit
		if limit < 0 || limit > s.size+int64(len(p)) {
			break
		}
		n := limit - s.size
		s.state.Write(p[:n])
		s.size, p = limit, p[n:]
		s.sums[s.next].sum = s.state.Sum(nil)
		s.next++
	}
	s.state.Write(p)
	s.size += int64(len(p))
}

// close gives the rest of the sums what there is.
func (s *bodyStream) close() {
	s.write(nil)
	for _, sum := range s.sums[s.next:] {
		sum.sum = s.state.Sum(nil)
	}
	for _, sum := range s.sums {
		sum.size = s.size
	}
}

// canonBuffer is how much of a canonical body is gathered before it is hashed.
const canonBuffer = 4 << 10

// canonBody makes the canonical form of a body. What it holds back (blanks that may
// be at the end of a line, empty lines that may be at the end of the body) it holds as
// a flag and a number, so that a body of nothing else costs no memory.
type canonBody struct {
	relaxed bool
	streams []bodyStream
	out     []byte
	empty   int64 // Empty lines held back.
	cr      bool  // A CR held back.
	blank   bool  // A run of blanks held back (relaxed).
	line    bool  // Something of this line was put out.
	any     bool  // Something was put out.
}

func (c *canonBody) write(p []byte) {
	// Most lines stay as they are: these are hashed where they lie, from run[0] to
	// run[1], in which empty lines between them are as they should be too.
	var run [2]int
	double := -1 // Where the next two blanks are.
	for at := 0; at < len(p); {
		n := bytes.IndexByte(p[at:], '\n')
		if n < 0 {
			c.direct(p[run[0]:run[1]])
			c.part(p[at:])
			return
		}
		line := p[at : at+n]
		if c.relaxed && double < at {
			if double = bytes.Index(p[at:], twoBlanks); double < 0 {
				double = len(p)
			} else {
				double += at
			}
		}
		switch {
		case n == 1 && line[0] == '\r' && c.fresh() && run[1] > run[0]:
			c.empty++
		case n > 1 && line[n-1] == '\r' && c.fresh() && (!c.relaxed || double >= at+n && unchanged(line[:n-1])):
			if run[1] == run[0] || c.empty > 0 && run[1]+2*int(c.empty) != at {
				c.direct(p[run[0]:run[1]])
				c.spread()
				run[0] = at
			}
			c.empty, run[1] = 0, at+n+1
		default:
			c.direct(p[run[0]:run[1]])
			run = [2]int{}
			c.lineEnd(line)
		}
		at += n + 1
	}
	c.direct(p[run[0]:run[1]])
}

// fresh tells whether nothing of the line before is held back.
func (c *canonBody) fresh() bool { return !c.line && !c.cr && !c.blank }

// unchanged tells whether relaxed leaves a line as it is that has no two blanks in a
// row.
func unchanged(line []byte) bool {
	return line[len(line)-1] != ' ' && bytes.IndexByte(line, '\t') < 0
}

// lineEnd takes the rest of a line, up to its LF.
func (c *canonBody) lineEnd(rest []byte) {
	if len(rest) > 0 {
		c.part(rest)
	}
	c.cr, c.blank = false, false
	if !c.line {
		c.empty++
		return
	}
	c.put(crlf)
	c.line = false
}

// direct hashes whole lines that stay as they are.
func (c *canonBody) direct(p []byte) {
	if len(p) > 0 {
		c.put(p)
	}
}

var crlf = []byte("\r\n")

// part takes a piece of a line.
func (c *canonBody) part(seg []byte) {
	if c.cr {
		c.cr = false
		c.text([]byte{'\r'})
	}
	if seg[len(seg)-1] == '\r' {
		c.cr = true
		seg = seg[:len(seg)-1]
	}
	if len(seg) > 0 {
		c.text(seg)
	}
}

// stays is how much of seg, which begins with no blank, relaxed leaves as it is: single
// spaces between words are such already.
func stays(seg []byte) int {
	for n := 0; ; n++ {
		i := bytes.IndexByte(seg[n:], ' ')
		if i < 0 {
			i = len(seg) - n
		}
		if t := bytes.IndexByte(seg[n:n+i], '\t'); t >= 0 {
			return n + t
		}
		if n += i; n+1 >= len(seg) || seg[n+1] == ' ' || seg[n+1] == '\t' {
			return n
		}
	}
}

// text takes bytes that are of a line for certain.
func (c *canonBody) text(seg []byte) {
	if !c.relaxed {
		c.content(seg)
		return
	}
	for len(seg) > 0 {
		n := 0
		for n < len(seg) && (seg[n] == ' ' || seg[n] == '\t') {
			n++
		}
		c.blank = c.blank || n > 0
		seg = seg[n:]
		if len(seg) == 0 {
			return
		}
		if c.blank {
			c.content(oneBlank)
			c.blank = false
		}
		n = stays(seg)
		c.content(seg[:n])
		seg = seg[n:]
	}
}

var (
	oneBlank  = []byte(" ")
	twoBlanks = []byte("  ")
)

// content puts out what is of the canonical body, after the empty lines before it.
func (c *canonBody) content(p []byte) {
	c.spread()
	c.line = true
	c.put(p)
}

// spread puts out the empty lines that were held back.
func (c *canonBody) spread() {
	for c.empty > 0 {
		n := int(min(c.empty, int64(len(crlfs)/2)))
		c.put(crlfs[:2*n])
		c.empty -= int64(n)
	}
}

// crlfs are many line ends, for bodies of little else.
var crlfs = []byte("\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n")

func (c *canonBody) put(p []byte) {
	c.any = true
	if len(c.out)+len(p) > cap(c.out) || len(p) > cap(c.out)/4 {
		c.flush()
		if len(p) > cap(c.out)/4 {
			c.hash(p)
			return
		}
	}
	c.out = append(c.out, p...)
}

func (c *canonBody) flush() {
	c.hash(c.out)
	c.out = c.out[:0]
}

func (c *canonBody) hash(p []byte) {
	for i := range c.streams {
		c.streams[i].write(p)
	}
}

// close ends the body. Empty lines at its end do not count.
func (c *canonBody) close() {
	if c.cr {
		c.cr = false
		c.text([]byte{'\r'})
	}
	// RFC 6376 section 3.4.3: an empty body is one line end; relaxed, it is nothing.
	if c.line || !c.any && !c.relaxed {
		c.put(crlf)
	}
	c.flush()
	for i := range c.streams {
		c.streams[i].close()
	}
}
