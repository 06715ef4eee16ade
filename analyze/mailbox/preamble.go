package mailbox

import "bytes"

// anyField says whether anything in the bytes looks like the name of a field with
// its colon, however it is dressed: quoted, indented, between tags, in UTF-16. It
// answers whether to read on, no more, and rather says yes.
func (c *chunks) anyField() bool {
	strict := isBinary(c.parts[0])
	for _, p := range c.parts {
		for i := bytes.IndexByte(p, ':'); i >= 0; {
			if fieldLike(p[:i], p[i+1:], strict) {
				return true
			}
			k := bytes.IndexByte(p[i+1:], ':')
			if k < 0 {
				break
			}
			i += 1 + k
		}
	}
	return false
}

// isBinary says of the beginning of an input that it is no text of one byte for a
// character.
func isBinary(head []byte) bool {
	const (
		sample = 4 << 10
		share  = 10 // Percent. Text in any charset of mail has next to none.
	)
	head = head[:min(len(head), sample)]
	control := 0
	for _, b := range head {
		if b < ' ' && b != '\t' && b != '\r' && b != '\n' || b == 0x7f {
			control++
		}
	}
	return 100*control > share*len(head)
}

// fieldLike looks at what stands before and behind a colon. In binary data, where
// any bytes stand before a colon, only names that every message has will do.
func fieldLike(before, behind []byte, strict bool) bool {
	const (
		longest = 80 // Bytes of a name.
		dress   = 64 // Bytes between it and the colon.
	)
	before = before[max(0, len(before)-2*longest-dress):]
	before = undress(before)
	var name [longest]byte
	n := len(name)
	for i := len(before) - 1; i >= 0 && n > 0; i-- {
		if before[i] == 0 {
			continue // Of UTF-16.
		}
		if !nameByte[before[i]] {
			break
		}
		n--
		name[n] = before[i]
	}
	found := name[n:]
	if strict {
		return isEverywhere(found)
	}
	for len(found) > 0 && !isLetter(found[0]) {
		found = found[1:]
	}
	return len(found) > 0 && !bytes.HasPrefix(behind, []byte("//"))
}

// undress takes away what pastes have between a name and its colon: blanks, NBSP
// in its spellings, the end of a tag, the NUL of UTF-16.
func undress(s []byte) []byte {
	for len(s) > 0 {
		switch last := s[len(s)-1]; last {
		case ' ', '\t', 0, 0xa0, 0xc2:
			s = s[:len(s)-1]
		case ';':
			cut, ok := bytes.CutSuffix(s, []byte("&nbsp;"))
			if !ok {
				return s
			}
			s = cut
		case '>':
			i := bytes.LastIndexByte(s, '<')
			if i < 0 {
				return s
			}
			s = s[:i]
		default:
			return s
		}
	}
	return s
}

// isEverywhere recognises the names of fields of which each message has some.
func isEverywhere(name []byte) bool {
	switch string(bytes.ToLower(name)) {
	case "received", "return-path", "delivered-to", "from", "to", "subject", "date", "message-id", "mime-version", "content-type":
		return true
	}
	return false
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
