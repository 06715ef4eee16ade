package auth

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxEnds is how many places of a page are tried as ends of what was added.
const maxEnds = 60

var (
	bodyBegin = regexp.MustCompile(`(?i)<body[^>]*>`)
	bodyEnd   = regexp.MustCompile(`(?i)</body>|</html>`)
	blockEnd  = regexp.MustCompile(`(?i)</(?:div|table|p|span|center|font|h\d)>|<(?:br|hr)[^>]*>|-->`)
	blockOpen = regexp.MustCompile(`(?i)<(?:div|table|p|br|hr|span|center|font|pre|a|h\d)\b|<!--`)
)

// htmlPieces lists what may have been added to a page: behind <body>, before </body>,
// or at its ends.
func htmlPieces(text []byte) (out []piece) {
	tops, ends := []int{0}, []int{len(text)}
	if loc := bodyBegin.FindIndex(text); loc != nil {
		tops = append([]int{loc[1]}, tops...)
		if loc[1] < len(text) && text[loc[1]] == '\n' {
			tops = append(tops, loc[1]+1)
		}
	}
	tail := max(0, len(text)-64<<10)
	for _, loc := range bodyEnd.FindAllIndex(text[tail:], 3) {
		ends = append([]int{tail + loc[0]}, ends...)
		if at := tail + loc[0]; at > 0 && text[at-1] == '\n' {
			ends = append(ends, at-1)
		}
	}
	if n := len(text); n > 0 && text[n-1] == '\n' {
		ends = append(ends, n-1)
	}
	slices.Sort(ends)
	for _, end := range slices.Compact(ends) {
		from := max(0, end-16<<10)
		opens := blockOpen.FindAllIndex(text[from:end], -1)
		slices.Reverse(opens)
		for _, loc := range opens[:min(len(opens), maxEnds)] {
			at := from + loc[0]
			out = append(out, piece{at, end, ChangeFooter})
			if at > 0 && text[at-1] == '\n' {
				out = append(out, piece{at - 1, end, ChangeFooter})
			}
		}
	}
	var banners []piece
	for _, top := range tops {
		for _, loc := range blockEnd.FindAllIndex(text[top:min(len(text), top+32<<10)], maxEnds) {
			end := top + loc[1]
			banners = append(banners, piece{top, end, ChangeBanner})
			if end < len(text) && text[end] == '\n' {
				banners = append(banners, piece{top, end + 1, ChangeBanner})
			}
		}
	}
	return mingle(out, banners)
}

// mingle takes from two lists in turn, that a bound does not leave out one of them.
func mingle(a, b []piece) []piece {
	out := make([]piece, 0, len(a)+len(b))
	for i := range max(len(a), len(b)) {
		if i < len(a) {
			out = append(out, a[i])
		}
		if i < len(b) {
			out = append(out, b[i])
		}
	}
	return out
}

var (
	hidden  = regexp.MustCompile(`(?is)<(?:style|script|head)\b.*?</(?:style|script|head)>|<!--.*?-->`)
	newLine = regexp.MustCompile(`(?i)<br[^>]*>|</(?:div|p|tr|table|h\d|li)>`)
	anyTag  = regexp.MustCompile(`<[^>]*>`)
)

// readable returns what a part says, decoded.
func readable(e entity) (text []byte, isHTML bool) {
	kind, _ := e.media()
	switch {
	case strings.HasPrefix(kind, "text/"):
		e.content = e.content[:min(len(e.content), maxText)]
		return decode(e).text, kind == "text/html"
	case strings.HasPrefix(kind, "multipart/"):
		for _, l := range leaves(e, 0, 0) {
			if len(l.header)+len(l.content) < len(e.content)+len(e.header) {
				t, h := readable(l.entity)
				text, isHTML = append(append(text, t...), '\n'), isHTML || h
			}
		}
		return text, isHTML
	}
	return []byte("(a part of type " + kind + ")"), false
}

// plainText makes valid UTF-8 of added text, and text of HTML, without control
// characters, of up to MaxAdded bytes.
func plainText(added []byte, isHTML bool) string {
	added = added[:min(len(added), 8*MaxAdded)]
	text := string(added)
	if !utf8.Valid(added) {
		text = string(toUTF8(added, windows1252))
	}
	if isHTML {
		text = hidden.ReplaceAllString(text, "")
		text = newLine.ReplaceAllString(text, "\n")
		text = html.UnescapeString(anyTag.ReplaceAllString(text, ""))
	}
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || !unicode.IsControl(r) {
			return r
		}
		return ' '
	}, text))
	if len(text) > MaxAdded {
		text = strings.ToValidUTF8(text[:MaxAdded-len("…")], "") + "…"
	}
	return text
}

// linksIn lists the links in added text, those that HTML hides as well.
func linksIn(added []byte, isHTML bool) (out []string) {
	text := string(added[:min(len(added), maxText)])
	if !utf8.ValidString(text) {
		text = string(toUTF8([]byte(text), windows1252))
	}
	keep := func(link string) bool {
		link = strings.TrimRight(strings.TrimSpace(html.UnescapeString(link)), ".,;:!?)]}*_")
		if len(link) > 500 {
			link = strings.ToValidUTF8(link[:500], "") + "…"
		}
		if len(link) > 3 && !slices.Contains(out, link) {
			out = append(out, link)
		}
		return len(out) < MaxLinks
	}
	low := lower(text)
	if isHTML || strings.Contains(low, "href") {
		for _, name := range [...]string{"href", "src", "action", "background"} {
			for at := 0; ; {
				i := strings.Index(low[at:], name)
				if i < 0 {
					break
				}
				at += i + len(name)
				if link := attribute(text[at:]); strings.ContainsAny(link, ":/.") && !keep(link) {
					return out
				}
			}
		}
	}
	for _, mark := range [...]string{"://", "mailto:", "www."} {
		for at := 0; ; {
			i := strings.Index(low[at:], mark)
			if i < 0 {
				break
			}
			from, to := at+i, at+i+len(mark)
			for mark == "://" && from > at && low[from-1] >= 'a' && low[from-1] <= 'z' {
				from--
			}
			for to < len(text) && text[to] > ' ' && !strings.ContainsRune("<>\"'`", rune(text[to])) {
				to++
			}
			at = to
			// “www.” within a link was told with it.
			inside := mark == "www." && from > 0 && (text[from-1] == '/' || text[from-1] == '@' || text[from-1] == '.')
			if to > from+len(mark) && !inside && !keep(text[from:to]) {
				return out
			}
		}
	}
	return out
}

// attribute reads the value of an attribute, behind its name.
func attribute(text string) string {
	text = strings.TrimLeft(text[:min(len(text), 2000)], " \t\r\n")
	if text == "" || text[0] != '=' {
		return ""
	}
	text = strings.TrimLeft(text[1:], " \t\r\n")
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		value, _, _ := strings.Cut(text[1:], text[:1])
		return value
	}
	if i := strings.IndexAny(text, " \t\r\n>"); i >= 0 {
		text = text[:i]
	}
	return text
}
