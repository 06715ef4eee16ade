package bulk

import (
	"strings"

	"mailtrace/analyze/domain"
)

// Bounds on the fields that are read here: a stranger wrote them.
const (
	maxField = 16 << 10 // Bytes of one field; what is longer is not read.
	maxLinks = 32       // Of one List-Unsubscribe field.
)

// Links are the URLs of a List-Unsubscribe field in their order (RFC 2369 section 3.2):
// each in angle brackets, comments between them. White space in a URL comes of folding
// and is no part of it (RFC 2369 section 2). At most maxLinks are read.
func Links(field string) []string {
	var links []string
	for rest := skipComments(field); rest != "" && rest[0] == '<' && len(links) < maxLinks; {
		link, after, ok := strings.Cut(rest[1:], ">")
		if !ok {
			break
		}
		links = append(links, strings.Join(strings.Fields(link), ""))
		rest = skipComments(after)
		if rest == "" || rest[0] != ',' {
			break // RFC 2369 section 2: what is no list of URLs any more is ignored.
		}
		rest = skipComments(rest[1:])
	}
	return links
}

// skipComments drops white space and comments (RFC 5322 section 3.2.2) from the front.
func skipComments(s string) string {
	if len(s) > maxField {
		return ""
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && depth > 0:
			i++
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0, c == ' ', c == '\t', c == '\r', c == '\n':
		default:
			return s[i:]
		}
	}
	return ""
}

// HTTPSLink is the first link by HTTPS of a List-Unsubscribe field, or "".
func HTTPSLink(field string) string {
	const scheme = "https://"
	for _, l := range Links(field) {
		if len(l) > len(scheme) && strings.EqualFold(l[:len(scheme)], scheme) {
			return l
		}
	}
	return ""
}

// OneClick says whether a List-Unsubscribe-Post field is the one that RFC 8058 section 3.1
// has. White space around it does no harm to anybody.
func OneClick(field string) bool {
	return strings.EqualFold(strings.TrimSpace(field), "List-Unsubscribe=One-Click")
}

// ValidMessageID says whether the text of a Message-ID field is one identifier as RFC 5322
// section 3.6.4 has it, comments around it or not.
//
// QUIRK: more than one dot in a row, and a dot at an end, are let pass on the left side, as
// receivers do: old phones and some mailers write them.
func ValidMessageID(field string) bool {
	field = skipComments(field)
	if len(field) < 2 || field[0] != '<' {
		return false
	}
	id, rest, ok := strings.Cut(field[1:], ">")
	if !ok || skipComments(rest) != "" {
		return false
	}
	i := strings.LastIndexByte(id, '@')
	if i < 1 || i == len(id)-1 {
		return false
	}
	left, right := id[:i], id[i+1:]
	if len(left) > 1 && left[0] == '"' && left[len(left)-1] == '"' { // The obsolete form, RFC 5322 section 4.5.4.
		return printable(left, "<>@")
	}
	if right[0] == '[' {
		return len(right) > 2 && right[len(right)-1] == ']' && atoms(left) && printable(right[1:len(right)-1], `[]\<>@`)
	}
	return atoms(left) && atoms(right) && right[0] != '.' && right[len(right)-1] != '.'
}

// atoms says whether s is of the characters of dot-atom-text (RFC 5322 section 3.2.3, RFC
// 6532 section 3.2), and not empty.
func atoms(s string) bool { return printable(s, `()<>[]:;@\,"`) }

// printable says whether s is not empty and has neither blanks, controls nor these.
func printable(s, but string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == 0x7f || strings.IndexByte(but, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// Gmail says whether a domain is one of Gmail's for everybody.
func Gmail(name string) bool {
	name = domain.ASCII(name)
	return name == "gmail.com" || name == "googlemail.com"
}
