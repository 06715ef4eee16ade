package mailbox

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// Bounds of what is held of an mbox beside the message at hand.
const (
	// mboxBuffer is how much is read at once.
	mboxBuffer = 512 << 10

	// maxMboxLine is how much of a line is looked at.
	maxMboxLine = 64 << 10

	// maxMboxHeader is how many bytes of a header are searched for Content-Length.
	maxMboxHeader = 256 << 10

	// maxAhead is how far beyond a line that looks like the beginning of the next
	// message a Content-Length is followed, to see whether it leads to another one.
	maxAhead = 8 << 20

	// maxMboxMessage is how far the end of a message is looked for. What lies behind
	// MaxMessage is not kept, but another message may follow; a stream may never end.
	maxMboxMessage = 4 << 30
)

// mbox cuts an mbox into messages.
//
// Where one ends, the variants of the format disagree. In mboxo and mboxrd a line
// "From " begins the next message, and in bodies such lines are changed to ">From ".
// In mboxcl2 they stand in bodies as they are, and Content-Length says how long the
// body is; mboxcl does both. All are found in the wild, mixed in one file and with
// lengths that went wrong. So both are asked: a line begins a message when it looks
// like one that does (see separates), unless it stands in a body whose
// Content-Length leads exactly to another such line, or to the end of the input.
//
// All positions are offsets in the input, since the buffer moves.
type mbox struct {
	r   io.Reader
	eol byte

	buf  []byte // What was read and is still needed.
	base int64  // Where buf begins.
	keep int64  // What lies before it is not needed any more.
	err  error  // Of r, io.EOF at its end.

	// still says that buf holds all of a small input and is not written to any more:
	// then nothing is copied out of it.
	still bool

	w     *Raw  // The message at hand.
	from  int64 // What lies before it was given to w.
	scan  int64 // What lies before it was searched.
	body  int64 // Where its body begins; -1 when that was not found.
	claim int64 // Where it ends according to Content-Length; -1 for nowhere.
}

// mbox yields the messages of an mbox.
func (s *splitter) mbox(at spot, b *mbox) bool {
	for len(b.buf) < HeadSize && b.more() {
	}
	head := b.buf[:min(len(b.buf), HeadSize)]
	b.eol = lineEnd(head)
	start, _ := mboxStart(head)
	next := int64(start)
	for next >= 0 {
		w := &Raw{Name: at.name, Containers: at.containers, Input: s.input, format: formatMailbox}
		next = b.message(w, next)
		if next < 0 && b.err != io.EOF {
			if w.content.size == 0 {
				break // The error stands at the same place.
			}
			w.brokenOff()
		}
		if !s.yield(w, nil) {
			return false
		}
	}
	if b.err != io.EOF {
		return s.fail(at, b.base+int64(len(b.buf)), fmt.Errorf("read mbox: %w", b.err))
	}
	return true
}

// message cuts the message whose line "From " is at start. It returns where that
// of the next one is, or -1.
func (b *mbox) message(w *Raw, start int64) (next int64) {
	b.w, b.keep, b.from, b.scan, b.claim = w, start, start, start, -1
	_, from := b.line(start)
	b.from, b.scan, w.Offset = from, from, from
	b.keep = from - 1 // Whether an empty line stands in front can be asked at its first byte.
	b.readHeader()
	for {
		p := b.find()
		if p < 0 {
			end := b.base + int64(len(b.buf))
			b.give(b.cut(end))
			return -1
		}
		b.scan = p + 1
		if !b.separates(p) {
			continue
		}
		if b.claim > p {
			if b.leads(p) {
				b.scan = b.claim
				continue
			}
			b.claim = -1
		}
		b.give(b.cut(p))
		return p
	}
}

