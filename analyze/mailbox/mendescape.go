package mailbox

import "bytes"

// unescapeLines undoes the escapes of JSON and of program text, where a header stands
// on one line with "\n" or "\r\n" where its lines ended.
func (s *mending) unescapeLines() {
	for i := range s.lines {
		if !escapedHeader(s.lines[i].text) {
			continue
		}
		pieces := escapedLines(&s.lines[i], MaxMendLines-len(s.lines))
		s.note(DamageLiteral, i, i, 1, `the message stood on one line, with "\n" where a line ended and the like: it was cut there`)
		s.lines = append(s.lines[:i:i], append(pieces, s.lines[i+1:]...)...)
		s.whole = true
		return // There is one message.
	}
}

// escapedHeader says whether a line holds fields behind "\n".
func escapedHeader(line []byte) bool {
	const enough = 2
	n, sure := 0, bytes.Contains(line, []byte("Received: "))
	for n < enough || !sure {
		i := bytes.Index(line, []byte(`\n`))
		if i < 0 {
			return false
		}
		line = line[i+2:]
		if kind, _ := lineKind(line[:min(len(line), maxKnownName)]); kind >= nameShown {
			n++
			sure = sure || kind >= nameHeader
		}
	}
	return true
}

// escapedLines cuts a line at "\n", to at most so many, up to the quotation mark that
// ends the text.
func escapedLines(l *pasteLine, most int) (out []pasteLine) {
	from := 0
	for i := 0; i < len(l.text) && len(out) < most; i++ {
		if l.text[i] == '"' && len(out) > 0 {
			l.text = l.text[:i]
			break
		}
		if l.text[i] != '\\' || i+1 == len(l.text) {
			continue
		}
		i++
		if l.text[i] == 'n' {
			out = append(out, unescapedPiece(l, from, i-1))
			from = i + 1
		}
	}
	return append(out, unescapedPiece(l, from, len(l.text)))
}

// unescapedPiece is a piece of a line without its escapes.
func unescapedPiece(l *pasteLine, from, to int) pasteLine {
	p := *l
	p.text = l.text[:to]
	p.cut(from)
	p.text = bytes.TrimSuffix(p.text, []byte(`\r`))
	if bytes.IndexByte(p.text, '\\') < 0 {
		return p
	}
	p.text, p.loose, p.mended = unescapeText(p.text), true, true
	return p
}

// unescapeText puts characters in the place of their escapes: those that headers have.
func unescapeText(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' || i+1 == len(text) {
			out = append(out, c)
			continue
		}
		i++
		switch c = text[i]; c {
		case 't':
			c = '\t'
		case 'r':
			c = ' '
		case 'u':
			// Of the ASCII characters, those that are escaped for web pages: "<".
			if i+4 < len(text) && text[i+1] == '0' && text[i+2] == '0' {
				if b, ok := hexByte(text[i+3:]); ok && ' ' <= b && b < 0x7f {
					c, i = b, i+4
				}
			}
		}
		out = append(out, c)
	}
	return out
}
