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
		severity = "; act"
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
	if e.Line > 0 {
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

// next says what to do now.
func (t *trace) next() {
	t.blank()
	hops := t.r.Path.Hops
	var steps []string
	switch {
	case len(hops) == 0 && t.r.Error != "":
		steps = append(steps, "Check that this is a message as it was received (an .eml file, or the whole header from \"show original\") and run it again.")
	case len(hops) == 0:
		steps = append(steps, "Ask for the original as an attachment (.eml), not forwarded and not copied out of a window.")
	case t.r.Path.Boundary == nil:
		steps = append(steps, "Start at the last hop of the list and go up while the host behind \">\" is one of yours. "+
			"What stands before \">\" in the last such hop gave you the message: hold on to its address, and trust nothing above it.")
	default:
		steps = append(steps, fmt.Sprintf("Hop %d tells by its address who gave you the message; do not trust anything older.", t.r.Path.Boundary.Hop))
	}
	if len(hops) > 0 && (t.r.Evidence.Fidelity == report.PastedRepaired || t.r.Evidence.Fidelity == report.Reserialised) {
		steps = append(steps, "Ask for the original (.eml) before you accuse anyone: this copy was changed on its way to you.")
	} else if len(t.findings) > 0 && t.findings[0].Weight == report.Proof {
		steps = append(steps, "Do not answer or click; reach the sender another way.")
	}
	t.item(bold, "NEXT", inputIndent, strings.Join(steps, " "))
	more := "mailtrace rules ID explains a rule; --json shows all."
	if len(t.findings) > 0 {
		more = "mailtrace rules " + t.findings[0].Rule + " explains [A]; --json shows all."
	} else if len(t.r.Undecided) == 0 {
		more = "--json shows all that was read."
	}
	t.item(faint, "", inputIndent, more)
}
