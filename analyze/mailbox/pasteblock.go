package mailbox

import (
	"bytes"
	"fmt"
)

// Bounds of looking for a header in a text.
const (
	// headerReach is how many lines below a field another one has to stand. The
	// longest fields of Exchange and ARC have about 40 lines.
	headerReach = 60

	// quoteReach is how many lines in a row may lack the quoting of those around them:
	// mail programs break quoted lines and quote only the first half.
	quoteReach = 40

	// fenceReach is how many lines above a header the mark of a block of code is looked
	// for.
	fenceReach = 3
)

// find looks for the first header in the text, and leaves only the lines of its
// message. It must be the first: what follows is in the hands of whoever wrote the
// message.
func (s *mending) find() bool {
	for i := range s.lines {
		margin := marginOf(s.lines[i].text)
		kind, _ := lineKind(s.lines[i].text[margin:])
		if kind >= nameHeader && s.headerAt(i, margin) {
			s.take(i, s.lines[i].text[:margin:margin])
			return true
		}
	}
	for i := range s.lines {
		if at := hiddenField(s.lines[i].text); at > 0 && s.headerAt(i, at) {
			s.take(i, nil)
			return true
		}
	}
	return s.findShown()
}

// findShown finds, where there is no field of a server, those of the author at the
// very beginning.
func (s *mending) findShown() bool {
	for i := range s.lines {
		text := s.lines[i].text
		if isBlank(text) {
			continue
		}
		margin := marginOf(text)
		if kind, _ := lineKind(text[margin:]); kind < nameShown || s.fieldsNear(i, margin, nameShown) < 1 {
			return false
		}
		s.take(i, text[:margin:margin])
		return true
	}
	return false
}

// marginOf is the length of what stands in front of a line that is quoted or indented.
func marginOf(text []byte) int {
	n := 0
	for n < len(text) && (text[n] == ' ' || text[n] == '\t' || text[n] == '>' || text[n] == '|') {
		n++
	}
	return n
}

// headerAt says whether the field in line i is the beginning of a header, rather than
// something that is said about one.
func (s *mending) headerAt(i, margin int) bool {
	text := s.lines[i].text[margin:]
	if bytes.Contains(text, []byte("Received: ")) && !bytes.HasPrefix(text, []byte("Received: ")) {
		return true // All on one line.
	}
	if !routeLine(text) {
		return s.fieldsNear(i, margin, nameHeader) >= 2
	}
	if s.fieldsNear(i, margin, nameHeader) >= 1 {
		return true
	}
	const near = 12 // Lines of one Received field, with empty lines between.
	var st stamp
	for _, l := range s.lines[i:min(i+near, len(s.lines))] {
		st.feed(l.text)
	}
	return st.time
}

// fieldsNear counts the fields of at least that kind in the lines below line i.
func (s *mending) fieldsNear(i, margin int, least nameKind) (n int) {
	for _, l := range s.lines[i+1 : min(i+1+headerReach, len(s.lines))] {
		if kind, _ := lineKind(l.text[min(margin, marginOf(l.text)):]); kind >= least {
			n++
		}
	}
	return n
}

// take leaves the lines of the message that has a header around line i, in front of
// whose lines stands margin.
func (s *mending) take(i int, margin []byte) {
	if len(bytes.Trim(margin, " \t")) == 0 && i+1 < len(s.lines) && !isBlank(s.lines[i+1].text) && !bytes.HasPrefix(s.lines[i+1].text, margin) {
		s.lines[i].cut(len(margin)) // Only this line was indented: the first one of what was copied.
		margin = nil
	}
	s.first = s.above(i, margin)
	mark := s.unlead(margin)
	s.noteLeading()
	if len(margin) > 0 {
		s.unquote(margin)
		return
	}
	if len(mark) > 0 {
		s.cutAt(mark)
	} else if mark := s.fence(); len(mark) > 0 {
		for k := i; k < len(s.lines); k++ {
			if bytes.HasPrefix(bytes.TrimSpace(s.lines[k].text), mark) {
				s.cutBehind(k)
				return
			}
		}
	}
}

