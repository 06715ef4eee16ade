package auth

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"hash"
	"slices"
	"strings"
	"unicode/utf8"
)

// decoded is the text of an entity, with what is needed to write it anew as it was.
type decoded struct {
	text  []byte  // Its line ends as LF.
	crlf  bool    // They were CRLF.
	width int     // Of the lines of base64, in characters; 0 for none.
	raw   []int32 // Of quoted-printable: where each byte of text is in the content, and the end.
}

// decode takes the transfer encoding off.
func decode(e entity) decoded {
	switch e.encoding {
	case "base64":
		d := decoded{width: 76}
		if n := bytes.IndexByte(e.content, '\n'); n >= 4 {
			d.width = n / 4 * 4
		}
		text := decodeBase64(e.content)
		d.crlf = bytes.Contains(text, crlf)
		d.text = unixLines(text)
		return d
	case "quoted-printable":
		return decodeQuoted(e.content)
	}
	return decoded{text: e.content}
}

// decodeBase64 decodes what there is up to the first padding; other bytes are stepped
// over.
func decodeBase64(content []byte) []byte {
	var clean []byte
	for _, c := range content {
		switch {
		case c == '=':
			goto end
		case c == '+' || c == '/' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z':
			clean = append(clean, c)
		}
	}
end:
	if len(clean)%4 == 1 {
		clean = clean[:len(clean)-1]
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, _ := base64.RawStdEncoding.Decode(out, clean) // Nothing can be wrong with it.
	return out[:n]
}

func decodeQuoted(content []byte) decoded {
	d := decoded{text: make([]byte, 0, len(content)), raw: make([]int32, 0, len(content)+1)}
	for i := 0; i < len(content); {
		c, n := content[i], 1
		if c == '=' && i+2 < len(content) {
			if hi, lo := unhex(content[i+1]), unhex(content[i+2]); hi >= 0 && lo >= 0 {
				c, n = byte(hi<<4|lo), 3
			}
		}
		if c == '=' && n == 1 {
			rest := bytes.TrimLeft(content[i+1:min(len(content), i+80)], " \t")
			if len(rest) == 0 || rest[0] == '\n' {
				i = min(len(content), i+1+(min(len(content), i+80)-i-1-len(rest))+1)
				continue
			}
		}
		if c == '\r' && n == 3 && bytes.HasPrefix(content[i+n:], []byte("=0A")) {
			d.crlf = true // A line end that was encoded: it is kept as it is.
		}
		d.text, d.raw = append(d.text, c), append(d.raw, int32(i))
		i += n
	}
	d.raw = append(d.raw, int32(len(content)))
	return d
}

func unhex(c byte) int { return strings.IndexByte("0123456789ABCDEF", c&^(c>>1&0x20)) }

// The ways in which programs encode text anew.
var (
	quotings = [...]quoting{{width: 76}, {width: 76, tabs: true}, {width: 75}, {width: 74}, {width: 76, fits: true}, {width: 76, fits: true, careful: true},
		{width: 75, fits: true}, {width: 76, signs: true}, {width: 78}, {width: 73}, {width: 72, fits: true}}
	widths = [...]int{76, 72, 64, 60}
)

// quoting is how a program writes quoted-printable (RFC 2045 section 6.7), which
// leaves much to it.
type quoting struct {
	width   int  // Characters of a line, with the "=" at its end.
	fits    bool // The last character of a line may stand where the "=" would.
	tabs    bool // Tabs are encoded.
	signs   bool // What EBCDIC lacks is encoded.
	careful bool // "From " and a dot at the beginning of a line are (RFC 2049 section 3).
}

func (q quoting) encode(text []byte) []byte {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(text)*5/4)
	for line := range bytes.Lines(text) {
		end := bytes.HasSuffix(line, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\n"))
		n := 0
		for i, c := range line {
			last := i+1 == len(line)
			size := 3
			if q.plain(line, i, last) {
				size = 1
			}
			if n+size > q.width-1 && !(last && q.fits && n+size <= q.width) {
				out, n = append(out, '=', '\n'), 0
			}
			if size == 1 {
				out = append(out, c)
			} else {
				out = append(out, '=', digits[c>>4], digits[c&15])
			}
			n += size
		}
		if end {
			out = append(out, '\n')
		}
	}
	return out
}

// plain says whether a byte of a line is not encoded.
func (q quoting) plain(line []byte, i int, last bool) bool {
	c := line[i]
	switch {
	case c == ' ':
		return !last
	case c == '\t':
		return !last && !q.tabs
	case c <= ' ' || c >= 0x7f || c == '=':
		return false
	case q.signs && strings.IndexByte("!\"#$@[\\]^`{|}~", c) >= 0:
		return false
	}
	return !q.careful || i > 0 || c != '.' && !bytes.HasPrefix(line, []byte("From "))
}

// wrap64 is base64 in lines of that many characters.
func wrap64(text []byte, width int, dos bool) []byte {
	if dos {
		text = dosLines(text)
	}
	code := base64.StdEncoding.AppendEncode(nil, text)
	if width <= 0 {
		return code
	}
	out := make([]byte, 0, len(code)+len(code)/width+1)
	for line := range slices.Chunk(code, width) {
		out = append(append(out, line...), '\n')
	}
	return out
}

func dosLines(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\n"), crlf) }

// recode tries a body in other transfer encodings and character sets, each without its
// last lines too.
func (b *bodySearch) recode(body candidate) {
	e := body.entity
	if kind, _ := e.media(); strings.HasPrefix(kind, "multipart/") {
		return
	}
	d := decode(e)
	defer b.as("", b.html)()
	list := widths[:]
	if d.width > 0 && !slices.Contains(list, d.width) {
		list = append([]int{d.width}, list...)
	}
	for _, c := range recharset(d.text, e.contentType) {
		ed := body.edits
		if c.name != "" {
			ed = body.and(edit{kind: ChangeCharset, at: -1, detail: c.name})
		}
		coded := func(name string, width int) []edit {
			if name == e.encoding && (width == 0 || width == d.width) || name == "8bit" && decodedName(e.encoding) == "8bit" {
				return ed
			}
			return append(slices.Clone(ed), edit{kind: ChangeTransferEncoding, at: -1, detail: wordsOf(name, e.encoding)})
		}
		for _, width := range list {
			b.sweep64(c.text, width, false, coded("base64", width))
			b.sweep64(c.text, width, true, coded("base64", width))
		}
		if c.name != "" || decodedName(e.encoding) != "8bit" {
			b.sweep(c.text, coded("8bit", 0))
			b.banners(candidate{entity{content: c.text}, coded("8bit", 0)})
		}
		for _, q := range quotings {
			if b.done() {
				return
			}
			b.coding = "quoted-printable"
			b.sweep(q.encode(c.text), coded("quoted-printable", 0))
			b.coding = ""
		}
	}
}

// decodedName is the name of a transfer encoding as far as it matters.
func decodedName(name string) string {
	if name == "base64" || name == "quoted-printable" {
		return name
	}
	return "8bit"
}

func wordsOf(was, is string) string {
	if was == is {
		return was + " was wrapped in another way"
	}
	if is == "" {
		is = "7bit"
	}
	return was + " became " + is
}

// sweep64 hashes a text in base64 and, on the way, what it is without its last lines,
// with and without the line end before them.
func (b *bodySearch) sweep64(text []byte, width int, dos bool, edits []edit) {
	if dos && bytes.IndexByte(text, '\n') < 0 || len(text) == 0 {
		return
	}
	wire := text
	if dos {
		wire = dosLines(text)
	}
	lineSize := width / 4 * 3
	first := bytes.Count(wire, []byte("\n")) - maxCuts
	for _, h := range bothHashes {
		// Base64 has no blanks: both canonicalizations are the same.
		if b.done() || lineSize == 0 || !b.open(true, h, false) && !b.open(false, h, false) {
			continue
		}
		state, _ := newHash(h).(hash.Cloner)
		if state == nil {
			return
		}
		done := 0 // Bytes of wire that are hashed, in whole lines.
		b.spent += int64(len(wire)) * 4 / 3
		for n, at := 0, 0; at < len(wire) && !b.done(); n++ {
			end := len(wire)
			if i := bytes.IndexByte(wire[at:], '\n'); i >= 0 {
				end = at + i + 1
			}
			at = end
			if n < first {
				continue
			}
			short := end - 1
			if dos {
				short = max(0, end-2)
			}
			for _, cut := range [2]int{max(short, done), end} {
				for ; done+lineSize <= cut; done += lineSize {
					state.Write(append(base64.StdEncoding.AppendEncode(b.buf[:0], wire[done:done+lineSize]), crlf...))
				}
				b.check64(state, wire[done:cut], h, func() []edit { return b.cutAt(text, n+1, edits) })
			}
		}
	}
}

// check64 ends a hash with the last line of base64.
func (b *bodySearch) check64(state hash.Cloner, tail []byte, h crypto.Hash, edits func() []edit) {
	last, err := state.Clone()
	if err != nil {
		return
	}
	if len(tail) > 0 {
		last.Write(append(base64.StdEncoding.AppendEncode(nil, tail), crlf...))
	}
	b.tried++
	b.spent += 256
	sum := last.Sum(nil)
	b.check(true, h, sum, edits)
	b.check(false, h, sum, edits)
}

// charsetText is a text in another character set; the name says what it was and is.
type charsetText struct {
	text []byte
	name string // "" when it is as it is.
}

// recharset returns a text as it may have been before it was converted: out of UTF-8
// back into the sets of western Europe, and the other way.
func recharset(text []byte, contentType string) []charsetText {
	out := []charsetText{{text, ""}}
	if !slices.ContainsFunc(text, func(c byte) bool { return c >= 0x80 }) {
		return out
	}
	if utf8.Valid(text) {
		if t, ok := fromUTF8(text, latin9); ok {
			out = append(out, charsetText{t, "ISO-8859-15 became UTF-8"})
		}
		if t, ok := fromUTF8(text, windows1252); ok {
			out = append(out, charsetText{t, "ISO-8859-1 or windows-1252 became UTF-8"})
		}
		return out
	}
	out = append(out, charsetText{toUTF8(text, windows1252), "UTF-8 became ISO-8859-1 or windows-1252"})
	if strings.Contains(lower(contentType), "8859-15") {
		out = append(out, charsetText{toUTF8(text, latin9), "UTF-8 became ISO-8859-15"})
	}
	return out
}

// charset lists where a set differs from Latin-1, by byte.
type charset map[byte]rune

var (
	latin9      = charset{0xa4: '€', 0xa6: 'Š', 0xa8: 'š', 0xb4: 'Ž', 0xb8: 'ž', 0xbc: 'Œ', 0xbd: 'œ', 0xbe: 'Ÿ'}
	windows1252 = charset{0x80: '€', 0x82: '‚', 0x83: 'ƒ', 0x84: '„', 0x85: '…', 0x86: '†', 0x87: '‡', 0x88: 'ˆ', 0x89: '‰', 0x8a: 'Š', 0x8b: '‹', 0x8c: 'Œ', 0x8e: 'Ž',
		0x91: '‘', 0x92: '’', 0x93: '“', 0x94: '”', 0x95: '•', 0x96: '–', 0x97: '—', 0x98: '˜', 0x99: '™', 0x9a: 'š', 0x9b: '›', 0x9c: 'œ', 0x9e: 'ž', 0x9f: 'Ÿ'}
)

func fromUTF8(text []byte, set charset) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if _, other := set[byte(r)]; r < 0x100 && !other {
			out = append(out, byte(r))
			continue
		}
		found := false
		for c, x := range set {
			if x == r {
				out, found = append(out, c), true
				break
			}
		}
		if !found {
			return nil, false
		}
	}
	return out, true
}

func toUTF8(text []byte, set charset) []byte {
	out := make([]byte, 0, len(text)+len(text)/4)
	for _, c := range text {
		r, ok := set[c]
		if !ok {
			r = rune(c)
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