// find returns the place of the next "From " at the beginning of a line, -1 at the
// end of the input. On the way it looks for those that are escaped.
func (b *mbox) find() int64 {
	from := []byte("From ")
	for {
		rest := b.buf[b.scan-b.base:]
		i := bytes.Index(rest, from)
		if i < 0 {
			// The last bytes may be the beginning of one.
			b.scan = max(b.scan, b.base+int64(len(b.buf)-len(from)+1))
			if !b.more() {
				return -1
			}
			continue
		}
		p := b.scan + int64(i)
		if p == b.from && b.w.content.size == 0 {
			b.scan = p + 1
			continue // A second such line in front.
		}
		before := b.buf[:p-b.base]
		if before[len(before)-1] == b.eol {
			return p
		}
		if n := len(bytes.TrimRight(before[max(0, len(before)-16):], ">")); before[len(before)-1] == '>' && p > b.body && b.body >= 0 {
			tail := before[max(0, len(before)-16):][:n]
			b.w.Escaped = b.w.Escaped || n > 0 && tail[n-1] == b.eol
		}
		b.scan = p + 1
	}
}

// more reads more into the buffer. It returns false at the end.
func (b *mbox) more() bool {
	if b.err != nil {
		return false
	}
	if len(b.buf) == cap(b.buf) {
		b.makeRoom()
	}
	if b.w != nil && b.base-b.w.Offset > maxMboxMessage {
		b.err = &FormatError{What: fmt.Sprintf("a message that does not end within %d GiB: nothing behind it was read", maxMboxMessage>>30),
			Hint: "if that is an mbox, cut it in front of the next message, and name the rest"}
		return false
	}
	for range 100 {
		n, err := b.r.Read(b.buf[len(b.buf):cap(b.buf)])
		b.buf = b.buf[:len(b.buf)+n]
		b.err = err
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	b.err = io.ErrNoProgress
	return false
}

// makeRoom gives away what was searched, moves the rest to the front, and when
// that does not help, which is when a Content-Length is followed, makes the buffer
// larger. A quarter of it is free then, so that each byte is moved a few times only.
func (b *mbox) makeRoom() {
	const tail = 64 // Is looked at again: the empty line before, and ">".
	if b.w != nil && b.scan-b.from > int64(cap(b.buf)/2) {
		b.give(b.scan - tail)
	}
	rest := b.buf[max(b.keep-b.base, 0):]
	if len(rest) > cap(b.buf)/4*3 {
		b.buf = append(make([]byte, 0, 2*cap(b.buf)), rest...)
	} else {
		b.buf = b.buf[:copy(b.buf, rest)]
	}
	b.base = max(b.base, b.keep)
}

// give hands what lies before end to the message.
func (b *mbox) give(end int64) {
	part := b.w.room(b.buf[b.from-b.base : end-b.base : end-b.base])
	if !b.still {
		part = append([]byte(nil), part...)
	}
	b.w.content.add(part)
	b.from, b.keep = end, end
}

// room is what may be added of the bytes: as much as MaxMessage allows.
func (w *Raw) room(part []byte) []byte {
	room := MaxMessage - w.content.size
	if room < int64(len(part)) {
		part = part[:room]
		if len(w.limits) == 0 {
			w.limit("mailbox.MaxMessage", MaxMessage, "the rest of the message was not read")
		}
	}
	return part
}

// line returns the line at a place without its end, and the place behind it, which
// is the same at the end of the input. A line that is too long comes in pieces.
func (b *mbox) line(at int64) (line []byte, next int64) {
	for seen := 0; ; {
		rest := b.buf[at-b.base:]
		if i := bytes.IndexByte(rest[seen:], b.eol); i >= 0 {
			rest = rest[:seen+i+1]
			return chop(rest), at + int64(len(rest))
		}
		seen = len(rest)
		if seen >= maxMboxLine || !b.more() {
			rest = b.buf[at-b.base:]
			return chop(rest), at + int64(len(rest))
		}
	}
}

// readHeader finds where the body begins, and what Content-Length says.
func (b *mbox) readHeader() {
	b.body = -1
	length := int64(-1)
	for at := b.from; at-b.from < maxMboxHeader; {
		line, next := b.line(at)
		if next == at || bytes.HasPrefix(line, []byte("From ")) && at > b.from {
			return // No body.
		}
		if len(line) == 0 {
			b.body = next
			if length >= 0 {
				b.claim = next + length
			}
			return
		}
		if n, ok := contentLength(line); ok {
			length = n
		}
		at = next
	}
}

// contentLength reads the field that mboxcl and mboxcl2 have for the size of the
// body.
func contentLength(line []byte) (int64, bool) {
	const name = "Content-Length:"
	if len(line) < len(name) || line[0]|0x20 != 'c' || !bytes.EqualFold(line[:len(name)], []byte(name)) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.Trim(line[len(name):], " \t")), 10, 64)
	return n, err == nil && 0 <= n && n < MaxMessage
}

