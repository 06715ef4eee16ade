package text

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mailtrace/report"
)

// Explained is the methods that Explain knows.
var Explained = []string{"spf", "dkim", "dmarc", "arc"}

// Bounds on what is explained.
const (
	MaxResultsShown = 12 // Of one method, each with its steps.
	MaxStepsShown   = 120
	MaxClaimsShown  = 20
	MaxDNSShown     = 40
	MaxAnswersShown = 6 // Of one question.
	maxDepth        = 16
	stepIndent      = 5
)

// Explain shows how mailtrace came to its results by one of the methods in Explained,
// step by step; what others say of it, and who of them is to be believed; and what the
// DNS answered.
func Explain(w io.Writer, r *report.Report, method string, style Style) error {
	t := &trace{page: newPage(style), r: r}
	t.own()
	t.blank()
	ours := t.of(method, true)
	name := strings.ToUpper(method)
	if len(ours) == 0 {
		t.item(bold, "EXPLAIN", inputIndent+1, name+": "+t.noResult(method))
	} else {
		t.item(bold, "EXPLAIN", inputIndent+1, name+", as mailtrace checked it, step by step")
	}
	for i, a := range ours {
		if i == MaxResultsShown {
			t.item(plain, "", 1, fmt.Sprintf("and %d more (--json shows all)", len(ours)-i))
			break
		}
		t.explainOne(a)
	}
	t.claims(method)
	t.answers(method)
	return t.writeTo(w)
}

// of is the results by one method: ours, or those of everybody else.
func (t *trace) of(method string, ours bool) []*report.Auth {
	var out []*report.Auth
	for i := range t.r.Auth {
		if a := &t.r.Auth[i]; strings.EqualFold(a.Method, method) && (a.By == report.ByUs) == ours {
			out = append(out, a)
		}
	}
	return out
}

// noResult says why there is no result of ours.
func (t *trace) noResult(method string) string {
	ours := slices.ContainsFunc(t.r.Auth, func(a report.Auth) bool { return a.By == report.ByUs })
	switch {
	case !ours:
		return "this report holds no checks of mailtrace's own: they were not made"
	case method == "arc":
		return "there is no ARC chain in this message"
	case method == "dmarc":
		return "there is no domain in From that it could be about"
	case method == "dkim":
		return "there is no signature in this message that could be checked"
	}
	return "it was not checked"
}

// explainOne shows one result and how we came to it.
func (t *trace) explainOne(a *report.Auth) {
	t.blank()
	head := methodOf(a)
	if what := t.about(a.Domain, a.Selector); what != "-" {
		head += " " + what
	}
	head += ": " + cut(Escape(string(a.Status)), 20)
	if a.Line > 0 {
		head += fmt.Sprintf(" (line%s%d)", noBreak, a.Line)
	}
	switch {
	case a.Aligned == nil, strings.EqualFold(a.Method, "dmarc"): // Which is about From.
	case *a.Aligned:
		head += ", of the same organisation as From"
	default:
		head += ", not of the organisation in From"
	}
	t.bounded(plain, "", 1, head, 4)
	if a.Reason != "" {
		t.bounded(plain, "", stepIndent, t.defang(a.Reason), MaxTextLines)
	}
	for i, step := range a.Trace {
		if i == MaxStepsShown {
			t.item(plain, "", stepIndent, fmt.Sprintf("and %d more steps (--json shows all)", len(a.Trace)-i))
			break
		}
		text := strings.TrimLeft(step, " ")
		depth := min(len(step)-len(text), maxDepth)
		label := strings.Repeat(" ", stepIndent+depth) + "-"
		t.bounded(plain, label, len(label)+1, t.defang(text), MaxTextLines)
	}
	if len(a.Changes) > 0 {
		t.item(plain, "", stepIndent, "what was changed since stands in CHECKS, and all of it in --json")
	}
}

// claims is what others say: each on its place on the path, beside what we find, and
// whether it is to be believed.
func (t *trace) claims(method string) {
	list := t.of(method, false)
	t.blank()
	if len(list) == 0 {
		t.item(bold, "CLAIMS", inputIndent, "nobody else says anything of "+strings.ToUpper(method)+" in this message")
		return
	}
	t.item(bold, "CLAIMS", inputIndent, "what each host says of "+strings.ToUpper(method)+", what we find, and who is to be believed")
	var rows [][]string
	words := map[string]bool{}
	for i, a := range list {
		if i == MaxClaimsShown {
			break
		}
		believe := believed(a.By)
		words[believe] = true
		rows = append(rows, []string{
			fmt.Sprint(a.Line), t.claim(a), t.place(a.Line), cut(Escape(string(a.Status)), 12), t.found(a), believe,
		})
	}
	t.tableOf([]string{"line", "who says so", "place", "result", "now", "believe?"}, rows, 4)
	if n := len(list) - len(rows); n > 0 {
		t.item(plain, "", 1, fmt.Sprintf("and %d more (--json shows all)", n))
	}
	for _, w := range []struct{ word, text string }{
		{"yes", "the recipient's side wrote it, below the line between the sender's story and what was seen: so it was found when the mail came"},
		{"no", "it came with the mail, above that line: whoever sent the mail can have written it"},
		{"cannot tell", t.cannotTell()},
	} {
		if words[w.word] {
			t.item(plain, " "+w.word, 14, w.text)
		}
	}
}

// cannotTell says why it cannot be told whose word a claim is.
func (t *trace) cannotTell() string {
	if t.attached() {
		return "whoever attached the message can have written it, wherever it stands"
	}
	return "nothing shows whose word it is"
}

func believed(by report.AuthBy) string {
	switch by {
	case report.ByRecipient:
		return "yes"
	case report.ByBrought:
		return "no"
	}
	return "cannot tell"
}

// claim names the field, who it says wrote it, and what it is about.
func (t *trace) claim(a *report.Auth) string {
	name := "a field"
	if k := slices.IndexFunc(t.r.Fields, func(f report.Field) bool { return f.Line == a.Line }); k >= 0 {
		name = cut(t.defang(t.r.Fields[k].Name), 40)
	}
	if a.Server != "" {
		name += " of " + cut(t.defang(a.Server), 60)
	}
	if what := t.about(a.Domain, a.Selector); what != "-" {
		name += ", on " + what
	}
	if isHELO(a) {
		name += " (HELO)"
	}
	return name
}

// place is where on the path a line of the message was written: every host writes on
// top of what is there.
func (t *trace) place(line int) string {
	after := 0
	for i := range t.r.Path.Hops {
		if h := &t.r.Path.Hops[i]; h.Line > line {
			after = max(after, h.Number)
		}
	}
	switch {
	case line == 0, len(t.r.Path.Hops) == 0:
		return "not known"
	case after == 0:
		return "before hop" + noBreak + fmt.Sprint(t.r.Path.Hops[0].Number)
	}
	return "after hop" + noBreak + fmt.Sprint(after)
}

// found is our result on what somebody else says something about.
func (t *trace) found(a *report.Auth) string {
	r := row{method: methodOf(a), domain: a.Domain, selector: a.Selector, theirs: string(a.Status)}
	best, most := "-", 0
	for _, own := range t.of(a.Method, true) {
		if n := r.fits(own); n > most {
			best, most = cut(Escape(string(own.Status)), 12), n
		}
	}
	return best
}
