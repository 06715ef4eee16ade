package probe

import (
	"errors"
	"fmt"
	"strings"
)

// recordField is one "name=value" of a record of MTA-STS (RFC 8461 section 3.1) or of
// TLS reporting (RFC 8460 section 3), which have one grammar.
type recordField struct{ name, value string }

// recordFields takes a record apart that begins with a version: fields with ";" between
// them, white space around it, and one ";" at the end if its author likes. Names and the
// values of extensions are checked; what stands in the fields of the standard is for
// the caller to say.
func recordFields(text, version string, known ...string) ([]recordField, error) {
	rest, ok := strings.CutPrefix(text, version)
	if !ok {
		return nil, fmt.Errorf("it does not begin with %q", version)
	}
	rest = strings.TrimLeft(rest, wsp)
	if rest != "" && rest[0] != ';' {
		return nil, fmt.Errorf("behind %q has to stand \";\"", version)
	}
	var fields []recordField
	for rest != "" {
		rest = strings.TrimLeft(rest[1:], wsp) // What it begins with is the ";".
		if rest == "" {
			break // One at the end.
		}
		field := rest
		if i := strings.IndexByte(rest, ';'); i >= 0 {
			field, rest = rest[:i], rest[i:]
		} else {
			rest = ""
		}
		f, err := parseRecordField(strings.TrimRight(field, wsp), known)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}

const wsp = " \t"

func parseRecordField(text string, known []string) (recordField, error) {
	name, value, ok := strings.Cut(text, "=")
	switch {
	case text == "":
		return recordField{}, errors.New(`there is nothing between two ";"`)
	case !ok:
		return recordField{}, fmt.Errorf("%q has no \"=\"", shortened(text))
	case !extensionName(name):
		return recordField{}, fmt.Errorf("%q is no name of a field", shortened(name))
	case value == "":
		return recordField{}, fmt.Errorf("%s has no value", name)
	}
	for _, k := range known {
		if name == k {
			return recordField{name, value}, nil
		}
	}
	// sts-ext-value = 1*(%x21-3A / %x3C / %x3E-7E)
	if strings.ContainsFunc(value, func(r rune) bool { return r < 0x21 || r > 0x7e || r == '=' }) {
		return recordField{}, fmt.Errorf("the value of %s holds what may not stand there", name)
	}
	return recordField{name, value}, nil
}

// extensionName holds a name to the grammar that all fields of these records and of the
// policy have:
//
//	(ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".")
func extensionName(name string) bool {
	if name == "" || len(name) > 32 || !alnum(name[0]) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; !alnum(c) && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
