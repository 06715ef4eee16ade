package analyze

import (
	"context"
	"fmt"
	"unicode"

	"mailtrace/analyze/domain"
	"mailtrace/report"
)

var identityInvisible = check{
	Rule: report.Rule{
		ID:    "identity.invisible-characters",
		Title: "Invisible characters stand in the sender or the subject",
		Max:   report.Warning,
		Explain: `Some characters have no shape: they join or part letters, or turn round the direction of reading.
Between the letters of a Latin word they do nothing for a reader, but a filter that looks for the
word does not find it; a turned direction makes a name or an address read as another. Where the
report calls that a strong sign, it is mostly done to deceive. Do not trust what is shown; reach
the sender another way.`,
		Innocent: `Text that was copied from a web page or a word processor can bring some along at its ends, soft
hyphens too, and languages such as Persian, Hindi, Arabic and Hebrew need them, as do joined emoji; these
are only noted, or left alone.`,
		Refs: []string{"UTS 39 section 3", "UTR 36 section 2.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, f := range s.message.Fields {
			if !f.Is("From") && !f.Is("Sender") && !f.Is("Reply-To") && !f.Is("Subject") || len(found) == maxCompared {
				continue
			}
			r, where := invisible([]rune(f.Text()))
			severity, weight := report.Info, report.Ordinary
			switch where {
			case nowhere:
				continue
			case inWord:
				severity, weight = report.Warning, report.Strong
			}
			one := finding(severity, weight, "%s holds %s %s", f.Name, runeName(r), where)
			one.Evidence = append(one.Evidence, field(f))
			found = append(found, one)
		}
		return found, nil, nil
	},
}

// place says where an invisible character stands.
type place string

const (
	nowhere place = ""
	aside   place = "beside its words"
	inWord  place = "where it changes what is read"
)

// invisible finds the invisible character that matters most.
func invisible(text []rune) (found rune, at place) {
	for i, r := range text {
		if !domain.Invisible(r) {
			continue
		}
		before, after := neighbour(text, i, -1), neighbour(text, i, 1)
		switch {
		case r == 0x202D, r == 0x202E: // Overrides: what is read is not what is written.
			return r, inWord
		case latinLetter(before) && latinLetter(after) && r != 0xAD:
			return r, inWord
		case needed(before), needed(after):
			continue
		case at == nowhere:
			found, at = r, aside
		}
	}
	return found, at
}

// neighbour is the next character that is not invisible, 0 where there is none.
func neighbour(text []rune, i, step int) rune {
	for i += step; i >= 0 && i < len(text); i += step {
		if !domain.Invisible(text[i]) {
			return text[i]
		}
	}
	return 0
}

func latinLetter(r rune) bool { return unicode.Is(unicode.Latin, r) }

// needed says whether invisible characters are how text of that kind is written:
// emoji, and scripts that join or run from right to left.
func needed(r rune) bool {
	return r > 0xFF && !unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian) && !unicode.IsPunct(r)
}

func runeName(r rune) string {
	name := map[rune]string{
		0xAD: "a soft hyphen", 0x200B: "a space of no width", 0x200C: "a non-joiner of no width", 0x200D: "a joiner of no width",
		0x2060: "a word joiner", 0xFEFF: "a byte order mark", 0x202D: "a change to left-to-right", 0x202E: "a change to right-to-left",
	}[r]
	if name == "" {
		name = "an invisible character"
	}
	return fmt.Sprintf("%s (U+%04X)", name, r)
}
