package report

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// appendString appends s in quotes, with the escapes of encoding/json: what JSON
// demands, U+2028 and U+2029, which end a line in JavaScript, and U+FFFD for each
// byte that is not UTF-8. What needs no escape is nearly everything, and is passed
// over eight bytes at a time.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0 // Bytes of s that are in b.
	for i := 0; i < len(s); {
		if len(s)-i >= 8 {
			odd := oddBytes(eight(s[i:]))
			if odd == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(odd) / 8
		}
		c, size := s[i], 1
		switch {
		case c >= utf8.RuneSelf:
			var escape string
			if escape, size = escapeRune(s[i:]); escape != "" {
				b = append(append(b, s[done:i]...), escape...)
				done = i + size
			}
		case c < ' ' || c == '"' || c == '\\':
			b = appendEscape(append(b, s[done:i]...), c)
			done = i + 1
		}
		i += size
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}

// eight is the first eight bytes of s, the first one lowest. The compiler makes one
// load of it.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// oddBytes is zero when all eight bytes are ASCII that needs no escape. Else the
// lowest bit that is set is in the first byte that is not: a subtraction borrows
// from bytes above a hit only.
func oddBytes(w uint64) uint64 {
	const each, high = 0x0101010101010101, 0x8080808080808080
	control := w - each*' '
	quote := (w ^ each*'"') - each
	backslash := (w ^ each*'\\') - each
	return (w | control | quote | backslash) & high
}

// escapeRune is the escape of the first rune of s, which is not ASCII, and its
// length in s; the escape is "" where it needs none.
func escapeRune(s string) (string, int) {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return `\ufffd`, size
	case r == '\u2028':
		return `\u2028`, size
	case r == '\u2029':
		return `\u2029`, size
	}
	return "", size
}

func appendEscape(b []byte, c byte) []byte {
	if i := strings.IndexByte("\r\n\t\"\\\b\f", c); i >= 0 {
		return append(b, '\\', `rnt"\bf`[i])
	}
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
}
