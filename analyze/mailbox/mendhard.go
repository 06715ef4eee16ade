package mailbox

import "bytes"

// Bounds of joining what was broken in the middle of words.
const (
	// Lines that a window has broken have exactly so many bytes.
	narrowHard, widestHard = 60, 200

	// maxBroken is how long a line of a Received field may become.
	maxBroken = 4_000
)

// unbreak joins lines that were broken at one width, in the middle of words. QUIRK:
// text that was copied from a terminal that shows long lines in several rows (PuTTY,
// screen).
func (s *mending) unbreak() {
	end := s.firstEmpty(s.first)
	width := s.hardWidth(end)
	if width == 0 {
		return
	}
	out := s.lines[:s.first]
	first, last, n, above := 0, 0, 0, 0
	var before stamp // Of the field at hand, but for its last line.
	route := false   // It is a Received.
	for i := s.first; i < end; i++ {
		l := s.lines[i]
		full := above == width
		above = l.width()
		if i > s.first && full && brokenOff(l.text) && !(route && closed(before, out[len(out)-1].text, l.text)) {
			out[len(out)-1].join(l.text)
			if last = len(out) - 1; n == 0 {
				first = last
			}
			n++
			continue
		}
		if kind, field := lineKind(l.text); field {
			before, route = stamp{}, kind == nameReceived
		} else if i > s.first {
			before.feed(out[len(out)-1].text)
		}
		out = append(out, l)
	}
	out = append(out, s.lines[end:]...)
	s.lines, s.end = out, len(out)
	s.note(DamageWrapped, first, last, n, counted(n, "line had been broken where a window ended: it was put together again",
		"pieces of lines had been broken off where a window ended: they were put back"))
}

// hardWidth is the width at which lines were broken: nothing is wider, and what looks
// like no field stands below a line of this width. It is 0 when there is none.
func (s *mending) hardWidth(end int) int {
	width := 0
	for i := s.first; i < end; i++ {
		width = max(width, s.lines[i].width())
	}
	if width < narrowHard || width > widestHard {
		return 0
	}
	fit, unfit := 0, 0
	for i := s.first + 1; i < end; i++ {
		switch {
		case !brokenOff(s.lines[i].text):
		case s.lines[i-1].width() == width:
			fit++
		default:
			unfit++
		}
	}
	const enough, part = 2, 10 // One of so many may be something else.
	if fit < enough || part*unfit > fit {
		return 0
	}
	return width
}

// brokenOff says whether a line may be the rest of the one above: it is no field, and
// not folded.
func brokenOff(text []byte) bool {
	if isBlank(text) || text[0] == ' ' || text[0] == '\t' || isMboxLine(text) {
		return false
	}
	kind, _ := lineKind(text)
	return kind < nameLikely
}

// closed says whether a Received field whose last line this is needs nothing more: it
// has its date. What a sender wrote below it must not become part of it.
func closed(st stamp, line, next []byte) bool {
	if len(line) > maxBroken {
		return true
	}
	st.feed(line)
	const rest = 8 // Bytes: of the name of a zone.
	open := bytes.LastIndexByte(line, '(') > bytes.LastIndexByte(line, ')')
	return st.complete() && !(open && len(next) <= rest && bytes.IndexByte(next, ')') == len(next)-1)
}
