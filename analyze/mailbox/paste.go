package mailbox

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// Damage is something that copying does to a message, and that was put right.
type Damage string

const (
	DamageUTF16     Damage = "utf-16"         // Saved as UTF-16.
	DamageHTML      Damage = "html"           // A web page, or text that was copied as HTML.
	DamageEscaped   Damage = "escaped"        // "&lt;" where "<" was.
	DamageBlanks    Damage = "blanks"         // No-break spaces and the like where blanks were, or invisible characters in between.
	DamageLeading   Damage = "leading-text"   // Something stands in front of the message.
	DamageTrailing  Damage = "trailing-text"  // Something stands behind it.
	DamageQuoted    Damage = "quoted"         // "> " in front of all lines.
	DamageIndented  Damage = "indented"       // Blanks in front of all lines.
	DamageDoubled   Damage = "double-spaced"  // An empty line between all lines, or between all fields.
	DamageMerged    Damage = "merged"         // Several fields on one line.
	DamageFolding   Damage = "folding"        // Continuation lines lost their blanks.
	DamageWrapped   Damage = "wrapped"        // Long lines were broken.
	DamageEmptyLine Damage = "empty-line"     // Something that is no header follows the header without an empty line.
	DamageJoined    Damage = "lost-beginning" // A line was joined to the Received field above, which had no date yet.
	DamageLinks     Damage = "links"          // Addresses and names were made links, and where these lead stands behind them.
	DamageEncoded   Damage = "encoded"        // "=3D" where "=" was.
	DamageLiteral   Damage = "literal"        // "\n" where a line ended.
	DamageMarked    Damage = "marked"         // Marks of a list, asterisks or numbers stood in front of lines.
	DamageTable     Damage = "table"          // A table of names and values, without colons.
)

// mending is an input on its way from what somebody pasted to a message. Every step
// works on its lines, and notes what it did.
type mending struct {
	raw   *Raw
	lines []pasteLine
	first int   // Where the header begins.
	end   int   // Behind its last line.
	rest  int64 // Where in the input begins what is in no line; -1 when it is left out.

	free  bool // The header may stand anywhere: the plain reading found none.
	whole bool // A step changed the body as well.
	lost  bool // See fold.
	done  []mendStep
}

// mendStep is a step that changed something.
type mendStep struct {
	damage      Damage
	first, last int // Lines of the input.
	count       int // Lines that were changed.
	what        string
}

// suspicious says whether what was read may be a damaged paste. It is asked for
// every message, so it stops at the first sign of a real one. Of the fields only the
// newest Received counts: the recipient's server wrote it, and what a sender writes
// into his own must not make us mend anything.
func (h *header) suspicious() bool {
	m := h.m
	if len(m.Fields) == 0 || h.strays > 0 || h.end == endGuess {
		return true
	}
	var received *Field
	from, date, linked := false, false, false
	for i := range m.Fields {
		switch f := &m.Fields[i]; len(f.Name) {
		case len("From"):
			if f.Is("From") {
				from, linked = true, linked || hasLink(f.Value)
			}
			date = date || f.Is("Date")
		case len("Received"):
			if received == nil && f.Is("Received") {
				received = f
			}
		}
	}
	const short = 3 // So few fields, and no author: a header of which one line was taken for all.
	if !from && !date && len(m.Fields) <= short {
		return true
	}
	if linked {
		return true
	}
	if head := h.win[:h.size]; bytes.IndexByte(head, '<') < 0 && bytes.Contains(head, []byte("&lt;")) {
		return true
	}
	if received != nil {
		v := received.Value
		return strings.Contains(v, "Received: ") || oddBlanks(v) || strings.Contains(v, "&lt;") ||
			strings.Contains(v, "&gt;") || strings.Contains(v, "&nbsp;") || strings.Contains(v, "<br") ||
			hasLink(v) || strings.Contains(v, "=3D") || strings.HasPrefix(m.Fields[0].Value, " Received: ")
	}
	return !h.real()
}

// real says whether the header is one that a message has, and not what a mail program
// or a page shows above it. Only the fields count that stand at the beginning, before
// any line that is no field.
func (h *header) real() bool {
	if h.led {
		return false
	}
	from, date := false, false
	for i := range h.m.Fields {
		f := &h.m.Fields[i]
		if h.strayAt > 0 && f.Line > h.strayAt {
			break
		}
		if kindOf(f.Name) >= nameHeader {
			return true
		}
		from = from || f.Is("From")
		date = date || f.Is("Date")
	}
	return from && date && h.strays == 0 && h.end != endGuess
}

