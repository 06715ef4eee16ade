package mailbox

import (
	"fmt"
	"strings"

	"mailtrace/report"
)

// Bounds of the MIME structure. What lies beyond one of them is left out with a
// report.Limit on the message that has it.
const (
	// MaxNesting is how deep multiparts may stand in multiparts. Honest mail has
	// four.
	MaxNesting = 50

	// MaxParts is how many parts are looked at.
	MaxParts = 10_000

	// MaxBoundary is how many bytes a boundary may have. RFC 2046 section 5.1.1 allows
	// 70, and programs write more.
	MaxBoundary = 1_000

	// MaxPartHeader is how many bytes the header of a part may have; what follows
	// counts as its content.
	MaxPartHeader = 64 << 10

	// MaxAttached is how many attached messages are reported, in all of an input.
	MaxAttached = 100

	// maxTexts is how many texts are kept: plain and HTML, before and behind a message.
	maxTexts = 4

	// maxDelimiter is how many bytes of a line are compared with boundaries.
	maxDelimiter = MaxBoundary + 100
)

// structure finds the parts of a message that are messages, in one pass over its
// body for the whole tree: go-message, as other readers, refuses the rest of a
// message for one bad line, and cannot tell where a part stands.
type structure struct {
	m    *Message
	cur  cursor
	open []multipart // The multiparts that the cursor is in, the outermost first.
	leaf *part       // The part that it is in; nil between parts.

	parts    int
	more     int // Attached messages beyond MaxAttached.
	limited  map[string]bool
	texts    []part // The texts of the message itself, the first maxTexts.
	others   int    // Parts that are neither text nor message nor belong to the text.
	status   bool   // There is a message/delivery-status (RFC 3464) or the like.
	feedback bool   // There is a message/feedback-report (RFC 5965).
	textOnly bool   // Nothing but the first text is looked for.
	done     bool

	counted int64 // Up to here the lines were counted.
	lines   int
}

// multipart is one that is open.
type multipart struct {
	boundary string
	digest   bool
}

// findAttached looks for messages in the message. It costs a look at a few fields
// unless the message may have any.
func (m *Message) findAttached() {
	f, ok := m.Field("Content-Type")
	switch {
	case m.HeaderSize >= m.Size:
		return
	case !ok || !mayHold(f.Value):
		m.findReturned()
		return
	}
	s := structure{m: m}
	s.run(f.Value)
	if s.more > 0 {
		s.limit("mailbox.MaxAttached", MaxAttached, fmt.Sprintf("%d more attached messages were left out", s.more))
	}
	if len(m.embedded) > 0 {
		s.carry()
	}
}

// mayHold says whether a message of that Content-Type may have messages in it.
func mayHold(value string) bool {
	value = strings.TrimLeft(value, " \t\r\n\"'")
	for _, kind := range [...]string{"multipart/", "message/"} {
		if len(value) > len(kind) && strings.EqualFold(value[:len(kind)], kind) {
			return true
		}
	}
	return strings.HasPrefix(value, "(") // A comment.
}

// run goes through the body. The value is of the Content-Type of the message.
func (s *structure) run(value string) {
	s.cur = s.m.content.cursor(s.m.HeaderSize)
	s.begin(value, s.m.value("Content-Transfer-Encoding"), s.m.value("Content-Disposition"))
	if len(s.open) == 0 {
		s.finish(s.m.Size, false) // The message is one part.
		return
	}
	for !s.done && s.cur.dashes() {
		at := s.cur.at
		line, _ := s.cur.line(maxDelimiter)
		level, last := s.match(line)
		if level < 0 {
			continue
		}
		s.finish(s.lineEnd(at), false)
		// The boundary of an outer multipart ends all inner ones: RFC 2046 section 5.1.2.
		s.open = s.open[:level+1]
		switch {
		case !last:
			s.next()
		case level == 0:
			if !s.textOnly {
				s.m.closed = true
			}
			return // What follows is for readers that do not know MIME.
		default:
			s.open = s.open[:level]
		}
	}
	if !s.done {
		s.finish(s.m.Size, true)
	}
}

// match looks for the open multipart that a line is a delimiter of, and whether it
// is the last one; -1 for none. RFC 2046 section 5.1.1 lets anything follow the
// boundary; but where one boundary begins with another, as those that programs count
// up do, only the whole line tells them apart.
func (s *structure) match(line []byte) (level int, last bool) {
	if len(line) < 3 || line[0] != '-' || line[1] != '-' {
		return -1, false
	}
	for i := len(s.open) - 1; i >= 0; i-- {
		b := s.open[i].boundary
		if len(line) < 2+len(b) || string(line[2:2+len(b)]) != b {
			continue
		}
		rest := line[2+len(b):]
		if isBlank(rest) {
			return i, false
		}
		if len(rest) >= 2 && rest[0] == '-' && rest[1] == '-' && isBlank(rest[2:]) {
			return i, true
		}
	}
	return -1, false
}

