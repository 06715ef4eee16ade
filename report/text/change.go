package text

import (
	"fmt"
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
		s := t.defang(c.Text)
		if c.Line > 0 {
			s += fmt.Sprintf(" (line%s%d)", noBreak, c.Line)
		}
		t.bounded(plain, pad+"since then:", indent+12, s, 4)
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