// above goes up from line i to the first field of its header: some begin with those
// that are shown.
func (s *mending) above(i int, margin []byte) int {
	first := i
	for k := i - 1; k >= 0 && i-k <= headerReach; k-- {
		text, ok := bytes.CutPrefix(s.lines[k].text, margin)
		if !ok || isBlank(text) {
			break
		}
		if kind, _ := lineKind(text); kind >= nameShown {
			first = k
		} else if text[0] != ' ' && text[0] != '\t' {
			break
		}
	}
	return first
}

func (s *mending) noteLeading() {
	n := 0
	for i := range s.lines[:s.first] {
		if text := s.lines[i].text; !isBlank(text) && !isMboxLine(text) {
			n++
		}
	}
	if n > 0 {
		s.note(DamageLeading, 0, s.first-1, n, "text in front of the header was left out")
	}
}

// fence is the mark that ends a block of code, when the header stands at the beginning
// of one; empty when it does not.
func (s *mending) fence() []byte {
	for i := s.first - 1; i >= 0 && s.first-i <= fenceReach; i-- {
		text := bytes.TrimSpace(s.lines[i].text)
		for _, mark := range [...]string{"```", "~~~", "{code", "{noformat"} {
			if bytes.HasPrefix(text, []byte(mark)) {
				return []byte(mark)
			}
		}
		if bytes.HasPrefix(text, []byte("[code")) {
			return []byte("[/code")
		}
	}
	return nil
}

// cutBehind leaves out what stands from line i on.
func (s *mending) cutBehind(i int) {
	last := len(s.lines) - 1
	for last > i && isBlank(s.lines[last].text) {
		last--
	}
	if i < len(s.lines) && !isBlank(s.lines[last].text) {
		s.note(DamageTrailing, i, last, last-i+1, "text behind the message was left out")
	}
	s.lines, s.rest, s.whole = s.lines[:i], -1, true
}

// unquote takes away what stands in front of all lines. The message ends where it is
// missing.
func (s *mending) unquote(margin []byte) {
	mark := bytes.TrimRight(margin, " \t")
	n, next, last := 0, 0, s.first
	for i := s.first; i < len(s.lines); i++ {
		l := &s.lines[i]
		switch {
		case bytes.HasPrefix(l.text, margin):
			l.cut(len(margin))
		case len(mark) > 0 && bytes.HasPrefix(l.text, mark):
			l.cut(len(mark))
		case isBlank(l.text) && len(mark) == 0:
			l.cut(len(l.text))
			continue
		default:
			if next <= i {
				next = s.nextQuoted(i, mark)
			}
			if next > len(s.lines) {
				s.noteQuoted(margin, last, n)
				s.cutBehind(i)
				return
			}
			continue
		}
		last, n = i, n+1
	}
	s.noteQuoted(margin, last, n)
	s.whole = true
}

// nextQuoted is the next line that is quoted; one behind all when none is near.
func (s *mending) nextQuoted(i int, mark []byte) int {
	for k := i + 1; k < len(s.lines) && k <= i+quoteReach && len(mark) > 0; k++ {
		if bytes.HasPrefix(s.lines[k].text, mark) {
			return k
		}
	}
	return len(s.lines) + 1
}

func (s *mending) noteQuoted(margin []byte, last, n int) {
	if len(bytes.Trim(margin, " \t")) == 0 {
		s.note(DamageIndented, s.first, last, n, fmt.Sprintf("the blanks in front of %d lines (%d each) were taken away", n, len(margin)))
		return
	}
	s.note(DamageQuoted, s.first, last, n, fmt.Sprintf("the %s in front of %d lines was taken away", excerpt(margin), n))
}
