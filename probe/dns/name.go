package dns

import (
	"errors"
	"fmt"
	"strings"
)

// RFC 1035 section 2.3.4. The 255 octets of a name on the wire are 253 without the
// first length and the root.
const (
	maxName  = 253
	maxLabel = 63
)

// canonical gives a name in the one form in which names are compared and kept: in
// lower case, without the dot at its end, and in printable ASCII; other octets, and a
// blank, are \DDD. The root is "".
//
// That a name is made of such characters as a host's is not asked for here: SPF macros
// make names of what a sender wrote, and whoever asks must find what that name has.
func canonical(name string) (string, error) {
	switch name {
	case "":
		return "", errors.New("the name is empty")
	case ".":
		return "", nil
	}
	plain := strings.TrimSuffix(name, ".")
	label := 0
	for i := range len(plain) {
		switch c := plain[i]; {
		case c == '.':
			if err := checkLabel(label); err != nil {
				return "", err
			}
			label = 0
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
			label++
		default:
			return canonicalOctets(name)
		}
	}
	if err := checkLabel(label); err != nil {
		return "", err
	}
	if len(plain) > maxName {
		return "", fmt.Errorf("the name has %d octets; %d are possible", len(plain), maxName)
	}
	return plain, nil
}

func checkLabel(octets int) error {
	switch {
	case octets == 0:
		return errors.New("the name has an empty label")
	case octets > maxLabel:
		return fmt.Errorf("a label of the name has %d octets; %d are possible", octets, maxLabel)
	}
	return nil
}

// canonicalOctets does the same for names with upper case, escapes or odd octets.
func canonicalOctets(name string) (string, error) {
	out := make([]byte, 0, len(name))
	octets, label := 0, 0
	for rest := name; rest != ""; {
		c, n, err := octet(rest)
		if err != nil {
			return "", err
		}
		if rest[0] == '.' {
			if err := checkLabel(label); err != nil {
				return "", err
			}
			if rest = rest[1:]; rest == "" {
				break
			}
			octets++
			label = 0
			out = append(out, '.')
			continue
		}
		rest = rest[n:]
		out = appendOctet(out, lower(c))
		octets++
		label++
		if octets > maxName {
			return "", fmt.Errorf("the name has more than %d octets", maxName)
		}
	}
	if err := checkLabel(label); err != nil {
		return "", err
	}
	return string(out), nil
}

// appendOctet adds one octet of a label, escaped where it must be.
func appendOctet(out []byte, c byte) []byte {
	switch {
	case c == '.' || c == '\\':
		return append(out, '\\', c)
	case c <= ' ' || c > '~':
		return appendDecimal(out, c)
	}
	return append(out, c)
}

func appendDecimal(out []byte, c byte) []byte {
	return append(out, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// octet reads the first octet of s, which is not empty, where \DDD and \X are escapes
// (RFC 1035 section 5.1), and says how many characters it took.
func octet(s string) (c byte, n int, err error) {
	if s[0] != '\\' {
		return s[0], 1, nil
	}
	if len(s) < 2 {
		return 0, 0, errors.New(`there is nothing after the last \`)
	}
	if s[1] < '0' || s[1] > '9' {
		return s[1], 2, nil
	}
	value := 0
	for i := 1; i <= 3; i++ {
		if i >= len(s) || s[i] < '0' || s[i] > '9' {
			return 0, 0, errors.New(`after \ stand three digits, or one character that is no digit`)
		}
		value = 10*value + int(s[i]-'0')
	}
	if value > 255 {
		return 0, 0, fmt.Errorf(`\%d is no octet`, value)
	}
	return byte(value), 4, nil
}

// unescape gives the octets of a character string.
func unescape(s string) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for s != "" {
		if i := strings.IndexByte(s, '\\'); i != 0 {
			if i < 0 {
				i = len(s)
			}
			out = append(out, s[:i]...)
			s = s[i:]
			continue
		}
		c, n, err := octet(s)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		s = s[n:]
	}
	return out, nil
}

// escape is the reverse, in printable ASCII; quotation marks are left alone.
func escape(octets []byte) string {
	out := make([]byte, 0, len(octets))
	for _, c := range octets {
		switch {
		case c == '\\':
			out = append(out, '\\', '\\')
		case c < ' ' || c > '~':
			out = appendDecimal(out, c)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// parent is the name without its first label, and false for the root.
func parent(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	for at := 0; ; {
		dot := strings.IndexByte(name[at:], '.')
		if dot < 0 {
			return "", true
		}
		// Whether it is escaped: in the canonical form a backslash before a dot is
		// itself escaped when their number is even.
		at += dot + 1
		head := name[:at-1]
		if (len(head)-len(strings.TrimRight(head, `\`)))%2 == 0 {
			return name[at:], true
		}
	}
}
