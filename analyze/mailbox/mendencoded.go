package mailbox

import "bytes"

// unencode undoes quoted-printable (RFC 2045 section 6.7), in which a header stands
// that was taken from the source of a mail that quotes it. In it every "=" is followed
// by two digits or ends its line, so one field of a server that was not encoded, with
// "spf=pass" or "bits=128", shows that this is none.
func (s *mending) unencode() {
	end := s.firstEmpty(s.first)
	if !s.quotedPrintable(end) {
		return
	}
	if s.free {
		end = len(s.lines)
		s.whole = true
	}
	out := s.lines[:s.first]
	last, n := s.first, 0
	soft := false // The line before goes on in this one.
	for i := s.first; i < end; i++ {
		l := s.lines[i]
		text, goesOn, changed := decodeLine(l.text)
		if changed {
			l.text, l.loose, l.mended = text, true, true
			n++
		}
		if soft {
			out[len(out)-1].join(l.text)
		} else {
			out = append(out, l)
		}
		soft = goesOn
		last = len(out) - 1
	}
	out = append(out, s.lines[end:]...)
	s.lines, s.end = out, len(out)
	s.note(DamageEncoded, s.first, last, n, `characters were encoded for mail (quoted-printable), like "=3D" for "=": they were put back`)
}

// quotedPrintable says whether the lines of the header are encoded so, and have what
// shows it. That lines end in "=" does so only in a text that something else stands in.
func (s *mending) quotedPrintable(end int) bool {
	n, enough := 0, 3
	if s.free {
		enough = 1
	}
	for i := s.first; i < end; i++ {
		text := bytes.TrimRight(s.lines[i].text, " \t")
		if s.free && bytes.HasSuffix(text, []byte("=")) {
			n++
		}
		for k := bytes.IndexByte(text, '='); k >= 0 && k+1 < len(text); {
			if _, ok := hexByte(text[k+1:]); !ok {
				return false
			}
			if text[k+1] == '3' && text[k+2]|0x20 == 'd' {
				n++
			}
			next := bytes.IndexByte(text[k+3:], '=')
			if next < 0 {
				break
			}
			k += 3 + next
		}
	}
	return n >= enough
}

// decodeLine decodes a line. What stands for a line end must not become one, nor a
// blank, in front of which another field may be looked for.
func decodeLine(text []byte) (out []byte, goesOn, changed bool) {
	if bytes.IndexByte(text, '=') < 0 {
		return text, false, false
	}
	if cut, ok := bytes.CutSuffix(bytes.TrimRight(text, " \t"), []byte("=")); ok {
		text, goesOn = cut, true
	}
	out = make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '=' {
			if b, ok := hexByte(text[i+1:]); ok {
				c, i = b, i+2
			}
		}
		if c == '\r' || c == '\n' {
			c = '?'
		}
		out = append(out, c)
	}
	return out, goesOn, true
}

// hexByte is the byte of the two hexadecimal digits with which text begins.
func hexByte(text []byte) (c byte, ok bool) {
	if len(text) < 2 || !isHex(text[0]) || !isHex(text[1]) {
		return 0, false
	}
	return unhex(text[0])<<4 | unhex(text[1]), true
}
