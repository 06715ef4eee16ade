package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	title := "a hop is one hand-over; oldest first, times in UTC"
	if rt.oneDay {
		title = "a hop is one hand-over; oldest first, all on " + days[0] + " (UTC)"
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

// maxWhat is how wide the column of standings gets before it takes another line.
const maxWhat = 12

// what says in a word or two what a hop is: its standing where it is known, its
// kind where that is not just one server passing it to another, and the letters of
// the findings about it.
func (rt *route) what(h *report.Hop) []string {
	lines := []string{string(h.Kind)}
	if h.Standing != report.StandingUnset {
		lines[0] = standing(h.Standing)
		if kind := string(h.Kind); h.Kind != received.Relay && kind != "" {
			if width(Escape(lines[0]+", "+kind)) <= maxWhat {
				lines[0] += ", " + kind
			} else {
				lines = []string{lines[0] + ",", kind}
			}
		}
	}
	if m := rt.trace.marks[h.Number]; len(m) > 0 {
		letters := "[" + strings.Join(m, ",") + "]"
		if len(m) > 5 {
			letters = "[" + strings.Join(m[:4], ",") + ",…]"
		}
		if last := &lines[len(lines)-1]; width(Escape(*last))+1+width(letters) <= maxWhat {
			*last += " " + letters
		} else {
			lines = append(lines, letters)
		}
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
// the one before, or is known only through a false one.
func (rt *route) fromBy(i int) (from, by string) {
	h := &rt.r.Path.Hops[i]
	from, by = rt.routePeer(i), rt.writer(h)
	if from == "" && by == "" {
		return rt.remark(h), ""
	}
	if from == "" {
		from = "(not said)"
	}
	if by == "" {
		by = "(not said)"
	}
	signs := ""
	if h.HangsOn != nil && h.Standing != report.Fictitious {
		signs = "^"
		rt.marks["^"] = true
	}
	switch {
	case h.Link == received.LinkBroken:
		signs += "!"
		rt.marks["!"] = true
	case h.Link == received.LinkAbsent && (h.Kind == received.Relay || h.Kind == received.Submission) && !rt.inner(h):
		signs += "?"
		rt.marks["?"] = true
	}
	if signs != "" {
		from = signs + " " + from
	}
	return from, "> " + by
}

// routePeer is the peer of a hop. Within the recipient's side, a host that wrote
// the line before goes by the first part of its name where it is long.
func (rt *route) routePeer(i int) string {
	h := &rt.r.Path.Hops[i]
	if full := rt.peer(h); i > 0 && rt.inner(h) && width(Escape(full)) > rt.columns {
		before := label(rt.r.Path.Hops[i-1].By.Name)
		for _, name := range [...]string{h.From.Name, h.From.HELO, h.From.RDNS} {
			if before != "" && before != name && strings.EqualFold(label(name), before) && strings.Trim(before, "0123456789[") != "" {
				return label(name)
			}
		}
	}
	return rt.peer(h)
}

// cell is the lines of the route cell: one where both hosts fit, else one or more
// for each.
func (rt *route) cell(i int) []string {
	from, by := rt.fromBy(i)
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

// delay is the time since the hop before, where both times count.
func (rt *route) delay(i int) string {
	hops := rt.r.Path.Hops
	switch {
	case hops[i].Standing == report.Fictitious:
		return "ignored"
	case i > 0 && hops[i-1].Standing == report.Fictitious:
		return "-"
	}
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
	starts := map[int]int{} // Row → the index of the hop that begins there.
	for i := range rt.r.Path.Hops {
		h := &rt.r.Path.Hops[i]
		if gap := rt.gap(i); gap > 0 {
			rt.add("", "", "", fmt.Sprintf("… %d hops are not shown (--json shows all)", gap), "", "")
		}
		if rt.hidden(i) {
			continue
		}
		starts[len(rt.rows)] = i
		what, cell := rt.what(h), rt.cell(i)
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
func (rt *route) draw(starts map[int]int) {
	for i, line := range rt.tableLines() {
		line = " " + strings.TrimRight(line, " ")
		if i == 0 {
			rt.b.WriteString(rt.paint(faint, line) + "\n")
			continue
		}
		color := plain
		if hop, ok := starts[i-1]; ok {
			rt.between(hop)
			color = rt.color(rt.r.Path.Hops[hop].Number)
		}
		rt.b.WriteString(rt.paint(color, line) + "\n")
	}
}

func (rt *route) tableLines() []string {
	what := "kind"
	if rt.r.Path.Hops[0].Standing != report.StandingUnset {
		what = "standing"
	}
	number, line := rt.alignRight(0, "#"), rt.alignRight(1, "line")
	return tabulate([]string{number, line, what, "from > by", "UTC", "delay"}, rt.rows)
}

// between is what stands above a hop: the line between the sender's story and
// what was seen, and the date where it changes.
func (rt *route) between(i int) {
	if line := rt.border(i); line != "" {
		rt.item(bold, "", 1, line)
	}
	if day := rt.newDay(&rt.r.Path.Hops[i]); day != "" {
		rt.item(faint, " "+day, 0, "")
	}
}

// border is the line between hops of different standing, or "".
func (rt *route) border(i int) string {
	b := rt.r.Path.Boundary
	if b == nil || i == 0 {
		return ""
	}
	h, before := &rt.r.Path.Hops[i], &rt.r.Path.Hops[i-1]
	switch {
	case h.Standing == report.Attested && before.Standing != report.Attested && !(rt.attached() && h.Number == b.Hop):
		return "--- above: the sender's story --- below: vouched for ---"
	case h.Number != b.Hop:
		return ""
	}
	above := "--- above: the sender's story "
	if before.Standing == report.Attested {
		above = ""
	}
	seen := "seen"
	if rt.attached() {
		seen = "as attached, seen"
	}
	line := ""
	for _, host := range [...]string{rt.writer(h), rt.host(label(h.By.Name)), "the recipient's hosts"} {
		line = fmt.Sprintf("%s--- below: %s by %s (line %d) ---", above, seen, host, h.Line)
		if host != "" && width(Escape(line)) < rt.width {
			break
		}
	}
	return line
}

func (rt *route) color(hop int) string {
	for _, f := range rt.findings {
		if slices.Contains(f.hops, hop) {
			return weightColor(f.Weight)
		}
	}
	return plain
}
