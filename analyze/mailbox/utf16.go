package mailbox

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// byteOrder recognises UTF-16: by its byte order mark, or, as header fields are
// ASCII, by every other byte of the beginning being NUL. It returns nil for all
// else. Notepad and the ">" of PowerShell save so.
func byteOrder(head []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return binary.LittleEndian
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return binary.BigEndian
	}
	const sample = 64
	head = head[:min(len(head), sample)]
	if len(head) < 8 {
		return nil
	}
	var nul [2]int
	for i, c := range head {
		if c == 0 {
			nul[i&1]++
		}
	}
	half := len(head) / 2
	switch {
	case nul[0] == 0 && nul[1] >= half-half/8:
		return binary.LittleEndian
	case nul[1] == 0 && nul[0] >= half-half/8:
		return binary.BigEndian
	}
	return nil
}

// utf16Lines turns UTF-16 into lines of UTF-8. A line keeps the offset at which it
// begins; what cannot be a character becomes U+FFFD.
func utf16Lines(text []byte, order binary.ByteOrder) (lines []pasteLine, rest int) {
	const cr, lf = '\r', '\n'
	at := 0
	if len(text) > 1 && order.Uint16(text) == 0xfeff {
		at = 2
	}
	buf := make([]byte, 0, len(text)/2+len(text)/8)
	begin, from := at, 0
	end := func(next int) {
		lines = append(lines, pasteLine{text: chop(buf[from:len(buf):len(buf)]), start: int64(begin), offset: int64(begin), line: len(lines) + 1, loose: true})
		begin, from = next, len(buf)
	}
	for at+1 < len(text) && len(lines) < MaxMendLines {
		r := rune(order.Uint16(text[at:]))
		at += 2
		if utf16.IsSurrogate(r) {
			low := rune(utf8.RuneError)
			if at+1 < len(text) {
				low = rune(order.Uint16(text[at:]))
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				at += 2
			}
		}
		switch {
		case r == lf:
			end(at)
		case r == cr && at+1 < len(text) && order.Uint16(text[at:]) != lf && order.Uint16(text[at:]) != cr:
			end(at)
		case r == cr:
		default:
			buf = utf8.AppendRune(buf, r)
		}
	}
	if len(buf) > from && len(lines) < MaxMendLines {
		end(at)
	}
	return lines, begin
}
