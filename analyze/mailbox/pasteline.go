package mailbox

import (
	"bytes"
	"sort"
)

// Bounds of mending. A header that was pasted is far below both; what lies beyond
// is body, as it stands.
const (
	// MaxMend is how many bytes at the beginning of an input are looked at to mend
	// it.
	MaxMend = 4 << 20

	// MaxMendLines is how many lines of these.
	MaxMendLines = 200_000
)

// pasteLine is a line of a text that is mended, without its line end.
type pasteLine struct {
	text   []byte
	start  int64 // In the input, of the line.
	offset int64 // In the input, of the first byte of text that is there.
	line   int   // In the input, from 1.
	pad    int   // How many bytes in front of text are not in the input.
	loose  bool  // The bytes behind pad are not those that stand at offset.
	mended bool  // What it says rests on the mending: see Field.Mended.
	blanks bool  // See cleanBlanks.
	own    bool  // text is not a piece of the input.
}

// cutLines cuts text into lines, as the header reader does.
func cutLines(text []byte) (lines []pasteLine, rest int) {
	r := lineReader{win: text, whole: true}
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		r.pos = 3
	}
	r.detect()
	lines = make([]pasteLine, 0, min(len(text)/32+1, MaxMendLines))
	for len(lines) < MaxMendLines {
		line, ok := r.next()
		if !ok {
			break
		}
		lines = append(lines, pasteLine{text: line, start: int64(r.at), offset: int64(r.at), line: r.line})
	}
	return lines, r.pos
}

// cut takes n bytes in front away.
func (l *pasteLine) cut(n int) {
	l.text = l.text[n:]
	gone := min(n, l.pad)
	l.pad -= gone
	l.offset += int64(n - gone)
}

// width is how long the line is in the input.
func (l *pasteLine) width() int { return len(l.text) - l.pad + int(l.offset-l.start) }

// put sets bytes in front that the input does not have.
func (l *pasteLine) put(front string) {
	text := make([]byte, 0, len(front)+len(l.text))
	l.text = append(append(text, front...), l.text...)
	l.pad += len(front)
}

// join adds what stands in another line of the input.
func (l *pasteLine) join(text []byte) {
	if !l.own {
		l.text = l.text[:len(l.text):len(l.text)] // Or it would be written over the input.
		l.own = true
	}
	l.text = append(l.text, text...)
	l.loose, l.mended = true, true
}

// lineMap tells where in the input the lines of a mended header stand.
type lineMap struct{ lines []mappedLine }

type mappedLine struct {
	at     int64 // In the mended text.
	start  int64 // As in pasteLine, and so the others.
	offset int64
	line   int
	pad    int
	loose  bool
}

// place is where the byte at a position of the mended text stands in the input. Where
// its line is not there as it is, that is where the line begins.
func (m *lineMap) place(at int64) (line int, offset int64) {
	i := sort.Search(len(m.lines), func(i int) bool { return m.lines[i].at > at }) - 1
	if i < 0 {
		return 1, 0
	}
	l := m.lines[i]
	if l.loose {
		return l.line, l.start
	}
	return l.line, l.offset + max(at-l.at-int64(l.pad), 0)
}

// tail returns the chunks behind an offset, uncopied.
func (c *chunks) tail(offset int64) (parts [][]byte) {
	for _, p := range c.parts {
		if offset >= int64(len(p)) {
			offset -= int64(len(p))
			continue
		}
		parts = append(parts, p[offset:])
		offset = 0
	}
	return parts
}
