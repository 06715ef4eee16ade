package mailbox

import (
	"strconv"
	"strings"
)

// Bounds of the values of Content-Type and Content-Disposition.
const (
	// MaxParameters is how many bytes of such a value are looked at.
	MaxParameters = 8 << 10

	// maxParameter is how many parameters are kept. Those of honest mail have five.
	maxParameter = 100

	// maxSections is into how many pieces RFC 2231 may cut a value.
	maxSections = 100
)

// mediaType is the value of a Content-Type field (RFC 2045 section 5.1), or of
// Content-Disposition (RFC 2183), which is written in the same way.
type mediaType struct {
	name   string // In lower case, e.g. "multipart/mixed".
	params []parameter
}

type parameter struct {
	name  string // In lower case.
	value string
}

// parseMediaType reads what it can. mime.ParseMediaType drops all parameters for one
// flaw, and with the boundary it loses all parts; mail programs show them.
func parseMediaType(value string) (t mediaType) {
	s := unfold(value[:min(len(value), MaxParameters)])
	s = skipComments(s)
	n := strings.IndexAny(s, "; \t(")
	if n < 0 {
		n = len(s)
	}
	// QUIRK: scripts write the type in quotes.
	t.name = strings.ToLower(strings.Trim(s[:n], `"'`))
	for s = s[n:]; len(t.params) < maxParameter; {
		// QUIRK: a semicolon is lost where the line was folded, or there are two.
		s = skipComments(strings.TrimLeft(skipComments(s), "; \t"))
		if s == "" {
			return t
		}
		n = strings.IndexAny(s, "=;")
		if n < 0 {
			return t
		}
		if s[n] == ';' {
			s = s[n:] // A word without a value.
			continue
		}
		p := parameter{name: strings.ToLower(s[:n])}
		p.name, _, _ = strings.Cut(p.name, "(")
		p.name = strings.TrimSpace(p.name)
		if i := strings.LastIndexAny(p.name, " \t"); i >= 0 {
			p.name = p.name[i+1:] // Junk in front of it.
		}
		p.value, s = parameterValue(skipComments(s[n+1:]))
		t.params = append(t.params, p)
	}
	return t
}

// skipComments steps over blanks and comments (RFC 5322 section 3.2.2).
func skipComments(s string) string {
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] != '(' {
			return s
		}
		depth, i := 0, 0
		for ; i < len(s); i++ {
			switch s[i] {
			case '(':
				depth++
			case ')':
				depth--
			case '\\':
				i++
			}
			if depth == 0 {
				break
			}
		}
		s = s[min(i+1, len(s)):]
	}
}

// parameterValue reads the value at the beginning of s.
func parameterValue(s string) (value, rest string) {
	if s == "" || s[0] != '"' {
		return bareValue(s)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++ // QUIRK: before anything else it is the "\" of a Windows path.
		}
		b.WriteByte(s[i])
	}
	// QUIRK: the closing quote is missing. No name and no boundary holds a semicolon.
	value, _, _ = strings.Cut(b.String(), ";")
	return strings.TrimSpace(value), s[1+len(value):]
}

// bareValue reads a value without quotes. QUIRK: with blanks in it, which scripts
// write as they are: what follows is a part of it unless it is a comment or the next
// parameter.
func bareValue(s string) (value, rest string) {
	n := strings.IndexByte(s, ';')
	if n < 0 {
		n = len(s)
	}
	value, rest = s[:n], s[n:]
	if i := strings.Index(value, " ("); i >= 0 {
		value, rest = value[:i], s[i:]
	}
	if eq := strings.IndexByte(value, '='); eq >= 0 {
		if i := strings.LastIndexAny(strings.TrimRight(value[:eq], " \t"), " \t"); i > 0 {
			value, rest = value[:i], s[i:]
		}
	}
	return strings.TrimSpace(value), rest
}

// get returns the value of a parameter; of those with the same name the first. What
// RFC 2231 cut into pieces or encoded is put together; its charset is kept only
// where it can be converted.
func (t *mediaType) get(name string) string {
	pieces := map[int]string{}
	coded := false
	for _, p := range t.params {
		if p.name == name {
			return p.value
		}
		rest, ok := strings.CutPrefix(p.name, name+"*")
		if !ok {
			continue
		}
		number, star := strings.CutSuffix(rest, "*")
		star = star || rest == ""
		i, err := strconv.Atoi(number)
		if rest == "" {
			i, err = 0, nil
		}
		if err != nil || i < 0 || i >= maxSections {
			continue
		}
		if _, twice := pieces[i]; twice {
			continue
		}
		if star {
			p.value = unpercent(p.value)
			coded = coded || i == 0
		}
		pieces[i] = p.value
	}
	return joinPieces(pieces, coded)
}

// joinPieces puts the pieces of a value together: RFC 2231 sections 3 and 4.
func joinPieces(pieces map[int]string, coded bool) string {
	var b strings.Builder
	for i := 0; i < maxSections; i++ {
		piece, ok := pieces[i]
		if !ok {
			break
		}
		b.WriteString(piece)
	}
	value := b.String()
	if !coded {
		return value
	}
	charset, rest, ok := strings.Cut(value, "'")
	if !ok {
		return value
	}
	if _, text, ok := strings.Cut(rest, "'"); ok {
		value = text
	}
	if text, ok := convert(charset, []byte(value)); ok {
		return text
	}
	return value
}

// unpercent decodes "%41".
func unpercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
