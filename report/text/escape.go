package text

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxMarks is how many combining marks may sit on one letter. More are used only
// to paint over the lines above and below.
const MaxMarks = 4

// Escape makes s one line in which every character can be seen, and none can
// steer a terminal: controls, characters of formatting and direction, invisible
// and unassigned ones become \x1b, \u202e or \U000e0001, and bytes that are not
// UTF-8 become \xff. Blanks with tabs or line ends among them become one blank.
// A backslash stays as it is: what a message writes itself as "\x1b" cannot be
// told from an escape, but it can do no harm, and Windows paths stay readable.
// Escaping twice is escaping once.
func Escape(s string) string {
	if plainText(s) {
		return s
	}
	var b strings.Builder
	marks := 0
	for i := 0; i < len(s); {
		if n, folds := blanks(s[i:]); folds {
			b.WriteByte(' ')
			i, marks = i+n, 0
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if unicode.In(r, unicode.Mn, unicode.Me) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case visible(r) && marks <= MaxMarks:
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += n
	}
	return b.String()
}

// plainText says that there is nothing to escape in s, for the common case.
func plainText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// blanks measures the blanks that s begins with, and says whether a tab or a line
// end is among them.
func blanks(s string) (n int, folds bool) {
	for n < len(s) && strings.IndexByte(" \t\r\n", s[n]) >= 0 {
		folds = folds || s[n] != ' '
		n++
	}
	return n, folds
}

// visible says whether r leaves ink, or is a blank. The tables are those of the
// Go release: letters that are younger are escaped, which is ugly and harmless.
func visible(r rune) bool {
	return unicode.IsGraphic(r) &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		r != '\u2800' // A Braille cell without dots.
}

// Defang writes the domains, addresses and links in s so that no program takes
// them for such: bank[.]example, user@bank[.]example, hxxp://bank[.]example. IP
// addresses, versions and times stay as they are. Defanging twice is defanging
// once. It sees what Escape leaves, so escape first.
func Defang(s string) string { return defangBut(s, nil) }

// defangBut is Defang for all names but those that are known, which are in lower
// case. Within a mail address or a link a known name is not spared.
func defangBut(s string, known map[string]bool) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		n := nameLength(s[i:])
		if n == 0 {
			_, n = utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+n])
			i += n
			continue
		}
		name, rest := s[i:i+n], s[i+n:]
		name = strings.TrimRight(name, ".") // The end of a sentence.
		switch {
		case strings.HasPrefix(rest, "://"):
			b.WriteString(defangScheme(name))
		case !strings.HasPrefix(rest, "@") && isDomain(name) && !(known[strings.ToLower(name)] && standsAlone(s[:i])):
			b.WriteString(bracketDots(name))
		default:
			b.WriteString(name)
		}
		b.WriteString(s[i+len(name) : i+n])
		i += n
	}
	return b.String()
}

// standsAlone says whether what follows on before is neither part of a mail address
// nor of a link.
func standsAlone(before string) bool {
	return before == "" || before[len(before)-1] != '@' && before[len(before)-1] != '/'
}

// defangHost brackets the dots of a name that stands where a host belongs,
// whatever it looks like; only addresses and bare numbers stay.
func defangHost(s string) string {
	text := strings.Trim(s, "[]")
	if _, err := netip.ParseAddr(strings.TrimPrefix(text, "IPv6:")); err == nil {
		return s
	}
	if strings.IndexFunc(s, isLetter) < 0 {
		return s
	}
	return bracketDots(strings.ReplaceAll(s, "[.]", "."))
}

// nameLength measures the run of letters, digits and dots that s begins with.
func nameLength(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool {
		return !isLetter(r) && (r < '0' || r > '9') && r != '-' && r != '_' && !isDot(r)
	})
	if n < 0 {
		return len(s)
	}
	return n
}

// isDomain says whether a run of name characters looks like a domain: at least
// two labels, the last one of letters only, or in Punycode. So 15.20.8398.18 is
// none, and 8.17.1.Beta4 is none.
func isDomain(name string) bool {
	labels := strings.FieldsFunc(name, isDot)
	if len(labels) < 2 {
		return false
	}
	last := labels[len(labels)-1]
	if strings.HasPrefix(strings.ToLower(last), "xn--") {
		return true
	}
	return utf8.RuneCountInString(last) >= 2 && strings.IndexFunc(last, func(r rune) bool { return !isLetter(r) }) < 0
}

func isLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80 && (unicode.IsLetter(r) || unicode.IsMark(r))
}

// isDot knows the characters that IDNA takes for a dot (RFC 3490 section 3.1).
func isDot(r rune) bool { return r == '.' || r == '\u3002' || r == '\uff0e' || r == '\uff61' }

func bracketDots(name string) string {
	var b strings.Builder
	for _, r := range name {
		if isDot(r) {
			b.WriteString("[" + string(r) + "]")
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// defangScheme spoils the scheme of a link: hxxp, hxxps, fxp.
func defangScheme(name string) string {
	for _, scheme := range [...]string{"http", "https", "ftp"} {
		if strings.EqualFold(name, scheme) {
			return strings.NewReplacer("tt", "xx", "TT", "XX", "tT", "xX", "Tt", "Xx", "ft", "fx", "FT", "FX", "fT", "fX", "Ft", "Fx").Replace(name)
		}
	}
	return name
}
