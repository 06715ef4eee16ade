package mailbox

import (
	"bytes"
	"slices"
)

// Bounds of joining lines to fields.
const (
	// MaxLostRun is how many lines may follow a field that lost its folding. Exchange
	// writes fields of 60 lines.
	MaxLostRun = 200

	// Lines of a text that was wrapped have at most these many bytes, by whatever
	// program it was.
	narrowWrap, widestWrap = 60, 100
)

// folding joins lines to the fields that they belong to.
type folding struct {
	s        *mending
	end      int // Of the header: the first empty line.
	lastName int // The last line that begins with a name that is known.
	width    int // To which lines were wrapped; 0 when they were not.

	kind  nameKind // Of the field at hand.
	stamp stamp    // Of it.
	run   int      // Lines that were joined to it.
	steps [3]foldStep
}

type foldStep struct{ first, last, count int }

// fold gives continuation lines their blank back.
func (s *mending) fold() {
	f := folding{s: s, end: s.firstEmpty(s.first)}
	f.spanReport()
	if !f.measure() {
		s.end = f.end
		return
	}
	for i := s.first; i < f.end; i++ {
		if !f.line(i) {
			f.end = i
			break
		}
	}
	s.end = f.end
	f.note()
	if i := s.end; i < len(s.lines) && !isBlank(s.lines[i].text) && len(s.done) > 0 {
		s.note(DamageEmptyLine, i, i, 1, "no empty line before this line, which is no header: it was taken as the beginning of the body")
	}
}

// measure looks at all lines of the header first: whether folding is lost or was
// wrapped shows in the whole of it. It returns false when every line is in order.
func (f *folding) measure() bool {
	s := f.s
	folded, flush := 0, 0
	for i := s.first; i < f.end; i++ {
		text := s.lines[i].text
		if isBlank(text) {
			continue
		}
		if kind, field := lineKind(text); kind >= nameShown {
			f.lastName = i
		} else if text[0] == ' ' || text[0] == '\t' {
			folded++
		} else if !field {
			flush++
		}
		if body := bytes.TrimLeft(text, " \t"); bytes.IndexByte(body, ' ') > 0 {
			f.width = max(f.width, s.lines[i].width())
		}
	}
	const most = 4 // Of the lines that lost their blank may one have kept it.
	s.lost = flush > 0 && most*folded <= flush
	if f.width < narrowWrap || f.width > widestWrap {
		f.width = 0
	}
	return flush > 0
}

// line takes one line of the header. It returns false when that is no header.
func (f *folding) line(i int) bool {
	l := &f.s.lines[i]
	if isBlank(l.text) || l.text[0] == ' ' || l.text[0] == '\t' {
		f.stamp.feed(l.text)
		return true
	}
	kind, field := lineKind(l.text)
	if field && (kind > nameUnknown || i == f.s.first || !f.s.lost && !f.full(i)) {
		f.kind, f.stamp, f.run = kind, stamp{}, 0
		f.stamp.feed(l.text[bytes.IndexByte(l.text, ':')+1:])
		return true
	}
	if isMboxLine(l.text) {
		return true
	}
	damage, ok := f.belongs(i)
	if !ok || f.run == MaxLostRun || i == f.s.first {
		return i < f.lastName // The header reader steps over it, or guesses.
	}
	f.stamp.feed(l.text)
	l.put(" ")
	l.mended = true
	f.run++
	step := &f.steps[damage]
	if step.count == 0 {
		step.first = i
	}
	step.last = i
	step.count++
	return true
}

// Indexes of folding.steps.
const (
	stepFolding = iota
	stepWrapped
	stepJoined
)

