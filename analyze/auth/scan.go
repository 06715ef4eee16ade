package auth

import (
	"strings"

	"mailtrace/analyze/mailbox"
)

// Classes of bytes.
const (
	plain   uint8 = 0
	blank   uint8 = 1 << iota // Of folding: RFC 5322 section 3.2.2.
	control                   // Any other control character.
	ends                      // Ends a word: ; ( )
	loose                     // Not in an atom (RFC 5322 section 3.2.3), nor a dot.
	special                   // In an atom, and not in a token (RFC 2045 section 5.1): / ? =
)

var class = func() (t [256]uint8) {
	for c := range 32 {
		t[c] = control
	}
	t[127] = control
	for _, c := range " \t\r\n" {
		t[c] = blank
	}
	for _, c := range "<>,:\\[]\"" {
		t[c] = loose
	}
	for _, c := range "/?=" {
		t[c] = special
	}
	for _, c := range ";()" {
		t[c] = ends
	}
	return t
}()

// scanner walks over one field.
type scanner struct {
	s        string
	i        int
	open     int // Comments and quotes that are never closed.
	comments []string
	faults   [maxFaults]Fault
	nfaults  int
}

// begin sets the scanner on the field.
func (s *scanner) begin(value string) {
	if len(value) > MaxField {
		s.fault(TooLong)
		value = value[:MaxField]
	}
	s.s = value
	for s.i < len(value) && class[value[s.i]] == blank {
		s.i++
	}
	// QUIRK: Exchange Online makes encoded words of the whole field when a name in
	// it is not ASCII, against RFC 2047 section 5.
	if strings.HasPrefix(value[s.i:], "=?") {
		s.fault(EncodedField)
		s.s, s.i = mailbox.Field{Value: value}.Text(), 0
		s.s = s.s[:min(len(s.s), MaxField)]
	}
}

// fault remembers a fault, once.
func (s *scanner) fault(f Fault) {
	for _, have := range s.faults[:s.nfaults] {
		if have == f {
			return
		}
	}
	if s.nfaults < len(s.faults) {
		s.faults[s.nfaults] = f
		s.nfaults++
	}
}

// found returns the faults, in the order in which they were met.
func (s *scanner) found() []Fault { return append([]Fault{}, s.faults[:s.nfaults]...) }

// at is the next byte, 0 at the end.
func (s *scanner) at() byte {
	if s.i < len(s.s) {
		return s.s[s.i]
	}
	return 0
}

// skip steps over comments and blanks: CFWS of RFC 5322 section 3.2.2. Comments
// are kept.
func (s *scanner) skip() {
	for s.i < len(s.s) {
		c := s.s[s.i]
		switch {
		case class[c] == blank:
		case class[c] == control:
			s.fault(ControlCharacter)
		case c == ')':
			s.fault(UnopenedComment)
		case c == '(':
			if end := s.commentEnd(); end > 0 {
				s.comment(s.s[s.i+1 : end-1])
				s.i = end
				continue
			}
		default:
			return
		}
		s.i++
	}
}

// comment keeps the inside of a comment.
func (s *scanner) comment(text string) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
	case len(s.comments) == MaxComments:
		s.fault(TooManyParts)
	default:
		if s.comments == nil {
			s.comments = make([]string, 0, 4)
		}
		s.comments = append(s.comments, unfold(text))
	}
}

