package auth

import (
	"errors"
	"strconv"
	"strings"
)

// Bounds on macros (RFC 7208 section 7).
const (
	maxSPFName   = 253      // Bytes of a name that is asked: longer ones lose labels at their left.
	maxSPFText   = 16 << 10 // Bytes that one domain-spec or explanation may grow to.
	maxSPFValue  = 1000     // Bytes of a sender or HELO: a path has 256 (RFC 5321 section 4.5.3.1.3).
	maxSPFLabels = 1 << 16  // A number of parts to keep; above, all are kept anyway.
)

// macro is one macro-expand: %{d2r-}.
type macro struct {
	letter     byte // In lower case; '%', '_' and '-' for the ones without braces.
	escape     bool // Written in upper case: the value is escaped for a URL.
	keep       int  // Number of parts from the right; 0 for all.
	reverse    bool
	delimiters string // "" for the dot.
}

// nextMacro cuts a macro-string into what is before the first macro, the macro and
// the rest. Without a macro, its letter is 0.
func nextMacro(s string) (before string, m macro, rest string, err error) {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s, macro{}, "", nil
	}
	before, s = s[:i], s[i+1:]
	if s == "" {
		return "", macro{}, "", errors.New(`a "%" at the end`)
	}
	switch s[0] {
	case '%', '_', '-':
		return before, macro{letter: s[0]}, s[1:], nil
	case '{':
	default:
		return "", macro{}, "", errors.New(`a "%" that begins no macro`)
	}
	body, rest, ok := strings.Cut(s[1:], "}")
	if !ok {
		return "", macro{}, "", errors.New("a macro that is never closed")
	}
	if m, ok = parseMacro(body); !ok {
		return "", macro{}, "", errors.New("no macro: %{" + body + "}")
	}
	return before, m, rest, nil
}

// parseMacro reads what stands in the braces.
func parseMacro(body string) (macro, bool) {
	if body == "" || strings.IndexByte("slodiphcrtv", body[0]|0x20) < 0 {
		return macro{}, false
	}
	m := macro{letter: body[0] | 0x20, escape: body[0] < 'a'}
	i := 1
	for ; i < len(body) && '0' <= body[i] && body[i] <= '9'; i++ {
		m.keep = min(m.keep*10+int(body[i]-'0'), maxSPFLabels)
	}
	if i > 1 && m.keep == 0 {
		return macro{}, false // RFC 7208 section 7.3: it must not be zero.
	}
	if i < len(body) && body[i]|0x20 == 'r' {
		m.reverse = true
		i++
	}
	m.delimiters = body[i:]
	for _, c := range []byte(m.delimiters) {
		if strings.IndexByte(".-+,/_=", c) < 0 {
			return macro{}, false
		}
	}
	return m, true
}

// checkMacros checks a macro-string; %{c}, %{r} and %{t} are for explanations only.
// It returns the offset behind the last macro, 0 where there is none.
func checkMacros(s string, explain bool) (int, error) {
	rest, end := s, 0
	for {
		_, m, tail, err := nextMacro(rest)
		if err != nil {
			return 0, err
		}
		if m.letter == 0 {
			return end, nil
		}
		if !explain && (m.letter == 'c' || m.letter == 'r' || m.letter == 't') {
			return 0, errors.New("%{" + string(m.letter) + "} is for explanations only")
		}
		rest, end = tail, len(s)-len(tail)
	}
}

// checkDomainSpec checks a domain-spec: a macro-string that ends in a macro, or in a
// dot and a toplabel (RFC 7208 section 7.1).
func checkDomainSpec(s string) error {
	if s == "" {
		return errors.New("an empty domain")
	}
	end, err := checkMacros(s, false)
	if err != nil || end == len(s) {
		return err
	}
	tail := strings.TrimSuffix(s[end:], ".")
	dot := strings.LastIndexByte(tail, '.')
	if dot < 0 {
		return errors.New("a domain of one label")
	}
	return checkTopLabel(tail[dot+1:], s)
}

func checkTopLabel(label, whole string) error {
	letter := false
	for i := range len(label) {
		c := label[i]
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			letter = true
		case '0' <= c && c <= '9':
		case c == '-' && i > 0 && i < len(label)-1:
			letter = true
		default:
			return errors.New("no top-level domain: " + strconv.Quote(label))
		}
	}
	switch {
	case label == "":
		return errors.New("an empty label at the end")
	case !letter && strings.Count(whole, ".") == 3 && strings.Trim(whole, "0123456789.") == "":
		return errors.New(`an address where a domain is wanted: "ip4:" was meant?`)
	case !letter:
		return errors.New("a top-level domain of digits")
	}
	return nil
}