// mend reads w again after putting right what copying does to a message. It returns
// nil when that gives nothing better than plain.
//
// A message must not be able to have something else read in its place, though
// everything below the fields of the recipient's servers is the sender's. So where the
// plain reading begins with a real header, it is only completed: what it has stays, on
// top and in its order. Only where there is no header at the beginning it is looked
// for, and the first one is taken, whatever else follows.
func mend(w *Raw, plain *header) *Message {
	s := &mending{raw: w, free: !plain.real() && w.format == formatText}
	s.open()
	if s.free {
		if !s.find() {
			return nil
		}
	} else if len(plain.m.Fields) == 0 || !s.atTop(plain) {
		return nil
	}
	s.undouble()
	s.unencode()
	s.unlink()
	s.unescapeHeader()
	s.unlink() // Those that were escaped.
	s.cleanBlanks()
	s.unbreak()
	s.split()
	s.fold()
	s.noteBlanks()
	if len(s.done) == 0 {
		return nil
	}
	m := s.read()
	if m == nil || !s.better(m, plain) {
		return nil
	}
	return m
}

// open makes lines of the input.
func (s *mending) open() {
	c := &s.raw.content
	text := c.head(MaxMend)
	text = text[:min(len(text), MaxMend)]
	rest := len(text)
	order := byteOrder(text)
	switch {
	case order != nil:
		s.lines, rest = utf16Lines(text, order)
		s.note(DamageUTF16, 0, len(s.lines)-1, len(s.lines), "the text is UTF-16: it was turned into UTF-8")
		s.whole = true
	case s.free && looksHTML(text):
		s.lines = htmlLines(text)
		s.note(DamageHTML, 0, 0, 1, "this is HTML: it was turned into text")
		s.whole = true
	default:
		s.lines, rest = cutLines(text)
	}
	s.rest = int64(rest)
	if s.free {
		s.unescapeQuotes()
	}
	s.cleanMargins()
	if s.free {
		s.undress()
	}
	s.end = len(s.lines)
}

// atTop goes to the header that the plain reading found.
func (s *mending) atTop(plain *header) bool {
	for i := range s.lines {
		if s.lines[i].line >= plain.m.Fields[0].Line {
			s.first = i
			return true
		}
	}
	return false
}

// note writes down a step that changed lines from first to last, indexes of s.lines.
func (s *mending) note(d Damage, first, last, count int, what string) {
	if count == 0 || first >= len(s.lines) {
		return
	}
	s.done = append(s.done, mendStep{d, s.lines[first].line, s.lines[last].line, count, what})
}

// repairs lists the steps.
func (s *mending) repairs() []report.Repair {
	out := make([]report.Repair, 0, len(s.done))
	for _, d := range s.done {
		text := d.what
		if d.last > d.first {
			text = fmt.Sprintf("lines %d to %d: %s", d.first, d.last, d.what)
		}
		out = append(out, report.Repair{Line: d.first, Text: text})
	}
	return out
}

// read reads the mended text.
func (s *mending) read() *Message {
	w := s.raw
	from := s.first
	if !s.free {
		from = 0 // What stands in front is nothing that has to go.
	}
	text, places, at := s.join(from)
	m := &Message{
		Name: w.Name, Offset: w.Offset, Containers: w.Containers, Input: w.Input,
		Repairs: []report.Repair{}, Limits: append([]report.Limit{}, w.limits...),
	}
	m.content.parts = [][]byte{text}
	if at >= 0 {
		m.content.parts = append(m.content.parts, w.content.tail(at)...)
	}
	for _, p := range m.content.parts {
		m.content.size += int64(len(p))
	}
	m.Size, m.SHA256 = m.content.size, m.content.sum()

	h := header{m: m, mended: true}
	win := h.read()
	if len(m.Fields) == 0 {
		return nil
	}
	h.name(win)
	h.judge()
	s.settle(m, places)
	return m
}

