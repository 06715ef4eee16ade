package text

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"mailtrace/received"
	"mailtrace/report"
)

// minRoute is the narrowest column in which host names can still be read; on a
// narrower page the hops are a list instead of a table.
const minRoute = 24

// route is the table of hops.
type route struct {
	*trace
	rows    [][]string // Cells, one line of text each.
	columns int        // Of the widest column, "from > by".
	day     string     // Of the hop before, where the days differ.
	oneDay  bool
	marks   map[string]bool // Signs that need a note below the table.
}

// route shows the hops, oldest first.
func (t *trace) route() {
	rt := &route{trace: t, marks: map[string]bool{}}
	days := t.days()
	rt.oneDay = len(days) == 1
	t.blank()
	title := "oldest first, times in UTC"
	if rt.oneDay {
		title = "oldest first, all on " + days[0] + " (UTC)"
	}
	t.item(bold, "ROUTE", inputIndent-1, title)
	rt.columns = t.width - rt.fixed()
	if rt.columns < minRoute {
		rt.list()
	} else {
		rt.table()
	}
	rt.notes()
}

// days are the dates on which the hops were, in order.
func (t *trace) days() []string {
	var days []string
	for _, h := range t.r.Path.Hops {
		if h.Time != nil {
			days = append(days, h.Time.UTC().Format(time.DateOnly))
		}
	}
	return slices.Compact(days)
}

// fixed is how many columns all cells but the route take, with the gaps.
func (rt *route) fixed() int {
	number, line, what, late := 1, 4, 8, 5
	for i := range rt.r.Path.Hops {
		h := &rt.r.Path.Hops[i]
		number = max(number, len(strconv.Itoa(h.Number)))
		line = max(line, len(strconv.Itoa(h.Line)))
		for _, s := range rt.what(h) {
			what = max(what, width(Escape(s)))
		}
		late = max(late, width(rt.delay(i)))
	}
	const clock = len(time.TimeOnly)
	return 1 + number + 2 + line + 2 + what + 2 + 2 + clock + 2 + late
}

// what says in a word or two what a hop is: its standing where it is known, its
// kind, and the letters of the findings about it.
func (rt *route) what(h *report.Hop) []string {
	word := string(h.Kind)
	if h.Standing != report.StandingUnset {
		word = standing(h.Standing)
	}
	lines := []string{word}
	if m := rt.trace.marks[h.Number]; len(m) > 0 {
		letters := "[" + strings.Join(m, ",") + "]"
		if len(m) > 5 {
			letters = "[" + strings.Join(m[:4], ",") + ",…]"
		}
		if len(word)+1+len(letters) <= 12 {
			lines[0] += " " + letters
		} else {
			lines = append(lines, letters)
		}
	}
	if h.Standing != report.StandingUnset && h.Kind != received.Relay {
		lines = append(lines, string(h.Kind))
	}
	return lines
}

func standing(s report.Standing) string {
	switch s {
	case report.Observed:
		return "seen"
	case report.Attested:
		return "vouched"
	case report.Claimed:
		return "sender says"
	case report.Inconsistent:
		return "INCONSISTENT"
	case report.Fictitious:
		return "FALSE"
	}
	return string(s)
}

// fromBy is "from > by", with a sign before it where the hop does not continue
// the one before.
func (rt *route) fromBy(h *report.Hop) (from, by string) {
	from, by = rt.peer(h), rt.writer(h)
	if from == "" && by == "" {
		return rt.remark(h), ""
	}
	if from == "" {
		from = "(not said)"
	}
	if by == "" {
		by = "(not said)"
	}
	switch {
	case h.Link == received.LinkBroken:
		from = "! " + from
		rt.marks["!"] = true
	case h.Link == received.LinkAbsent && (h.Kind == received.Relay || h.Kind == received.Submission):
		from = "? " + from
		rt.marks["?"] = true
	}
	return from, "> " + by
}

