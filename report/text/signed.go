package text

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

func ourDKIM(a *report.Auth) bool {
	return a.By == report.ByUs && strings.EqualFold(a.Method, "dkim")
}

// changed says whether a signature is over another header or text than is here.
func changed(a *report.Auth) bool {
	return slices.Contains([]string{"body-changed", "both-changed"}, a.Outcome)
}

// keyless says whether a signature is known to be over another text although its key
// is not known. Mail of lists looks like this every day.
func keyless(a *report.Auth) bool {
	return ourDKIM(a) && is(a, "fail") && a.Outcome == "body-changed" && strings.Contains(a.Reason, "whatever its key is")
}

// undone says whether it is proven that a signature held before something known was
// done to the message.
func undone(a *report.Auth) bool {
	return ourDKIM(a) && (is(a, "fail") || is(a, "undecided")) && (changed(a) || a.Outcome == "header-changed") &&
		len(a.Changes) > 0 && !keyless(a) && !slices.ContainsFunc(a.Changes, unproven)
}

func unproven(c report.Change) bool { return !c.Proven }

// notAsked says whether a result is open only because the DNS was not asked.
func notAsked(a *report.Auth) bool {
	return a.By == report.ByUs && (!decided(a) || keyless(a)) && a.Reason != "" &&
		(strings.Contains(a.Reason, "the DNS was not asked") || strings.Contains(a.Reason, "the DNS is not asked"))
}

// unaskedOf names the methods among results that are open for want of the DNS.
func unaskedOf(list []*report.Auth) []string {
	var names []string
	for _, method := range []string{"SPF", "DKIM", "DMARC"} {
		if slices.ContainsFunc(list, func(a *report.Auth) bool { return strings.EqualFold(a.Method, method) && notAsked(a) }) {
			names = append(names, method)
		}
	}
	if names == nil {
		return []string{"it"}
	}
	return names
}

// and lists words: "a", "a and b", "a, b and c".
func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// which names the checks that did not pass for a domain; "" where none is on it.
func (f *forShown) which() string {
	var names []string
	for _, method := range []string{"SPF", "DKIM", "DMARC"} {
		if slices.Contains(f.failed, method) || slices.Contains(f.against, method) {
			names = append(names, method)
		}
	}
	if names == nil {
		return ""
	}
	return ": " + and(names) + " did not pass (see CHECKS)"
}

// lineCount counts the lines of text that was added.
func lineCount(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			n++
		}
	}
	return n
}

// signedBefore says what a domain signed, and what of the message it did not.
func (t *trace) signedBefore(a *report.Auth, shown string) string {
	lines, links, all := 0, 0, false
	var not, gone []string
	for i := range a.Changes {
		c := &a.Changes[i]
		field := cut(t.defang(c.Field), 40)
		switch {
		case c.Field == "":
			lines += lineCount(c.Added)
			links += len(c.Links)
			all = all || c.Kind == "empty-body"
		case c.Kind == "refolded", c.Kind == "field-order":
		case c.Kind == "field-removed":
			if !slices.Contains(gone, field) {
				gone = append(gone, field)
			}
		case !slices.Contains(not, "the field "+field+" as it is here"):
			not = append(not, "the field "+field+" as it is here")
		}
	}
	lost := ""
	if len(gone) > 3 {
		gone = append(gone[:3], "others")
	}
	if len(gone) > 0 {
		lost = " It also signed what is not here any more: " + and(gone) + "."
	}
	if len(not) > 3 {
		not = append(not[:3], "others")
	}
	what, holds := "", "holds"
	switch {
	case all:
		what = "its text, all of which was added later"
	case lines == 1:
		what = "the line that was added later"
	case lines > 1:
		what, holds = fmt.Sprintf("the %d lines that were added later", lines), "hold"
	}
	if what != "" {
		switch {
		case links == 1:
			what += " (and " + holds + " a link: do not follow it)"
		case links > 1:
			what += " (and " + holds + " links: do not follow them)"
		}
		not = append([]string{what}, not...)
	}
	if len(not) == 0 {
		return shown + " signed this mail; no text was added since (DKIM, see CHECKS)." + lost
	}
	return shown + " signed this mail, but not " + and(not) + " (DKIM, see CHECKS)." + lost
}

func otherText(shown string) string {
	return "The text is not the one that " + shown + " signed, and no known change (footer, tag, other encoding) explains it: take the text as not theirs."
}

// decides says how to come to what is open for want of the DNS; "" where nothing is.
func (t *trace) decides() string {
	if t.offline() == "" {
		return ""
	}
	var open []*report.Auth
	for i := range t.r.Auth {
		if a := &t.r.Auth[i]; notAsked(a) && !isHELO(a) && slices.Contains([]string{"spf", "dkim", "dmarc"}, strings.ToLower(a.Method)) {
			open = append(open, a)
		}
	}
	if len(open) == 0 {
		return ""
	}
	names, keys := unaskedOf(open), ""
	if i := slices.Index(names, "DKIM"); i >= 0 {
		names, keys = append(slices.Delete(names, i, i+1), "the signature"), ", or give the key with --keys FILE"
	}
	return "To decide " + and(names) + ", run it again without --offline" + keys + "."
}
