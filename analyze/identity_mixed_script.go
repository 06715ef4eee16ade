package analyze

import (
	"context"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/report"
)

var identityMixedScript = check{
	Rule: report.Rule{
		ID:    "identity.mixed-script",
		Title: "Letters of another alphabet stand in for Latin ones",
		Max:   report.Warning,
		Explain: `Cyrillic, Greek and Armenian have letters that look just like Latin ones, so a name can be copied
with them that reads the same and is another. Here such letters stand in one word with Latin ones,
or a domain is made of nothing else. That is mostly done to get past filters or to pass for
somebody. Do not trust the name; look at the address in its plain form, in which such a domain
begins with xn-- and cannot be mistaken.`,
		Innocent: `A key pressed on the wrong keyboard layout, and words of two alphabets without a hyphen, as
people who write both sometimes make them. In the subject it is therefore only noted.`,
		Refs: []string{"UTS 39 section 5", "RFC 5890 section 4.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, f := range s.message.Fields {
			switch {
			case f.Is("From"), f.Is("Sender"), f.Is("Reply-To"):
				for _, m := range s.book.of(f) {
					one, ok := disguised(m)
					if ok && len(found) < maxCompared {
						one.Evidence = append(one.Evidence, field(f))
						found = append(found, one)
					}
				}
			case f.Is("Subject"):
				if word, ok := mixedWord(f.Text()); ok && len(found) < maxCompared {
					one := finding(report.Info, report.Ordinary, "the subject has a word of two alphabets: %s", word)
					one.Evidence = append(one.Evidence, field(f))
					found = append(found, one)
				}
			}
		}
		return found, nil, nil
	},
}

// disguised looks at domain and display name of a mailbox.
func disguised(m report.Mailbox) (report.Finding, bool) {
	host := domainOf(m.Address)
	switch label, how := domain.Disguised(host); how {
	case domain.Mixed:
		return finding(report.Warning, report.Strong, "%s has letters of two alphabets in one label, %s", host, label), true
	case domain.Styled:
		return finding(report.Warning, report.Strong, "the label %s is written in signs that look like letters, which a lookup turns into those of %s", label, domain.Org(host)), true
	case domain.WholeInOne:
		return finding(report.Warning, report.Strong, "the label %s of %s has no Latin letter, but reads like %s", label, host, domain.Skeleton(label)), true
	}
	if word, ok := mixedWord(m.Name); ok {
		return finding(report.Warning, report.Strong, "the name of %s has a word of two alphabets, %s, that reads like %s", m.Address, word, domain.Skeleton(word)), true
	}
	return report.Finding{}, false
}

// mixedWord finds a word of Latin letters with others between that look like
// Latin ones: all of it reads as Latin.
func mixedWord(text string) (string, bool) {
	if ascii(text) {
		return "", false
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r < 0x80 && strings.ContainsRune("-/.,:;()[]\"'+&_|", r) }) {
		if domain.MixedScript(word) && ascii(domain.Skeleton(word)) {
			return word, true
		}
	}
	return "", false
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}
