// Package domain knows what the parts of a domain name belong to.
//
// A domain name does not show where the part that anyone can register ends and
// where the registered name begins: example.co.uk is one organisation's name below
// the public suffix co.uk, mail.example.com a host of example.com below com. Only
// the Public Suffix List tells. An organisational domain is the public suffix and
// one label more; two hosts under the same one answer to the same owner, as far as
// anyone outside can tell. DMARC compares domains so (RFC 7489 section 3.2).
//
// The list is the one that golang.org/x/net carries, its private part included:
// customers of github.io are as much strangers to one another as those of co.uk.
package domain

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

const (
	maxName  = 253 // Bytes of a name in text form: RFC 1035 section 2.3.4 has 255 in the wire form.
	maxLabel = 63  // RFC 1035 section 2.3.4.
)

// Version names the edition of the Public Suffix List: its git revision and date,
// as golang.org/x/net states them.
func Version() string {
	_, v, _ := strings.Cut(publicsuffix.List.String(), ", ")
	return v
}

// Org returns the organisational domain of a host name as it may stand in a mail:
// in any case, with or without the dot at the end, with labels in Unicode. The
// result is in lower case and in A-labels. It is empty for what has none: an
// address or address literal, a single label, a public suffix, a name longer than
// RFC 1035 section 2.3.4 allows, and what is no host name at all. A top-level domain
// that is not on the list counts as a public suffix: the list says so of itself.
//
// Underscores and hyphens are accepted anywhere in labels, for they are found in
// the names of hosts. For a name in lower-case ASCII Org allocates nothing itself;
// PublicSuffix makes one small error on its way, to be sure that it is no address.
func Org(name string) string {
	name = strings.TrimSuffix(name, ".")
	switch check(name) {
	case invalid:
		return ""
	case upper:
		name = strings.ToLower(name)
	case unicode:
		if name = toASCII(name); name == "" {
			return ""
		}
	}
	suffix, _ := publicsuffix.PublicSuffix(name)
	if len(suffix) >= len(name) {
		return ""
	}
	label := strings.LastIndexByte(name[:len(name)-len(suffix)-1], '.') + 1
	return name[label:]
}

// ASCII returns a host name as the DNS is asked for it: in lower case, in A-labels,
// without the dot at its end. It takes what Org takes, a single label and a public
// suffix too, and is empty for what is no host name. For a name in lower-case ASCII
// it allocates nothing.
func ASCII(name string) string {
	name = strings.TrimSuffix(name, ".")
	switch check(name) {
	case lower:
		return name
	case upper:
		return strings.ToLower(name)
	case unicode:
		if ascii := toASCII(name); ascii != "" {
			return ascii
		}
	}
	// check refuses a single label, since no organisation is one.
	const below = ".example"
	if name == "" || len(name) > 4*maxLabel || strings.IndexByte(name, '.') >= 0 || strings.HasSuffix(name, "。") {
		return ""
	}
	label := strings.TrimSuffix(ASCII(name+below), below)
	if strings.Trim(label, "0123456789") == "" {
		return "" // An address, in one of the old forms.
	}
	return label
}

type form int

const (
	invalid form = iota
	lower
	upper   // ASCII with capital letters.
	unicode // Not only ASCII.
)

// check looks at a name without its last dot.
func check(name string) form {
	// A label of Unicode may be longer than its A-label; four times is the most that
	// UTF-8 can make of a character.
	if name == "" || len(name) > 4*maxName {
		return invalid
	}
	kind, start, digits := lower, 0, true
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', c == '-', c == '_':
			digits = false
		case '0' <= c && c <= '9':
		case 'A' <= c && c <= 'Z':
			digits = false
			kind = max(kind, upper)
		case c == '.':
			if i == start {
				return invalid
			}
			start, digits = i+1, true
		case c >= 0x80:
			digits = false
			kind = unicode
		default:
			return invalid
		}
	}
	if start == len(name) {
		return invalid // An empty label at the end.
	}
	if kind != unicode && (start == 0 || digits || len(name) > maxName || longLabel(name)) {
		return invalid // No top-level domain is a number: 192.0.2.1 is an address.
	}
	return kind
}

func longLabel(name string) bool {
	for len(name) > maxLabel {
		i := strings.IndexByte(name[:maxLabel+1], '.')
		if i < 0 {
			return true
		}
		name = name[i+1:]
	}
	return false
}

// toASCII returns a name in A-labels, or nothing when that cannot be. The mapping
// is that of UTS 46 for a lookup, in which ideographic full stops part labels too,
// as browsers and mail programs have it.
func toASCII(name string) string {
	profile := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))
	if !utf8.ValidString(name) {
		return "" // The profile would drop such bytes.
	}
	name, err := profile.ToASCII(name)
	if err != nil {
		return ""
	}
	name = strings.TrimSuffix(name, ".")
	if check(name) != lower {
		return ""
	}
	return name
}
