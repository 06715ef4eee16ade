package text

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// why shows the findings with what they rest on.
func (t *trace) why() {
	if len(t.findings) == 0 {
		return
	}
	t.blank()
	t.item(bold, "WHY", 0, "")
	for _, g := range t.findings {
		t.group(g)
	}
	shown := 0
	for _, g := range t.findings {
		shown += len(g.all)
	}
	if more := len(t.r.Findings) - shown; more > 0 {
		t.item(plain, "", detailIndent, fmt.Sprintf("and %d more of no greater weight (--json shows all)", more))
	}
}

// group shows the findings of one rule, the first few in full.
func (t *trace) group(g group) {
	where := ""
	if len(g.hops) > 0 {
		where = ", " + hopList(g.hops)
	}
	t.item(weightColor(g.Weight), " ["+g.letter+"]", detailIndent, g.Rule+where+": "+weight(g.Finding))
	for i, f := range g.all {
		if i == MaxOfOneRule {
			t.item(plain, "", detailIndent, fmt.Sprintf("and %d more of the kind (--json shows all)", len(g.all)-i))
			break
		}
		t.bounded(plain, "", detailIndent, t.defang(f.Text), MaxTextLines)
		t.quotes(f.Evidence)
	}
	t.innocent(g.Rule)
}

func (t *trace) quotes(evidence []report.Evidence) {
	for i, e := range evidence {
		if i == MaxQuotes {
			t.item(plain, "", detailIndent, fmt.Sprintf("and %d more places (--json shows all)", len(evidence)-i))
			break
		}
		t.quote(e)
	}
}

// weight says in words what a finding is worth.
func weight(f report.Finding) string {
	severity := ""
	if f.Severity == report.Critical {
		severity = "; act (see NEXT)"
	}
	switch f.Weight {
	case report.Proof:
		return "PROOF" + disproves(f.Disproves) + ", no honest software writes this" + severity
	case report.Strong:
		return "strong sign, rare in honest mail" + severity
	case report.Ordinary:
		return "ordinary, also found in honest mail" + severity
	}
	return string(f.Severity)
}

func disproves(d report.Disproves) string {
	switch d {
	case report.DisprovesHop:
		return " that this hop is made up"
	case report.DisprovesDate:
		return " that this date is not the true one"
	case report.DisprovesAltered:
		return " that the message was changed"
	}
	return ""
}

func weightColor(w report.Weight) string {
	switch w {
	case report.Proof:
		return red
	case report.Strong:
		return yellow
	}
	return plain
}

// quote shows the bytes of the message, a few lines of them.
func (t *trace) quote(e report.Evidence) {
	label := "     | "
	switch {
	case e.Source == report.SourceSMTP: // Its line is one of a conversation, not of the message.
		label = "     server | "
	case e.Line > 0:
		label = fmt.Sprintf("     line %d | ", e.Line)
	}
	indent := width(label) // At most 27, as numbers go.
	text := strings.TrimSpace(t.defang(e.Bytes()))
	if text == "" {
		text = "(nothing)"
	}
	all := wrap(text, t.width-indent, MaxQuoteLines+1)
	bar := strings.Repeat(" ", indent-2) + "| "
	for i, line := range all {
		if i == MaxQuoteLines {
			t.b.WriteString(t.paint(faint, bar) + cut("… (--json shows all)", t.width-indent) + "\n")
			break
		}
		if i == 0 {
			t.b.WriteString(t.paint(faint, label) + line + "\n")
		} else {
			t.b.WriteString(t.paint(faint, bar) + line + "\n")
		}
	}
}

// innocent names the honest cause, and on what the rule was measured.
func (t *trace) innocent(id string) {
	i := slices.IndexFunc(t.r.Rules, func(r report.Rule) bool { return r.ID == id })
	if i < 0 {
		return
	}
	if r := t.r.Rules[i]; r.Innocent != "" {
		t.bounded(plain, "", detailIndent, "Innocent cause: "+r.Innocent, MaxTextLines)
	}
}
