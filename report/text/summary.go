package text

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mailtrace/report"
	"mailtrace/report/batch"
)

// Bounds on what is shown of a batch: one screen. What is left out is counted.
const (
	MaxNetworksShown  = 6
	MaxSystemsShown   = 5
	MaxRecordersShown = 4
	MaxRulesShown     = 6
	MaxGroupsShown    = 5
	MaxSharesShown    = 5 // Of one group.
	MaxSamplesShown   = 2
)

// Summary shows what many reports say together: how many, who handed them over, what
// was found, and which of them share infrastructure.
func Summary(w io.Writer, s *batch.Summary, style Style) error {
	p := &summary{page: newPage(style), s: s, found: s.Groups()}
	p.answer()
	p.facts()
	p.networks()
	p.systems()
	p.rules()
	p.groups()
	p.next()
	return p.writeTo(w)
}

// summary is the page of one batch.
type summary struct {
	*page
	s     *batch.Summary
	found batch.Groups
}

// all is how many messages could be read, attached ones too.
func (p *summary) all() int { return p.s.Messages + p.s.Attached - p.s.Failed }

func (p *summary) answer() {
	s := p.s
	text := count(s.Messages, "message")
	if s.Attached > 0 {
		text += ", and " + thousands(int64(s.Attached)) + " attached to them"
	}
	if s.Failed > 0 {
		text += "; " + thousands(int64(s.Failed)) + " could not be read"
	}
	text += "."
	switch {
	case p.all() == 0:
		text += " Nothing could be judged."
	case p.s.NoHop == p.all():
		text += " Nothing could be judged: none has a Received line."
	case s.Standing.Fictitious > 0:
		text += " The route of " + thousands(int64(s.Standing.Fictitious)) + " has hops that are FALSE."
	default:
		text += " No hop was proved false; that says nothing of what the messages ask for."
	}
	if n := len(p.found.Groups); n > 0 {
		text += fmt.Sprintf(" %s share infrastructure with others, in %s; the largest has %s.",
			thousands(int64(p.found.Grouped)), count(n+p.found.More, "group"), count(p.found.Groups[0].Messages, "message"))
	}
	p.item(bold, "SUMMARY", inputIndent, text)
}

// counted is a number and what it counts.
type counted struct {
	n     int
	words string
}

// tell puts together those counts that are not zero.
func tell(counts ...counted) string {
	var parts []string
	for _, c := range counts {
		if c.n > 0 {
			parts = append(parts, thousands(int64(c.n))+noBreak+c.words)
		}
	}
	return strings.Join(parts, ", ")
}

func (p *summary) facts() {
	s := p.s
	if s.First != nil {
		p.item(plain, " span", factIndent, "handed over "+span(s.First, s.Last)+" (UTC), by the clocks of the recipients")
	}
	for _, f := range [...]struct{ color, label, text string }{
		{yellow, " against", tell(counted{s.Standing.Fictitious, "with hops that are FALSE"}, counted{s.Standing.Inconsistent, "with INCONSISTENT ones"})},
		{plain, " boundary", tell(counted{s.Boundary.Certain, "certain"}, counted{s.Boundary.Likely, "likely"},
			counted{s.Boundary.Guess, "a guess"}, counted{s.Boundary.None, "not known (--own settles it)"})},
		{plain, " recorded by", p.recorders()},
		{plain, " input", tell(counted{s.Fidelity.AsReceived, "without an alteration that was noticed"},
			counted{s.Fidelity.HeadersOnly, "header only"}, counted{s.Fidelity.Reserialised, "written anew by a program"},
			counted{s.Fidelity.PastedRepaired, "damaged by copying, and mended"})},
		{yellow, " not judged", tell(counted{s.NoHop, "without a Received line"}, counted{s.Failed, "could not be read"}, counted{s.Partly, "read in part"})},
	} {
		if f.text != "" {
			p.item(f.color, f.label, factIndent, f.text)
		}
	}
}

func (p *summary) recorders() string {
	l := p.s.Recorders()
	var parts []string
	for i, r := range l.Rows {
		if i == MaxRecordersShown {
			parts = append(parts, fmt.Sprintf("and %s more", thousands(int64(len(l.Rows)-i))))
			break
		}
		name := "hosts without a name"
		if r.Name != "" {
			name = cut(p.host(r.Name), p.width/2)
		}
		parts = append(parts, name+noBreak+"("+thousands(int64(r.Messages))+")")
	}
	if len(parts) == 0 {
		return ""
	}
	return "the hosts of " + strings.Join(parts, ", ")
}

func (p *summary) networks() {
	l := p.s.Networks()
	total := l.Cut
	for _, n := range l.Rows {
		total += n.Messages
	}
	if len(l.Rows) == 0 {
		return
	}
	p.blank()
	head := fmt.Sprintf("%s, from %s", count(total, "message"), count(len(l.Rows), "network"))
	if p.s.NoAddress > 0 {
		head += fmt.Sprintf("; of %s more the address was not written down", thousands(int64(p.s.NoAddress)))
	}
	p.item(bold, "HANDED OVER BY", inputIndent+8, head)
	var rows [][]string
	shown := 0
	for _, n := range l.Rows[:min(len(l.Rows), MaxNetworksShown)] {
		shown += n.Messages
		rows = append(rows, []string{p.host(n.Prefix.String()), thousands(int64(n.Messages)), percent(n.Messages, total), p.whose(&n)})
	}
	p.columns([]string{"network", "messages", "share", "one of its hosts"}, rows)
	p.more(len(l.Rows)-MaxNetworksShown, "network", total-shown, l.Cut)
}

