package mailbox

import "strings"

// settleAngles settles an element with angle brackets, of which a number are to be
// told: those that hold anything, or one when all are empty.
func (l *addressList) settleAngles(angles int, empty bool, end int) {
	from, first := l.start, 0
	for i, p := range l.parts {
		if p.kind != partAngle {
			continue
		}
		content := l.s[p.lo:p.hi]
		if isAllSpace(content) && !empty {
			continue // QUIRK: `"x"<>123<a@b>`
		}
		before, comment := l.display(l.parts[first:i])
		if angles--; angles > 0 {
			l.emit(either(before, comment), cleanAddress(content), l.s[from:p.end])
			from, first = p.end, i+1
			continue
		}
		after, late := l.display(l.parts[i+1:])
		if strings.IndexByte(after, '@') >= 0 {
			l.emit(either(before, comment), cleanAddress(content), l.s[from:p.end])
			l.settleBare(l.parts[i+1:], p.end, end)
			return
		}
		l.emit(either(either(before, after), either(comment, late)), cleanAddress(content), l.s[from:end])
		return
	}
}

// settleBare settles an element without angle brackets: words, of which those with
// "@" are addresses.
func (l *addressList) settleBare(parts []addressPart, start, end int) {
	raw := l.s[start:end]
	words, addresses := l.words(parts)
	if addresses == 0 {
		name, comment := l.display(parts)
		if len(parts) > 0 && strings.IndexByte(name, '@') > 0 && strings.IndexByte(name, ' ') < 0 {
			l.emit(comment, name, raw) // QUIRK: the whole address in quotes.
			return
		}
		if name != "" { // Comments alone are no element of a list.
			l.emit(name, "", raw)
		}
		return
	}
	var name []string
	for _, w := range words {
		if atSign(w) < 0 {
			name = append(name, unquote(w))
		} else if addresses > 1 {
			l.emit(strings.Join(name, " "), cleanAddress(w), w)
			name = name[:0]
		}
	}
	if addresses == 1 {
		var comment string // RFC 822 habit: the name in a comment behind the address.
		if last := parts[len(parts)-1]; last.kind == partComment {
			comment = oneSpace(unescape(l.s[last.lo:last.hi]))
		}
		for _, w := range words {
			if atSign(w) >= 0 {
				l.emit(either(strings.Join(name, " "), comment), cleanAddress(w), raw)
			}
		}
	}
}

// words splits parts at blanks, though not at those around "@" and, behind that,
// around "." (RFC 5322 section 4.4), and counts the words with "@".
func (l *addressList) words(parts []addressPart) (words []string, addresses int) {
	var b strings.Builder
	for _, p := range parts {
		switch p.kind {
		case partComment:
			b.WriteByte(' ')
		case partQuoted:
			b.WriteString(l.s[p.lo-1 : p.end])
		default:
			b.WriteString(l.s[p.lo:p.end])
		}
	}
	return splitWords(b.String())
}

func splitWords(s string) (words []string, addresses int) {
	var word strings.Builder
	at, glue, noQuotes := false, false, false
	flush := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			if at {
				addresses++
			}
		}
		word.Reset()
		at, glue = false, false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isSpace(c):
			j := i
			for j < len(s) && isSpace(s[j]) {
				j++
			}
			joins := j < len(s) && (s[j] == '@' && !at || s[j] == '.' && at)
			if !joins && !glue {
				flush()
			}
			i = j - 1
		case c == '"' && !noQuotes:
			end := closeQuote(s, i+1)
			if noQuotes = end < 0; noQuotes {
				end = i
			}
			word.WriteString(s[i : end+1])
			i, glue = end, false
		default:
			word.WriteByte(c)
			at = at || c == '@'
			glue = c == '@' || c == '.' && at
		}
	}
	flush()
	return words, addresses
}

// openComment looks into a comment where the element has no address elsewhere.
// QUIRK: spam from "Name,(<a@b>)", which mail programs show as its writer wants.
func (l *addressList) openComment() {
	found := -1
	for i, p := range l.parts[l.first:] {
		s := l.s[p.lo:p.hi]
		switch at := strings.IndexByte(s, '@') >= 0; {
		case p.kind == partAngle, at && p.kind != partComment:
			return
		case at && strings.IndexByte(s, '<') >= 0 && found < 0:
			found = l.first + i
		}
	}
	if found < 0 {
		return
	}
	p := &l.parts[found]
	lo := p.lo + strings.IndexByte(l.s[p.lo:p.hi], '<') + 1
	if n := strings.IndexByte(l.s[lo:p.hi], '>'); n >= 0 {
		p.kind, p.lo, p.hi = partAngle, lo, lo+n
	}
}

// onlyWords says whether the current element has words and no address.
func (l *addressList) onlyWords() bool {
	text := false
	for _, p := range l.parts[l.first:] {
		s := l.s[p.lo:p.hi]
		if p.kind == partComment || isAllSpace(s) {
			continue
		}
		if strings.IndexByte(s, '@') >= 0 && (p.kind == partText || strings.IndexByte(s, ' ') < 0) {
			return false
		}
		text = true
	}
	return text
}

// display returns the name that parts show, and the first comment among them.
func (l *addressList) display(parts []addressPart) (name, comment string) {
	var b strings.Builder
	for _, p := range parts {
		switch s := l.s[p.lo:p.hi]; p.kind {
		case partText:
			b.WriteString(s)
		case partQuoted:
			b.WriteString(unescape(s))
		case partComment:
			b.WriteByte(' ')
			if comment == "" {
				comment = oneSpace(unescape(s))
			}
		}
	}
	return oneSpace(b.String()), comment
}

// cleanAddress takes out of an address what is not part of it: blanks and comments
// around its dots, a route (RFC 5322 section 4.4), "mailto:", apostrophes around it.
func cleanAddress(s string) string {
	s = trimBlanks(s)
	if strings.HasPrefix(s, "@") {
		if i := strings.IndexByte(s, ':'); i > 0 {
			s = s[i+1:]
		}
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if len(s) > 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		s = s[1 : len(s)-1]
	}
	if !strings.ContainsAny(s, " \t\r\n(") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '\r', '\n':
		case '"':
			if end := closeQuote(s, i+1); end > 0 {
				b.WriteString(s[i : end+1])
				i = end
				continue
			}
			b.WriteString(s[i:])
			return oneSpace(b.String())
		case '(':
			if end := closeComment(s, i+1); end > 0 {
				i = end
				continue
			}
			b.WriteString(s[i:])
			return oneSpace(b.String())
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// atSign finds the first "@" outside of quotes; -1 when there is none.
func atSign(s string) int {
	noQuotes := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"' && !noQuotes:
			end := closeQuote(s, i+1)
			if noQuotes = end < 0; !noQuotes {
				i = end
			}
		case s[i] == '@':
			return i
		}
	}
	return -1
}

func unquote(w string) string {
	if len(w) > 1 && w[0] == '"' && w[len(w)-1] == '"' {
		return oneSpace(unescape(w[1 : len(w)-1]))
	}
	return w
}

// unescape undoes quoted pairs (RFC 5322 section 3.2.1).
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// oneSpace makes one space of every run of blanks, and none at the ends.
func oneSpace(s string) string {
	s = trimBlanks(s)
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = !isSpace(s[i]) || s[i] == ' ' && !isSpace(s[i+1])
	}
	if clean {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if !isSpace(s[i]) {
			b = append(b, s[i])
		} else if b[len(b)-1] != ' ' {
			b = append(b, ' ')
		}
	}
	return string(b)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
