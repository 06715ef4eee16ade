package mailbox

import (
	"strings"

	"mailtrace/report"
)

// Mailboxes returns the addresses of an address field (RFC 5322 section 3.4), at
// most MaxMailboxes, never nil. It knows no errors: what is no address gives a
// Mailbox without one, and never hides the addresses beside it. What stands in
// angle brackets is taken for an address, with or without "@"; the brackets of a
// null address give an empty one. Names of groups are left out, but an empty group
// is told as a Mailbox that has only its name.
//
// QUIRK: found in mail and understood here: names with a comma that is not quoted
// ("Doe, John <a@b>"), several angle addresses in a row, several bare addresses
// with blanks between them, ";" between addresses (Outlook), quotes, comments and
// brackets that are never closed, "<mailto:a@b>", "'a@b'", encoded words in quotes.
func (f Field) Mailboxes() []report.Mailbox {
	l := addressList{s: f.Value[:min(len(f.Value), MaxAddressList)], out: []report.Mailbox{}}
	l.lastSemicolon = strings.LastIndexByte(l.s, ';')
	l.read()
	return l.out[:min(len(l.out), MaxMailboxes)]
}

// addressList reads the value of an address field from left to right, once. It
// gathers the parts of one element of the list and settles them at each separator.
type addressList struct {
	s   string
	out []report.Mailbox

	parts  []addressPart
	start  int    // Where parts begins.
	halves []half // What of parts may be the first halves of a name with a comma.
	first  int    // Index of the first part behind them.
	begin  int    // Where that begins.

	group         bool
	noGroup       bool // This element is no name of a group.
	groupAt       int
	groupName     string
	members       int // Mailboxes before the group.
	lastSemicolon int

	// A quote, or a comment, that is never closed is a character like others, and so
	// are all that follow: looking for an end from each would take quadratic time.
	noQuotes, noComments bool
}

// half is an element that has only words and ends at a comma.
type half struct {
	lo, hi     int // In parts.
	start, end int // In the value.
}

// addressPart is a piece of an element.
type addressPart struct {
	kind   partKind
	lo, hi int // Without quotes, parentheses, brackets.
	end    int // With them.
}

type partKind int

const (
	partText    partKind = iota // Anything else: words, blanks.
	partQuoted                  // "..."
	partComment                 // (...)
	partAngle                   // <...>
)

func (l *addressList) read() {
	for i := 0; i < len(l.s) && len(l.out) < MaxMailboxes; {
		switch c := l.s[i]; {
		case c == ',':
			l.settle(i, true)
			i++
		case c == ';':
			l.settle(i, !l.group)
			i++
			l.endGroup(i)
		case c == ':' && l.beginGroup(i):
			i++
		default:
			p := l.part(i)
			l.add(p)
			i = p.end
		}
	}
	l.settle(len(l.s), false)
	l.endGroup(len(l.s))
}

// add joins runs of text.
func (l *addressList) add(p addressPart) {
	if n := len(l.parts); n > l.first && p.kind == partText && l.parts[n-1].kind == partText {
		l.parts[n-1].hi, l.parts[n-1].end = p.hi, p.end
		return
	}
	l.parts = append(l.parts, p)
}

// next begins an element at i.
func (l *addressList) next(i int) {
	l.parts, l.halves = l.parts[:0], l.halves[:0]
	l.start, l.begin, l.first, l.noGroup = i, i, 0, false
}

// part reads one part at i.
func (l *addressList) part(i int) addressPart {
	s := l.s
	switch s[i] {
	case '"':
		if !l.noQuotes {
			end := closeQuote(s, i+1)
			if end > 0 && !swallows(s[i+1:end], s[end+1:]) {
				return addressPart{partQuoted, i + 1, end, end + 1}
			}
			l.noQuotes = end < 0
		}
	case '(':
		if !l.noComments {
			if end := closeComment(s, i+1); end > 0 {
				return addressPart{partComment, i + 1, end, end + 1}
			}
			l.noComments = true
		}
	case '<':
		return l.angle(i)
	case '\\':
		end := min(i+2, len(s))
		return addressPart{partText, i, end, end}
	case '=':
		// A comma or a parenthesis in an encoded word is text, though
		// RFC 2047 section 5 wants it encoded.
		if w, ok := wordAt(s[i:]); ok {
			return addressPart{partText, i, i + w.length, i + w.length}
		}
	}
	end := i + 1
	for end < len(s) && strings.IndexByte(",;:\"(<\\=", s[end]) < 0 {
		end++
	}
	return addressPart{partText, i, end, end}
}

