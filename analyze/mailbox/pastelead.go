package mailbox

import "bytes"

// leadReach is how many lines above a header the beginning of its first field is looked
// for. The longest Received fields have about as many.
const leadReach = 12

// unlead finds the first field of a header where other text stands in front of it on
// its line: "[code]Received: from ...", a name in a chat, a quotation mark. It would be
// the newest of the route. The lines between it and the first of the header must be its
// rest. It returns the mark that ends a block of code which begins there.
func (s *mending) unlead(margin []byte) (mark []byte) {
	for i := s.first; i >= 0 && s.first-i <= leadReach && !isBlank(s.lines[i].text); i-- {
		l := &s.lines[i]
		text := bytes.TrimPrefix(l.text, margin)
		at := hiddenField(text)
		if kind, _ := lineKind(text); at == 0 || kind >= nameHeader {
			continue
		}
		mark = codeMark(text[:at])
		l.cut(len(l.text) - len(text) + at)
		if len(margin) > 0 {
			l.put(string(margin))
		}
		s.first = i
		s.note(DamageLeading, i, i, 1, "text in front of the first field, on its line, was left out")
		return mark
	}
	return nil
}

// hiddenField is where in a line a field begins that only a header has, 0 when none
// does. Before it must stand what ends a word.
func hiddenField(line []byte) int {
	line = line[:min(len(line), widestHard)]
	for i := 1; i < len(line); i++ {
		if !isUpper(line[i]) || nameByte[line[i-1]] && bytes.IndexByte([]byte("`'|()>*"), line[i-1]) < 0 {
			continue
		}
		switch kind := fieldInLine(line[i:]); {
		case kind == nameHeader, kind == nameReceived && routeLine(line[i:]):
			return i
		}
	}
	return 0
}

// codeMark is what ends the block of code that text begins.
func codeMark(text []byte) []byte {
	for _, m := range [...]struct{ begin, end string }{
		{"```", "```"}, {"[code]", "[/code]"}, {"{code}", "{code}"}, {"{noformat}", "{noformat}"}, {"`", "`"}, {`"`, `"`},
	} {
		if bytes.HasSuffix(bytes.TrimRight(text, " \t"), []byte(m.begin)) {
			return []byte(m.end)
		}
	}
	return nil
}

// cutAt leaves out what stands from the first line on that ends in a mark. A quotation
// mark ends other lines, too, so only the last one of the text counts.
func (s *mending) cutAt(mark []byte) {
	for i := s.first; i < len(s.lines); i++ {
		l := &s.lines[i]
		at := bytes.Index(l.text, mark)
		if at < 0 || len(mark) == 1 && (i+1 < len(s.lines) || at+1 < len(l.text)) {
			continue
		}
		if at > 0 {
			l.text = bytes.TrimRight(l.text[:at], " \t")
			i++
		}
		s.cutBehind(i)
		return
	}
}
