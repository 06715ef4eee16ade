package auth

import (
	"bytes"
	"mime"
	"slices"
	"strings"
)

// Bounds on the structure of a body. A mail has two or three parts.
const (
	maxSections = 50 // Of one multipart.
	maxDepth    = 4
	maxLeaves   = 6   // Parts of text in which changes are searched for.
	maxPaired   = 24  // Changes of one part that are tried with changes of another.
	maxPart     = 400 // Changes of one part that are tried alone.
)

// entity is a body, or a part of one, with what its header says of it.
type entity struct {
	contentType string // The field's value; "" stands for text/plain.
	encoding    string // quoted-printable, base64; all others are what they seem.
	header      []byte // Of a part: its fields, with the empty line.
	content     []byte
}

// media returns the type in lower case, and the boundary.
func (e entity) media() (kind, boundary string) {
	if e.contentType == "" {
		return "text/plain", ""
	}
	kind, params, err := mime.ParseMediaType(strings.Join(strings.Fields(e.contentType), " "))
	if kind == "" || err != nil && params == nil {
		kind, _, _ = strings.Cut(lower(e.contentType), ";")
	}
	boundary = params["boundary"]
	if boundary == "" {
		if i := strings.Index(lower(e.contentType), "boundary="); i >= 0 {
			boundary, _, _ = strings.Cut(e.contentType[i+len("boundary="):], ";")
			boundary = strings.Trim(boundary, "\" \t\r\n")
		}
	}
	return trimBlanks(kind), boundary
}

func encodingName(value string) string { return lower(strings.Trim(value, "\"' \t\r\n")) }

