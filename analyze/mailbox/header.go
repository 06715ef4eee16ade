package mailbox

import (
	"bytes"
	"fmt"

	"mailtrace/report"
)

// header reads the header of m. It is a scanner over lines that looks at each
// once; where a line can only be understood by what follows it (a run of lines
// that are no fields), it remembers the place and goes back to it.
type header struct {
	m     *Message
	win   []byte // The beginning of the message.
	whole bool   // Nothing follows win, or nothing that may still be header.

	lines lineReader
	end   endKind
	size  int // Of the header, once end is known.

	open     openKind
	dropped  int // Fields beyond MaxFields.
	unlisted int // Repairs beyond MaxRepairs.

	// A white-space-only line that folds the open field, or, when a line that is
	// no field follows, ends the header: its beginning, -1 for none.
	blankAt   int
	blankLine int

	before mark // The line at hand.
	stray  strayRun

	strays         int // Lines stepped over because they are no field.
	bareCRs        int // In lines that end otherwise.
	bareCRAt       int // Index of their repair, -1 for none.
	mbox, bom, gap bool

	mended  bool // The text was mended, and has lines that end in LF.
	led     bool // A line that is no field stands before any field.
	strayAt int  // The first line that is no field, 0 for none.
}

// endKind says what ended the header.
type endKind int

const (
	endNone  endKind = iota // Not known yet, or the input ends in it.
	endEmpty                // The empty line of RFC 5322 section 2.1.
	endBlank                // A line of white space that was meant to be empty.
	endGuess                // The first line that cannot be header.
)

// openKind says what a continuation line continues.
type openKind int

const (
	openNothing openKind = iota
	openField
	openSkipped // Something that was stepped over.
)

// strayRun is a run of lines that are no fields. If no field follows soon it was
// the body, so all that was noted since its beginning can be taken back.
type strayRun struct {
	lines    int
	at, line int
	before   mark
}

// mark is a state to go back to: what had been noted before a line.
type mark struct {
	repairs, unlisted, bareCRs, bareCRAt int
}

// takeBack forgets what was noted since.
func (h *header) takeBack(m mark) {
	h.m.Repairs = h.m.Repairs[:m.repairs]
	h.unlisted, h.bareCRs, h.bareCRAt = m.unlisted, m.bareCRs, m.bareCRAt
}

// read finds the fields and the end of the header, in windows that double: the
// first chunk of the message holds nearly every header, and only where it does
// not are chunks joined. It returns the last window.
func (h *header) read() []byte {
	size := h.m.Size
	for n := int64(0); ; {
		win := h.m.content.head(int(n))
		win = win[:min(len(win), MaxHeader)]
		limit := len(win) == MaxHeader && size > MaxHeader
		if h.scan(win, limit || int64(len(win)) == size) {
			if h.end == endNone && limit {
				h.m.limit("mailbox.MaxHeader", MaxHeader, "the header does not end before this byte: what follows was taken as body")
			}
			h.note()
			return win
		}
		n = min(4*int64(len(win)), MaxHeader)
	}
}

// scan reads the header in win from the beginning. It returns false when a larger
// window is needed.
func (h *header) scan(win []byte, whole bool) bool {
	m := h.m
	*h = header{m: m, win: win, whole: whole, blankAt: -1, bareCRAt: -1, mended: h.mended}
	m.Fields, m.Repairs = m.Fields[:0], m.Repairs[:0]
	h.lines = lineReader{win: win, whole: whole}
	h.lines.skipBOM(h)
	if !h.mended && !h.lines.detect() {
		return false
	}
	for h.end == endNone {
		line, ok := h.lines.next()
		if !ok {
			if !whole {
				return false
			}
			h.atEnd()
			return true
		}
		if !h.line(line) {
			return true // Hopeless: no field so far, and too much of anything else.
		}
	}
	return true
}