// lineEnd is where the line end before an offset begins: it belongs to the delimiter
// (RFC 2046 section 5.1.1).
func (s *structure) lineEnd(at int64) int64 {
	if s.leaf == nil || at <= s.leaf.at {
		return at
	}
	if at--; at > s.leaf.at && s.m.content.at(at-1) == '\r' {
		at--
	}
	return at
}

// next begins the part behind a delimiter.
func (s *structure) next() {
	if s.parts++; s.parts > MaxParts {
		s.limit("mailbox.MaxParts", MaxParts, "the parts that follow were not looked at")
		s.done = true
		return
	}
	h := s.partHeader()
	s.begin(string(h.contentType), string(h.encoding), string(h.disposition))
}

// begin takes the header of a part: what follows is its content.
func (s *structure) begin(contentType, transfer, disposition string) {
	digest := len(s.open) > 0 && s.open[len(s.open)-1].digest
	t := parseMediaType(contentType)
	if t.name == "" {
		t.name = "text/plain"
		if digest {
			t.name = "message/rfc822" // RFC 2046 section 5.1.5.
		}
	}
	if strings.HasPrefix(t.name, "multipart/") && s.enter(&t) {
		return
	}
	d := parseMediaType(disposition)
	file := d.get("filename")
	if file == "" {
		file = t.get("name")
	}
	s.leaf = &part{
		media: t.name, charset: t.get("charset"), encoding: parseEncoding(transfer),
		file: decode(file), attached: d.name == "attachment", digest: digest, at: s.cur.at,
	}
}

// enter begins a multipart. It returns false when its parts cannot be told apart.
func (s *structure) enter(t *mediaType) bool {
	// A boundary does not end in a blank: RFC 2046 section 5.1.1.
	boundary := strings.TrimRight(t.get("boundary"), " \t")
	switch {
	case boundary == "":
		return false
	case len(boundary) > MaxBoundary:
		s.limit("mailbox.MaxBoundary", MaxBoundary, "a boundary has more bytes: its parts were not told apart")
		return false
	case len(s.open) == MaxNesting:
		s.limit("mailbox.MaxNesting", MaxNesting, "what stands in deeper multiparts was not looked at")
		return false
	}
	s.open = append(s.open, multipart{boundary: boundary, digest: t.name == "multipart/digest"})
	return true
}

// finish ends the part that the cursor was in.
func (s *structure) finish(end int64, cut bool) {
	p := s.leaf
	s.leaf = nil
	if p == nil {
		return
	}
	p.end, p.cut = max(end, p.at), cut
	isText := strings.HasPrefix(p.media, "text/") && !p.attached && p.file == "" && !p.isHeader()
	switch {
	case s.textOnly:
	case p.claims():
		s.take(p)
		return
	case p.media == "message/feedback-report":
		s.feedback = true
	case p.media == "message/delivery-status", p.media == "message/global-delivery-status":
		s.status = true
	case !isText && (p.attached || p.file != "") && !accompanies(p.media):
		s.others++
	}
	if isText && len(s.texts) < maxTexts {
		s.texts = append(s.texts, *p)
		s.done = s.textOnly
	}
}

// accompanies says whether parts of that type belong to a text.
func accompanies(media string) bool {
	return strings.HasPrefix(media, "image/") || strings.HasSuffix(media, "-signature")
}

// take adds a part that claims to be a message to those that are attached, if it is
// one.
func (s *structure) take(p *part) {
	m := s.m
	if len(m.embedded) == MaxAttached {
		s.more++
		return
	}
	f, e, ok := m.recognise(p)
	if !ok {
		if p.isMessage() {
			s.empty(p)
		} else {
			s.others++
		}
		return
	}
	m.attach(p, f, e)
}

// attach adds a part to the messages that are attached. It shares its bytes.
func (m *Message) attach(p *part, f format, e encoding) *attachment {
	a := &attachment{part: *p, encoding: e}
	a.raw = Raw{
		Name: m.Name, Offset: m.Offset + p.at, Containers: m.Containers, Input: m.Input,
		format: f, content: m.content.slice(p.at, p.end),
	}
	a.carrier = Carrier{Message: m, ContentType: p.media}
	m.embedded = append(m.embedded, a)
	return a
}

// empty notes a part that holds no message, though its type says so: an
// attached message shall not be lost in silence.
func (s *structure) empty(p *part) {
	if len(s.m.Repairs) >= MaxRepairs {
		return
	}
	between := s.m.content.slice(s.counted, p.at)
	s.lines += between.lines(between.size)
	s.counted = p.at
	s.m.Repairs = append(s.m.Repairs, report.Repair{
		Line: s.lines + 1,
		Text: fmt.Sprintf("the part that begins here is no message, though its type is %q: it was stepped over", p.media),
	})
}

// value is the value of the topmost field of that name, "" when there is none.
func (m *Message) value(name string) string {
	f, _ := m.Field(name)
	return f.Value
}

// limit notes a bound, once.
func (s *structure) limit(name string, value int64, text string) {
	if s.textOnly || s.limited[name] {
		return // Of a message that was read nothing is changed.
	}
	if s.limited == nil {
		s.limited = map[string]bool{}
	}
	s.limited[name] = true
	s.m.limit(name, value, text)
}
