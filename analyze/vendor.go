package analyze

import (
	"embed"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Filters write what they think of a message into fields of their own, in codes
// that their makers document. They are put into plain words here, beside the field
// itself and whose word it is: a filter of the sender's may have written it, or the
// sender himself. What a vendor writes is data, a file each: a verdict is never
// counted as evidence.

//go:embed data/vendor-*.txt
var vendorFiles embed.FS

// Bounds on what is said of one field: a filter writes some twenty values.
const (
	maxVendorParts = 40   // Values that are looked at.
	maxVendorValue = 80   // Bytes of a value that are shown.
	maxVendorText  = 1200 // Bytes of all that is said.
)

// vendorField is how the value of one field is read.
type vendorField struct {
	form   string // How its parts are set off; see parts.
	keys   map[string]string
	codes  map[string]string // By key and value, with a blank between.
	ranges map[string][]vendorRange
}

// vendorRange is what the numbers from low to high mean.
type vendorRange struct {
	low, high float64
	text      string
}

// vendorFields is the fields of all vendors, by their names in lower case.
var vendorFields = sync.OnceValue(func() map[string]*vendorField {
	all := map[string]*vendorField{}
	files, err := vendorFiles.ReadDir("data")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		data, err := vendorFiles.ReadFile(path.Join("data", f.Name()))
		if err != nil {
			panic(err)
		}
		parseVendor(string(data), all)
	}
	return all
})

// parseVendor reads a data file. "field NAME FORM" begins a field; "key KEY text" is
// what a value of that key means, with "%" for the value; "code KEY VALUE text" what
// one value means; "range KEY LOW HIGH text" what numbers do. The key of a value
// that has none is "-".
func parseVendor(data string, all map[string]*vendorField) {
	var f *vendorField
	for row := range rows(data) {
		words := strings.Fields(row)
		if len(words) < 3 {
			panic("vendor data: " + row)
		}
		rest := func(n int) string { return strings.Join(words[n:], " ") }
		key := strings.ToLower(words[1])
		switch words[0] {
		case "field":
			f = &vendorField{words[2], map[string]string{}, map[string]string{}, map[string][]vendorRange{}}
			all[key] = f
		case "key":
			f.keys[key] = rest(2)
		case "code":
			f.codes[key+" "+strings.ToLower(words[2])] = rest(3)
		case "range":
			low, errLow := strconv.ParseFloat(words[2], 64)
			high, errHigh := strconv.ParseFloat(words[3], 64)
			if errLow != nil || errHigh != nil {
				panic("vendor data: " + row)
			}
			f.ranges[key] = append(f.ranges[key], vendorRange{low, high, rest(4)})
		default:
			panic("vendor data: " + row)
		}
	}
}

// meaning says in plain words what a filter's field says, or "" where that is not
// known.
func (s *subject) meaning(index int) string {
	f := s.message.Fields[index]
	name := f.Key
	// QUIRK: Microsoft renames what came with the message.
	name = strings.TrimSuffix(strings.TrimSuffix(name, "-untrusted"), "-original")
	if name == "authentication-results" {
		return s.compositeMeaning(index)
	}
	v := vendorFields()[name]
	if v == nil {
		return ""
	}
	return v.read(f.Text())
}

// compositeMeaning explains the reason code of Microsoft's compauth.
func (s *subject) compositeMeaning(index int) string {
	for i := range s.marks {
		k := &s.marks[i]
		if k.index != index || k.results == nil {
			continue
		}
		if r, ok := k.results.First("compauth"); ok {
			return vendorFields()["authentication-results"].said([][2]string{{"compauth", string(r.Status)}, {"reason", r.Reason}})
		}
	}
	return ""
}

func (v *vendorField) read(value string) string { return v.said(v.parts(value)) }

