package auth

import (
	"bytes"
	"slices"
	"strings"
)

// Bounds on what is looked at within a text.
const (
	maxBannerLines = 40        // Of the first lines of a body, each may be the last of a banner.
	maxText        = 256 << 10 // Bytes of a part; of a larger one only the whole is tried.
	maxPartLines   = 30        // Of the first and last lines of a part within a multipart.
)

// variant is what the content of an entity may have been.
type variant struct {
	content  []byte
	encoding string // The transfer encoding that went with it; "" for the one that is there.
	charset  string // Likewise.
	edits    []edit
	way      int // How it was encoded: all parts of a message are in the same way. 0 when it was not.
}

// span is a piece of a text that may have been added.
type piece struct {
	from, to int
	kind     ChangeKind
}

// variants lists what the content of an entity may have been before it was changed,
// what is likely first. begin is where the content is in the body.
func (b *bodySearch) variants(e entity, begin int) (out []variant) {
	if len(e.content) > maxText || len(e.content) == 0 {
		return nil
	}
	kind, _ := e.media()
	html := kind == "text/html"
	d := decode(e)
	b.spent += 16 * int64(len(e.content)) // What follows costs more than to hash it.
	out = b.recoded(e, d)
	var later []variant
	for _, p := range pieces(d.text, html) {
		if len(out) >= maxPart || len(out)*len(e.content) > MaxAutopsyBody*4 {
			break
		}
		ed := edit{kind: p.kind, added: d.text[p.from:p.to], html: html, at: -1}
		if e.encoding != "base64" && e.encoding != "quoted-printable" && begin >= 0 {
			ed.at = begin + p.from
		}
		ways := without(e, d, p, ed)
		out, later = append(out, ways[0]), append(later, ways[1:]...)
	}
	return append(out, later...)
}

// without takes a piece out of a text, and encodes what is left as the whole was.
func without(e entity, d decoded, p piece, ed edit) (out []variant) {
	add := func(content []byte) { out = append(out, variant{content: content, edits: []edit{ed}}) }
	rest := func() []byte { return slices.Concat(d.text[:p.from], d.text[p.to:]) }
	switch {
	case d.width > 0:
		code := wrap64(rest(), d.width, d.crlf)
		if !bytes.HasSuffix(e.content, []byte("\n")) {
			code = bytes.TrimSuffix(code, []byte("\n"))
		}
		add(code)
	case d.raw != nil:
		from, to := int(d.raw[p.from]), int(d.raw[p.to])
		add(slices.Concat(e.content[:from], e.content[to:]))
		if before := bytes.TrimSuffix(e.content[:from], []byte("=\n")); len(before) < from {
			add(slices.Concat(before, e.content[to:]))
		}
		if bytes.HasPrefix(e.content[to:], []byte("=\n")) {
			add(slices.Concat(e.content[:from], e.content[to+2:]))
		}
		add(quotings[0].encode(rest()))
	default:
		add(rest())
	}
	return out
}

// recoded lists the ways in which a part may have been encoded otherwise: the usual
// ones first, then those with the last line end another, then other spellings.
func (b *bodySearch) recoded(e entity, d decoded) (out []variant) {
	ended := bytes.HasSuffix(e.content, []byte("\n"))
	var flipped, spelled []variant
	for _, c := range recharset(d.text, e.contentType) {
		var first []edit
		set := ""
		if c.name != "" {
			first = []edit{{kind: ChangeCharset, at: -1, detail: c.name}}
			set = lower(strings.Fields(c.name)[0])
		}
		way := 0
		add := func(content []byte, name string) {
			way++
			ed := first
			if name != decodedName(e.encoding) || c.name == "" {
				ed = append(slices.Clone(first), edit{kind: ChangeTransferEncoding, at: -1, detail: wordsOf(name, e.encoding)})
			}
			other := slices.Concat(content, []byte("\n"))
			if bytes.HasSuffix(content, []byte("\n")) {
				other = content[:len(content)-1]
			}
			if ended != bytes.HasSuffix(content, []byte("\n")) {
				content, other = other, content
			}
			if name == decodedName(e.encoding) {
				name = ""
			}
			for i, name := range spellings(name) {
				if i > 0 {
					spelled = append(spelled, variant{content, name, set, ed, way})
					continue
				}
				if name != "" || c.name != "" || !bytes.Equal(content, e.content) {
					out = append(out, variant{content, name, set, ed, way})
				}
				if name == "" && c.name == "" && bytes.Equal(content, e.content) {
					ed = []edit{{kind: ChangeBlankLines, at: -1, detail: "were added or taken out at the end of a part"}}
				}
				flipped = append(flipped, variant{other, name, set, ed, way})
			}
		}
		add(c.text, "8bit")
		for _, q := range quotings {
			add(q.encode(c.text), "quoted-printable")
		}
		for _, width := range widths {
			add(wrap64(c.text, width, false), "base64")
			add(wrap64(c.text, width, true), "base64")
		}
	}
	return slices.Concat(out, flipped, spelled)
}