// localPartIn tells whether a macro-string, once expanded, holds the local part of
// the sender.
func localPartIn(s string) bool {
	for {
		_, m, rest, err := nextMacro(s)
		if err != nil || m.letter == 0 {
			return false
		}
		if m.letter == 'l' || m.letter == 's' {
			return true
		}
		s = rest
	}
}

// errTooLong: a text grew beyond maxSPFText.
var errTooLong = errors.New("expands to more than " + strconv.Itoa(maxSPFText) + " bytes")

// expandMacros expands a macro-string whose syntax was checked. The values come
// from value, by letter.
func expandMacros(s string, value func(letter byte) (string, error)) (string, error) {
	if strings.IndexByte(s, '%') < 0 {
		return s, nil
	}
	out := make([]byte, 0, 128)
	for {
		before, m, rest, err := nextMacro(s)
		if err != nil {
			return "", err
		}
		out = append(out, before...)
		switch m.letter {
		case 0:
			return string(out), nil
		case '%':
			out = append(out, '%')
		case '_':
			out = append(out, ' ')
		case '-':
			out = append(out, "%20"...)
		default:
			v, err := value(m.letter)
			if err != nil {
				return "", err
			}
			out = m.append(out, v)
		}
		if len(out) > maxSPFText {
			return "", errTooLong
		}
		s = rest
	}
}

// append adds the value as the macro wants it.
func (m macro) append(out []byte, value string) []byte {
	start := len(out)
	if m.keep == 0 && !m.reverse && m.delimiters == "" {
		out = append(out, value...)
	} else {
		out = m.transform(out, value)
	}
	if m.escape {
		out = escapeURL(out, start)
	}
	return out
}

// transform splits, reverses, drops parts at the left, and joins with dots.
func (m macro) transform(out []byte, value string) []byte {
	delimiters := m.delimiters
	if delimiters == "" {
		delimiters = "."
	}
	// RFC 7208 section 7.3: parts may be empty, at the ends as well.
	parts, start := make([]string, 0, 32), 0
	var cut [256]bool // A record may hold 64 KB of delimiters.
	for i := range len(delimiters) {
		cut[delimiters[i]] = true
	}
	for i := range len(value) {
		if cut[value[i]] {
			parts = append(parts, value[start:i])
			start = i + 1
		}
	}
	parts = append(parts, value[start:])
	n := len(parts)
	if m.keep > 0 {
		n = min(n, m.keep)
	}
	for i := range n {
		// The last n, after the order was turned.
		at := len(parts) - n + i
		if m.reverse {
			at = n - 1 - i
		}
		if i > 0 {
			out = append(out, '.')
		}
		out = append(out, parts[at]...)
	}
	return out
}

// escapeURL escapes what stands behind start, but for the unreserved characters of
// RFC 3986 section 2.3.
func escapeURL(out []byte, start int) []byte {
	plain := true
	for _, c := range out[start:] {
		plain = plain && unreserved(c)
	}
	if plain {
		return out
	}
	const hex = "0123456789ABCDEF"
	value := string(out[start:])
	out = out[:start]
	for i := range len(value) {
		if c := value[i]; unreserved(c) {
			out = append(out, c)
		} else {
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return out
}

func unreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// askable makes a name that can be asked of what a domain-spec expanded to: without
// the dot at its end, and cut at the left to fit (RFC 7208 section 7.3). It is false
// where there is no such name.
func askable(name string) (string, bool) {
	name = strings.TrimSuffix(name, ".")
	if over := len(name) - maxSPFName; over > 0 {
		// The shortest head of whole labels and their dots that is long enough.
		dot := strings.IndexByte(name[over-1:], '.')
		if dot < 0 {
			return name, false
		}
		name = name[over+dot:]
	}
	label := 0
	for i := range len(name) {
		switch c := name[i]; {
		case c == '.':
			if label == 0 {
				return name, false
			}
			label = 0
		case c < ' ' || c >= 127:
			return name, false
		default:
			if label++; label > 63 {
				return name, false
			}
		}
	}
	return name, label > 0
}
