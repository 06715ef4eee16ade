package mailbox

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxRTFGroups is how deep groups may lie in each other. Outlook writes a dozen.
const maxRTFGroups = 1000

// readRTF takes the text out of RTF. Outlook keeps HTML, and plain text, in RTF that
// shows the same (MS-OXRTFEX): then it is taken out as it was put in. Of other RTF
// the text is left, without its looks. The reading stops at what is no RTF.
func readRTF(rtf []byte) (text string, isHTML bool) {
	if !bytes.HasPrefix(rtf, []byte(`{\rtf`)) {
		return "", false
	}
	r := rtfReader{in: rtf, fonts: map[int]uint64{}, group: rtfGroup{skipAfterU: 1, font: -1}}
	for len(r.in) > 0 && len(r.open) <= maxRTFGroups {
		if !r.token() {
			break
		}
	}
	r.flush()
	return r.out.String(), r.html
}

// rtfReader reads RTF token by token.
type rtfReader struct {
	in       []byte
	out      strings.Builder
	run      []byte // Text not yet written, in the code page at hand.
	html     bool
	codepage uint64         // Of the document.
	fonts    map[int]uint64 // Code page of each.
	group    rtfGroup
	open     []rtfGroup // Around it.
	high     rune       // The first half of one, out of \u.
	skip     int        // Characters that stand for the \u before, for readers that do not know it.
}

// rtfGroup is what a group of braces holds for itself.
type rtfGroup struct {
	hidden     bool // A destination that is not text.
	fontTable  bool
	star       bool // \* was read: what follows may be passed over.
	htmlRTF    bool // What only readers of RTF shall see.
	skipAfterU int
	font       int
}

func (r *rtfReader) token() bool {
	c := r.in[0]
	r.in = r.in[1:]
	switch c {
	case '{':
		r.open = append(r.open, r.group)
		r.group.star = false
		r.skip = 0
	case '}':
		if len(r.open) == 0 {
			return false
		}
		outer := r.open[len(r.open)-1]
		r.open = r.open[:len(r.open)-1]
		r.setFont(outer.font)
		r.group = outer
		r.skip = 0
		return len(r.open) > 0
	case '\\':
		r.control()
	case '\r', '\n':
	default:
		r.char(c)
	}
	return true
}

// control reads a control word or symbol.
func (r *rtfReader) control() {
	if len(r.in) == 0 {
		return
	}
	if c := r.in[0]; c|0x20 < 'a' || c|0x20 > 'z' {
		r.in = r.in[1:]
		r.symbol(c)
		return
	}
	const longest = 32 // Letters.
	n := 0
	for n < len(r.in) && n < longest && 'a' <= r.in[n]|0x20 && r.in[n]|0x20 <= 'z' {
		n++
	}
	word := string(r.in[:n])
	r.in = r.in[n:]
	value, given := r.number()
	if len(r.in) > 0 && r.in[0] == ' ' {
		r.in = r.in[1:]
	}
	r.word(word, value, given)
}

func (r *rtfReader) number() (value int, given bool) {
	const most = 1 << 30
	negative := len(r.in) > 1 && r.in[0] == '-' && isDigit(r.in[1])
	if negative {
		r.in = r.in[1:]
	}
	for len(r.in) > 0 && isDigit(r.in[0]) {
		given = true
		value = min(10*value+int(r.in[0]-'0'), most)
		r.in = r.in[1:]
	}
	if negative {
		value = -value
	}
	return value, given
}

func (r *rtfReader) symbol(c byte) {
	switch c {
	case '*':
		r.group.star = true
	case '\'':
		if len(r.in) >= 2 && isHex(r.in[0]) && isHex(r.in[1]) {
			b := unhex(r.in[0])<<4 | unhex(r.in[1])
			r.in = r.in[2:]
			r.char(b)
		}
	case '\\', '{', '}':
		r.char(c)
	case '\r', '\n':
		r.write("\r\n", "\r\n")
	case '~':
		r.write("\u00A0", "&nbsp;")
	case '_':
		r.write("\u2011", "&shy;")
	}
}