// spellings are the ways in which the name of a transfer encoding is written.
func spellings(name string) []string {
	switch name {
	case "8bit":
		return []string{"8bit", "7bit", "8BIT", "7BIT"}
	case "quoted-printable", "base64":
		return []string{name, strings.ToUpper(name)}
	}
	return []string{name}
}

// pieces lists what may have been added to a text, footers by their shape first.
func pieces(text []byte, html bool) []piece {
	if html {
		return htmlPieces(text)
	}
	var out, plain []piece
	for i, at := range lastLines(text, maxPartLines) {
		p := footers(text, at)
		if i > 0 && isRule(text[at:]) {
			out = append(out, p...)
		} else {
			plain = append(plain, p...)
		}
	}
	for _, to := range firstLines(text, maxPartLines) {
		out = append(out, piece{0, to, ChangeBanner})
	}
	return append(out, plain...)
}

// isRule says whether a text begins with a line that parts a footer from what is
// before it.
func isRule(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimRight(line, " \t\r")
	return len(line) > 1 && len(bytes.Trim(line, "_-=*#~+ ")) == 0
}

// footers are the pieces from a line to the end, with the empty lines before it or
// without.
func footers(text []byte, at int) (out []piece) {
	solid := len(bytes.TrimRight(text[:at], " \t\n"))
	list := []int{at, solid, min(solid+1, at), min(solid+2, at)}
	if at > 0 {
		list = append(list, at-1)
	}
	slices.Sort(list)
	for _, from := range slices.Compact(list) {
		out = append(out, piece{from, len(text), ChangeFooter})
		if bytes.HasSuffix(text, []byte("\n")) && from < len(text)-1 {
			out = append(out, piece{from, len(text) - 1, ChangeFooter})
		}
	}
	return out
}

// lastLines are where the last lines begin that are not empty, the last first.
func lastLines(text []byte, limit int) (out []int) {
	for end := len(text); end > 0 && len(out) < limit; {
		at := bytes.LastIndexByte(text[:end-1], '\n') + 1
		if len(bytes.TrimSpace(text[at:end])) > 0 {
			out = append(out, at)
		}
		end = at
	}
	return out
}

// firstLines are where the lines behind the first ones begin, and behind the empty
// lines that follow each.
func firstLines(text []byte, limit int) (out []int) {
	for at, n := 0, 0; at < len(text) && n < limit; n++ {
		next := bytes.IndexByte(text[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
		out = append(out, at)
	}
	return out
}

// footerShape names the program whose footers look so; "" for none. Anybody can write
// what looks so.
func footerShape(text []byte) string {
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimRight(line, " \t\r")
	low := bytes.ToLower(text[:min(len(text), 4<<10)])
	switch {
	case bytes.Contains(low, []byte("you received this message because you are subscribed to the google groups")):
		return "a Google Groups footer"
	case len(line) >= 20 && len(bytes.Trim(line, "_")) == 0 && bytes.Contains(low, []byte("mailing list")),
		bytes.Contains(low, []byte("/mailman/listinfo/")), bytes.Contains(low, []byte("to unsubscribe send an email to")):
		return "a Mailman footer"
	case string(line) == "--" && len(bytes.TrimSpace(rest)) > 0:
		return "a signature or a list footer"
	case len(line) >= 10 && len(bytes.Trim(line, "_-=*#~+ ")) == 0:
		return "a footer below a rule"
	}
	return ""
}

// banners tries a body without its first lines, each time without its last ones too.
func (b *bodySearch) banners(c candidate) {
	body := c.content
	for _, at := range firstLines(body, maxBannerLines) {
		if b.done() {
			return
		}
		added := bytes.TrimSpace(body[:at])
		ed := edit{kind: ChangeBanner, added: b.plain(added), html: b.html, at: b.place(body, 0)}
		if len(added) == 0 {
			ed = edit{kind: ChangeBlankLines, at: b.place(body, 0), detail: "were put before the text"}
		}
		b.sweep(body[at:], c.and(ed))
	}
}
