package probe

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"mailtrace/analyze/domain"
)

// maxShown bounds what is repeated of a name that is none, in octets.
const maxShown = 100

// domainName is what the user typed as the DNS is asked for it. The error says why it is
// no domain, and, where that can be guessed, what was meant.
func domainName(typed string) (string, error) {
	if name := domain.ASCII(typed); name != "" {
		return name, nil
	}
	if typed == "" {
		return "", errors.New("the domain is empty")
	}
	hint := ""
	switch _, behind, isAddress := cutLast(typed, "@"); {
	case addressLiteral(typed).IsValid():
		hint = fmt.Sprintf("; this is the address of a computer: --host %s asks that one", addressLiteral(typed))
	case strings.Contains(typed, "://"):
		_, rest, _ := strings.Cut(typed, "://")
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			rest = rest[:i]
		}
		if _, behind, ok := cutLast(rest, "@"); ok {
			rest = behind
		}
		rest, _, _ = strings.Cut(rest, ":")
		hint = instead("; this is the address of a web page", rest)
	case isAddress:
		hint = instead("; this is a mail address", behind)
	default:
		if host, port, ok := cutLast(typed, ":"); ok && domain.ASCII(host) != "" {
			hint = fmt.Sprintf("; to ask one server at one port, write --host %s --port %s", domain.ASCII(host), shortened(port))
		} else if name := domain.ASCII(strings.TrimSpace(typed)); name != "" {
			hint = instead("; there are blanks around it", name)
		}
	}
	return "", fmt.Errorf("%q is no domain name%s", shortened(typed), hint)
}

// instead is a hint which name was meant, if there is one.
func instead(what, name string) string {
	if ascii := domain.ASCII(name); ascii != "" {
		return what + ": write " + ascii
	}
	return what
}

// cutLast cuts around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// shortened bounds what is repeated of a text.
func shortened(s string) string {
	if len(s) > maxShown {
		return strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	return s
}

// addressLiteral reads an address as such, in brackets, or as an address literal
// (RFC 5321 section 4.1.3); else the result is not valid.
func addressLiteral(s string) netip.Addr {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if s, ok = strings.CutSuffix(inner, "]"); !ok {
			return netip.Addr{}
		}
	}
	const tag = "ipv6:"
	if len(s) > len(tag) && strings.EqualFold(s[:len(tag)], tag) {
		s = s[len(tag):]
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a
}

// numeric says whether a name of the DNS reads like an address: it is one, with or
// without brackets, or its last label is a number, as that of no host name is (RFC 1123
// section 2.1). A dot may stand inside of a label there.
func numeric(name string) bool {
	name = strings.ReplaceAll(name, `\.`, ".")
	if addressLiteral(name).IsValid() {
		return true
	}
	_, top, _ := cutLast(name, ".")
	if top == "" {
		top = name
	}
	return strings.Trim(top, "0123456789") == ""
}

// addressAt is the IPv4 address that the name begins with, where what follows is the
// domain: an address in a zone file, where a name belongs, and without a dot at its end,
// becomes such a name.
func addressAt(name, domain string) string {
	front, ok := strings.CutSuffix(name, "."+domain)
	if a, err := netip.ParseAddr(front); ok && err == nil && a.Is4() {
		return front
	}
	return ""
}

// twice says whether a name ends in the domain two times: in a zone file, a name without
// a dot at its end becomes so.
func twice(name, domain string) bool {
	return strings.HasSuffix("."+name, "."+domain+"."+domain)
}

// inside are the ends of names that exist inside of one network only, and who says so.
// The last line is of names that are in wide use there and that no one can register.
var inside = [...]string{
	"localhost", "invalid", "test", "onion", // RFC 6761 section 6, RFC 7686.
	"local", "home.arpa", "internal", // RFC 6762, RFC 8375, ICANN 2024.
	"lan", "localdomain", "corp", "home", "intranet", "private", // Not in the root zone.
}

// insideOnly is the end of a name that is known inside of one network only, or "".
func insideOnly(name string) string {
	for _, end := range inside {
		if front, ok := strings.CutSuffix(name, end); ok && (front == "" || strings.HasSuffix(front, ".")) {
			return end
		}
	}
	return ""
}

// spelled is a name of the DNS, for a text: with its other spelling, where it has one.
func spelled(name string) string {
	if u := unicodeOf(name); u != "" {
		return name + " (" + u + ")"
	}
	return name
}

// unicodeOf is a name in A-labels for people, or "" where that is no other (RFC 5890
// section 2.3.2.1).
func unicodeOf(name string) string {
	if u := domain.Display(name); u != name {
		return u
	}
	return ""
}

// unescaped is a name of the DNS without its escapes of octets (\DDD, RFC 1035 section 5.1):
// a name that was not put into A-labels then is what it was meant to be.
func unescaped(name string) string {
	var b strings.Builder
	for rest := name; rest != ""; {
		if len(rest) >= 4 && rest[0] == '\\' {
			if n, err := strconv.ParseUint(rest[1:4], 10, 8); err == nil {
				b.WriteByte(byte(n))
				rest = rest[4:]
				continue
			}
		}
		b.WriteByte(rest[0])
		rest = rest[1:]
	}
	return b.String()
}