func (r *rtfReader) word(word string, value int, given bool) {
	g := &r.group
	star := g.star
	g.star = false
	switch word {
	case "fromhtml":
		r.html = value == 1 || !given
	case "ansicpg":
		r.flush()
		r.codepage = uint64(max(value, 0))
	case "htmltag": // HTML, as it was put in.
	case "htmlrtf":
		g.htmlRTF = value != 0 || !given
	case "fonttbl":
		g.fontTable, g.hidden = true, true
	case "colortbl", "stylesheet", "info", "pict", "object", "mhtmltag":
		g.hidden = true
	case "f":
		r.setFont(value)
	case "fcharset":
		if _, known := r.fonts[g.font]; g.fontTable && (known || len(r.fonts) < maxRTFGroups) {
			r.fonts[g.font] = codepageOfFont(value)
		}
	case "uc":
		g.skipAfterU = max(value, 0)
	case "u":
		r.unicode(value)
	case "bin":
		r.in = r.in[min(max(value, 0), len(r.in)):]
	default:
		if c, ok := rtfCharacters[word]; ok {
			r.write(c.text, c.html)
		} else if star {
			g.hidden = true
		}
	}
}

// rtfCharacters are the control words that stand for text.
var rtfCharacters = map[string]struct{ text, html string }{
	"par":       {"\r\n", "\r\n"},
	"line":      {"\r\n", "\r\n"},
	"row":       {"\r\n", "\r\n"},
	"tab":       {"\t", "\t"},
	"cell":      {"\t", "\t"},
	"lquote":    {"\u2018", "&lsquo;"},
	"rquote":    {"\u2019", "&rsquo;"},
	"ldblquote": {"\u201C", "&ldquo;"},
	"rdblquote": {"\u201D", "&rdquo;"},
	"bullet":    {"\u2022", "&bull;"},
	"endash":    {"\u2013", "&ndash;"},
	"emdash":    {"\u2014", "&mdash;"},
}

// visible says whether text at this place is part of what was put in.
func (r *rtfReader) visible() bool { return !r.group.hidden && !(r.html && r.group.htmlRTF) }

// char takes a byte of text in the code page at hand.
func (r *rtfReader) char(c byte) {
	if r.skip > 0 {
		r.skip--
		return
	}
	if r.visible() {
		r.run = append(r.run, c)
	}
}

// unicode takes a character (a negative number is one above 32,767), or half of one
// that is beyond 16 bits.
func (r *rtfReader) unicode(value int) {
	r.skip = r.group.skipAfterU
	if !r.visible() {
		return
	}
	r.flush()
	c := rune(uint16(value))
	if high := r.high; high != 0 {
		r.high = 0
		if both := utf16.DecodeRune(high, c); both != utf8.RuneError {
			r.out.WriteRune(both)
			return
		}
	}
	if utf16.IsSurrogate(c) {
		r.high = c
		return
	}
	r.out.WriteRune(c)
}

// write writes what a control word stands for, in text or in HTML.
func (r *rtfReader) write(text, html string) {
	if !r.visible() {
		return
	}
	r.flush()
	if r.html {
		text = html
	}
	r.out.WriteString(text)
}

func (r *rtfReader) setFont(font int) {
	if font != r.group.font && r.pageOf(font) != r.pageOf(r.group.font) {
		r.flush()
	}
	r.group.font = font
}

func (r *rtfReader) pageOf(font int) uint64 {
	if page := r.fonts[font]; page != 0 {
		return page
	}
	return r.codepage
}

// flush writes the text that was gathered.
func (r *rtfReader) flush() {
	if len(r.run) > 0 {
		r.out.WriteString(decodeCodepage(r.run, r.pageOf(r.group.font)))
		r.run = r.run[:0]
	}
}

// codepageOfFont is the code page that a character set of fonts stands for (0: that
// of the document).
func codepageOfFont(charset int) uint64 {
	switch charset {
	case 0:
		return 1252
	case 128:
		return 932
	case 129:
		return 949
	case 134:
		return 936
	case 136:
		return 950
	case 161:
		return 1253
	case 162:
		return 1254
	case 163:
		return 1258
	case 177:
		return 1255
	case 178:
		return 1256
	case 186:
		return 1257
	case 204:
		return 1251
	case 222:
		return 874
	case 238:
		return 1250
	}
	return 0
}
