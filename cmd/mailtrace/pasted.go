package main

import (
	"bytes"
	"unicode/utf8"
)

// What a terminal writes around a paste once it was asked to (bracketed paste).
const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// Bytes that are keys when they come alone.
const (
	ctrlC     = 0x03
	ctrlD     = 0x04
	backspace = 0x08
	escape    = 0x1b
	rubout    = 0x7f // What the Backspace key sends nearly everywhere.
)

// maxKeys is how many bytes of keys in a row are taken for keys. The longest
// that one key sends are nine, and a key held down is cut into several reads.
const maxKeys = 64

// outcome is what the keys that came so far ask for.
type outcome int

const (
	goOn   outcome = iota // Nothing: more may come.
	ended                 // Ctrl-D.
	gaveUp                // Ctrl-C.
)

// pasted makes a text of the bytes that a terminal in raw mode sends. Between
// the marks of a bracketed paste every byte is text. Terminals that know no such
// marks send a paste as if it were typed, and then only time tells the keys from
// a stray byte of the text: Ctrl-D and Ctrl-C count when nothing comes behind
// them, which quiet says, and the keys that edit count when they come alone.
//
// A message can hold the mark of the end, and some terminals do not take it out.
// Then the rest of it comes as if it were typed, and is text all the same; and so is
// the mark itself when, without a pause, another one comes.
type pasted struct {
	limit  int    // Bytes of text that are kept.
	text   []byte // As it came, without marks and keys.
	beyond int64  // Bytes that were not kept.

	inside bool   // Between the marks.
	held   []byte // Taken when what comes next says what it is: a piece of a mark, keys.
	stale  bool   // Nothing came behind held in time.
	floor  int    // What stands before it in text was pasted between marks.
	marked bool   // The terminal marks what is pasted.
	end    *mark  // In text, until it is known to be one; nil if none is.

	late    bool // The first silence is over: nothing was typed before raw mode.
	stalled bool // Nothing has come for so long that a paste is not on its way.
	alone   bool // held came after that, on its own.

	lineEnds
}

// lineEnds is which there are in a text.
type lineEnds struct {
	ends    int
	returns int  // CRs at the end.
	single  bool // A CR stands without another one, or an LF stands somewhere.
}

// mark is one that stands in a text.
type mark struct {
	at, length int      // The length is less where the text is full.
	before     lineEnds // Those of the text before it.
}

// feed takes what one read gave.
func (p *pasted) feed(b []byte) {
	if len(b) == 0 {
		return
	}
	keys := p.inside && p.stalled && len(b) <= maxKeys && p.finals(b) == len(b)
	if keys {
		p.take(p.held)
	} else if len(p.held) > 0 {
		whole := append(p.held, b...)
		if n := min(len(whole), len(pasteBegin)); !p.stale || string(whole[:n]) == pasteBegin[:n] {
			b = whole
		} // Else what was held is a key that nobody knows.
	}
	p.held, p.stale, p.stalled, p.alone = nil, false, false, keys
	switch {
	case keys:
		p.held = bytes.Clone(b)
		return
	case !p.inside && len(b) <= maxKeys && onlyKeys(b):
		p.keys(b)
		return
	}
	for len(b) > 0 {
		if p.inside {
			b = p.within(b)
		} else {
			b = p.without(b)
		}
	}
}

// within takes text up to the end of the paste.
func (p *pasted) within(b []byte) []byte {
	i := bytes.Index(b, []byte(pasteEnd))
	if i < 0 {
		n := begun(b, pasteEnd)
		p.take(b[:len(b)-n])
		p.held = bytes.Clone(b[len(b)-n:])
		return nil
	}
	p.take(b[:i])
	p.inside = false
	p.close()
	return b[i+len(pasteEnd):]
}

// close takes the mark of the end of a paste, which may turn out to be text.
func (p *pasted) close() {
	p.end = &mark{at: len(p.text), before: p.lineEnds}
	p.take([]byte(pasteEnd))
	p.end.length = len(p.text) - p.end.at
	p.floor = len(p.text)
}

// settle takes the mark of an end out of the text: it was one.
func (p *pasted) settle() {
	if p.end == nil {
		return
	}
	behind := p.text[p.end.at+p.end.length:]
	p.beyond -= int64(len(pasteEnd) - p.end.length)
	p.text, p.floor, p.lineEnds = p.text[:p.end.at], p.end.at, p.end.before
	p.end = nil
	p.take(behind)
}

// without takes what was typed, or pasted at a terminal that does not mark it, up
// to the begin of the next paste.
func (p *pasted) without(b []byte) []byte {
	n := 0
	for {
		i := bytes.IndexByte(b[n:], escape)
		if i < 0 {
			break
		}
		n += i
		switch {
		case bytes.HasPrefix(b[n:], []byte(pasteBegin)):
			p.settle()
			if n <= maxKeys && onlyKeys(b[:n]) {
				p.keys(b[:n])
				p.held = nil
			} else {
				p.take(b[:n])
			}
			p.inside, p.marked = true, true
			return b[n+len(pasteBegin):]
		case bytes.HasPrefix(b[n:], []byte(pasteEnd)) && p.marked:
			p.take(b[:n])
			p.close()
			return b[n+len(pasteEnd):]
		}
		n++
	}
	if n = begun(b, pasteBegin); n == 0 {
		n = p.finals(b)
	}
	p.take(b[:len(b)-n])
	p.held = bytes.Clone(b[len(b)-n:])
	return nil
}