// cell is the lines of the route cell: one where both hosts fit, else one or more
// for each.
func (rt *route) cell(h *report.Hop) []string {
	from, by := rt.fromBy(h)
	from, by = Escape(from), Escape(by)
	if width(from)+1+width(by) <= rt.columns {
		return []string{strings.TrimSpace(from + " " + by)}
	}
	lines := wrap(from, rt.columns, 3)
	if by != "" {
		for i, l := range wrap(strings.TrimPrefix(by, "> "), rt.columns-2, 3) {
			if i == 0 {
				l = "> " + l
			} else {
				l = "  " + l
			}
			lines = append(lines, l)
		}
	}
	return lines
}

func (rt *route) clock(h *report.Hop) string {
	switch {
	case h.Time != nil:
		return h.Time.UTC().Format(time.TimeOnly)
	case h.TimeText == "":
		return "no date"
	}
	return "bad date"
}

func (rt *route) delay(i int) string {
	hops := rt.r.Path.Hops
	corrected := hops[i].ClockOffsetSeconds != nil || i > 0 && hops[i-1].ClockOffsetSeconds != nil
	s := delay(&hops[i], corrected)
	if strings.HasPrefix(s, "~") {
		rt.marks["~"] = true
	}
	return s
}

// table draws the hops with one table row per line of text, so that row and line
// stay the same thing.
func (rt *route) table() {
	starts := map[int]*report.Hop{} // Row → the hop that begins there.
	for i := range rt.r.Path.Hops {
		h := &rt.r.Path.Hops[i]
		if gap := rt.gap(i); gap > 0 {
			rt.add("", "", "", fmt.Sprintf("… %d hops are not shown (--json shows all)", gap), "", "")
		}
		if rt.hidden(i) {
			continue
		}
		starts[len(rt.rows)] = h
		what, cell := rt.what(h), rt.cell(h)
		for line := range max(len(what), len(cell)) {
			row := []string{"", "", at(what, line), at(cell, line), "", ""}
			if line == 0 {
				row[0], row[1], row[4], row[5] = strconv.Itoa(h.Number), strconv.Itoa(h.Line), rt.clock(h), rt.delay(i)
			}
			rt.add(row...)
		}
	}
	rt.draw(starts)
}

func (rt *route) add(cells ...string) {
	for i := range cells {
		cells[i] = Escape(cells[i])
	}
	rt.rows = append(rt.rows, cells)
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// hidden says whether hop i is left out, and gap how many are before hop i, which
// is the first that is shown again.
func (rt *route) hidden(i int) bool {
	n := len(rt.r.Path.Hops)
	return n > MaxHopsShown && i >= OldestShown && i < n-(MaxHopsShown-OldestShown)
}

func (rt *route) gap(i int) int {
	if i == 0 || rt.hidden(i) || !rt.hidden(i-1) {
		return 0
	}
	return i - OldestShown
}

// newDay is the date of h where it is not that of the hop before.
func (rt *route) newDay(h *report.Hop) string {
	if h.Time == nil || rt.oneDay {
		return ""
	}
	day := h.Time.UTC().Format(time.DateOnly)
	if day == rt.day {
		return ""
	}
	rt.day = day
	return day
}

// draw writes the table, and between the hops the days and the boundary.
func (rt *route) draw(starts map[int]*report.Hop) {
	for i, line := range rt.lines() {
		line = " " + strings.TrimRight(line, " ")
		if i == 0 {
			rt.b.WriteString(rt.paint(faint, line) + "\n")
			continue
		}
		color := plain
		if h := starts[i-1]; h != nil {
			rt.between(h)
			color = rt.color(h.Number)
		}
		rt.b.WriteString(rt.paint(color, line) + "\n")
	}
}

// alignRight pads the numbers of a column, and returns its padded head.
// QUIRK: tablewriter 1.0 aligns rows by their own cells alone.
func (rt *route) alignRight(column int, head string) string {
	longest := len(head)
	for _, row := range rt.rows {
		longest = max(longest, len(row[column]))
	}
	for _, row := range rt.rows {
		if row[column] != "" {
			row[column] = strings.Repeat(" ", longest-len(row[column])) + row[column]
		}
	}
	return strings.Repeat(" ", longest-len(head)) + head
}

// lines is the table without borders: its head, then one line for each row.
func (rt *route) lines() []string {
	what := "kind"
	if rt.r.Path.Hops[0].Standing != report.StandingUnset {
		what = "standing"
	}
	var b bytes.Buffer
	number, line := rt.alignRight(0, "#"), rt.alignRight(1, "line")
	table := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off), tablewriter.WithEastAsian(false), tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithRowAutoWrap(tw.WrapNone), tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithPadding(tw.Padding{Left: "", Right: "  ", Overwrite: true}),
		tablewriter.WithHeaderAlignment(tw.AlignLeft), tablewriter.WithRowAlignment(tw.AlignLeft),
	)
	table.Header(number, line, what, "from > by", "UTC", "delay")
	for _, row := range rt.rows {
		// A table of strings cannot fail: neither conversion nor writing can.
		_ = table.Append(row)
	}
	_ = table.Render()
	// QUIRK: tablewriter 1.0 remembers the width of every cell it ever saw, for good.
	// (1.1 sets aside 1 MB for that as it starts, which a program that prints one
	// table pays for in time.)
	twwidth.SetCondition(narrow)
	return strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
}

