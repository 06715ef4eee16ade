package text

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

// Bounds on what is shown. The JSON has everything, and the page says so where
// it leaves something out.
const (
	MaxHopsShown    = 100 // The oldest and the newest; those between them are left out.
	OldestShown     = 20
	MaxLetters      = 26 // Kinds of findings, A to Z.
	MaxOfOneRule    = 3  // Findings of one rule.
	MaxRepairsShown = 8
	MaxQuotes       = 4 // Places that one finding rests on.
	MaxQuoteLines   = 4
	MaxTextLines    = 6 // Of anything else that a report says.
)

// Columns in which the text of a block begins.
const (
	inputIndent  = 8
	factIndent   = 13
	detailIndent = 5
	quoteIndent  = 13
)

// Trace shows the report on one message: the answer, the route, why, and what to do.
func Trace(w io.Writer, r *report.Report, style Style) error {
	t := &trace{page: newPage(style), r: r}
	t.own()
	t.letter()
	t.input()
	t.blank()
	t.answer()
	if len(r.Path.Hops) > 0 {
		t.route()
		t.segments()
	}
	t.checks()
	t.names()
	t.envelope()
	t.accounts()
	t.otherFields()
	t.now()
	t.why()
	t.requirements(r, t.defang)
	t.notJudged()
	t.repairs()
	t.next()
	return t.writeTo(w)
}

// trace is the page of one message.
type trace struct {
	*page
	r *report.Report

	findings []group          // In the order of their letters.
	marks    map[int][]string // Hop number → letters of the findings about it.
}

// group is findings of one rule and weight, under the letter by which the page
// refers to them.
type group struct {
	letter         string
	report.Finding // The first one.
	all            []report.Finding
	hops           []int
}

// letter groups the findings and gives them letters, those of most weight first.
func (t *trace) letter() {
	weights := []report.Weight{report.Proof, report.Strong, report.Ordinary}
	findings := slices.Clone(t.r.Findings)
	slices.SortStableFunc(findings, func(a, b report.Finding) int {
		return cmp.Compare(uint(slices.Index(weights, a.Weight)), uint(slices.Index(weights, b.Weight)))
	})
	t.marks = map[int][]string{}
	for _, f := range findings {
		i := slices.IndexFunc(t.findings, func(g group) bool {
			return g.Rule == f.Rule && g.Weight == f.Weight && g.Disproves == f.Disproves
		})
		if i < 0 {
			if i = len(t.findings); i == MaxLetters {
				break
			}
			t.findings = append(t.findings, group{letter: string(rune('A' + i)), Finding: f})
		}
		g := &t.findings[i]
		g.all = append(g.all, f)
		if f.Hop != nil && !slices.Contains(g.hops, *f.Hop) {
			g.hops = append(g.hops, *f.Hop)
			t.marks[*f.Hop] = append(t.marks[*f.Hop], g.letter)
		}
	}
}

func (t *trace) input() {
	e := &t.r.Evidence
	name := cmp.Or(t.r.Target, e.Name)
	if name == "-" {
		name = "standard input"
	}
	parts := []string{name}
	switch {
	case e.Part > 0:
		parts = append(parts, fmt.Sprintf("part%s%d", noBreak, e.Part))
	case e.Offset > 0:
		parts = append(parts, "at byte "+thousands(e.Offset))
	}
	size, sum := e.Size, e.SHA256
	if e.Part == 0 && e.InputSize != nil && e.InputSHA256 != "" && (len(e.Containers) == 0 || len(e.Containers) == 1 && e.Containers[0] == "msg") {
		// Nobody has a mended or rebuilt text in hand: the sum is to be compared with a file.
		size, sum = *e.InputSize, e.InputSHA256
	}
	if size > 0 {
		parts = append(parts, thousands(size)+" bytes")
	}
	if len(sum) > 12 {
		parts = append(parts, "sha256 "+sum[:4]+".."+sum[len(sum)-4:])
	}
	line := strings.Join(parts, ", ")
	if words := fidelity(e); words != "" {
		line += "; " + words
	}
	t.bounded(bold, "input", inputIndent, line, 4)
}

func fidelity(e *report.Source) string {
	why := ""
	if e.FidelityWhy != "" {
		why = ": " + e.FidelityWhy
	}
	switch e.Fidelity {
	case report.FidelityUnset:
		return ""
	case report.AsReceived:
		return "no alteration noticed"
	case report.Reserialised:
		return "not the original, a program wrote it anew" + why
	case report.HeadersOnly:
		return "header only, there is no body"
	case report.PastedRepaired:
		return "damaged by copying, and mended" + why
	}
	return string(e.Fidelity) + why
}

