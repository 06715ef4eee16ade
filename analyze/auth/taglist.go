package auth

import (
	"encoding/base64"
	"strings"
)

// maxTags is how many tags of one list are read. RFC 6376 has 14 for a signature
// and 8 for a key.
const maxTags = 64

// Tag is one of a list of tags (RFC 6376 section 3.2): d=example.com.
type Tag struct {
	Name  string
	Value string // As written, without the blanks around it; those within are there.

	start, end int // Of all that stands between "=" and ";", in the list.
}

// tagList is a list of tags in the order in which they stand.
type tagList []Tag

// parseTagList reads a list of tags. When it is none, fault says why in a few words,
// and the tags before that place are returned.
func parseTagList(s string) (list tagList, fault string) {
	list = make(tagList, 0, 12)
	for i := 0; i < len(s); {
		end := i + strings.IndexByte(s[i:], ';')
		if end < i {
			end = len(s)
		}
		item := s[i:end]
		name, value, ok := strings.Cut(item, "=")
		trimmed := trimBlanks(name)
		switch {
		case !ok && trimmed == "" && end == len(s):
			return list, "" // RFC 6376 section 3.2: one semicolon may end the list.
		case !ok && trimmed == "":
			return list, "has two semicolons with nothing between"
		case !ok:
			return list, "has something without “=”"
		case !tagName(trimmed):
			return list, "has a tag whose name is none"
		case !tagText(value):
			return list, "has control characters in " + trimmed + "="
		case len(list) == maxTags:
			return list, "has too many tags"
		}
		if _, twice := list.get(trimmed); twice {
			// RFC 6376 section 3.2: the whole list is invalid.
			return list, "has the tag " + trimmed + "= twice"
		}
		list = append(list, Tag{trimmed, trimBlanks(value), i + len(name) + 1, end})
		i = end + 1
	}
	return list, ""
}

// get returns the tag of that name. Case matters (RFC 6376 section 3.2).
func (l tagList) get(name string) (*Tag, bool) {
	for i := range l {
		if l[i].Name == name {
			return &l[i], true
		}
	}
	return nil, false
}

// value returns what the tag holds, or "".
func (l tagList) value(name string) string {
	if t, ok := l.get(name); ok {
		return t.Value
	}
	return ""
}

// has tells whether there is the tag.
func (l tagList) has(name string) bool {
	_, ok := l.get(name)
	return ok
}

// tagName tells whether s is a tag-name: a letter, then letters, digits and "_".
func tagName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '_') {
			return false
		}
	}
	return s != ""
}

// tagText tells whether s can be the value of a tag. Bytes above 127 can: RFC 8616.
func tagText(s string) bool {
	for i := range len(s) {
		if class[s[i]] == control {
			return false
		}
	}
	return true
}

// trimBlanks takes away the blanks and line ends around s.
func trimBlanks(s string) string {
	for len(s) > 0 && class[s[0]] == blank {
		s = s[1:]
	}
	for len(s) > 0 && class[s[len(s)-1]] == blank {
		s = s[:len(s)-1]
	}
	return s
}

// dropBlanks takes away all blanks and line ends: they mean nothing in base64
// (RFC 6376 section 2.10), in names and in lists.
func dropBlanks(s string) string {
	i := 0
	for i < len(s) && class[s[i]] != blank {
		i++
	}
	if i == len(s) {
		return s
	}
	out := make([]byte, i, len(s))
	copy(out, s)
	for ; i < len(s); i++ {
		if class[s[i]] != blank {
			out = append(out, s[i])
		}
	}
	return string(out)
}

// base64Tag decodes a value in base64, with blanks anywhere. When it is none, fault
// says why: the first byte that does not belong is the best hint at who damaged it.
func base64Tag(s string) (data []byte, fault string) {
	s = dropBlanks(s)
	data, err := base64.StdEncoding.DecodeString(s)
	if err == nil {
		return data, ""
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '+', c == '/', c == '=':
			continue
		case c > ' ' && c < 0x7f:
			return nil, "is no base64: there is a " + string(rune(c)) + " in it"
		}
		return nil, "is no base64: there are foreign bytes in it"
	}
	return nil, "is no whole base64: something of it is missing"
}

// colonList goes through a list with colons between, without the blanks.
func colonList(s string) []string {
	out := make([]string, 0, strings.Count(s, ":")+1)
	for item := range strings.SplitSeq(s, ":") {
		if item = trimBlanks(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}