// belongs says whether line i, which looks like no field, goes on with the field above
// it, and by which damage it came to stand so.
func (f *folding) belongs(i int) (step int, ok bool) {
	text := f.s.lines[i].text
	if bytes.HasPrefix(text, []byte("--")) {
		return 0, false // A boundary, or a signature.
	}
	inside := i < f.lastName
	full := f.full(i)
	if f.kind == nameReceived {
		switch {
		case f.stamp.complete():
			// Only the name of the zone, or what some servers put behind the date. Never
			// more: the line would be open to what the sender wrote below it.
			return stepFolding, (f.s.lost || full) && text[0] == '(' && text[len(text)-1] == ')'
		case f.stamp.time && !zoneLike(text):
			return 0, false
		case f.s.lost && (inside || !prose(text)):
			return stepFolding, true
		case full && !f.s.lost:
			return stepWrapped, true
		}
		return stepJoined, text[0] == '(' || clauseLine(text) || f.stamp.time && (text[0] == '+' || text[0] == '-')
	}
	switch {
	case f.s.lost && (inside || full || f.goesOn(i)):
		return stepFolding, true
	case full:
		return stepWrapped, true
	}
	return 0, false
}

// full says whether the line above i had no room for the first word of line i.
func (f *folding) full(i int) bool {
	if f.width == 0 || i == 0 {
		return false
	}
	text := f.s.lines[i].text
	word := len(text)
	if n := bytes.IndexAny(text[:min(len(text), widestWrap)], " \t"); n >= 0 {
		word = n
	}
	return f.s.lines[i-1].width()+1+word > f.width
}

// goesOn says whether the last lines of a header go on with the field above them,
// rather than with what somebody wrote below what he pasted.
func (f *folding) goesOn(i int) bool {
	text := f.s.lines[i].text
	if prose(text) {
		return false
	}
	above := bytes.TrimRight(f.s.lines[i-1].text, " \t")
	if len(above) > 0 && bytes.IndexByte([]byte(";,=:"), above[len(above)-1]) >= 0 {
		return true
	}
	const token = 30 // Bytes, as only signatures, ids and the like have.
	return bytes.IndexByte(text, ' ') < 0 && (len(text) > token || text[0] == '<' || bytes.IndexByte(text, '=') > 0)
}

// spanReport goes on behind an empty line that stands in a field of SpamAssassin.
// QUIRK: its X-Spam-Report has lines of white space, which are empty when that is lost,
// and stands above the fields of the route.
func (f *folding) spanReport() {
	const report = "X-Spam-"
	const most = 20 // Empty lines.
	s := f.s
	for n := 0; n < most && f.end < len(s.lines); n++ {
		i := f.end - 1
		for i > s.first && f.end-i < MaxLostRun {
			if kind, field := lineKind(s.lines[i].text); field && kind > nameUnknown {
				break
			}
			i--
		}
		if i < s.first || !bytes.HasPrefix(s.lines[i].text, []byte(report)) || s.hasAuthor(f.end) {
			return
		}
		next := f.end
		for next < len(s.lines) && next-f.end < headerReach {
			if kind, _ := lineKind(s.lines[next].text); kind >= nameHeader {
				break
			}
			next++
		}
		if next == len(s.lines) || next-f.end == headerReach {
			return
		}
		for k := f.end; k < next; k++ {
			if isBlank(s.lines[k].text) {
				s.lines[k].text, s.lines[k].loose = []byte(" "), true
			}
		}
		f.end = s.firstEmpty(next)
	}
}

// hasAuthor says whether one of the fields is there by which a header ends.
func (s *mending) hasAuthor(end int) bool {
	return slices.ContainsFunc(s.lines[s.first:end], func(l pasteLine) bool {
		return len(l.text) > 5 && (bytes.EqualFold(l.text[:5], []byte("From:")) || bytes.EqualFold(l.text[:5], []byte("Date:")))
	})
}

func (f *folding) note() {
	for i, step := range f.steps {
		if step.count == 0 {
			continue
		}
		switch i {
		case stepFolding:
			f.s.note(DamageFolding, step.first, step.last, step.count,
				counted(step.count, "continuation line had lost the blank in front: it was joined to the field above", "continuation lines had lost the blank in front: they were joined to the fields above"))
		case stepWrapped:
			f.s.note(DamageWrapped, step.first, step.last, step.count,
				counted(step.count, "line was the rest of the one above, which was broken: it was joined to it", "lines were the rest of those above, which were broken: they were joined to them"))
		case stepJoined:
			f.s.note(DamageJoined, step.first, step.last, step.count,
				counted(step.count, "line goes on with the Received field above, which had no date yet: it was joined to it", "lines go on with the Received fields above, which had no date yet: they were joined to them"))
		}
	}
}