// segments shows the legs of the journey where the message changed hands on it:
// all others are seen in the route.
func (t *trace) segments() {
	if len(t.r.Path.Segments) < 2 || !slices.ContainsFunc(t.r.Path.Segments, func(s report.Segment) bool {
		return s.Kind == received.List || s.Kind == received.Forward || s.Kind == received.Fetch
	}) {
		return
	}
	t.blank()
	t.item(bold, "LEGS", inputIndent, "of the journey, oldest first")
	for _, s := range t.r.Path.Segments {
		hops := fmt.Sprintf(" hops %d-%d", s.First, s.Last)
		if s.First == s.Last {
			hops = fmt.Sprintf(" hop %d", s.First)
		}
		text := legName(s)
		if s.Why != "" {
			text += ": " + t.defang(s.Why)
		}
		t.bounded(plain, hops, factIndent, text, MaxTextLines)
	}
}

// legName is the kind of a leg, and where the message changed hands on it.
func legName(s report.Segment) string {
	switch s.Kind {
	case received.List:
		return fmt.Sprintf("list expansion at hop %d", s.First)
	case received.Forward:
		return fmt.Sprintf("forwarding at hop %d", s.First)
	}
	return string(s.Kind)
}

// notJudged names the rules that could not be applied: silence about them would
// look like a pass. Equal reasons are told once.
func (t *trace) notJudged() {
	if len(t.r.Undecided) == 0 {
		return
	}
	t.blank()
	t.item(bold, "NOT JUDGED", 0, "")
	var whys []string
	rules, hops := map[string][]string{}, map[string][]int{}
	for _, u := range t.r.Undecided {
		if rules[u.Why] == nil {
			whys = append(whys, u.Why)
		}
		if !slices.Contains(rules[u.Why], u.Rule) {
			rules[u.Why] = append(rules[u.Why], u.Rule)
		}
		if u.Hop != nil {
			hops[u.Why] = append(hops[u.Why], *u.Hop)
		}
	}
	for _, why := range whys {
		text := strings.Join(rules[why], ", ")
		if len(hops[why]) > 0 {
			text += ", " + hopList(hops[why])
		}
		t.bounded(plain, " ?", detailIndent, text+": "+t.defang(why), MaxTextLines)
	}
}

// repairs tells what of the input was stepped over, and what was cut off.
func (t *trace) repairs() {
	e := &t.r.Evidence
	if len(e.Limits) > 0 {
		t.blank()
		t.item(yellow, "CUT OFF", inputIndent+2, "the report is not about all of the input")
		for _, l := range e.Limits {
			t.bounded(plain, " !", detailIndent, fmt.Sprintf("%s (%s: %s)", t.defang(l.Text), l.Name, thousands(l.Value)), MaxTextLines)
		}
	}
	if len(e.Repairs) == 0 {
		return
	}
	t.blank()
	t.item(bold, "MENDED", inputIndent, "to read the input")
	for i, rep := range e.Repairs {
		if i == MaxRepairsShown {
			t.item(plain, "", detailIndent, fmt.Sprintf("and %d more (--json shows all)", len(e.Repairs)-i))
			break
		}
		place, text := fmt.Sprintf(" line %d", rep.Line), rep.Text
		if rest, ok := strings.CutPrefix(text, fmt.Sprintf("lines %d to ", rep.Line)); ok {
			if last, what, ok := strings.Cut(rest, ": "); ok {
				place, text = fmt.Sprintf(" lines %d-%s", rep.Line, last), what
			}
		}
		t.bounded(plain, place, factIndent, t.defang(text), 2)
	}
}

// hopList is "hop 3", "hops 1 and 2" or "hops 1, 2, 4-7".
func hopList(hops []int) string {
	hops = slices.Compact(slices.Sorted(slices.Values(hops)))
	if len(hops) == 1 {
		return "hop " + strconv.Itoa(hops[0])
	}
	if len(hops) == 2 {
		return fmt.Sprintf("hops %d and %d", hops[0], hops[1])
	}
	var parts []string
	for i := 0; i < len(hops); {
		j := i
		for j+1 < len(hops) && hops[j+1] == hops[j]+1 {
			j++
		}
		if j > i+1 {
			parts = append(parts, fmt.Sprintf("%d-%d", hops[i], hops[j]))
			i = j + 1
			continue
		}
		parts = append(parts, strconv.Itoa(hops[i]))
		i++
	}
	return "hops " + strings.Join(parts, ", ")
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