// between is what stands above a hop: the line between the sender's story and
// what was seen, and the date where it changes.
func (rt *route) between(h *report.Hop) {
	if b := rt.r.Path.Boundary; b != nil && h.Number == b.Hop && h.Number > 1 {
		rt.item(bold, "", 1, "--- above: the sender's story --- below: seen by the recipient's hosts ---")
	}
	if day := rt.newDay(h); day != "" {
		rt.item(faint, " "+day, 0, "")
	}
}

func (rt *route) color(hop int) string {
	for _, f := range rt.findings {
		if slices.Contains(f.hops, hop) {
			return weightColor(f.Weight)
		}
	}
	return plain
}

// list is for pages too narrow for a table.
func (rt *route) list() {
	for i := range rt.r.Path.Hops {
		h := &rt.r.Path.Hops[i]
		if gap := rt.gap(i); gap > 0 {
			rt.item(plain, "", detailIndent, fmt.Sprintf("… %d hops are not shown (--json shows all)", gap))
		}
		if rt.hidden(i) {
			continue
		}
		rt.between(h)
		label := fmt.Sprintf(" %d", h.Number)
		rt.item(rt.color(h.Number), label, max(detailIndent, len(label)+1),
			fmt.Sprintf("%s, line %d, %s, delay %s", strings.Join(rt.what(h), " "), h.Line, rt.clock(h), rt.delay(i)))
		from, by := rt.fromBy(h)
		rt.bounded(plain, "", detailIndent, from, 3)
		if by != "" {
			rt.bounded(plain, "", detailIndent, by, 3)
		}
	}
}

// notes explain the signs that the table used.
func (rt *route) notes() {
	if rt.marks["!"] {
		rt.item(plain, " !", detailIndent, "a gap: the host that hands over here is not the one that wrote the line before")
	}
	if rt.marks["?"] {
		rt.item(plain, " ?", detailIndent, "cannot be joined to the line before: one of the two does not name the host")
	}
	if !rt.marks["~"] {
		return
	}
	rt.item(plain, " ~", detailIndent, "delay after a clock was put right:")
	for _, h := range rt.r.Path.Hops {
		if h.ClockOffsetSeconds == nil {
			continue
		}
		off := time.Duration(*h.ClockOffsetSeconds * float64(time.Second))
		text := fmt.Sprintf("hop %d, clock %s slow", h.Number, duration(off))
		if off < 0 {
			text = fmt.Sprintf("hop %d, clock %s fast", h.Number, duration(-off))
		}
		if h.ClockOffsetBasis != "" {
			text += " (" + rt.defang(h.ClockOffsetBasis) + ")"
		}
		rt.bounded(plain, "", detailIndent, text, 3)
	}
}