// line takes one line. It returns false when there is no use in going on.
func (h *header) line(line []byte) bool {
	h.before = mark{len(h.m.Repairs), h.unlisted, h.bareCRs, h.bareCRAt}
	if !h.lines.anyCR && bytes.IndexByte(line, '\r') >= 0 {
		h.bareCR(bytes.Count(line, []byte{'\r'}))
	}
	switch {
	case len(line) == 0:
		h.empty()
	case line[0] == ' ' || line[0] == '\t':
		return h.continuation(line)
	default:
		colon, blank := fieldName(line)
		switch {
		case colon > 0:
			h.field(line, colon, blank)
		case isMboxLine(line):
			h.mboxLine(line)
		case colon == 0:
			return h.strayLine(line, "empty field name: %s was stepped over")
		default:
			return h.strayLine(line, "not a header field: %s was stepped over")
		}
	}
	return true
}

func (h *header) empty() {
	if len(h.m.Fields) > 0 {
		h.finish(endEmpty, h.lines.pos)
		return
	}
	h.open = openSkipped
	if !h.gap {
		h.gap = true
		h.repair("empty line before the header was stepped over")
	}
}

// continuation takes a line that begins with a blank.
func (h *header) continuation(line []byte) bool {
	blank := isBlank(line)
	switch h.open {
	case openField:
		f := &h.m.Fields[len(h.m.Fields)-1]
		f.Length = h.lines.pos - int(f.Offset)
		// A line of nothing but white space is folding: RFC 5322 section 4.2 (obs-FWS).
		// SpamAssassin writes such lines into X-Spam-Report, and Postfix, sendmail and
		// Exim read them so.
		if blank && h.blankAt < 0 {
			h.blankAt, h.blankLine = h.lines.at, h.lines.line
		} else if !blank {
			h.blankAt = -1
		}
		return true
	case openSkipped:
		if h.stray.lines > 0 {
			h.stray.lines++
			return h.strayLimit()
		}
	}
	if len(h.m.Fields) > 0 {
		return true // Continues a field beyond MaxFields, or an mbox line.
	}
	if blank {
		h.empty()
		return true
	}
	return h.strayLine(line, "continuation line before any field: %s was stepped over")
}

func (h *header) field(line []byte, colon int, blank bool) {
	h.keepStray()
	h.blankAt = -1
	if blank {
		h.repair(fmt.Sprintf("blank before the colon of %s was stepped over", excerpt(line[:colon])))
	}
	if len(h.m.Fields) == MaxFields {
		h.dropped++
		h.open = openSkipped
		return
	}
	if h.m.Fields == nil {
		h.m.Fields = make([]Field, 0, countFields(h.win[h.lines.at:]))
	}
	at := h.lines.at
	h.m.Fields = append(h.m.Fields, Field{
		Line: h.lines.line, Offset: int64(at), Length: h.lines.pos - at, ValueOffset: int64(at + colon + 1),
	})
	h.open = openField
}

// countFields guesses how many fields there are, so that their list is made once: a
// field begins where a line does not begin with a blank.
func countFields(win []byte) int {
	const most = 200 // Messages with more let the list grow.
	n := 1
	for n < most {
		i := bytes.IndexByte(win, '\n')
		if i < 0 || i+1 == len(win) || win[i+1] == '\n' || win[i+1] == '\r' {
			break // The empty line.
		}
		if win = win[i+1:]; win[0] != ' ' && win[0] != '\t' {
			n++
		}
	}
	return n
}

// mboxLine takes the line that stands before each message in an mbox file
// (RFC 4155). QUIRK: procmail and old sendmail leave ">From " lines inside of the
// header.
func (h *header) mboxLine(line []byte) {
	h.keepStray()
	h.blankAt = -1
	h.mbox = true
	h.open = openSkipped
	h.repair(fmt.Sprintf("mbox line %s was stepped over", excerpt(line)))
}