// commentEnd is the offset behind the comment that begins here, or -1 when it is
// never closed. Then its "(" counts as a blank, so that the rest of the field is
// not lost in it.
func (s *scanner) commentEnd() int {
	if s.open >= maxOpen {
		return -1
	}
	depth := 0
	for j := s.i; j < len(s.s); j++ {
		switch s.s[j] {
		case '(':
			if depth++; depth > MaxDepth {
				s.fault(TooManyParts)
				s.open = maxOpen
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
	s.fault(UnclosedComment)
	s.open++
	return -1
}

// word reads up to the next blank, semicolon or parenthesis, and of a name up to
// the next "=". Quotes keep all of these inside the word.
func (s *scanner) word(name bool) string {
	start := s.i
	for s.i < len(s.s) {
		c := s.s[s.i]
		if class[c]&(blank|control|ends) != 0 || name && c == '=' {
			break
		}
		if c == '"' {
			if end := s.quoteEnd(); end > 0 {
				s.i = end
				continue
			}
		}
		s.i++
	}
	return s.s[start:s.i]
}

// quoteEnd is the offset behind the quoted string that begins here (RFC 5322
// section 3.2.4), or -1 when it is never closed. Then its quote is a letter.
func (s *scanner) quoteEnd() int {
	if s.open >= maxOpen {
		return -1
	}
	for j := s.i + 1; j < len(s.s); j++ {
		switch s.s[j] {
		case '"':
			return j + 1
		case '\\':
			j++
		}
	}
	s.fault(UnclosedQuote)
	s.open++
	return -1
}

// name reads what stands before a "=": ptype and property, method and version,
// authserv-id. RFC 8601 section 2.2 allows comments and blanks around the dot and
// the slash.
func (s *scanner) name() string {
	name := s.word(true)
	s.skip()
	if name != "" && s.at() != '=' && (joint(s.at()) || joint(name[len(name)-1])) {
		i, n := s.i, len(s.comments)
		whole := name
		for range maxParts {
			whole += s.word(true)
			s.skip()
			if s.at() == '=' {
				break
			}
		}
		if s.at() == '=' {
			name = whole
		} else {
			s.i, s.comments = i, s.comments[:n]
		}
	}
	if strings.IndexByte(name, '"') >= 0 {
		s.fault(QuotedKey)
		name = unfold(strings.ReplaceAll(name, `"`, ""))
	}
	return name
}

func joint(c byte) bool { return c == '.' || c == '/' }

// value reads what stands behind a "=". A value that is one quoted string loses
// its quotes; quotes that are only around a local part belong to the address.
func (s *scanner) value() string {
	blankBefore := s.i < len(s.s) && class[s.s[s.i]] == blank
	s.skip()
	if c := s.at(); c == 0 && s.i >= len(s.s) || c == ';' || blankBefore && s.pairAhead() {
		s.fault(EmptyValue)
		return ""
	}
	w := s.word(false)
	if text, ok := unquote(w); ok {
		return text
	}
	if !mayBeBare(w) {
		s.fault(UnquotedValue)
	}
	return unfold(w)
}

// pairAhead tells whether the next word is a pair of its own, so that nothing
// stands behind the "=" before it.
func (s *scanner) pairAhead() bool {
	rest := s.s[s.i:min(len(s.s), s.i+64)]
	key, _, ok := strings.Cut(rest, "=")
	if !ok || strings.ContainsAny(key, " \t\r\n;(\"") {
		return false
	}
	if ptype, _, ok := strings.Cut(key, "."); ok {
		switch lower(ptype) {
		case "smtp", "header", "body", "policy", "dns":
			return true
		}
		return false
	}
	key = lower(key)
	return key == "reason" || key == "action" || spfKey(key) || known(key)
}

// mayBeBare tells whether a value can stand without quotes: a token (RFC 2045
// section 5.1), a domain name or a mailbox (RFC 8601 section 2.2).
func mayBeBare(w string) bool {
	if i := strings.LastIndex(w, `"@`); i > 0 && w[0] == '"' {
		w = w[i+1:]
	}
	var all uint8
	mailbox := false
	for i := range len(w) {
		all |= class[w[i]]
		mailbox = mailbox || w[i] == '@'
	}
	return all&loose == 0 && (mailbox || all&special == 0)
}

// unquote returns what a quoted string stands for.
func unquote(w string) (string, bool) {
	if len(w) < 2 || w[0] != '"' || w[len(w)-1] != '"' {
		return w, false
	}
	in := w[1 : len(w)-1]
	if strings.IndexByte(in, '"') < 0 && strings.IndexByte(in, '\\') < 0 {
		return unfold(in), true
	}
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); i++ {
		switch {
		case in[i] == '"':
			return w, false // Two quoted strings: "a"."b".
		case in[i] == '\\' && i+1 < len(in):
			i++
		}
		out = append(out, in[i])
	}
	return unfold(string(out)), true
}

// unfold makes one line of s: every run of blanks with a line end or a tab in it
// becomes one blank.
func unfold(s string) string {
	if !strings.ContainsAny(s, "\r\n\t") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if class[s[i]] != blank {
			out = append(out, s[i])
			i++
			continue
		}
		end, fold := i, false
		for ; end < len(s) && class[s[end]] == blank; end++ {
			fold = fold || s[end] != ' '
		}
		if fold {
			out = append(out, ' ')
		} else {
			out = append(out, s[i:end]...)
		}
		i = end
	}
	return string(out)
}

// keyword tells whether w is a Keyword (RFC 5321 section 4.1.2): letters, digits
// and hyphens.
func keyword(w string) bool {
	for i := range len(w) {
		c := w[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return w != ""
}

// lower turns ASCII letters into small ones, and leaves everything else: keywords
// are ASCII, and what is none stays the bytes that were written.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			out := []byte(s)
			for ; i < len(out); i++ {
				if 'A' <= out[i] && out[i] <= 'Z' {
					out[i] |= 0x20
				}
			}
			return string(out)
		}
	}
	return s
}
