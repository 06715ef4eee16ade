package auth

import (
	"bytes"
	"crypto"
	"slices"
)

// Bounds on the beginnings of a text that are hashed.
const (
	maxCuts       = 2_000  // Its last lines, each of which may be the first that was added.
	maxParagraphs = 10_000 // Ends of paragraphs before these.
)

// perLine is what a line costs beside its bytes, in bytes hashed.
const perLine = 16

// edit is a change that a candidate undoes.
type edit struct {
	kind   ChangeKind
	added  []byte // What the candidate leaves out, decoded.
	html   bool   // It is HTML.
	at     int    // Where it begins in the body, -1 when that is not known.
	detail string // What the change was, for kinds that need it.
}

// bodySearch hashes candidates for the body of a message, once for all signatures:
// most of them fail for the same reason.
type bodySearch struct {
	targets   []*bodyTarget
	whole     []byte // The body, its line ends as LF.
	firstLine int    // Of the message, where the body begins.
	quick     bool   // Nothing can be proven, as without a key: it is worth one pass over the body.
	spent     int64
	tried     int
	buf       []byte

	// Of the candidates at hand: what is cut off them is decoded to be told.
	coding string
	html   bool

	// What these fields of the signed message may have been, by what was tried.
	types, encodings []string
}

// done says that there is nothing more to search for, or no budget for it.
func (b *bodySearch) done() bool {
	if b.spent > MaxAutopsyBytes || b.tried > MaxAutopsyCandidates {
		return true
	}
	return !slices.ContainsFunc(b.targets, func(t *bodyTarget) bool { return !t.found })
}

// open says whether a hash of that kind is still searched for.
func (b *bodySearch) open(relaxed bool, h crypto.Hash, limited bool) bool {
	return slices.ContainsFunc(b.targets, func(t *bodyTarget) bool {
		return !t.found && t.relaxed == relaxed && t.hash == h && (t.limit >= 0) == limited
	})
}

// check compares a hash with those that were signed of all of a body.
func (b *bodySearch) check(relaxed bool, h crypto.Hash, sum []byte, edits func() []edit) {
	for _, t := range b.targets {
		if !t.found && t.limit < 0 && t.relaxed == relaxed && t.hash == h && t.sum == string(sum) {
			t.found, t.edits = true, edits()
		}
	}
}

var (
	bothForms  = [...]bool{true, false}
	bothHashes = [...]crypto.Hash{crypto.SHA256, crypto.SHA1}
)

// try hashes a candidate.
func (b *bodySearch) try(body []byte, edits []edit) {
	for _, relaxed := range bothForms {
		if b.done() {
			return
		}
		var canon []byte
		for _, h := range bothHashes {
			all, part := b.open(relaxed, h, false), b.open(relaxed, h, true)
			if !all && !part {
				continue
			}
			if canon == nil {
				b.buf = canonText(b.buf[:0], body, relaxed)
				canon = b.buf
			}
			b.tried++
			b.spent += int64(len(canon)+perLine*bytes.Count(canon, crlf)) + 64
			if all {
				state := newHash(h)
				state.Write(canon)
				b.check(relaxed, h, state.Sum(nil), func() []edit { return edits })
			}
			if part {
				b.tryLimited(canon, relaxed, h, edits)
			}
		}
	}
}

// tryLimited hashes the beginnings of a candidate that signatures with l= sign.
func (b *bodySearch) tryLimited(canon []byte, relaxed bool, h crypto.Hash, edits []edit) {
	for _, t := range b.targets {
		if t.found || t.limit < 0 || t.relaxed != relaxed || t.hash != h || t.limit > int64(len(canon)) {
			continue
		}
		state := newHash(h)
		state.Write(canon[:t.limit])
		b.spent += t.limit
		if t.sum == string(state.Sum(nil)) {
			t.found, t.edits = true, edits
		}
	}
}

// sweep hashes a candidate and, on the way, what it is without its last lines: that
// many more candidates for little more than the price of one.
func (b *bodySearch) sweep(body []byte, edits []edit) {
	for _, relaxed := range bothForms {
		for _, h := range bothHashes {
			if b.done() {
				return
			}
			if b.open(relaxed, h, false) {
				b.buf = canonText(b.buf[:0], body, relaxed)
				b.sweepForm(b.buf, body, relaxed, h, edits)
			}
			if b.open(relaxed, h, true) {
				b.buf = canonText(b.buf[:0], body, relaxed)
				b.spent += int64(len(b.buf))
				b.tried++
				b.tryLimited(b.buf, relaxed, h, edits)
			}
		}
	}
}

