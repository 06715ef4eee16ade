package auth

import (
	"mime"
	"regexp"
	"slices"
	"strings"
)

// copiedFields reads z= (RFC 6376 section 3.5): fields as the signer saw them, by
// name in lower case.
func copiedFields(z string) map[string][]string {
	out := map[string][]string{}
	n := 0
	for item := range strings.SplitSeq(z, "|") {
		if n++; n > 200 {
			break
		}
		name, value, ok := strings.Cut(dropBlanks(item), ":")
		if key := lower(unquoteZ(name)); ok && key != "" {
			out[key] = append(out[key], unquoteZ(value))
		}
	}
	return out
}

// unquoteZ decodes DKIM-Quoted-Printable (RFC 6376 section 2.11).
func unquoteZ(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '=' && i+2 < len(s) {
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

var (
	replyMark  = regexp.MustCompile(`(?i)^(?:(?:re|fwd?|aw|wg|sv|vs|antw|r|tr)(?:\[\d+\])?\s*:\s*)+`)
	subjectTag = regexp.MustCompile(`^(?:\[[^\]]{1,80}\]|\*{1,8}[^*]{1,40}\*{1,8}|\{[^}]{1,40}\}|\([^)]{1,40}\)|<[^>]{1,40}>|#[^#]{1,40}#|[A-Z][A-Za-z _-]{1,20}[:>]|_+[A-Za-z ]{1,20}_+)\s*`)
)

// untagged lists what a subject may have been before something was put in front of it
// or behind it.
func untagged(flat string) (out []string) {
	out = plainSubjects(flat)
	if !strings.Contains(flat, "=?") {
		return out
	}
	var d mime.WordDecoder
	text, err := d.DecodeHeader(flat)
	if err != nil {
		return out
	}
	for _, s := range plainSubjects(text) {
		out = append(out, s)
		for _, charset := range [...]string{"utf-8", "UTF-8"} {
			out = append(out, mime.QEncoding.Encode(charset, s), mime.BEncoding.Encode(charset, s))
		}
	}
	return out
}

func plainSubjects(flat string) (out []string) {
	reply := replyMark.FindString(flat)
	rest := flat[len(reply):]
	for range 3 {
		tag := subjectTag.FindString(rest)
		if tag == "" {
			break
		}
		rest = rest[len(tag):]
		out = append(out, reply+rest)
		if reply != "" {
			out = append(out, rest)
		}
		if again := replyMark.FindString(rest); again != "" && reply != "" {
			out = append(out, rest[len(again):])
		}
	}
	rest = flat[len(reply):]
	words := strings.Split(rest, " ")
	for n := 1; n <= 4 && n < len(words); n++ {
		out = append(out, reply+strings.Join(words[n:], " "))
	}
	for n := 1; n <= 4 && n < len(words); n++ {
		out = append(out, reply+strings.Join(words[:len(words)-n], " "))
	}
	if reply != "" {
		out = append(out, rest, "RE: "+rest, "Re: "+rest, "re: "+rest, "AW: "+rest)
	}
	return out
}

// restOf is what a value has more than it had, decoded; "" when it lacks something too.
func restOf(now, was string) string {
	var d mime.WordDecoder
	if text, err := d.DecodeHeader(now); err == nil {
		now = text
	}
	if text, err := d.DecodeHeader(was); err == nil {
		was = text
	}
	now, was = strings.TrimSpace(now), strings.TrimSpace(was)
	n := 0
	for n < len(now) && n < len(was) && now[n] == was[n] {
		n++
	}
	m := 0
	for m < len(now)-n && m < len(was)-n && now[len(now)-1-m] == was[len(was)-1-m] {
		m++
	}
	if n+m < len(was) {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(now[n:len(now)-m], "\uFFFD"))
}

// splitList splits a list of addresses at its commas.
func splitList(flat string) (out []string) {
	quoted, depth, from := false, 0, 0
	for i := 0; i < len(flat); i++ {
		switch c := flat[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '<':
			depth++
		case (c == ')' || c == '>') && depth > 0:
			depth--
		case c == ',' && depth == 0:
			out = append(out, strings.TrimSpace(flat[from:i]))
			from = i + 1
		}
	}
	return append(out, strings.TrimSpace(flat[from:]))
}

// person is one of a list of addresses, as written.
type person struct{ name, address string }

func newPerson(s string) person {
	i := strings.LastIndexByte(s, '<')
	if i < 0 {
		if at, comment, ok := strings.Cut(s, " ("); ok { // RFC 822 had names in comments.
			return person{strings.TrimSuffix(comment, ")"), at}
		}
		return person{"", s}
	}
	address, _, _ := strings.Cut(s[i+1:], ">")
	name := strings.TrimSpace(s[:i])
	if len(name) > 1 && name[0] == '"' && name[len(name)-1] == '"' {
		name = strings.ReplaceAll(strings.ReplaceAll(name[1:len(name)-1], `\"`, `"`), `\\`, `\`)
	}
	return person{name, address}
}

// The ways to write an address with a name.
var writings = [...]func(p person) string{
	func(p person) string { return quoteName(p) + "<" + p.address + ">" },
	func(p person) string { return strings.TrimLeft(p.name+" ", " ") + "<" + p.address + ">" },
	func(p person) string { return p.address },
	func(p person) string { return "<" + p.address + ">" },
	func(p person) string { return `"` + p.address + `" <` + p.address + ">" },
	func(p person) string { return "'" + p.address + "' <" + p.address + ">" },
	func(p person) string { return `"'` + p.name + `'" <` + p.address + ">" },
	func(p person) string { return strings.Trim(p.name, "'") + " <" + p.address + ">" },
	func(p person) string { return `"` + strings.Trim(p.name, "'") + `" <` + p.address + ">" },
	func(p person) string { return quoteName(p) + "<" + lower(p.address) + ">" },
	func(p person) string { return strings.TrimLeft(p.name+" ", " ") + "<" + lower(p.address) + ">" },
	func(p person) string { return p.address + " (" + p.name + ")" },
	func(p person) string { return decodeName(p.name) + " <" + p.address + ">" },
	func(p person) string { return `"` + decodeName(p.name) + `" <` + p.address + ">" },
	func(p person) string { return mime.QEncoding.Encode("utf-8", p.name) + " <" + p.address + ">" },
	func(p person) string { return mime.BEncoding.Encode("utf-8", p.name) + " <" + p.address + ">" },
	func(p person) string { return mime.QEncoding.Encode("UTF-8", p.name) + " <" + p.address + ">" },
	func(p person) string { return mime.BEncoding.Encode("UTF-8", p.name) + " <" + p.address + ">" },
}

func quoteName(p person) string {
	if p.name == "" {
		return ""
	}
	return `"` + p.name + `" `
}

func decodeName(name string) string {
	var d mime.WordDecoder
	if text, err := d.DecodeHeader(name); err == nil {
		return text
	}
	return name
}

// addresses lists what a field with addresses may have been.
func (t *headerTry) addresses(key, flat string) (out []string) {
	if key == "from" || key == "sender" {
		out = t.authors(flat)
	}
	list := splitList(flat)
	if len(list) > 200 {
		return out
	}
	for _, write := range writings {
		all := make([]string, len(list))
		for i, s := range list {
			all[i] = write(newPerson(s))
		}
		out = append(out, strings.Join(all, ", "))
		for i := range all[:min(len(all), 4)] {
			if one := slices.Clone(list); len(all) > 1 {
				one[i] = all[i]
				out = append(out, strings.Join(one, ", "))
			}
		}
	}
	if len(list) > 1 {
		for i := range list[:min(len(list), 12)] {
			out = append(out, strings.Join(slices.Concat(list[:i], list[i+1:]), ", "))
		}
		out = append(out, strings.Join(list, ","))
	}
	for _, name := range [...]string{"x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "x-original-" + key, "original-" + key} {
		if f, ok := t.field(name); ok {
			v := squeeze(f.Value)
			out = append(out, v, flat+", "+v)
		}
	}
	return out
}

// authors lists who may have stood in From before a list put itself there.
func (t *headerTry) authors(flat string) (out []string) {
	p := newPerson(flat)
	name := p.name
	for _, mark := range [...]string{" via ", " (via ", " per ", " on behalf of "} {
		name, _, _ = strings.Cut(name, mark)
	}
	name = strings.Trim(name, "' ")
	for _, field := range [...]string{"x-original-from", "original-from", "author", "x-original-sender", "x-mailfrom", "reply-to", "x-sender", "return-path", "cc", "sender"} {
		f, ok := t.field(field)
		if !ok {
			continue
		}
		for _, s := range splitList(squeeze(f.Value)) {
			q := newPerson(s)
			out = append(out, s, name+" <"+q.address+">", `"`+name+`" <`+q.address+">", q.address)
		}
	}
	return out[:min(len(out), 24)]
}

var charsetNames = [...]string{"utf-8", "UTF-8", "us-ascii", "US-ASCII", "iso-8859-1", "ISO-8859-1", "windows-1252", "iso-8859-15"}

// contentTypes lists what a Content-Type may have been.
func contentTypes(flat string, implied []string) (out []string) {
	for _, v := range implied {
		if v != "" {
			out = append(out, squeeze(v), v)
		}
	}
	if kind, params, err := mime.ParseMediaType(flat); err == nil && len(params) < 10 {
		keys := make([]string, 0, len(params))
		for k := range params {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b string) int { return strings.Index(lower(flat), a+"=") - strings.Index(lower(flat), b+"=") })
		write := func(keys []string, as func(k, v string) string) {
			text := kind
			for _, k := range keys {
				text += "; " + as(k, params[k])
			}
			out = append(out, text, strings.ReplaceAll(text, "; ", ";"))
		}
		bare := func(k, v string) string { return k + "=" + v }
		quoted := func(k, v string) string { return k + `="` + v + `"` }
		forms := [...]func(k, v string) string{bare, quoted,
			func(k, v string) string { return k + "=" + lower(v) },
			func(k, v string) string { return k + `="` + lower(v) + `"` },
			func(k, v string) string { return k + "=" + strings.ToUpper(v) },
			func(k, v string) string { return k + `="` + strings.ToUpper(v) + `"` }}
		back := slices.Clone(keys)
		slices.Reverse(back)
		for _, as := range forms {
			write(keys, as)
			if len(keys) > 1 {
				write(back, as)
			}
		}
		for i := range keys {
			fewer := slices.Concat(keys[:i], keys[i+1:])
			write(fewer, bare)
			write(fewer, quoted)
		}
	}
	kind, _, _ := strings.Cut(flat, ";")
	if strings.HasPrefix(lower(kind), "multipart/") {
		kind = "text/plain"
	}
	for _, name := range charsetNames {
		out = append(out, kind+"; charset="+name, kind+`; charset="`+name+`"`)
	}
	for _, name := range charsetNames {
		out = append(out, kind+"; charset="+name+"; format=flowed", kind+`; charset="`+name+`"; format=flowed`)
	}
	return append(out, kind)
}

// usualValues are what fields hold in most messages that have them.
var usualValues = map[string][]string{
	"mime-version":              {"1.0"},
	"content-transfer-encoding": {"7bit", "8bit", "quoted-printable", "base64", "7BIT", "8BIT", "binary"},
	"content-language":          {"en-US", "en", "en-GB", "de-DE", "fr", "fr-FR"},
	"to":                        {"undisclosed-recipients:;", "undisclosed recipients:;", "undisclosed-recipients: ;"},
	"importance":                {"normal", "high", "low", "Normal", "High"},
	"x-priority":                {"3", "1", "3 (Normal)", "1 (Highest)"},
	"list-unsubscribe-post":     {"List-Unsubscribe=One-Click"},
	"auto-submitted":            {"auto-generated", "auto-replied", "no"},
	"precedence":                {"bulk", "list"},
}

// takenFrom are the fields whose value a field may have had, as it is or its address.
var takenFrom = map[string][]string{
	"sender":      {"from", "x-original-from", "x-original-sender", "reply-to"},
	"reply-to":    {"from", "x-original-from", "x-original-reply-to"},
	"return-path": {"from", "sender"},
	"resent-from": {"from", "sender"},
	"from":        {"x-original-from", "original-from", "sender", "reply-to"},
	"to":          {"x-original-to", "delivered-to", "envelope-to", "cc"},
	"cc":          {"x-original-cc", "to"},
	"references":  {"in-reply-to"},
}

// absent lists what a field may have been that is not there (any more).
func (t *headerTry) absent(key string) (out []string) {
	add := func(values ...string) {
		for _, v := range values {
			out = append(out, " "+strings.TrimSpace(v))
		}
	}
	add(t.copied[key]...)
	for _, name := range append([]string{"x-original-" + key}, takenFrom[key]...) {
		if f, ok := t.field(name); ok {
			v := squeeze(f.Value)
			add(v)
			if strings.Contains(v, "<") && key != "references" {
				add(newPerson(v).address)
			}
		}
	}
	if key == "content-transfer-encoding" {
		add(slices.DeleteFunc(slices.Clone(t.bodies.encodings), func(e string) bool { return e == "" })...)
	}
	add(usualValues[key]...)
	switch key {
	case "content-type":
		add(contentTypes("text/plain", t.bodies.types)...)
	case "in-reply-to":
		if f, ok := t.field("references"); ok {
			if ids := strings.Fields(f.Value); len(ids) > 0 {
				add(ids[len(ids)-1], strings.Join(ids, " "))
			}
		}
	}
	return out
}