// whose is what is known of a network. The name of a host is what the DNS or it itself
// says.
func (p *summary) whose(n *batch.Network) string {
	var parts []string
	if n.Provider != "" {
		parts = append(parts, "pool of "+n.Provider)
	} else if n.AS.Number != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("AS%d %s", n.AS.Number, cut(p.defang(n.AS.Name), 24))))
	}
	if n.Host != "" {
		parts = append(parts, p.host(n.Host))
	}
	return strings.Join(parts, ", ")
}

func (p *summary) systems() {
	l := p.s.Systems()
	if len(l.Rows) == 0 {
		return
	}
	p.blank()
	p.item(bold, "SYSTEMS", inputIndent, thousands(int64(len(l.Rows)))+" that answer for these networks")
	var rows [][]string
	for _, s := range l.Rows[:min(len(l.Rows), MaxSystemsShown)] {
		rows = append(rows, []string{fmt.Sprintf("AS%d", s.Number), thousands(int64(s.Messages)), thousands(int64(s.Networks)), p.defang(s.Name)})
	}
	p.columns([]string{"number", "messages", "networks", "name"}, rows)
	p.more(len(l.Rows)-MaxSystemsShown, "system", 0, l.Cut)
}

func (p *summary) rules() {
	l := p.s.Rules()
	if len(l.Rows) == 0 {
		return
	}
	p.blank()
	p.item(bold, "FOUND", inputIndent, "the heaviest first; a finding is a reason to look, and only PROOF proves")
	for _, r := range l.Rows[:min(len(l.Rows), MaxRulesShown)] {
		weight := map[report.Weight]string{report.Proof: "PROOF", report.Strong: "strong sign", report.Ordinary: "ordinary"}[r.Weight]
		title := p.defang(r.Title)
		if title != "" {
			title = ": " + title
		}
		number := thousands(int64(r.Messages))
		p.bounded(weightColor(r.Weight), strings.Repeat(" ", max(1, 7-len(number)))+number, 9, weight+", "+cut(Escape(r.ID), p.width)+title, 3)
	}
	p.more(len(l.Rows)-MaxRulesShown, "rule", 0, l.Cut)
}

// more says what a list left out: rows, the messages in them, and those that were
// beyond what is kept.
func (p *summary) more(rows int, word string, messages, beyond int) {
	if rows > 0 {
		text := "and " + count(rows, "more "+word)
		if messages > 0 {
			text += " (" + count(messages, "message") + ")"
		}
		p.item(plain, "", 1, text)
	}
	if beyond > 0 {
		p.item(yellow, "", 1, fmt.Sprintf("%s came when this list was full, and are in none of its rows", count(beyond, "message")))
	}
}

func (p *summary) next() {
	p.blank()
	p.item(faint, "NEXT", inputIndent, "mailtrace rules ID explains a finding; mailtrace trace FILE shows one message, and --json one report for each.")
}

// minLast is the least room for the last cell of a row.
const minLast = 16

// columns writes rows of four cells, of which the last one may be cut; as a list where
// the page is too narrow for that.
func (p *summary) columns(head []string, rows [][]string) {
	longest := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for c := range row {
			row[c] = Escape(row[c])
			longest[c] = max(longest[c], width(row[c]))
		}
	}
	last := len(head) - 1
	room := p.width - 1 - 2*last
	for _, w := range longest[:last] {
		room -= w
	}
	if room < minLast {
		for _, row := range rows {
			text := fmt.Sprintf("%s %s, %s %s", head[1], row[1], head[2], row[2])
			if row[last] != "" {
				text += "; " + row[last]
			}
			p.bounded(plain, " "+row[0], detailIndent, text, 3)
		}
		return
	}
	for _, row := range rows {
		for c := 1; c < last; c++ {
			row[c] = strings.Repeat(" ", longest[c]-width(row[c])) + row[c]
		}
		row[last] = cut(row[last], room)
	}
	for i, l := range tabulate(head, rows) {
		color := plain
		if i == 0 {
			color = faint
		}
		p.b.WriteString(p.paint(color, " "+strings.TrimRight(l, " ")) + "\n")
	}
}

func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	if 100*n < of {
		return "<1" + noBreak + "%"
	}
	return fmt.Sprintf("%d%s%%", (100*n+of/2)/of, noBreak)
}

// count is "1 message" or "1,112 messages".
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return thousands(int64(n)) + " " + word + "s"
}

// span is from when to when, to the minute.
func span(first, last *time.Time) string {
	from, to := first.UTC().Format(time.DateOnly+" 15:04"), last.UTC().Format(time.DateOnly+" 15:04")
	switch {
	case from == to:
		return from
	case from[:len(time.DateOnly)] == to[:len(time.DateOnly)]:
		to = to[len(time.DateOnly)+1:]
	}
	return from + " to " + to
}