// keys obeys what was typed, up to a key that is one only if nothing follows.
func (p *pasted) keys(b []byte) {
	for len(b) > 0 {
		n := keyLen(b)
		switch {
		case n < 0, p.finals(b) == len(b):
			p.held = bytes.Clone(b)
			return
		case bytes.HasPrefix(b, []byte(pasteBegin)):
			p.settle()
			p.inside, p.marked = true, true
			p.feed(b[n:])
			return
		case bytes.HasPrefix(b, []byte(pasteEnd)) && p.marked:
			p.close()
		case b[0] == backspace, b[0] == rubout:
			p.erase()
		}
		b = b[n:]
	}
}

// erase takes back the last character of a typed line.
func (p *pasted) erase() {
	p.settle()
	typed := p.text[p.floor:]
	if len(typed) == 0 || typed[len(typed)-1] == '\r' || typed[len(typed)-1] == '\n' {
		return
	}
	_, n := utf8.DecodeLastRune(typed)
	p.text = p.text[:len(p.text)-n]
	if len(p.text) > 0 && p.text[len(p.text)-1] == '\r' {
		p.returns, p.single = 1, true // Somebody types: no need to count how many stand there.
	}
}

// quiet says that nothing has come for a moment, so that what came last was not
// the middle of something.
func (p *pasted) quiet() outcome {
	p.settle()
	held := p.held
	first := !p.late && p.finals(held) == len(held)
	p.late = true
	switch {
	case len(held) == 0, p.inside && !p.alone:
		return goOn
	case held[0] == ctrlC:
		return gaveUp
	case held[0] == ctrlD, first && held[0] == 0:
		return ended
	case len(held) == 1: // The Escape key.
		p.held = nil
	default:
		p.stale = true
	}
	return goOn
}

// stall says that nothing has come for a long time: whoever presses Ctrl-D or
// Ctrl-C now waits for a paste whose end was lost.
func (p *pasted) stall() { p.stalled = true }

// finals counts the bytes at the end of b that may be Ctrl-D or Ctrl-C.
func (p *pasted) finals(b []byte) int {
	n := 0
	for n < min(len(b), maxKeys) {
		switch c := b[len(b)-1-n]; {
		case c == ctrlC, c == ctrlD:
		// QUIRK: Linux gives out as NUL a Ctrl-D that was pressed before raw mode.
		case c == 0 && !p.late:
		default:
			return n
		}
		n++
	}
	return n
}

// take adds text.
func (p *pasted) take(b []byte) {
	if n := max(p.limit-len(p.text), 0); len(b) > n {
		p.beyond += int64(len(b) - n)
		b = b[:n]
	}
	for _, c := range b {
		switch {
		case c == '\r':
			p.ends++
			p.returns++
			continue
		case c == '\n':
			if p.returns == 0 {
				p.ends++
			}
			p.single = true
		}
		p.single = p.single || p.returns%2 == 1
		p.returns = 0
	}
	p.text = append(p.text, b...)
}

// doubled reports whether every line end came as two.
//
// QUIRK: tmux and xterm paste an LF as a CR, and the CR before it as another one.
// No message has an empty line between all its lines.
func (p *pasted) doubled() bool {
	return !p.single && p.returns%2 == 0 && p.ends >= 4
}

// lines counts the lines, the last one even if its end is still to come.
func (p *pasted) lines() int {
	n := p.ends
	if p.doubled() {
		n /= 2
	}
	if len(p.text) > 0 && p.text[len(p.text)-1] != '\n' && p.text[len(p.text)-1] != '\r' {
		n++
	}
	return n
}

// message gives the text with LF for every line end: which one it was, a paste
// does not tell. It is called once, in the end.
func (p *pasted) message() []byte {
	p.settle()
	end := 1
	if p.doubled() {
		end = 2
	}
	w := 0
	for i := 0; i < len(p.text); i++ {
		c := p.text[i]
		if c == '\r' {
			c = '\n'
			if i += end - 1; end == 1 && i+1 < len(p.text) && p.text[i+1] == '\n' {
				i++
			}
		}
		p.text[w] = c
		w++
	}
	return p.text[:w]
}

// begun counts the bytes at the end of b with which mark may begin.
func begun(b []byte, mark string) int {
	for n := min(len(b), len(mark)-1); n > 0; n-- {
		if string(b[len(b)-n:]) == mark[:n] {
			return n
		}
	}
	return 0
}

// onlyKeys reports whether b holds no text: control characters and what the keys
// without a letter send, the last one perhaps not to its end.
func onlyKeys(b []byte) bool {
	for len(b) > 0 {
		n := keyLen(b)
		if n <= 0 {
			return n < 0
		}
		b = b[n:]
	}
	return true
}

// keyLen counts the bytes of the key with which b begins. It is 0 when that is
// none, and less when its end is still to come.
func keyLen(b []byte) int {
	switch c := b[0]; {
	case c == '\t', c == '\r', c == '\n', c >= ' ' && c != rubout:
		return 0
	case c != escape:
		return 1
	case len(b) == 1:
		return -1
	case b[1] < ' ':
		return 1
	case b[1] == 'O':
		if len(b) == 2 {
			return -1
		}
		return 3
	case b[1] != '[':
		return 2 // With Alt.
	}
	for i, c := range b[2:] {
		if c >= '@' && c <= '~' {
			return i + 3
		}
		if c < ' ' || c > '~' {
			return 0
		}
	}
	return -1
}
