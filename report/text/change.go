package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// Bounds on what is shown of changes to a message that was signed.
const (
	MaxChangesShown = 4 // Of all signatures in a block.
	MaxAddedLines   = 4
	MaxLinksShown   = 3
)

// changes shows what was done to the message since it was signed, and what nobody
// signed in it. Every line of that text stands behind a bar, so that none can pass for
// a line of the page.
//
// It shows no more than room, and returns what room is left.
func (t *trace) changes(a *report.Auth, indent, room int) int {
	pad := strings.Repeat(" ", indent)
	for i := range a.Changes {
		c := &a.Changes[i]
		if i == room {
			t.item(plain, "", indent, fmt.Sprintf("and %s more (--json shows all)", plural(len(a.Changes)-i, "change")))
			return 0
		}
		s := t.changeWords(a, c)
		t.bounded(plain, pad+"since then:", indent+12, s, MaxTextLines)
		t.added(c.Added, indent+2)
		for n, link := range c.Links {
			if n == MaxLinksShown {
				t.item(yellow, pad+"  !", indent+4, fmt.Sprintf("and %d more links that nobody signed", len(c.Links)-n))
				break
			}
			t.bounded(yellow, pad+"  !", indent+4, "a link that nobody signed: "+t.defang(link), 2)
		}
	}
	return room - len(a.Changes)
}

// changeWords is the line above what was added, or the sentence on another change.
func (t *trace) changeWords(a *report.Auth, c *report.Change) string {
	at, in := "", ""
	if c.Line > 0 {
		in = fmt.Sprintf("line%s%d", noBreak, c.Line)
		at, in = " ("+in+")", in+"; "
	}
	n := lineCount(c.Added)
	if n == 0 {
		return t.defang(c.Text) + at
	}
	if c.Kind != "footer" || c.Field != "" {
		return t.defang(unquoted(c)) + at
	}
	s := plural(n, "line") + " were added at the end (" + in + "who added them is not known; nobody vouches for them):"
	if n == 1 {
		s = "1 line was added at the end (" + in + "who added it is not known; nobody vouches for it):"
	}
	if unproven(*c) {
		s = "if this signature is of " + cutDomain(t.defang(cmp.Or(a.Domain, "its signer")), t.width) + ", which is not proven, " + s
	}
	return s
}

// unquoted is the sentence on a change without the text that is printed below, where
// it stands in it as a quotation: whole, or its beginning.
func unquoted(c *report.Change) string {
	added := strings.Join(strings.Fields(c.Added), " ")
	for rest, at := c.Text, 0; added != ""; {
		i := strings.Index(rest, ": «")
		if i < 0 {
			break
		}
		quote := rest[i+len(": «"):]
		if after, ok := strings.CutPrefix(quote, added+"»"); ok {
			return c.Text[:at+i] + after
		}
		if end := strings.Index(quote, ellipsis+"»"); end > 0 && strings.HasPrefix(added, quote[:end]) {
			return c.Text[:at+i] + quote[end+len(ellipsis+"»"):]
		}
		at, rest = at+i+len(": «"), quote
	}
	return c.Text
}

// sameChanges says whether two signatures were followed by the same changes.
func sameChanges(a, b *report.Auth) bool {
	return len(a.Changes) > 0 && slices.EqualFunc(a.Changes, b.Changes, func(x, y report.Change) bool {
		return x.Kind == y.Kind && x.Field == y.Field && x.Added == y.Added && x.Line == y.Line && unproven(x) == unproven(y)
	})
}

// added quotes text that nobody signed.
func (t *trace) added(text string, indent int) {
	shown := 0
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		label := strings.Repeat(" ", indent) + "|"
		if shown++; shown > MaxAddedLines {
			t.item(plain, label, indent+2, ellipsis)
			return
		}
		for _, part := range wrap(t.defang(line), t.width-indent-2, 2) {
			t.bounded(plain, label, indent+2, part, 1)
		}
	}
}