// strayLine takes a line that is no field.
func (h *header) strayLine(line []byte, format string) bool {
	if h.blankAt >= 0 {
		// QUIRK: scripts that print " " where the empty line belongs.
		f := &h.m.Fields[len(h.m.Fields)-1]
		f.Length = h.blankAt - int(f.Offset)
		h.takeBack(h.before)
		h.lines.line = h.blankLine
		h.repair("line of white space was taken as the empty line that ends the header")
		h.finish(endBlank, h.lines.at)
		return true
	}
	if h.stray.lines == 0 {
		h.stray = strayRun{at: h.lines.at, line: h.lines.line, before: h.before}
	}
	if h.strayAt == 0 {
		h.strayAt = h.lines.line
	}
	h.led = h.led || len(h.m.Fields) == 0
	h.open = openSkipped
	h.stray.lines++
	if len(h.m.Fields) > 0 && bytes.HasPrefix(line, []byte("--")) {
		h.guessEnd() // A MIME boundary: certainly no header.
		return true
	}
	if len(h.m.Repairs) < MaxRepairs {
		h.repair(fmt.Sprintf(format, excerpt(line)))
	} else {
		h.unlisted++
	}
	return h.strayLimit()
}

func (h *header) strayLimit() bool {
	if h.stray.lines <= MaxStray {
		return true
	}
	if len(h.m.Fields) == 0 {
		return false
	}
	h.guessEnd()
	return true
}

// keepStray settles that the run of lines before a field was part of the header.
func (h *header) keepStray() {
	h.strays += h.stray.lines
	h.stray.lines = 0
}

// guessEnd settles that the run of lines was not part of the header. QUIRK: mail
// by scripts, and pastes, without the empty line. Postfix and sendmail too end the
// header at the first line that is no field.
func (h *header) guessEnd() {
	s := h.stray
	h.takeBack(s.before)
	h.stray.lines = 0
	h.lines.line = s.line
	h.repair("no empty line before this line, which is no field: it was taken as the beginning of the body")
	h.finish(endGuess, s.at)
}

// atEnd settles what is open at the end of the input.
func (h *header) atEnd() {
	h.size = len(h.win)
	if h.stray.lines > 0 && len(h.m.Fields) > 0 {
		h.guessEnd()
	}
}

func (h *header) finish(kind endKind, size int) {
	h.keepStray()
	h.end, h.size = kind, size
}

func (h *header) bareCR(n int) {
	if h.bareCRs == 0 && len(h.m.Repairs) < MaxRepairs {
		h.bareCRAt = len(h.m.Repairs)
		h.repair("")
	}
	h.bareCRs += n
}

// repair notes what was done about the line at hand.
func (h *header) repair(text string) {
	if len(h.m.Repairs) == MaxRepairs {
		h.unlisted++
		return
	}
	h.m.Repairs = append(h.m.Repairs, report.Repair{Line: h.lines.line, Text: text})
}

// note adds what is known only at the end.
func (h *header) note() {
	if h.bareCRAt >= 0 {
		h.m.Repairs[h.bareCRAt].Text = fmt.Sprintf(
			"%d CR without LF in the header (RFC 5322 section 2.2 forbids it), here the first: taken as part of the line", h.bareCRs)
	}
	if h.unlisted > 0 {
		h.m.limit("mailbox.MaxRepairs", MaxRepairs, fmt.Sprintf("%d more repairs are not listed", h.unlisted))
	}
	if h.dropped > 0 {
		h.m.limit("mailbox.MaxFields", MaxFields, fmt.Sprintf("%d more fields below were left out", h.dropped))
	}
}

// name cuts names and values out of one string that holds the whole header.
func (h *header) name(win []byte) {
	text := string(win[:h.size])
	h.m.HeaderSize = int64(h.size)
	for i := range h.m.Fields {
		f := &h.m.Fields[i]
		f.Name = text[f.Offset : f.ValueOffset-1]
		for c := f.Name[len(f.Name)-1]; c == ' ' || c == '\t'; c = f.Name[len(f.Name)-1] {
			f.Name = f.Name[:len(f.Name)-1]
		}
		f.Key = key(f.Name)
		f.Value = chop(text[f.ValueOffset : f.Offset+int64(f.Length)])
	}
}