// parts takes a value apart, by the form of the field: "pairs" is k:v;k:v, "words" is
// word, k=v k=v, "assign" is k=v;k=v, "rspamd" is default: False [1.0 / 15.0]; A(1.0)[…],
// "whole" is one value.
func (v *vendorField) parts(value string) [][2]string {
	value = strings.TrimSpace(value)
	switch v.form {
	case "pairs":
		return pairs(value, ";", ":")
	case "assign":
		return pairs(value, ";", "=")
	case "words":
		all := pairs(strings.Join(strings.Fields(value), "\n"), "\n", "=")
		return slices.DeleteFunc(all, func(p [2]string) bool { return p[0] == "-" && p != all[0] })
	case "rspamd":
		return rspamdParts(value)
	}
	return [][2]string{{"-", value}}
}

// pairs splits at sep, and each part at the first of mid; a part without is a value
// of the key "-".
func pairs(value, sep, mid string) [][2]string {
	var all [][2]string
	for part := range strings.SplitSeq(value, sep) {
		if len(all) == maxVendorParts {
			break
		}
		key, text, ok := strings.Cut(strings.TrimSpace(part), mid)
		if !ok {
			key, text = "-", key
		}
		all = append(all, [2]string{strings.ToLower(strings.ReplaceAll(strings.TrimSpace(key), " ", "-")), strings.TrimSpace(text)})
	}
	return all
}

// rspamdParts reads X-Spamd-Result: the verdict, the score and its limit, then the
// symbols, of which those that count most are told.
func rspamdParts(value string) [][2]string {
	head, rest, _ := strings.Cut(value, ";")
	var all [][2]string
	if _, verdict, ok := strings.Cut(head, ": "); ok {
		word, score, _ := strings.Cut(verdict, " ")
		all = append(all, [2]string{"-", word}, [2]string{"score", strings.Trim(score, "[] ")})
	}
	var heavy []string
	for symbol := range strings.SplitSeq(rest, ";") {
		if name, after, ok := strings.Cut(strings.TrimSpace(symbol), "("); ok && len(heavy) < 5 {
			weight, _, _ := strings.Cut(after, ")")
			if n, err := strconv.ParseFloat(weight, 64); err == nil && n >= 1 {
				heavy = append(heavy, name+" "+weight)
			}
		}
	}
	return append(all, [2]string{"against", strings.Join(heavy, ", ")})
}

// said is what the parts mean. Codes that a vendor does not document are named as
// such, keys that it does not document are passed over.
func (v *vendorField) said(parts [][2]string) string {
	var b strings.Builder
	for _, p := range parts {
		text := v.part(p[0], strings.TrimRight(p[1], ","))
		if text == "" {
			continue
		}
		if b.Len()+len(text) > maxVendorText {
			b.WriteString("; and more")
			break
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(text)
	}
	return b.String()
}

func (v *vendorField) part(key, value string) string {
	if value == "" {
		return ""
	}
	if text, ok := v.codes[key+" "+strings.ToLower(value)]; ok {
		return text
	}
	shown := clip(value)
	if n, err := strconv.ParseFloat(value, 64); err == nil {
		for _, r := range v.ranges[key] {
			if n >= r.low && n <= r.high {
				return strings.ReplaceAll(r.text, "%", shown)
			}
		}
	}
	if text, ok := v.keys[key]; ok {
		return strings.ReplaceAll(text, "%", shown)
	}
	if len(v.ranges[key]) > 0 || v.coded(key) {
		name := strings.ToUpper(key) + " "
		if key == "-" {
			name = ""
		}
		return name + shown + ": a code that is not known here"
	}
	return ""
}

// coded says whether a key has values of which the meaning is known.
func (v *vendorField) coded(key string) bool {
	for k := range v.codes {
		if have, _, _ := strings.Cut(k, " "); have == key {
			return true
		}
	}
	return false
}

// clip bounds a value, and keeps whole characters.
func clip(value string) string {
	value = strings.ToValidUTF8(value, "\uFFFD")
	if len(value) <= maxVendorValue {
		return value
	}
	n := maxVendorValue
	for n > 0 && !utf8.RuneStart(value[n]) {
		n--
	}
	return value[:n] + "…"
}
