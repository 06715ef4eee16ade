package mailbox

import (
	"bytes"
	"strings"
)

// Bounds of the search for a forward inside of a text.
const (
	// MaxInline is how many bytes of the text are looked at.
	MaxInline = 64 << 10

	// maxLabels is how many lines of the quoted header are looked at.
	maxLabels = 15

	// maxQuoted is how many bytes of a quoted value are returned.
	maxQuoted = 1_000
)

// Inline is a message that somebody sent on as text inside of his own: all that is
// left of its header are the few lines that the mail program quotes, and these can
// be typed by anyone.
type Inline struct {
	Program string // That writes forwards so; "" when several do.
	Marker  string // The line that introduces it, as it is shown.
	From    string // As quoted, like the next two; "" where it is not.
	Subject string
	Date    string
	Line    int   // Of the marker, from 1; where the text is encoded or HTML, of the beginning of its part.
	Offset  int64 // Of the same place in the message.
}

// Inline looks for a forward in the text of the message: in its first text part,
// text/plain in all mail that has both. It reads the message once more, and is for
// those who ask. A quote below an answer is none.
func (m *Message) Inline() (Inline, bool) {
	if forwardPrefix(m.subject()) == "" && !m.marksForward() {
		return Inline{}, false
	}
	s := structure{m: m, textOnly: true}
	s.run(m.value("Content-Type"))
	if len(s.texts) == 0 {
		return Inline{}, false
	}
	p := &s.texts[0]
	text := m.text(p, MaxInline)
	if p.media == "text/html" {
		text = plainText(text)
	}
	f := inlineSearch{lines: strings.Split(text, "\n")}
	f.subject = forwardPrefix(m.subject())
	if f.subject == "" {
		_, answers := m.Field("In-Reply-To")
		f.reply = answers || isReply(m.subject())
	}
	at, ok := f.search()
	if !ok {
		return Inline{}, false
	}
	f.found.Offset = p.at
	if p.media == "text/plain" && p.encoding == encodingIdentity {
		f.found.Offset += m.lineOffset(p, at)
	}
	f.found.Line = m.content.lines(f.found.Offset) + 1
	return f.found, true
}

// marksForward says whether the bytes of the body, as they are, have a line that
// introduces a forward, or one that may when it is decoded. Few messages do, and
// decoding is spared for all others; one in base64 is found by its subject only.
func (m *Message) marksForward() bool {
	head := m.content.head(int(min(m.Size, m.HeaderSize+MaxInline)))
	body := head[min(m.HeaderSize, int64(len(head))):]
	body = body[:min(len(body), MaxInline)]
	for rest := body; ; {
		i := bytes.Index(rest, []byte("\n--"))
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		line := rest[:min(len(rest), maxQuoted)]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end]
		}
		// A letter beyond ASCII, as it is encoded, and not the "=_" of a MIME delimiter.
		encoded := bytes.IndexByte(line, '=')
		if encoded >= 0 && encoded+2 < len(line) && isHex(line[encoded+1]) && isHex(line[encoded+2]) {
			return true
		}
		if _, ok := markerAt(trimLine(string(line))); ok {
			return true
		}
	}
	return ruled(body) || bytes.Contains(body, []byte("egin forwarded"))
}

// ruled says whether a line is drawn above what begins like a header: mailing lists
// draw one above their footer.
func ruled(body []byte) bool {
	for rest := body; ; {
		i := bytes.Index(rest, []byte("____________________"))
		if i < 0 {
			return false
		}
		rest = bytes.TrimLeft(rest[i:], "_")
		next := bytes.TrimLeft(rest[:min(len(rest), maxQuoted)], " \t\r\n=")
		line, _, _ := bytes.Cut(next, []byte("\n"))
		if kind, _, _ := labelAt(trimLine(string(line)), -1); kind == labelFrom || bytes.HasPrefix(line, []byte("<")) {
			return true
		}
	}
}

// lineOffset is where a line of a part that is not encoded begins, in the part: the
// text in which it was found may be of another charset, but has the same lines.
func (m *Message) lineOffset(p *part, line int) int64 {
	content := m.content.slice(p.at, p.end)
	cur := content.cursor(0)
	for ; line > 0; line-- {
		if _, ok := cur.line(0); !ok {
			break
		}
	}
	return cur.at
}

// inlineSearch looks for the lines that introduce a forward.
type inlineSearch struct {
	lines   []string
	subject string // What begins the subject and says that something is sent on.
	reply   bool   // The message is an answer.
	found   Inline
}

// search returns the line at which it found one.
func (f *inlineSearch) search() (at int, ok bool) {
	before := 0 // Bytes.
	for i, line := range f.lines {
		before += len(line) + 1
		line = trimLine(line)
		k, ok := markerAt(line)
		if !ok && (f.subject != "" || f.reply) {
			k, ok = bareMarker(line)
		}
		if !ok {
			continue
		}
		// The line of a header that is quoted without a marker is part of it.
		first, need := i+1, 2
		if k.bare {
			first, need = i, 3
		}
		n := f.header(first)
		if n < need {
			continue
		}
		if f.reply && (k.quotes || k.bare) {
			return 0, false // What follows is of the mail that is answered.
		}
		if k.quotes && f.subject == "" && before > shortText {
			return 0, false // A quote in a long text, or in a digest.
		}
		if f.subject == "(fwd)" && k.program == "Gmail" {
			k.program = "Pine"
		}
		f.found.Program, f.found.Marker = k.program, strings.ReplaceAll(line, "*", "")
		return i, true
	}
	return 0, false
}

// blanks stand around words in text of mail programs: no-break space, and those of
// no width.
const blanks = " \t\r*\u00a0\u200b\u200e\u200f\ufeff"

// trimLine cuts the blanks off. Nearly all lines are ASCII at both ends, for which
// that is cheap.
func trimLine(line string) string {
	line = strings.Trim(line, " \t\r*")
	if line != "" && (line[0] >= 0x80 || line[len(line)-1] >= 0x80) {
		return strings.Trim(line, blanks)
	}
	return line
}

// header reads the quoted header that begins at a line, or behind a few empty ones,
// and returns how many of From, Date, To and Subject it has, in one language.
func (f *inlineSearch) header(at int) (n int) {
	f.found = Inline{}
	var seen [labelKinds]bool
	language := -1
	gap := 0
	for _, line := range f.lines[at:min(at+maxLabels, len(f.lines))] {
		// QUIRK: Apple Mail quotes the header with "> ", and programs that make text of
		// bold HTML put it in asterisks.
		line = strings.Trim(strings.TrimLeft(line, blanks+">"), blanks)
		if line == "" {
			if gap++; gap > 3 {
				break
			}
			continue
		}
		kind, value, l := labelAt(line, language)
		if kind < 0 {
			if n == 0 {
				return 0
			}
			continue // A list of recipients goes over several lines.
		}
		if gap > 0 && n > 1 {
			break
		}
		gap, language = 0, l
		if seen[kind] {
			continue
		}
		seen[kind] = true
		if kind != labelCc {
			n++
		}
		f.keep(kind, value)
	}
	if !seen[labelFrom] {
		return 0
	}
	return n
}

func (f *inlineSearch) keep(kind int, value string) {
	value = strings.ToValidUTF8(value[:min(len(value), maxQuoted)], "")
	switch kind {
	case labelFrom:
		f.found.From = value
	case labelDate:
		f.found.Date = value
	case labelSubject:
		f.found.Subject = value
	}
}