// separates says whether the line "From " at p begins a message. It has to have the
// form and be followed by a field. QUIRK: some programs leave out the empty line
// before it, old Evolution the date; then it has to be followed by two fields.
func (b *mbox) separates(p int64) bool {
	line, next := b.line(p)
	form := fromLine(line)
	if form == fromNone {
		return false
	}
	fields := 1
	if form == fromBare || b.emptyBefore(p) == 0 {
		fields = 2
	}
	return b.follow(next, fields)
}

// follow says whether that many fields follow. QUIRK: procmail and others leave an
// old line ">From " or two in front of them.
func (b *mbox) follow(at int64, fields int) bool {
	const maxLines, maxOld = 200, 2
	seen, old, start := 0, 0, at
	for range maxLines {
		if at-start > maxMboxHeader {
			break
		}
		line, next := b.line(at)
		if next == at || len(line) == 0 {
			return false
		}
		colon, _ := fieldName(line)
		switch {
		case line[0] == ' ' || line[0] == '\t':
			if seen == 0 {
				return false
			}
		case colon > 0:
			if seen++; seen == fields {
				return true
			}
		case seen == 0 && old < maxOld && isMboxLine(line):
			old++
		default:
			return false
		}
		at = next
	}
	return seen > 0 // A field of very many lines.
}

// leads says whether the Content-Length of the message at hand, which is beyond p,
// leads to the beginning of another one or to the end of the input.
func (b *mbox) leads(p int64) bool {
	if b.claim-p > maxAhead {
		return false
	}
	for b.base+int64(len(b.buf)) < b.claim {
		if !b.more() {
			return false
		}
	}
	at := b.claim
	for range 2 { // mboxcl writers put an empty line there, some count it.
		line, next := b.line(at)
		if len(line) > 0 {
			break
		}
		if next == at {
			return b.err == io.EOF
		}
		at = next
	}
	if line, next := b.line(at); len(line) == 0 {
		return next == at && b.err == io.EOF
	}
	return b.buf[at-1-b.base] == b.eol && b.separates(at)
}

// emptyBefore is the length of the empty line before p, 0 when there is none.
func (b *mbox) emptyBefore(p int64) int64 {
	s := b.buf[:p-b.base]
	if n := len(s); n > 0 && s[n-1] == b.eol {
		s = s[:n-1]
		if n := len(s); b.eol == '\n' && n > 0 && s[n-1] == '\r' {
			s = s[:n-1]
		}
		if n := len(s); n > 0 && s[n-1] == b.eol {
			return p - b.base - int64(n)
		}
	}
	return 0
}

// cut is where the message ends whose next one, or the end of the input, is at p.
// The empty line before p is not part of it (RFC 4155 appendix A), unless it is the
// one that ends the header, or Content-Length counts it.
func (b *mbox) cut(p int64) int64 {
	const empty = 4 // Bytes of two empty lines.
	if b.claim >= b.body && b.claim <= p && p-b.claim <= empty && b.claim >= b.from && b.body >= 0 {
		between := b.buf[b.claim-b.base : p-b.base]
		if len(bytes.Trim(between, "\r\n")) == 0 && b.buf[b.claim-1-b.base] == b.eol {
			return b.claim
		}
	}
	if end := p - b.emptyBefore(p); end >= max(b.body, b.from) {
		return end
	}
	return p
}