// angle reads "<...>". Without the closing bracket it ends before what cannot be in
// an address. The commas of a route (RFC 5322 section 4.4) can.
func (l *addressList) angle(i int) addressPart {
	s := l.s
	j := i + 1
	for j < len(s) && isSpace(s[j]) {
		j++
	}
	first := j
	route, commas := j < len(s) && s[j] == '@', false
	for ; j < len(s); j++ {
		switch c := s[j]; {
		case c == '>':
			return addressPart{partAngle, i + 1, j, j + 1}
		case c == ',' && !route && !commas:
			if commas = commaInside(s[j:]); !commas {
				return addressPart{partAngle, i + 1, j, j}
			}
		case c == '<' || c == ';':
			return addressPart{partAngle, i + 1, j, j}
		case c == ':':
			route = false
		case c == '"' && j == first && !l.noQuotes:
			if end := closeQuote(s, j+1); end > 0 {
				j = end
			} else {
				l.noQuotes = true
			}
		}
	}
	return addressPart{partAngle, i + 1, j, j}
}

// beginGroup says whether the colon at i ends the name of a group: only words
// before it, and a ";" that ends the group somewhere behind it. "mailto:" is left
// out in the same way.
func (l *addressList) beginGroup(i int) bool {
	if strings.EqualFold(trimBlanks(l.s[max(l.start, i-10):i]), "mailto") {
		l.next(i + 1)
		return true
	}
	if l.group || l.noGroup || i > l.lastSemicolon {
		return false
	}
	for _, p := range l.parts {
		if p.kind == partAngle || p.kind == partText && strings.IndexByte(l.s[p.lo:p.hi], '@') >= 0 {
			l.noGroup = true // Nor do later colons of this element end one: do not look again.
			return false
		}
	}
	l.group, l.groupAt, l.groupName, l.members = true, l.start, either(l.display(l.parts)), len(l.out)
	l.next(i + 1)
	return true
}

func (l *addressList) endGroup(end int) {
	if l.group && len(l.out) == l.members {
		l.emit(l.groupName, "", l.s[l.groupAt:end])
	}
	l.group = false
}

// settle turns the parts of one element, which ends at end, into mailboxes. At a
// comma, an element of words only may be the first half of a name with a comma in
// it, and is kept until it is known whether an angle address follows.
func (l *addressList) settle(end int, comma bool) {
	l.openComment()
	angles, empty := 0, 0
	for _, p := range l.parts[l.first:] {
		if p.kind == partAngle {
			angles++
			if isAllSpace(l.s[p.lo:p.hi]) {
				empty++
			}
		}
	}
	switch {
	case angles > 0:
		l.settleAngles(max(angles-empty, 1), empty == angles, end)
	case comma && l.onlyWords():
		l.halves = append(l.halves, half{l.first, len(l.parts), l.begin, end})
		l.parts = append(l.parts, addressPart{partText, end, end + 1, end + 1})
		l.first, l.begin = len(l.parts), end+1
		return
	default:
		for _, h := range l.halves {
			l.emit(either(l.display(l.parts[h.lo:h.hi])), "", l.s[h.start:h.end])
		}
		l.settleBare(l.parts[l.first:], l.begin, end)
	}
	l.next(end + 1)
}

// emit adds a mailbox.
func (l *addressList) emit(name, address, raw string) {
	raw = trimBlanks(raw)
	if raw == "" || len(l.out) == MaxMailboxes {
		return
	}
	l.out = append(l.out, report.Mailbox{
		Name:    decode(name),
		Address: strings.ToValidUTF8(unfold(address), "\uFFFD"),
		Raw:     raw,
	})
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isAllSpace(s string) bool { return trimBlanks(s) == "" }

// closeQuote finds the quote that ends a quoted string; -1 when there is none.
func closeQuote(s string, i int) int {
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// closeComment finds the parenthesis that ends a comment, which may hold others;
// -1 when there is none.
func closeComment(s string, i int) int {
	for depth := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// commaInside says whether a comma between angle brackets, with what follows it,
// still belongs to the address. QUIRK: spam from "<a@example,org>".
func commaInside(s string) bool {
	i := strings.IndexAny(s, "><@;\"")
	return i > 0 && s[i] == '>'
}

// swallows says whether the quote that closes a quoted string is rather the one
// that opens the next: text that has an address in it, and a word right behind it.
// `"Jane <a@b>, "John" <c@d>` lost a quote, and shall not lose an address.
func swallows(quoted, after string) bool {
	return after != "" && (isDigit(after[0]) || 'a' <= after[0]|0x20 && after[0]|0x20 <= 'z' || after[0] >= 0x80) &&
		strings.IndexByte(quoted, '<') >= 0 && strings.IndexByte(quoted, '@') >= 0
}