// newEntity reads the header of a part.
func newEntity(part []byte) entity {
	e := entity{content: part[len(part):]}
	head := part
	switch i := bytes.Index(part, []byte("\n\n")); {
	case len(part) > 0 && part[0] == '\n':
		e.header, e.content = part[:1], part[1:]
		return e
	case i >= 0:
		head, e.content = part[:i+1], part[i+2:]
		e.header = part[:i+2]
	default:
		e.header = part
	}
	var name string
	for line := range strings.Lines(string(head[:min(len(head), 16<<10)])) {
		if name != "" && (line[0] == ' ' || line[0] == '\t') {
			if name == "content-type" {
				e.contentType += line
			}
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		switch name = lower(trimBlanks(key)); name {
		case "content-type":
			e.contentType = strings.TrimRight(value, "\n")
		case "content-transfer-encoding":
			e.encoding = encodingName(value)
		}
	}
	return e
}

// section is where a part of a multipart stands: its delimiter, and what is behind it
// without the line end that belongs to the next delimiter.
type section struct{ delimiter, begin, end int }

// split finds the parts of a multipart (RFC 2046 section 5.1.1). The last delimiter is
// at close; it is that of the end unless that is missing.
func split(content []byte, boundary string) (parts []section, closing int) {
	if boundary == "" {
		return nil, len(content)
	}
	mark := []byte("--" + boundary)
	for at := 0; at < len(content) && len(parts) <= maxSections; {
		end := len(content)
		if n := bytes.IndexByte(content[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		line := content[at:end]
		if bytes.HasPrefix(line, mark) {
			rest := bytes.TrimSpace(line[len(mark):])
			if len(parts) > 0 && parts[len(parts)-1].end < 0 {
				parts[len(parts)-1].end = max(parts[len(parts)-1].begin, at-1)
			}
			if string(rest) == "--" {
				return parts, at
			}
			if len(rest) == 0 {
				parts = append(parts, section{at, end, -1})
			}
		}
		at = end
	}
	if len(parts) > 0 && parts[len(parts)-1].end < 0 {
		parts[len(parts)-1].end = len(content)
	}
	return parts, len(content)
}

// sweepEntity tries a body as it is, and without its last lines.
func (b *bodySearch) sweepEntity(c candidate) {
	kind, _ := c.media()
	defer b.as(c.encoding, kind == "text/html")()
	b.sweep(c.content, c.edits)
}

// candidate is a body that may be the one that was signed, but for more changes.
type candidate struct {
	entity
	edits []edit
}

// bodies tries a body, given what its header says, and what is in it: first what is
// cheap and likely, of all of them.
func (b *bodySearch) bodies(e entity) {
	all := []candidate{{e, nil}}
	for i, depth, last := 0, 0, 1; i < len(all) && len(all) < 2*maxDepth; i++ {
		if i == last {
			depth, last = depth+1, len(all)
		}
		if depth < maxDepth {
			all = append(all, b.unwrap(all[i])...)
		}
	}
	for _, step := range [...]func(candidate){b.recode, b.lines, b.parts, b.pairs, b.banners, b.unwrapLines} {
		for _, c := range all {
			if b.done() {
				return
			}
			kind, _ := c.media()
			back := b.as(c.encoding, kind == "text/html")
			step(c)
			back()
		}
	}
}

// unwrap takes parts out of a multipart, and returns those that may have been the
// whole.
func (b *bodySearch) unwrap(c candidate) (inner []candidate) {
	kind, boundary := c.media()
	if !strings.HasPrefix(kind, "multipart/") || b.done() {
		return nil
	}
	sections, closing := split(c.content, boundary)
	for i := len(sections) - 1; i >= 0 && i >= len(sections)-8 && len(sections) > 1; i-- {
		next := closing
		if i+1 < len(sections) {
			next = sections[i+1].delimiter
		}
		s := sections[i]
		added, html := readable(newEntity(c.content[s.begin:s.end]))
		ed := c.and(edit{kind: ChangePartAdded, added: added, html: html, at: b.place(c.content, s.begin)})
		b.sweep(slices.Concat(c.content[:s.delimiter], c.content[next:]), ed)
		if i+1 == len(sections) { // With the part, its writer may have taken an empty line.
			b.sweep(slices.Concat(c.content[:s.delimiter], []byte("\n"), c.content[next:]), ed)
		}
	}
	for i, s := range sections[:min(len(sections), 3)] {
		e := newEntity(c.content[s.begin:s.end])
		var added []byte
		var html bool
		for j, other := range sections[:min(len(sections), 8)] {
			if j != i {
				text, h := readable(newEntity(c.content[other.begin:other.end]))
				added = append(append(added, text...), '\n')
				html = html || h
			}
		}
		place := -1
		if i+1 < len(sections) {
			place = b.place(c.content, sections[i+1].begin)
		}
		b.types, b.encodings = append(b.types, e.contentType), append(b.encodings, e.encoding)
		in := candidate{e, c.and(edit{kind: ChangeMIMEWrapped, added: bytes.Trim(added, "\n"), html: html, at: place})}
		b.sweepEntity(in)
		inner = append(inner, in)
	}
	return inner
}

// and returns the edits of a candidate and more.
func (c candidate) and(more ...edit) []edit { return slices.Concat(c.edits, more) }

// leaf is a part of text, and where it stands.
type leaf struct {
	entity
	from, to int // Header and content.
}

// leaves finds the parts of text of a body.
func leaves(e entity, at, depth int) (out []leaf) {
	kind, boundary := e.media()
	if !strings.HasPrefix(kind, "multipart/") {
		if strings.HasPrefix(kind, "text/") {
			out = append(out, leaf{e, at, at + len(e.header) + len(e.content)})
		}
		return out
	}
	if depth == maxDepth {
		return nil
	}
	sections, _ := split(e.content, boundary)
	for _, s := range sections {
		part := newEntity(e.content[s.begin:s.end])
		out = append(out, leaves(part, at+len(e.header)+s.begin, depth+1)...)
		if len(out) > maxLeaves {
			return out[:maxLeaves]
		}
	}
	return out
}

// texts finds the parts of text of a body, and what each may have been.
func (b *bodySearch) texts(c candidate) ([]leaf, [][]variant) {
	// The header of the body itself is elsewhere: here is only its content.
	all := leaves(entity{c.contentType, c.encoding, nil, c.content}, 0, 0)
	variants := make([][]variant, len(all))
	for i, l := range all {
		variants[i] = b.variants(l.entity, b.place(c.content, l.from+len(l.header)))
	}
	return all, variants
}

// parts changes the parts of text within a body, one at a time.
func (b *bodySearch) parts(c candidate) {
	all, variants := b.texts(c)
	for i, l := range all {
		for _, v := range variants[i] {
			if b.done() {
				return
			}
			b.try(splice(c.content, l, v), c.and(v.edits...))
		}
	}
}

// pairs changes two parts of text together: a disclaimer stands in the text and in its
// HTML.
func (b *bodySearch) pairs(c candidate) {
	all, variants := b.texts(c)
	for i := range all {
		for j := i + 1; j < len(all); j++ {
			b.pair(c.content, all[i], all[j], variants[i], variants[j], c.edits)
		}
	}
}

// pair tries two parts changed together, what is likely first.
func (b *bodySearch) pair(body []byte, p, q leaf, vp, vq []variant, edits []edit) {
	vp, vq = pairable(vp), pairable(vq)
	for sum := 0; sum < len(vp)+len(vq); sum++ {
		for i := max(0, sum-len(vq)+1); i <= sum && i < len(vp); i++ {
			if b.done() {
				return
			}
			x, y := vp[i], vq[sum-i]
			if x.way != y.way || x.way == 0 && x.edits[0].kind != y.edits[0].kind {
				continue // One program does one thing.
			}
			ed := slices.Concat(edits, x.edits, y.edits)
			b.try(splice(splice(body, q, y), p, x), ed)
		}
	}
}

// pairable picks those variants that are tried in pairs: some of each kind, and all
// ways to encode, of which only the same are paired.
func pairable(v []variant) (out []variant) {
	count := map[ChangeKind]int{}
	for _, x := range v {
		if kind := x.edits[0].kind; x.way > 0 || count[kind] < maxPaired {
			count[kind]++
			out = append(out, x)
		}
	}
	return out
}

// splice puts a variant of a part in its place.
func splice(body []byte, l leaf, v variant) []byte {
	head := l.header
	if v.encoding != "" {
		head = withEncoding(head, v.encoding)
	}
	if v.charset != "" {
		head = withCharset(head, v.charset)
	}
	return slices.Concat(body[:l.from], head, v.content, body[l.to:])
}

// withEncoding returns the header of a part with another transfer encoding.
func withEncoding(head []byte, encoding string) []byte {
	const name = "content-transfer-encoding:"
	at := bytes.Index(bytes.ToLower(head), []byte(name))
	if at < 0 || at > 0 && head[at-1] != '\n' {
		return head
	}
	end := at + bytes.IndexByte(head[at:], '\n')
	if end < at {
		return head
	}
	return slices.Concat(head[:at+len(name)], []byte(" "+encoding), head[end:])
}

// withCharset returns the header of a part with another charset.
func withCharset(head []byte, charset string) []byte {
	const name = "charset="
	at := bytes.Index(bytes.ToLower(head), []byte(name))
	if at < 0 {
		return head
	}
	from := at + len(name)
	quoted := from < len(head) && head[from] == '"'
	if quoted {
		from++
	}
	to := from
	for to < len(head) && strings.IndexByte("\"; \t\n", head[to]) < 0 {
		to++
	}
	return slices.Concat(head[:from], []byte(charset), head[to:])
}
