package mailbox

import (
	"bytes"
	"slices"
)

// maxLink is how long the address of a link may be.
const maxLink = 300

// unlink takes out the addresses of links that programs made of names and addresses in
// the text. QUIRK: Outlook writes "a@example.org<mailto:a@example.org>" and
// "mx.example.org<http://mx.example.org>", Gmail with a blank in front of the "<", Slack
// "<mailto:a@example.org|a@example.org>", programs with Markdown
// "[a@example.org](mailto:a@example.org)".
//
// A sender must not be able to have his lines of the route taken for damaged. So where
// the input begins with the header, the recipient's part of it has to have such links,
// down to its newest Received. Without them, and where there is no body, other fields
// are cleaned: Outlook makes no links of the host names of Exchange.
func (s *mending) unlink() {
	end := s.firstEmpty(s.first)
	routes, first, last, n := 0, 0, 0, 0
	all := s.free
	for i := s.first; i < end; i++ {
		text := s.lines[i].text
		if kind, field := lineKind(text); field && kind == nameReceived {
			routes++
		}
		if _, changed := withoutLinks(text); changed {
			if n == 0 {
				first = i
			}
			last, n = i, n+1
			all = all || routes <= 1
		}
	}
	const enough = 3
	if n == 0 || !all && (n < enough || !s.allBlank(end)) {
		return
	}
	route := false
	n = 0
	for i := s.first; i <= last; i++ {
		l := &s.lines[i]
		if kind, field := lineKind(l.text); field {
			route = kind == nameReceived
		}
		if text, changed := withoutLinks(l.text); changed && (all || !route) {
			l.text, l.loose, l.mended = text, true, true
			n++
		}
	}
	s.note(DamageLinks, first, last, n, "a program had made links of addresses and host names, and added where they lead: that was taken out")
}

// allBlank says whether nothing stands behind a line.
func (s *mending) allBlank(from int) bool {
	return s.rest == s.raw.content.size && !slices.ContainsFunc(s.lines[from:], func(l pasteLine) bool { return !isBlank(l.text) })
}

// withoutLinks takes the links out of a line.
func withoutLinks(text []byte) (out []byte, changed bool) {
	if !hasLink(text) {
		return text, false
	}
	out = make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		label, n := linkAt(out, text[i:])
		if n == 0 {
			out = append(out, text[i])
			i++
			continue
		}
		if label == nil { // The text stands in front.
			out = bytes.TrimSuffix(out, []byte(" "))
		}
		out = append(out, label...)
		i += n
		changed = true
	}
	return out, changed
}

// hasLink says whether a text may have a link.
func hasLink[T string | []byte](text T) bool {
	for i := 0; i+5 < len(text); i++ {
		if c := text[i]; (c == '<' || c == '(') && (string(text[i+1:i+5]) == "http" || string(text[i+1:i+5]) == "mail") {
			return true
		}
	}
	return false
}

// linkAt is the link with which text begins, n bytes long, and its label, nil where that
// is the end of what stands before. A link that says anything else than its label is
// left alone, so n is 0.
func linkAt(before, text []byte) (label []byte, n int) {
	switch text[0] {
	case '<':
		end := bytes.IndexByte(text[:min(len(text), maxLink)], '>')
		if end < 0 {
			return nil, 0
		}
		to := linkTarget(text[1:end])
		if to == nil {
			return nil, 0
		}
		if to, label, ok := bytes.Cut(to, []byte("|")); ok {
			if !sameLink(label, to) {
				return nil, 0
			}
			return label, end + 1
		}
		before = bytes.TrimSuffix(before[max(0, len(before)-2*maxLink):], []byte(" "))
		from := max(0, len(before)-len(to))
		if bytes.IndexByte(to, '%') >= 0 {
			from = 1 + bytes.LastIndexAny(before, " <(\t")
		}
		if !sameLink(before[from:], to) {
			return nil, 0
		}
		return nil, end + 1
	case '[':
		head := text[:min(len(text), 2*maxLink)]
		middle := bytes.Index(head, []byte("]("))
		if middle < 0 {
			return nil, 0
		}
		end := bytes.IndexByte(head[middle:], ')')
		if end < 0 {
			return nil, 0
		}
		label = text[1:middle]
		if !sameLink(label, linkTarget(text[middle+2:middle+end])) {
			return nil, 0
		}
		return label, middle + end + 1
	}
	return nil, 0
}

// linkTarget is where a link leads, without its scheme; nil when it is none.
func linkTarget(text []byte) []byte {
	for _, scheme := range [...]string{"mailto:", "http://", "https://"} {
		if to, ok := bytes.CutPrefix(text, []byte(scheme)); ok {
			return bytes.TrimSuffix(to, []byte("/"))
		}
	}
	return nil
}

// sameLink says whether a link leads to what its label says.
func sameLink(label, to []byte) bool {
	i := 0
	for k := 0; k < len(to); k++ {
		c := to[k]
		if c == '%' && k+2 < len(to) {
			if b, ok := hexByte(to[k+1:]); ok {
				c, k = b, k+2
			}
		}
		if i == len(label) || c != label[i] && (c|0x20 != label[i]|0x20 || c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
		i++
	}
	return i > 0 && i == len(label)
}
