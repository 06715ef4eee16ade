package mailbox

import (
	"bytes"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlSample is how many bytes are looked at to tell HTML from text.
const htmlSample = 64 << 10

// htmlSigns are tags of which one is in every web page and in every text copied as
// HTML.
var htmlSigns = [...]string{"<html", "<!doctype", "<body", "<pre", "<br", "<div", "<p", "<td", "<span", "<textarea", "<li"}

// looksHTML says whether text is a web page or a piece of one. A message with a page in
// its body is none: a tag has to stand before or in the first line of the route.
func looksHTML(text []byte) bool {
	const line = 400 // Bytes of a Received field.
	text = text[:min(len(text), htmlSample)]
	if i := bytes.Index(text, []byte("Received:")); i >= 0 {
		text = text[:min(len(text), i+line)]
	}
	lower := bytes.ToLower(text)
	for _, s := range htmlSigns {
		if hasTag(lower, []byte(s)) {
			return true
		}
	}
	return false
}

// hasTag says whether text has a tag, and not only an address that begins so:
// "<brian@example.org>".
func hasTag(text, tag []byte) bool {
	for {
		i := bytes.Index(text, tag)
		if i < 0 || i+len(tag) == len(text) {
			return false
		}
		text = text[i+len(tag):]
		if c := text[0]; c == '>' || c == '/' || c <= ' ' {
			return true
		}
	}
}

// htmlReader makes lines of HTML as a browser shows them: elements that are blocks,
// and br, end a line, pre keeps its lines, cells of a table stand side by side.
type htmlReader struct {
	lines []pasteLine
	buf   []byte // Of the line at hand.

	offset   int64
	line     int
	exact    bool // buf is one run of bytes of the input.
	begun    bool
	blank    bool // White space stands before the next text.
	at       int64
	atLine   int
	pre      int  // How many elements are open that keep lines.
	newlines bool // All line ends are kept.
	tagged   bool // A tag ended the line: a line end beside it is none.
	hidden   atom.Atom
}

// htmlLines turns HTML into lines of text.
func htmlLines(text []byte) []pasteLine {
	r := htmlReader{atLine: 1, newlines: fewLineTags(text)}
	z := html.NewTokenizer(bytes.NewReader(text))
	for len(r.lines) < MaxMendLines {
		kind := z.Next()
		raw := z.Raw()
		if kind == html.ErrorToken {
			if len(raw) > 0 { // An unfinished tag at the end: text, for all we know.
				r.text(raw)
			}
			break
		}
		r.token(z, kind, raw)
		r.at += int64(len(raw))
		r.atLine += bytes.Count(raw, []byte{'\n'})
	}
	r.end(false)
	return r.lines
}

// fewLineTags says that a text, though it has some tags, has its lines from line
// ends.
func fewLineTags(text []byte) bool {
	text = bytes.ToLower(text[:min(len(text), htmlSample)])
	n := 0
	for _, tag := range [...]string{"<br", "<p", "<div", "<tr", "<li"} {
		n += bytes.Count(text, []byte(tag))
	}
	return 4*n < bytes.Count(text, []byte{'\n'})
}

func (r *htmlReader) token(z *html.Tokenizer, kind html.TokenType, raw []byte) {
	if kind == html.TextToken {
		if r.hidden == 0 {
			r.text(raw)
		}
		return
	}
	if kind == html.CommentToken || kind == html.DoctypeToken {
		return
	}
	name, _ := z.TagName()
	tag := atom.Lookup(name)
	if tag == 0 {
		// QUIRK: pastes in which only the lines were made HTML, and "<a@example.org>"
		// was left as it was.
		if r.hidden == 0 && bytes.IndexByte(raw, '@') > 0 {
			r.text(raw)
		}
		return
	}
	switch tag {
	case atom.Script, atom.Style, atom.Title:
		r.hidden = 0
		if kind == html.StartTagToken {
			r.hidden = tag
		}
	case atom.Br:
		r.end(true)
		r.tagged = true
	case atom.Td, atom.Th:
		r.blank = true
	case atom.Pre, atom.Textarea, atom.Xmp:
		r.end(false)
		r.tagged = true
		if kind == html.StartTagToken {
			r.pre++
		} else if r.pre > 0 {
			r.pre--
		}
	case atom.P, atom.Div, atom.Tr, atom.Table, atom.Tbody, atom.Li, atom.Ul, atom.Ol, atom.Blockquote, atom.Hr, atom.Dl, atom.Dt,
		atom.Dd, atom.Body, atom.Html, atom.Head, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Section,
		atom.Article, atom.Header, atom.Footer, atom.Form, atom.Main, atom.Nav:
		r.end(false)
		r.tagged = true
	}
}

// text adds text, as it stands in the input.
func (r *htmlReader) text(raw []byte) {
	at, line := r.at, r.atLine
	for len(raw) > 0 {
		n := bytes.IndexByte(raw, '\n')
		piece, more := raw, []byte(nil)
		if n >= 0 {
			piece, more = raw[:n], raw[n+1:]
		}
		r.piece(chop(piece), at, line)
		if n < 0 {
			return
		}
		if r.pre > 0 || r.newlines {
			if !r.tagged || len(r.buf) > 0 {
				r.end(true)
			}
			r.tagged = false
		} else {
			r.blank = true
		}
		at += int64(n + 1)
		line++
		raw = more
	}
}

// piece adds text without line ends.
func (r *htmlReader) piece(raw []byte, at int64, line int) {
	keep := r.pre > 0 || r.newlines
	if !keep {
		trimmed := bytes.TrimLeft(raw, " \t")
		if len(trimmed) < len(raw) {
			r.blank = true
			at += int64(len(raw) - len(trimmed))
		}
		raw = trimmed
	}
	if len(raw) == 0 {
		return
	}
	if r.blank && len(r.buf) > 0 {
		r.buf = append(r.buf, ' ')
		r.exact = false
	}
	r.blank, r.tagged = false, false
	if !r.begun {
		r.begun, r.exact = true, true
		r.offset, r.line = at, line
	} else {
		r.exact = false
	}
	if bytes.IndexByte(raw, '&') >= 0 {
		r.exact = false
		raw = unescapeLine(raw)
	}
	if !keep {
		trimmed := bytes.TrimRight(raw, " \t")
		r.blank = len(trimmed) < len(raw)
		raw = trimmed
	}
	r.buf = append(r.buf, raw...)
}

// end ends the line; an empty one is kept only where it was meant.
func (r *htmlReader) end(empty bool) {
	if len(r.buf) > 0 || empty {
		if !r.begun {
			r.offset, r.line = r.at, r.atLine
		}
		r.lines = append(r.lines, pasteLine{text: r.buf[:len(r.buf):len(r.buf)], start: r.offset, offset: r.offset, line: r.line, loose: !r.exact || !r.begun})
		const room = 64 << 10 // Bytes, for many lines.
		if r.buf = r.buf[len(r.buf):]; cap(r.buf) < room/16 {
			r.buf = make([]byte, 0, room)
		}
	}
	r.begun, r.blank = false, false
}

// unescapeLine puts characters in the place of their HTML escapes. What stands
// for a line end is a blank: it must not become one.
func unescapeLine(text []byte) []byte {
	out := []byte(html.UnescapeString(string(text)))
	for i, c := range out {
		if c == '\r' || c == '\n' {
			out[i] = ' '
		}
	}
	return out
}