// join makes one text of the lines, the map of its header, and says where in the input
// the rest of the message begins; -1 when there is none.
func (s *mending) join(from int) (text []byte, places *lineMap, at int64) {
	places = &lineMap{lines: make([]mappedLine, 0, s.end-from+1)}
	at = s.rest
	next := s.end // Of the body.
	if s.end < len(s.lines) && isBlank(s.lines[s.end].text) {
		next++
	}
	if !s.whole && next < len(s.lines) {
		at = s.lines[next].start
	}
	size := 1
	for i := from; i < len(s.lines) && (i < s.end || s.whole); i++ {
		size += len(s.lines[i].text) + 1
	}
	text = make([]byte, 0, size)
	add := func(l *pasteLine) {
		text = append(text, l.text...)
		text = append(text, '\n')
	}
	for i := from; i < s.end; i++ {
		l := &s.lines[i]
		places.lines = append(places.lines, mappedLine{int64(len(text)), l.start, l.offset, l.line, l.pad, l.loose})
		add(l)
	}
	if s.end == len(s.lines) {
		return text, places, at // It ends in the header.
	}
	text = append(text, '\n')
	for i := next; i < len(s.lines) && s.whole; i++ {
		add(&s.lines[i])
	}
	return text, places, at
}

// settle turns what was read from the mended text into what is true of the input.
func (s *mending) settle(m *Message, places *lineMap) {
	mended := make([]bool, len(places.lines)+1)
	from := s.first
	if !s.free {
		from = 0
	}
	for i := from; i < s.end; i++ {
		if s.lines[i].mended {
			mended[i-from] = true
		}
	}
	for i := range m.Fields {
		f := &m.Fields[i]
		first := f.Line - 1
		for k := first; k < min(first+lineEnds(f.Value)+1, len(mended)); k++ {
			f.Mended = f.Mended || mended[k]
		}
		f.places = places
		if first < len(places.lines) {
			f.Line = places.lines[first].line
		}
	}
	for i := range m.Repairs {
		if r := &m.Repairs[i]; r.Line <= len(places.lines) {
			r.Line = places.lines[r.Line-1].line
		} else if len(places.lines) > 0 {
			r.Line = places.lines[len(places.lines)-1].line
		}
	}
	m.Repairs = append(m.Repairs, s.repairs()...)
	slices.SortStableFunc(m.Repairs, func(a, b report.Repair) int { return a.Line - b.Line })
	for _, d := range s.done {
		m.Damages = append(m.Damages, d.damage)
	}
	m.Fidelity = report.PastedRepaired
	m.FidelityWhy = why(m.Damages)
	if s.rest >= 0 && s.whole && s.rest < s.raw.content.size {
		m.limit("mailbox.MaxMend", MaxMend, "what follows this byte was left as it is")
	}
}

// why names the main damage: that which leaves the least of the lines as they were.
func why(all []Damage) string {
	for _, d := range [...]struct {
		damage Damage
		why    string
	}{
		{DamageMerged, "several fields stood on one line: where one ends and the next begins was put right by their names"},
		{DamageTable, "it was a table, and was made a header again"},
		{DamageLiteral, "it stood on one line, with marks where its lines ended, and was cut there"},
		{DamageFolding, "the lines of folded fields had lost their blanks: which line belongs to which field was put right by names and dates"},
		{DamageWrapped, "long lines had been broken: they were put together again"},
		{DamageEncoded, "it was encoded for mail, and was decoded"},
		{DamageHTML, "it was a web page or copied as HTML, and was turned into text"},
		{DamageEscaped, "it was escaped for HTML, and was turned into text"},
		{DamageBlanks, "other characters stood where blanks belong, and were put right"},
		{DamageLinks, "addresses in it had been made links, and where these lead was taken out"},
		{DamageMarked, "its lines had marks in front or around names, which were taken away"},
		{DamageDoubled, "empty lines stood between its lines, and were taken out"},
		{DamageQuoted, "it was quoted in another text, and was taken out of that"},
		{DamageIndented, "it was indented, and the blanks in front of its lines were taken away"},
		{DamageJoined, "a line of its route was broken, and was put together again"},
		{DamageLeading, "it stood in another text, and was taken out of that"},
		// The bytes of a message are not those that were sent once a program has taken
		// them for text in some character set: a signature over 8-bit text cannot hold.
		{DamageUTF16, "it was saved as UTF-16 by a program that took its bytes for text"},
	} {
		if slices.Contains(all, d.damage) {
			return d.why
		}
	}
	return "text stood behind its header without an empty line"
}
