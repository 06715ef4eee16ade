package probe

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"mailtrace/report"
)

var smtpLimits = check{
	Rule: report.Rule{
		ID:    "smtp.limits",
		Title: "LIMITS is written wrongly, or allows too little",
		Max:   report.Warning,
		Explain: `By LIMITS a server says how many mails it takes in one connection (MAILMAX), how many recipients in one mail
(RCPTMAX) and of how many domains (RCPTDOMAINMAX). Senders ignore the whole line if a part of it is wrong. Fewer than
100 recipients is less than every server must take: mail to a large group then comes in several parts, or bounces
for some. Correct the line, or raise the limit.`,
		Innocent: `Services that filter mail for many customers keep such limits low on purpose.`,
		Measured: notMeasured + " It rests on the standard, as other programs read it.",
		Refs:     []string{"RFC 9422 section 3", "RFC 5321 section 4.5.3.1.8"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			all, tls, _ := p.offers()
			e := offered(all, "LIMITS")
			if e == nil {
				continue
			}
			evidence := p.says(tls, "LIMITS")
			limits, bad := parseLimits(e.Param)
			if bad != "" {
				t.find(p, report.Warning, evidence, "LIMITS holds %s, which is no name=value: senders ignore the whole line", quoted(bad))
				continue
			}
			for _, l := range limits {
				n, ok := limitValue(l.value)
				switch {
				case l.known() && !ok:
					t.find(p, report.Warning, evidence, "LIMITS has %s=%s, which is no number from 1 to 999999: senders ignore it", l.name, quoted(l.value))
				case l.name == "RCPTMAX" && n < minRecipients:
					t.find(p, report.Warning, evidence, "LIMITS allows %s in one mail; every server must take 100", counted(int64(n), "recipient", "recipients"))
				}
			}
		}
		return t.all()
	},
}

// minRecipients is from RFC 5321 section 4.5.3.1.8: "The minimum total number of
// recipients that MUST be buffered is 100 recipients."
const minRecipients = 100

// namedLimit is one limit of LIMITS (RFC 9422 section 3).
type namedLimit struct {
	name  string // In upper case.
	value string
}

// known says whether the limit is one of those that the RFC defines, all of them
// numbers.
func (l namedLimit) known() bool {
	return l.name == "MAILMAX" || l.name == "RCPTMAX" || l.name == "RCPTDOMAINMAX"
}

// parseLimits reads the parameter of LIMITS, of each limit the first. One part that is no
// name=value voids all of it: then it is bad.
func parseLimits(param string) (limits []namedLimit, bad string) {
	for part := range strings.FieldsSeq(param) {
		name, value, ok := strings.Cut(part, "=")
		if !ok || !limitName(name) || value == "" || strings.Contains(value, ";") {
			return nil, part
		}
		name = upper(name)
		if !slices.ContainsFunc(limits, func(l namedLimit) bool { return l.name == name }) {
			limits = append(limits, namedLimit{name, value})
		}
	}
	return limits, ""
}

// limitName says whether a word is letters, digits, "-" and "_".
func limitName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !alnum(c) && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

// maxLimitDigits is how many digits a limit may have.
const maxLimitDigits = 6

// limitValue reads a number without zeros in front, from 1.
func limitValue(s string) (int, bool) {
	if s == "" || len(s) > maxLimitDigits || s[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return int(n), err == nil
}
