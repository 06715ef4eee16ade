package mailbox

import (
	"bytes"
)

// maxComment is how long a comment may be in which no field is looked for. One that
// is longer was never closed.
const maxComment = 400

// split cuts lines on which several fields stand.
func (s *mending) split() {
	end := s.firstEmpty(s.first)
	var out []pasteLine
	first, last, n, added := 0, 0, 0, 0
	list := false
	for i := s.first; i < end; i++ {
		var places []int
		places, list = fieldPlaces(s.lines[i].text, list)
		if len(places) > 0 && added < MaxFields {
			if n == 0 {
				out = append(make([]pasteLine, 0, len(s.lines)+len(places)), s.lines[:i]...)
				first = i
			}
			out = append(out, pieces(&s.lines[i], places)...)
			last, n, added = i, n+1, added+len(places)
		} else if n > 0 {
			out = append(out, s.lines[i])
		}
	}
	if n == 0 {
		return
	}
	s.note(DamageMerged, first, last, n, counted(added, "line had another field on it: it was cut in front of its name", "fields stood on one line with others: it was cut in front of their names"))
	s.lines = append(out, s.lines[end:]...)
	s.end = len(s.lines)
}

// pieces cuts a line at places.
func pieces(l *pasteLine, places []int) (out []pasteLine) {
	from := 0
	for _, to := range append(places, len(l.text)) {
		p := *l
		p.text = l.text[:to]
		p.cut(from)
		p.text = bytes.TrimRight(p.text, " \t")
		p.mended = true
		out = append(out, p)
		from = to
	}
	return out
}

// fieldPlaces is where, behind its beginning, fields begin in a line. One alone may
// be something that a subject says, so there has to be a Received, or two that are not
// shown to everybody. A list of names may go on over lines: list says that one does,
// and goesOn that it does behind this one.
func fieldPlaces(line []byte, list bool) (places []int, goesOn bool) {
	sure, semicolon, open := 0, 0, 0
	begin := 0 // Of the comment that is open.
	for i := 1; i < len(line); i++ {
		switch c := line[i]; c {
		case ';':
			semicolon, list = i+1, false
		case '(':
			if open == 0 {
				begin = i
			}
			open++
		case ')':
			open = max(open-1, 0)
		}
		if line[i-1] != ' ' && line[i-1] != '\t' || !isUpper(line[i]) {
			continue
		}
		if open > 0 && i-begin < maxComment {
			continue
		}
		kind := fieldInLine(line[i:])
		if kind == nameUnknown || kind == nameLikely || list || inNameList(line[semicolon:i]) {
			continue
		}
		if kind == nameReceived {
			sure += 2
		} else if kind == nameHeader {
			sure++
		}
		places = append(places, i)
		semicolon, open = i, 0
	}
	goesOn = list && len(line) > 0 || inNameList(line[semicolon:])
	if sure < 2 {
		return nil, goesOn
	}
	return places, goesOn
}

// fieldInLine says what a field tells that begins here, with a blank behind its colon.
func fieldInLine(rest []byte) nameKind {
	rest = rest[:min(len(rest), maxKnownName+2)]
	colon := bytes.IndexByte(rest, ':')
	if colon <= 0 || colon+1 < len(rest) && rest[colon+1] != ' ' && rest[colon+1] != '\t' {
		return nameUnknown
	}
	if at, blank := fieldName(rest); at != colon || blank {
		return nameUnknown
	}
	return kindOf(rest[:colon])
}

// inNameList says whether this is in the list of the fields that are signed: tags h and
// z of RFC 6376 section 3.5.
func inNameList(tag []byte) bool {
	tag = bytes.TrimLeft(tag[:min(len(tag), 16)], " \t")
	return bytes.HasPrefix(tag, []byte("h=")) || bytes.HasPrefix(tag, []byte("z=")) || bytes.HasPrefix(tag, []byte("h ="))
}
