package mailbox

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
)

// Text returns the value for reading: unfolded (RFC 5322 section 2.2.3), encoded
// words decoded (RFC 2047), blanks at both ends cut off. It is valid UTF-8 without
// CR and LF, at most MaxText bytes, and may hold any other character. An encoded
// word that is broken or in a charset that is not known stays as written; bytes
// that are not UTF-8 become U+FFFD.
func (f Field) Text() string { return decode(f.Value) }

// decode is Text of any part of a value.
func decode(s string) string {
	s = strings.Trim(s[:min(len(s), MaxText)], " \t\r\n")
	plain := true
	for i := range len(s) {
		if c := s[i]; c == '\r' || c == '\n' || c >= 0x80 || c == '=' && i+1 < len(s) && s[i+1] == '?' {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	s = unfold(s)
	if strings.Contains(s, "=?") {
		// Encoded line ends would break the promise of one line.
		if s = decodeWords(s); strings.ContainsAny(s, "\r\n") {
			s = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ").Replace(s)
		}
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > MaxText {
		n := MaxText
		for !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return s
}

// unfold takes line ends out. What follows one is a blank in a field that was
// folded by the rules; a CR that is no line end becomes one.
func unfold(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\r' && c != '\n' {
			b.WriteByte(c)
			continue
		}
		for i+1 < len(s) && (s[i+1] == '\r' || s[i+1] == '\n') {
			i++
		}
		if i+1 < len(s) && s[i+1] != ' ' && s[i+1] != '\t' {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// encodedWord is one "=?charset?encoding?text?=" (RFC 2047 section 2).
type encodedWord struct {
	charset string // Without the language of RFC 2231 section 5.
	base64  bool
	text    string
	length  int // Of the whole word.
}

// wordAt reads the encoded word at the beginning of s. It looks no further than
// the next "?" beyond the text, so that a value full of beginnings is not read
// again and again.
func wordAt(s string) (w encodedWord, ok bool) {
	const maxCharset = 64
	if !strings.HasPrefix(s, "=?") {
		return w, false
	}
	mark := strings.IndexByte(s[2:min(len(s), 2+maxCharset)], '?')
	if mark <= 0 {
		return w, false
	}
	w.charset, _, _ = strings.Cut(s[2:2+mark], "*")
	rest := s[2+mark+1:]
	if len(rest) < 3 || rest[1] != '?' {
		return w, false
	}
	switch rest[0] | 0x20 {
	case 'b':
		w.base64 = true
	case 'q':
	default:
		return w, false
	}
	// QUIRK: RFC 2047 section 2 allows neither blanks nor more than 75 characters;
	// mass mailers write both, and mail programs show what they mean.
	rest = rest[2:]
	end := strings.IndexByte(rest, '?')
	if end < 0 || end+1 == len(rest) || rest[end+1] != '=' || strings.ContainsAny(rest[:end], `<>"`) {
		return w, false
	}
	w.text = rest[:end]
	w.length = len(s) - len(rest) + end + 2
	return w, true
}

// decodeWords decodes the encoded words in s.
func decodeWords(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		out.WriteString(s[:i])
		s = s[i:]
		w, ok := wordAt(s)
		if !ok {
			out.WriteString(s[:2])
			s = s[2:]
			continue
		}
		text, n := decodeRun(s, w)
		out.WriteString(text)
		s = s[n:]
	}
	out.WriteString(s)
	return out.String()
}

// decodeRun decodes the word w at the beginning of s together with those behind it
// that have nothing but blanks between them: these blanks are not shown
// (RFC 2047 section 6.2). It returns how much of s it decoded.
func decodeRun(s string, w encodedWord) (text string, done int) {
	var out strings.Builder
	for {
		end := done + w.length
		raw, ok := w.bytes()
		next, gap, more := wordAfter(s[end:])
		// QUIRK: many mailers break a multi-byte character over two words, so words of
		// one charset are joined before they are converted.
		for ok && more && strings.EqualFold(next.charset, w.charset) {
			b, good := next.bytes()
			if !good {
				break
			}
			raw = append(raw, b...)
			end += gap + next.length
			next, gap, more = wordAfter(s[end:])
		}
		if ok {
			text, ok = convert(w.charset, raw)
		}
		if !ok {
			text = s[done:min(end+gap, len(s))]
		}
		out.WriteString(text)
		done = end + gap
		if !more {
			return out.String(), done
		}
		w = next
	}
}

// wordAfter reads the encoded word at the beginning of s, behind blanks only. The
// gap is their number, 0 when there is no word.
func wordAfter(s string) (w encodedWord, gap int, ok bool) {
	for gap < len(s) && (s[gap] == ' ' || s[gap] == '\t') {
		gap++
	}
	if w, ok = wordAt(s[gap:]); !ok {
		gap = 0
	}
	return w, gap, ok
}

// bytes undoes the encoding of the word.
func (w encodedWord) bytes() ([]byte, bool) {
	if w.base64 {
		text := strings.TrimRight(strings.Map(func(r rune) rune {
			if r == ' ' || r == '\t' {
				return -1
			}
			return r
		}, w.text), "=")
		raw, err := base64.RawStdEncoding.DecodeString(text)
		return raw, err == nil
	}
	raw := make([]byte, 0, len(w.text))
	for i := 0; i < len(w.text); i++ {
		c := w.text[i]
		switch {
		case c == '_':
			c = ' '
		case c == '=':
			if i+2 >= len(w.text) || !isHex(w.text[i+1]) || !isHex(w.text[i+2]) {
				return nil, false
			}
			c = unhex(w.text[i+1])<<4 | unhex(w.text[i+2])
			i += 2
		}
		raw = append(raw, c)
	}
	return raw, true
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// charsetAliases names charsets as mailers do that IANA does not list.
var charsetAliases = map[string]string{
	"utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "ascii": "us-ascii",
	"cp932": "shift_jis", "ms932": "shift_jis", "x-sjis": "shift_jis",
	"cp949": "euc-kr", "ks_c_5601": "euc-kr", "cp950": "big5", "cp936": "gbk",
	"latin1": "iso-8859-1", "latin-1": "iso-8859-1", "8859_1": "iso-8859-1", "iso8859-1": "iso-8859-1",
	"iso8859-2": "iso-8859-2", "iso8859-15": "iso-8859-15",
	"cp1250": "windows-1250", "cp1251": "windows-1251", "cp1252": "windows-1252", "win-1251": "windows-1251",
}

// convert turns raw into UTF-8. It returns false when the charset is not known.
func convert(name string, raw []byte) (string, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	if alias, ok := charsetAliases[name]; ok {
		name = alias
	}
	if name == "utf-8" || name == "us-ascii" {
		return string(raw), true
	}
	r, err := charset.Reader(name, bytes.NewReader(raw))
	if err != nil {
		return "", false
	}
	text, err := io.ReadAll(io.LimitReader(r, MaxText))
	return string(text), err == nil
}
