package probe

import (
	"strings"

	"mailtrace/report"
)

// parseEHLO reads what a server offers: the lines of its answer to EHLO behind their
// code and separator, without the first one, which is its name and a greeting (RFC
// 5321 section 4.1.1.1). How many lines there are and how long they are is bounded by
// who read them. Lines without any text are left out. Nothing is refused: what is
// outside the grammar stands in the result as it came, and wellFormed tells it.
func parseEHLO(lines []string) []report.Extension {
	all := make([]report.Extension, 0, len(lines))
	for _, line := range lines {
		line = strings.Trim(line, " \t")
		if line == "" {
			continue
		}
		keyword, param := line, ""
		// QUIRK: "AUTH=LOGIN PLAIN" of servers older than RFC 2554, and of those of
		// today that still want to be understood by mail programs of that time (Postfix
		// with broken_sasl_auth_clients, Exim, Exchange). The parameter keeps the sign, so
		// that nobody takes it for the right form.
		if end := strings.IndexAny(line, " \t="); end >= 0 {
			keyword, param = line[:end], strings.Trim(line[end:], " \t")
		}
		keyword = upper(keyword)
		all = append(all, report.Extension{Keyword: keyword, Param: param, Meaning: meaning(keyword)})
	}
	return all
}

// upper is s with the letters of ASCII in upper case, and no other octet touched: a
// keyword is ASCII, and what is not may be anything.
func upper(s string) string {
	for i := range len(s) {
		if 'a' <= s[i] && s[i] <= 'z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'a' <= b[i] && b[i] <= 'z' {
					b[i] -= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// wellFormed says whether an extension keeps to the grammar of RFC 5321 section
// 4.1.1.1:
//
//	ehlo-keyword   = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
//	ehlo-param     = 1*(%d33-126)
func wellFormed(e *report.Extension) bool {
	if e.Keyword == "" || e.Keyword[0] == '-' || strings.HasPrefix(e.Param, "=") {
		return false
	}
	for i := range len(e.Keyword) {
		if c := e.Keyword[i]; !alnum(c) && c != '-' {
			return false
		}
	}
	for i := range len(e.Param) {
		if c := e.Param[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

func alnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// offered is the first extension with that keyword, which is in upper case, in its
// right form; nil when there is none.
func offered(all []report.Extension, keyword string) *report.Extension {
	for i := range all {
		if all[i].Keyword == keyword && !strings.HasPrefix(all[i].Param, "=") {
			return &all[i]
		}
	}
	return nil
}

// offers says whether an extension is offered in its right form.
func offers(all []report.Extension, keyword string) bool { return offered(all, keyword) != nil }
