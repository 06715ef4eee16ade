package auth

import (
	"mime"
	"regexp"
	"slices"
	"strings"
	"time"

	"mailtrace/analyze/mailbox"
)

// likelyFields are the fields that are changed on the way, those first that are
// changed most.
var likelyFields = [...]string{"subject", "reply-to", "content-type", "content-transfer-encoding", "to", "cc", "from", "sender", "mime-version", "", "date", "message-id", "references", "in-reply-to"}

// prepare lists the options, by name.
func (t *headerTry) prepare() {
	keys := []string{""}
	for _, name := range t.names {
		if len(keys) < maxNames && !slices.Contains(keys, name) {
			keys = append(keys, name)
		}
	}
	rank := func(key string) int {
		if i := slices.Index(likelyFields[:], key); i >= 0 {
			return i
		}
		return len(likelyFields)
	}
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	for _, key := range keys {
		if t.out() {
			return
		}
		if list := t.optionsOf(key); len(list) > 0 {
			t.options = append(t.options, list[:min(len(list), maxOptions)])
		}
	}
}

// optionsOf lists what the fields of a name may have been.
func (t *headerTry) optionsOf(key string) (out []option) {
	if key == "" {
		for _, f := range t.refolded(t.own.field, t.own.value) {
			out = append(out, option{"", []instance{{f.field, f.value, canonField(nil, t.s.HeaderForm, &f.field, f.value)}}, headerEdit{kind: ChangeRefolded, name: t.own.field.Name, line: t.own.field.Line}})
		}
		return out
	}
	list := t.now[key]
	count := 0
	for _, name := range t.names {
		if name == key {
			count++
		}
	}
	seen := map[string]bool{}
	for i := range list[:min(len(list), count, 5)] {
		for _, v := range t.values(key, list[i]) {
			o := t.replaced(key, list, i, v)
			if c := string(o.list[i].canon); c != string(list[i].canon) && !seen[c] {
				seen[c] = true
				out = append(out, o)
			}
		}
	}
	removed := t.removals(key, list, count)
	if len(list) < count { // Those that could be there and are not.
		for _, v := range t.absent(key) {
			in := t.instance(mailbox.Field{Name: properName(key), Key: key, ValueOffset: int64(len(key) + 1)}, v)
			out = append(out, option{key, append(slices.Clone(list), in), headerEdit{kind: ChangeFieldRemoved, name: properName(key), was: v}})
		}
	}
	if key == "subject" || key == "content-type" || key == "to" || key == "from" {
		return append(out[:min(len(out), maxOptions-len(removed))], removed...)
	}
	return append(removed, out...)
}

// removals leave one field out, or change the order.
func (t *headerTry) removals(key string, list []instance, count int) (out []option) {
	for i := range list[:min(len(list), count, 5)] {
		f := list[i].field
		out = append(out, option{key, slices.Concat(list[:i], list[i+1:]), headerEdit{kind: ChangeFieldAdded, name: f.Name, line: f.Line, added: list[i].value, is: list[i].value}})
	}
	if len(list) > 1 && len(list) <= 50 {
		name := list[0].field.Name
		back := slices.Clone(list)
		slices.Reverse(back)
		out = append(out, option{key, back, headerEdit{kind: ChangeFieldOrder, name: name, line: list[len(list)-1].field.Line}})
		for i := range list[:min(len(list)-1, 6)] {
			swapped := slices.Clone(list)
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			out = append(out, option{key, swapped, headerEdit{kind: ChangeFieldOrder, name: name, line: list[i+1].field.Line}})
		}
	}
	return out
}

// replaced is the option in which one field was another.
func (t *headerTry) replaced(key string, list []instance, i int, v fieldForm) option {
	changed := slices.Clone(list)
	changed[i] = t.instance(v.field, v.value)
	return option{key, changed, headerEdit{kind: v.kind, name: list[i].field.Name, line: list[i].field.Line, added: v.added, was: v.value, is: list[i].value}}
}

// together are all fields folded anew in the same way.
func (t *headerTry) together() (out [][]option) {
	if t.s.HeaderForm != Simple {
		return nil
	}
	var bases [8][]option
	for _, key := range slices.Compact(slices.Sorted(slices.Values(t.names))) {
		list := t.now[key]
		if len(list) == 0 || len(list) > 50 || t.out() {
			continue
		}
		for n := range bases {
			changed := slices.Clone(list)
			differs := false
			for i := range list {
				forms := t.refolded(list[i].field, list[i].value)
				changed[i] = t.instance(forms[n].field, forms[n].value)
				differs = differs || string(changed[i].canon) != string(list[i].canon)
			}
			if differs {
				bases[n] = append(bases[n], option{key, changed, headerEdit{kind: ChangeRefolded, name: list[0].field.Name, line: list[0].field.Line}})
			}
		}
	}
	for _, base := range bases {
		if len(base) > 0 {
			out = append(out, base)
		}
	}
	return out
}

// fieldForm is what a field may have been.
type fieldForm struct {
	field mailbox.Field
	value string
	kind  ChangeKind
	added string
}

var (
	foldings    = regexp.MustCompile(`\r?\n[ \t]+`)
	afterCommas = regexp.MustCompile(`([,;])[ \t]+`)
	manyBlanks  = regexp.MustCompile(`[ \t]+`)
)

