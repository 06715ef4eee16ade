package received

import "strings"

// Bounds on what is read of one field. Mail servers write a few hundred bytes;
// what is beyond these numbers was written to hurt.
const (
	MaxField   = 32 << 10 // Bytes of one field.
	MaxTokens  = 160      // Words and comments of one field.
	MaxDepth   = 32       // Comments within comments.
	maxAngle   = 1 << 10  // Bytes between "<" and ">", or between quotes.
	maxOpen    = 4        // Comments that are never closed, before "(" is taken for a blank.
	maxOddity  = 12       // Oddities kept of one field.
	MaxStrings = 64       // Comments, recipients and unparsed words kept, each.
)

// token is a word, a comment or a semicolon outside of comments.
type token struct {
	off, end int32 // In the raw field; of a comment with its parentheses.
	kind     tokenKind
	clause   clause
	used     bool // The word went into a value of the hop, or the comment was understood.
}

type tokenKind uint8

const (
	word tokenKind = iota
	comment
	semicolon
)

// Classes of bytes, for the lexer.
const (
	plain uint8 = iota
	blank
	control
	special // Begins something: ( ) ; , " < [
)

var class = func() (t [256]uint8) {
	for c := range 32 {
		t[c] = control
	}
	t[127] = control
	for _, c := range " \t\r\n" {
		t[c] = blank
	}
	for _, c := range "(;,\"<[" {
		t[c] = special
	}
	return t
}()

// lex cuts the field into tokens. Commas are dropped: they stand between clauses
// (qmail's cousins, Nemesis), between recipients, and in dates, which are read
// from the raw text.
func (p *parser) lex() {
	s := p.raw
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case class[c] == blank, c == ',':
			i++
			continue
		case class[c] == control:
			p.odd(ControlCharacter)
			i++
			continue
		}
		kind, end := word, 0
		switch c {
		case ';':
			kind, end = semicolon, i+1
		case '(':
			kind, end = comment, p.commentEnd(i)
			if end < 0 {
				i++
				continue
			}
		default:
			end = wordEnd(s, i)
		}
		if p.n == len(p.tokens) {
			p.odd(TooManyParts)
			return
		}
		p.tokens[p.n] = token{off: int32(i), end: int32(end), kind: kind}
		p.n++
		i = end
	}
}

// commentEnd is the offset behind the comment that begins at i (RFC 5322
// section 3.2.2), or -1 when it is never closed. Then its "(" counts as a blank,
// so that the rest of the field is not lost in it.
func (p *parser) commentEnd(i int) int {
	if p.open >= maxOpen {
		return -1
	}
	s, depth := p.raw, 0
	for j := i; j < len(s); j++ {
		switch s[j] {
		case '(':
			if depth++; depth > MaxDepth {
				p.odd(TooManyParts)
				p.open = maxOpen
				return -1
			}
		case ')':
			if depth--; depth == 0 {
				return j + 1
			}
		case '\\':
			j++
		}
	}
	p.odd(UnclosedComment)
	p.open++
	return -1
}

// wordEnd is the offset behind the word that begins at i. Quotes, angle brackets
// and, at its beginning, square brackets keep blanks inside the word.
func wordEnd(s string, i int) int {
	for j := i; j < len(s); {
		c := s[j]
		switch class[c] {
		case plain:
			j++
			continue
		case blank, control:
			return j
		}
		end := -1
		switch c {
		case '<':
			end = angleEnd(s, j)
		case '"':
			end = closing(s, j, '"')
		case '[':
			if j == i {
				end = closing(s, j, ']')
			}
		default: // ( ; ,
			return j
		}
		if end < 0 {
			end = j + 1
		}
		j = end
	}
	return len(s)
}

// closing is the offset behind the next c after i, or -1 when there is none near.
func closing(s string, i int, c byte) int {
	rest := s[i+1 : min(len(s), i+1+maxAngle)]
	if n := strings.IndexByte(rest, c); n >= 0 && strings.IndexByte(rest[:n], ';') < 0 {
		return i + n + 2
	}
	return -1
}

// angleEnd is the offset behind the ">" that closes the "<" at i, or -1. QUIRK:
// Salesforce writes for <"a" <a@b>>, LISTSERV gateways <<a@b>>.
func angleEnd(s string, i int) int {
	depth := 0
	for j := i; j < min(len(s), i+maxAngle); j++ {
		switch s[j] {
		case '<':
			depth++
		case '>':
			if depth--; depth == 0 {
				return j + 1
			}
		case ';', '\n':
			return -1
		}
	}
	return -1
}

// text is what a token stands for: a word, or the inside of a comment.
func (p *parser) text(t token) string {
	if t.kind == comment {
		return strings.TrimSpace(p.raw[t.off+1 : t.end-1])
	}
	return p.raw[t.off:t.end]
}

// span is where part, a substring of the raw field, stands in it.
func (p *parser) span(part string, from int32) Span {
	if part == "" {
		return Span{}
	}
	if n := strings.Index(p.raw[from:], part); n >= 0 {
		return Span{from + int32(n), int32(len(part))}
	}
	return Span{}
}

// odd remembers an oddity, once.
func (p *parser) odd(o Oddity) {
	for _, have := range p.oddities[:p.nodd] {
		if have == o {
			return
		}
	}
	if p.nodd < len(p.oddities) {
		p.oddities[p.nodd] = o
		p.nodd++
	}
}

// unfold makes one line of s: every run of blanks with a line end or tab in it
// becomes one blank.
func unfold(s string) string {
	i := 0
	for i < len(s) && (s[i] == ' ' || class[s[i]] != blank) {
		i++
	}
	if i == len(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for j := 0; j < len(s); {
		end := j
		for end < len(s) && class[s[end]] != blank {
			end++
		}
		out.WriteString(s[j:end])
		j = end
		fold := false
		for end < len(s) && class[s[end]] == blank {
			fold = fold || s[end] != ' '
			end++
		}
		if fold {
			out.WriteByte(' ')
		} else {
			out.WriteString(s[j:end])
		}
		j = end
	}
	return strings.TrimSpace(out.String())
}

// cutFold is strings.EqualFold on a prefix: whether s begins with prefix, in any
// case, and what follows it.
func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && equalFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// equalFold compares ASCII letters in any case; it is on the hot path, and none
// of the words it is asked for has other letters.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z' {
			return false
		}
	}
	return true
}
