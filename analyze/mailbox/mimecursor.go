package mailbox

import "bytes"

// cursor goes through chunks from front to back, line by line. Lines end in LF, as
// all of MIME does in practice; in a message with CR alone no parts are found.
type cursor struct {
	parts  [][]byte
	pos    int    // In parts[0].
	at     int64  // Of the same byte in all chunks.
	joined []byte // A line that lies in several chunks.
}

// cursor begins at an offset.
func (c *chunks) cursor(offset int64) cursor {
	rest := offset
	for i, p := range c.parts {
		if rest < int64(len(p)) {
			return cursor{parts: c.parts[i:], pos: int(rest), at: offset}
		}
		rest -= int64(len(p))
	}
	return cursor{at: c.size}
}

func (c *cursor) advance(n int) {
	c.pos += n
	c.at += int64(n)
	if c.pos == len(c.parts[0]) {
		c.parts, c.pos = c.parts[1:], 0
	}
}

// line returns the line at the cursor without its end, of a long one only the
// first bytes, and moves behind it. It is valid until the next call. It returns
// false at the end.
func (c *cursor) line(most int) ([]byte, bool) {
	if len(c.parts) == 0 {
		return nil, false
	}
	c.joined = c.joined[:0]
	for first := true; len(c.parts) > 0; first = false {
		rest := c.parts[0][c.pos:]
		n := bytes.IndexByte(rest, '\n') + 1
		end := n > 0
		if !end {
			n = len(rest)
		}
		c.advance(n)
		if first && (end || len(c.parts) == 0) {
			return chop(rest[:min(n, most)]), true
		}
		c.joined = append(c.joined, rest[:min(n, most-len(c.joined))]...)
		if end {
			break
		}
	}
	return chop(c.joined), true
}

// dashes moves from the beginning of a line to the next one that begins with "--",
// which may be this one. It looks at each byte once, as fast as memory goes: most
// of a large message is one attachment. It returns false when there is none.
func (c *cursor) dashes() bool {
	if c.dashesAt(0) {
		return true
	}
	for len(c.parts) > 0 {
		rest := c.parts[0][c.pos:]
		if i := bytes.Index(rest, []byte("\n--")); i >= 0 {
			c.advance(i + 1)
			return true
		}
		// The three bytes may lie in several chunks.
		for i := max(0, len(rest)-2); i < len(rest); i++ {
			if rest[i] == '\n' && c.dashesAt(i+1) {
				c.advance(i + 1)
				return true
			}
		}
		c.advance(len(rest))
	}
	return false
}

// dashesAt says whether "--" stands i bytes behind the cursor.
func (c *cursor) dashesAt(i int) bool {
	i += c.pos
	need := 2
	for _, p := range c.parts {
		for ; i < len(p); i++ {
			if p[i] != '-' {
				return false
			}
			if need--; need == 0 {
				return true
			}
		}
		i -= len(p)
	}
	return false
}
