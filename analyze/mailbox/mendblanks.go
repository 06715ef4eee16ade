package mailbox

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// unescapeQuotes takes the text for one that was escaped for HTML when lines of its
// beginning are quoted so.
func (s *mending) unescapeQuotes() {
	const look, enough = 1000, 3
	n := 0
	for i := range s.lines[:min(len(s.lines), look)] {
		if bytes.HasPrefix(s.lines[i].text, []byte("&gt;")) {
			n++
		}
	}
	if n >= enough {
		s.unescape(0, len(s.lines))
		s.whole = true
	}
}

// unescapeHeader does so when the header has more "&lt;" than "<".
func (s *mending) unescapeHeader() {
	end := s.firstEmpty(s.first)
	escaped, plain := 0, 0
	for i := s.first; i < end; i++ {
		text := s.lines[i].text
		escaped += bytes.Count(text, []byte("&lt;")) + bytes.Count(text, []byte("&#60;"))
		plain += bytes.Count(text, []byte{'<'})
	}
	if escaped == 0 || escaped <= plain {
		return
	}
	if s.free {
		end = len(s.lines)
		s.whole = true
	}
	s.unescape(s.first, end)
}

// unescape puts characters in the place of their HTML escapes.
func (s *mending) unescape(from, end int) {
	first, last, n := 0, 0, 0
	for i := from; i < end; i++ {
		l := &s.lines[i]
		if bytes.IndexByte(l.text, '&') < 0 {
			continue
		}
		text := unescapeLine(l.text)
		if bytes.Equal(text, l.text) {
			continue
		}
		if n == 0 {
			first = i
		}
		l.text, l.loose, l.mended = text, true, true
		last, n = i, n+1
	}
	s.note(DamageEscaped, first, last, n, `characters were written as for HTML, like "&lt;" for "<": they were put back`)
}

// blankRune recognises what takes the place of a blank when text goes through a web
// page or a word processor, and characters that nobody sees.
func blankRune(r rune) (blank, invisible bool) {
	switch {
	case r == 0xa0, 0x2000 <= r && r <= 0x200a, r == 0x202f, r == 0x205f, r == 0x3000:
		return true, false
	case 0x200b <= r && r <= 0x200d, r == 0x2060, r == 0xfeff, r == 0xad:
		return false, true
	}
	return false, false
}

// cleanMargins makes the odd blanks in front of lines plain ones, for the steps that go
// by them.
func (s *mending) cleanMargins() {
	for i := range s.lines {
		l := &s.lines[i]
		if size, blanks := oddMargin(l.text); size > 0 {
			l.cut(size)
			l.put(strings.Repeat(" ", blanks))
			l.blanks = true
		}
	}
}

// oddMargin is how many bytes of white space stand in front of a line, and how many
// blanks these are; 0 when none of them is an odd one.
func oddMargin(text []byte) (size, blanks int) {
	odd := false
	for size < len(text) {
		r, n := utf8.DecodeRune(text[size:])
		blank, invisible := blankRune(r)
		if r != ' ' && r != '\t' && !blank && !invisible {
			break
		}
		odd = odd || blank || invisible
		size += n
		if !invisible {
			blanks++
		}
	}
	if !odd {
		return 0, 0
	}
	return size, blanks
}

// cleanBlanks puts blanks where other characters took their place, in all lines of the
// header when a field of a server has one, for no server writes such: it was done by
// copying. Invisible characters are taken out of these fields only. In others they may
// be a trick of the sender, and remain.
func (s *mending) cleanBlanks() {
	end := min(len(s.lines), s.first+MaxFields)
	kind, found := nameUnknown, false
	for i := s.first; i < end && !found; i++ {
		if k, field := lineKind(s.lines[i].text); field {
			kind = k
		}
		found = kind >= nameHeader && oddBlanks(s.lines[i].text)
	}
	if !found {
		return
	}
	for i := s.first; i < end; i++ {
		l := &s.lines[i]
		if k, field := lineKind(l.text); field {
			kind = k
		}
		if text, changed := plainBlanks(l.text, kind >= nameHeader); changed {
			l.text, l.loose, l.mended, l.blanks = text, true, true, true
		}
	}
}

// oddBlanks says whether text has such characters.
func oddBlanks[T string | []byte](text T) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < utf8.RuneSelf {
			continue
		}
		r, _ := utf8.DecodeRuneInString(string(text[i:min(len(text), i+utf8.UTFMax)]))
		if blank, invisible := blankRune(r); blank || invisible {
			return true
		}
	}
	return false
}

func plainBlanks(text []byte, all bool) (out []byte, changed bool) {
	if !oddBlanks(text) {
		return text, false
	}
	out = make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch blank, invisible := blankRune(r); {
		case blank:
			out = append(out, ' ')
			changed = true
		case invisible && all:
			changed = true
		default:
			out = append(out, text[i:i+size]...)
		}
		i += size
	}
	return out, changed
}

// noteBlanks notes what was cleaned in the header, now that it is known where that is.
func (s *mending) noteBlanks() {
	first, last, n := 0, 0, 0
	for i := s.first; i < s.end; i++ {
		if s.lines[i].blanks {
			if n == 0 {
				first = i
			}
			last, n = i, n+1
		}
	}
	s.note(DamageBlanks, first, last, n, "no-break spaces or other odd characters stood where blanks belong: they were made blanks")
}

// firstEmpty is the first line from i on that ends a header; the number of lines when
// there is none.
func (s *mending) firstEmpty(i int) int {
	for begun := false; i < len(s.lines); i++ {
		text := s.lines[i].text
		if !isBlank(text) {
			begun = true
			continue
		}
		if !begun {
			continue
		}
		if len(text) == 0 || i+1 == len(s.lines) || s.endsHeader(s.lines[i+1].text) {
			return i
		}
	}
	return i
}

// endsHeader says whether a line of white space was meant to be empty, by what follows:
// nothing, or a sentence. Before a field, or the rest of one, it folds.
func (s *mending) endsHeader(next []byte) bool {
	if isBlank(next) {
		return len(next) == 0
	}
	_, field := lineKind(next)
	return !field && next[0] != ' ' && next[0] != '\t' && prose(next)
}
