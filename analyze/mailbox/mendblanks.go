package mailbox

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// unescape takes the text for one that was escaped for HTML when its beginning has
// more "&lt;" than "<". In a message that has a header only that is looked at.
func (s *mending) unescape() {
	end := len(s.lines)
	if !s.free {
		end = s.firstEmpty(0)
	}
	escaped, plain, size := 0, 0, 0
	for i := 0; i < end && size < htmlSample; i++ {
		text := s.lines[i].text
		size += len(text)
		escaped += bytes.Count(text, []byte("&lt;")) + bytes.Count(text, []byte("&#60;"))
		plain += bytes.Count(text, []byte{'<'})
	}
	if escaped < 2 || escaped <= plain {
		return
	}
	first, last, n := 0, 0, 0
	for i := range s.lines[:end] {
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
	s.whole = s.whole || s.free && n > 0
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

func oddBlanks(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < utf8.RuneSelf {
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if blank, invisible := blankRune(r); blank || invisible {
			return true
		}
		i += size - 1
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
		// A line of white space folds, when one that is folded follows.
		if len(text) == 0 || i+1 == len(s.lines) || len(s.lines[i+1].text) == 0 || s.lines[i+1].text[0] != ' ' && s.lines[i+1].text[0] != '\t' {
			return i
		}
	}
	return i
}