func (b *bodySearch) sweepForm(canon, body []byte, relaxed bool, h crypto.Hash, edits []edit) {
	lines := bytes.Count(canon, crlf)
	b.spent += int64(len(canon) + perLine*lines)
	state := newHash(h)
	if !relaxed {
		state.Write(crlf)
	}
	b.check(relaxed, h, state.Sum(nil), func() []edit {
		return append(slices.Clone(edits), edit{kind: ChangeEmptyBody, added: b.plain(body), html: b.html, at: b.place(body, 0)})
	})
	state = newHash(h)
	first := lines - maxCuts
	var sum [64]byte
	from, paragraphs := 0, 0
	for n, at := 1, 0; at < len(canon); n++ {
		end := at + bytes.IndexByte(canon[at:], '\n') + 1
		empty := end-at == 2
		at = end
		if empty {
			continue
		}
		if n < first {
			if end+2 > len(canon) || canon[end+1] != '\n' || paragraphs == maxParagraphs {
				continue
			}
			paragraphs++
		}
		state.Write(canon[from:end])
		from = end
		b.tried++
		b.spent += 64
		b.check(relaxed, h, state.Sum(sum[:0]), func() []edit { return b.cutAt(body, n, edits) })
	}
}

// cutAt is the explanation that the first n lines of the body are what was signed.
func (b *bodySearch) cutAt(body []byte, n int, edits []edit) []edit {
	at := 0
	for ; n > 0 && at < len(body); n-- {
		if next := bytes.IndexByte(body[at:], '\n'); next >= 0 {
			at += next + 1
		} else {
			at = len(body)
		}
	}
	rest := body[at:]
	if len(bytes.TrimSpace(rest)) == 0 {
		return edits
	}
	for rest[0] == '\n' {
		rest, at = rest[1:], at+1
	}
	return append(slices.Clone(edits), edit{kind: ChangeFooter, added: b.plain(rest), html: b.html, at: b.place(body, at)})
}

// plain decodes what was cut off a candidate.
func (b *bodySearch) plain(text []byte) []byte {
	return decode(entity{encoding: b.coding, content: text}).text
}

// as sets how candidates are to be read, and returns what sets it back.
func (b *bodySearch) as(coding string, html bool) (back func()) {
	was, wasHTML := b.coding, b.html
	b.coding, b.html = coding, html
	return func() { b.coding, b.html = was, wasHTML }
}

// place is where an offset of a candidate is in the body, -1 when that is not known:
// it is where the candidate is the body itself, or a piece of it.
func (b *bodySearch) place(candidate []byte, at int) int {
	if at > len(candidate) || len(candidate) == 0 || len(b.whole) == 0 {
		return -1
	}
	// Both are slices of one array exactly when their ends of capacity are one.
	off := cap(b.whole) - cap(candidate)
	if off < 0 || off+len(candidate) > len(b.whole) || &b.whole[off] != &candidate[0] {
		return -1
	}
	return off + at
}

// otherForm tries whether the signer used the other canonicalization.
func (b *bodySearch) otherForm(body []byte) {
	for _, relaxed := range bothForms {
		canon := canonText(nil, body, relaxed)
		for _, t := range b.targets {
			if t.found || t.relaxed == relaxed || t.limit > int64(len(canon)) {
				continue
			}
			signed := canon
			if t.limit >= 0 {
				signed = canon[:t.limit]
			}
			b.tried++
			b.spent += int64(len(signed))
			state := newHash(t.hash)
			state.Write(signed)
			if string(state.Sum(nil)) == t.sum {
				t.found, t.edits = true, []edit{{kind: ChangeOtherCanonization, at: -1}}
				continue
			}
			// QUIRK: some signers hash a body whose lines end in LF alone.
			state = newHash(t.hash)
			state.Write(unixLines(signed))
			if string(state.Sum(nil)) == t.sum {
				t.found, t.edits = true, []edit{{kind: ChangeLineEnds, at: -1, detail: "with line ends of LF alone"}}
			}
		}
	}
}

// unixLines returns text with LF for CRLF.
func unixLines(text []byte) []byte { return bytes.ReplaceAll(text, crlf, []byte("\n")) }

// canonText appends the canonical form (RFC 6376 sections 3.4.3 and 3.4.4) of a text
// whose lines end in LF.
func canonText(dst, text []byte, relaxed bool) []byte {
	begin, solid := len(dst), len(dst)
	for len(text) > 0 {
		line := text
		if n := bytes.IndexByte(text, '\n'); n >= 0 {
			line, text = text[:n], text[n+1:]
		} else {
			text = nil
		}
		was := len(dst)
		if relaxed {
			dst = appendSqueezed(dst, line)
		} else {
			dst = append(dst, line...)
		}
		filled := len(dst) > was
		dst = append(dst, '\r', '\n')
		if filled {
			solid = len(dst)
		}
	}
	dst = dst[:solid]
	if len(dst) == begin && !relaxed {
		dst = append(dst, crlf...)
	}
	return dst
}

// appendSqueezed appends a line with each run of blanks as one, and none at its end.
func appendSqueezed(dst, line []byte) []byte {
	line = bytes.TrimRight(line, " \t")
	if bytes.IndexByte(line, '\t') < 0 && !bytes.Contains(line, twoBlanks) {
		return append(dst, line...)
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c == ' ' || c == '\t' {
			if i > 0 && (line[i-1] == ' ' || line[i-1] == '\t') {
				continue
			}
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}
