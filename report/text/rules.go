package text

import (
	"io"
	"slices"
	"strings"

	"mailtrace/report"
)

// Rules lists rules: the most serious finding each may report, its id, its title.
func Rules(w io.Writer, rules []report.Rule, style Style) error {
	p := newPage(style)
	indent := 11
	for _, r := range rules {
		indent = max(indent, 9+2+width(Escape(r.ID))+2)
	}
	for _, r := range rules {
		severity := string(r.Max) + strings.Repeat(" ", max(1, 10-len(r.Max)))
		if indent > p.width/2 && indent+width(Escape(r.Title)) > p.width {
			p.item(plain, severity+r.ID, 0, "")
			p.item(plain, "", 10, r.Title)
			continue
		}
		p.item(plain, severity+r.ID, indent, r.Title)
	}
	p.blank()
	p.item(faint, "", 0, "In front: how serious a finding of the rule is at most, whatever the mail or the domain is: info (nothing to do), "+
		"warning (look), critical (act). \"mailtrace rules ID\" explains one.")
	return p.writeTo(w)
}

// Rule explains one rule.
func Rule(w io.Writer, r report.Rule, style Style) error {
	p := newPage(style)
	const indent = 10
	p.item(bold, r.ID, 0, "")
	p.item(plain, "", 0, r.Title)
	p.blank()
	for _, part := range [...]struct{ label, text string }{
		{"at most", severity(r.Max)},
		{"means", r.Explain},
		{"innocent", r.Innocent},
		{"measured", r.Measured},
		{"see", strings.Join(r.Refs, "; ")},
	} {
		if part.text != "" {
			p.item(faint, part.label, indent, part.text)
		}
	}
	return p.writeTo(w)
}

func severity(s report.Severity) string {
	words := []string{"info", "nothing to do", "warning", "look", "critical", "act"}
	if i := slices.Index(words, string(s)); i >= 0 && i%2 == 0 {
		return words[i] + " (" + words[i+1] + ")"
	}
	return string(s)
}