// refolded are eight ways to fold a field, which matter in the simple form only.
func (t *headerTry) refolded(f mailbox.Field, value string) []fieldForm {
	if t.s.HeaderForm != Simple {
		return nil
	}
	flat := foldings.ReplaceAllString(value, " ")
	named := f
	named.Name = properName(f.Key)
	named.ValueOffset = named.Offset + int64(len(named.Name)) + 1
	lines := func(s string) string { return afterCommas.ReplaceAllString(s, "$1\r\n ") }
	var out []fieldForm
	for _, v := range [...]string{
		flat, foldings.ReplaceAllString(value, "\r\n\t"), foldings.ReplaceAllString(value, "\r\n "),
		" " + strings.TrimLeft(manyBlanks.ReplaceAllString(flat, " "), " "),
		lines(flat), strings.ReplaceAll(lines(flat), "\r\n ", "\r\n\t"), foldAt(flat, 78),
	} {
		out = append(out, fieldForm{f, v, ChangeRefolded, ""})
	}
	return append(out, fieldForm{named, value, ChangeRefolded, ""})
}

// foldAt folds at the last blank before that width.
func foldAt(value string, width int) string {
	var out strings.Builder
	for n := width - 20; len(value) > n; n = width {
		i := strings.LastIndexByte(value[:n], ' ')
		if i <= 0 {
			break
		}
		out.WriteString(value[:i] + "\r\n ")
		value = value[i+1:]
	}
	return out.String() + value
}

// properName is how most programs write the name of a field.
func properName(key string) string {
	switch key {
	case "mime-version":
		return "MIME-Version"
	case "message-id":
		return "Message-ID"
	case "dkim-signature":
		return "DKIM-Signature"
	}
	words := strings.Split(key, "-")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "-")
}

// values lists what a field may have been, what is likely first.
func (t *headerTry) values(key string, in instance) (out []fieldForm) {
	if len(in.value) > maxValue {
		return nil
	}
	t.spent += 40 * int64(len(in.value)) // To write it in all ways costs more than to hash it.
	add := func(kind ChangeKind, added string, values ...string) {
		for _, v := range values {
			out = append(out, fieldForm{in.field, " " + strings.TrimSpace(v), kind, added})
		}
	}
	flat := squeeze(in.value)
	for _, v := range t.copied[key] {
		if rest := restOf(flat, v); key == "subject" && rest != "" {
			add(ChangeSubjectTag, rest, v)
			continue
		}
		add(kindOf(key), "", v)
	}
	switch key {
	case "subject":
		for _, v := range untagged(flat) {
			kind, rest := ChangeSubjectTag, restOf(flat, v)
			if rest == "" {
				kind = ChangeFieldRewritten
			}
			add(kind, rest, v)
			if as, ok := sameFold(in.value, flat, v); ok && t.s.HeaderForm == Simple {
				add(kind, rest, as)
			}
		}
	case "from", "sender", "to", "cc", "reply-to", "resent-to", "resent-cc":
		add(kindOf(key), "", t.addresses(key, flat)...)
	case "content-type":
		add(ChangeFieldRewritten, "", contentTypes(flat, t.bodies.types)...)
	case "content-transfer-encoding":
		add(ChangeTransferEncoding, "", t.bodies.encodings...)
		add(ChangeTransferEncoding, "", "7bit", "8bit", "quoted-printable", "base64", "binary", lower(flat), strings.ToUpper(flat))
	case "date":
		add(ChangeFieldRewritten, "", dates(flat)...)
	case "mime-version":
		add(ChangeFieldRewritten, "", "1.0")
	}
	out = append(out, t.refolded(in.field, in.value)...)
	if strings.Contains(flat, "=?") || strings.ContainsFunc(flat, func(r rune) bool { return r >= 0x80 }) {
		add(kindOf(key), "", reworded(flat)...)
	}
	return out
}

// sameFold takes out of a value what v lacks of it, and leaves its folding as it is.
func sameFold(value, flat, v string) (string, bool) {
	value = strings.TrimLeft(value, " \t")
	n := 0
	for n < len(v) && n < len(flat) && v[n] == flat[n] {
		n++
	}
	end := n + len(flat) - len(v)
	if end <= n || end > len(flat) || flat[end:] != v[n:] || !strings.HasPrefix(value, flat[:end]) {
		return "", false
	}
	return value[:n] + value[end:], true
}

// kindOf is the kind of change of a field that was rewritten.
func kindOf(key string) ChangeKind {
	switch key {
	case "to", "cc", "reply-to", "resent-to", "resent-cc":
		return ChangeRecipient
	case "from", "sender":
		return ChangeAuthor
	}
	return ChangeFieldRewritten
}

// reworded decodes the encoded words of a value (RFC 2047), and encodes it in the
// other ways.
func reworded(flat string) []string {
	var d mime.WordDecoder
	text, err := d.DecodeHeader(flat)
	if err != nil {
		return nil
	}
	return []string{text, mime.QEncoding.Encode("utf-8", text), mime.BEncoding.Encode("utf-8", text), mime.QEncoding.Encode("UTF-8", text), mime.BEncoding.Encode("UTF-8", text)}
}

// dates writes a date in the ways in which programs do.
func dates(flat string) (out []string) {
	text, _, comment := strings.Cut(flat, " (")
	if comment {
		out = append(out, text)
	}
	for _, layout := range [...]string{"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700"} {
		d, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		for _, as := range [...]string{time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700"} {
			out = append(out, d.Format(as))
		}
		if _, off := d.Zone(); off == 0 {
			out = append(out, d.UTC().Format("Mon, 2 Jan 2006 15:04:05 GMT"), d.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), d.UTC().Format("Mon, 2 Jan 2006 15:04:05 -0000"), d.Format(time.RFC1123Z)+" (UTC)")
		} else {
			out = append(out, d.UTC().Format(time.RFC1123Z))
		}
		break
	}
	return out
}
