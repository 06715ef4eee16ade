package mailbox

import (
	"bytes"
	"fmt"
)

// dress is something that programs put around names of fields.
type dress struct {
	damage Damage
	what   string
	// off returns a line without it; false where it does not have it.
	off func(line []byte) ([]byte, bool)
}

var dresses = [...]dress{
	{DamageMarked, "marks of a list stood in front of fields: they were taken away", unlist},
	{DamageMarked, "asterisks, which stand for bold text, stood around the names of fields: they were taken away", unbold},
	{DamageTable, "it was a table without colons: they were put behind the names of fields", untable},
}

// undress takes the lines of the text out of the dress that fields wear in it, for
// find looks for fields in plain dress.
func (s *mending) undress() {
	s.unescapeLines()
	s.unnumber()
	for _, d := range dresses {
		if s.wears(d) {
			s.takeOff(d)
		}
	}
}

// wears says whether enough fields that only a header has wear it, and one of the route
// among them.
func (s *mending) wears(d dress) bool {
	const enough = 3
	n, route := 0, false
	for i := range s.lines {
		text, ok := d.off(s.lines[i].text)
		if !ok {
			continue
		}
		if kind, _ := lineKind(text); kind >= nameHeader {
			route = route || routeLine(text)
			if n++; n >= enough && route {
				return true
			}
		}
	}
	return false
}

func (s *mending) takeOff(d dress) {
	first, last, n := 0, 0, 0
	for i := range s.lines {
		l := &s.lines[i]
		text, ok := d.off(l.text)
		if !ok {
			continue
		}
		if n == 0 {
			first = i
		}
		l.text, l.loose, l.mended = text, true, true
		last, n = i, n+1
	}
	s.note(d.damage, first, last, n, d.what)
}

// unlist takes away the mark of an item of a list.
func unlist(line []byte) ([]byte, bool) {
	text := bytes.TrimLeft(line, " \t")
	for _, mark := range [...]string{"* ", "- ", "+ ", "\u2022 ", "\u2022\t", "\u00b7 ", "\u00b7\t", "o\t"} {
		if rest, ok := bytes.CutPrefix(text, []byte(mark)); ok {
			rest = bytes.TrimLeft(rest, " \t")
			kind, _ := lineKind(rest)
			return rest, kind >= nameLikely
		}
	}
	return nil, false
}

// unbold takes away asterisks: "**Name:** value", "*Name*: value".
func unbold(line []byte) ([]byte, bool) {
	text := bytes.TrimLeft(line, " \t")
	if len(text) == 0 || text[0] != '*' {
		return nil, false
	}
	text = bytes.TrimLeft(text, "*")
	colon := bytes.IndexByte(text[:min(len(text), maxKnownName)], ':')
	if colon <= 0 {
		return nil, false
	}
	name := bytes.TrimRight(text[:colon], "*")
	rest := bytes.TrimLeft(text[colon+1:], "*")
	if kindOf(name) < nameLikely || len(name) == colon && len(rest) == len(text)-colon-1 {
		return nil, false
	}
	return named(name, bytes.TrimLeft(rest, " \t")), true
}

// untable puts the colon behind a name that stands in a cell, in front of a tab or
// alone on its line.
func untable(line []byte) ([]byte, bool) {
	name, value, _ := bytes.Cut(line[:min(len(line), maxKnownName)], []byte("\t"))
	name = bytes.TrimRight(name, " ")
	if kindOf(name) < nameShown {
		return nil, false
	}
	if len(line) > len(name) {
		value = bytes.TrimLeft(line[len(name):], " \t")
		if bytes.IndexByte(line[len(name):len(line)-len(value)], '\t') < 0 && len(value) > 0 {
			return nil, false
		}
	}
	return named(name, value), true
}

// named makes a field of a name and a value.
func named(name, value []byte) []byte {
	out := make([]byte, 0, len(name)+len(value)+2)
	out = append(out, name...)
	out = append(out, ':')
	if len(value) > 0 {
		out = append(append(out, ' '), value...)
	}
	return out
}

// unnumber takes away the numbers of lines.
func (s *mending) unnumber() {
	const enough = 5 // Lines.
	for i := 0; i < len(s.lines); {
		n, size := lineNumber(s.lines[i].text)
		begin, route := i, false
		for size > 0 {
			route = route || routeLine(bytes.TrimLeft(s.lines[i].text[size:], " \t"))
			if i++; i == len(s.lines) {
				break
			}
			next := 0
			if next, size = lineNumber(s.lines[i].text); next != n+1 {
				break
			}
			n = next
		}
		if i-begin >= enough && route {
			for k := begin; k < i; k++ {
				_, size := lineNumber(s.lines[k].text)
				s.lines[k].cut(size)
			}
			s.note(DamageMarked, begin, i-1, i-begin, fmt.Sprintf("the numbers in front of %d lines were taken away", i-begin))
			return
		}
		i = max(i, begin+1)
	}
}

// lineNumber is the number that stands in front of a line, as editors and grep write
// it, and how many bytes it has with what is around it; 0 when there is none.
func lineNumber(line []byte) (n, size int) {
	const digits = 6
	i := 0
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	first := i
	for ; i < len(line) && i-first < digits && isDigit(line[i]); i++ {
		n = 10*n + int(line[i]-'0')
	}
	switch {
	case i == first:
		return 0, 0
	case i == len(line):
		return n, i
	case line[i] == '\t', line[i] == ':', line[i] == '|', line[i] == ' ':
		return n, i + 1
	case (line[i] == '.' || line[i] == ')') && i+1 < len(line) && line[i+1] == ' ':
		return n, i + 2
	}
	return 0, 0
}
