package text

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

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
		rt.between(i)
		label := fmt.Sprintf(" %d", h.Number)
		rt.item(rt.color(h.Number), label, max(detailIndent, len(label)+1),
			fmt.Sprintf("%s, line %d, %s, delay %s", strings.Join(rt.what(h), " "), h.Line, rt.clock(h), rt.delay(i)))
		from, by := rt.fromBy(i)
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
	rt.hanging()
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

// hanging says through which false hop others are known.
func (rt *route) hanging() {
	if !rt.marks["^"] {
		return
	}
	through := map[int][]int{}
	for _, h := range rt.r.Path.Hops {
		if h.HangsOn != nil && h.Standing != report.Fictitious {
			through[*h.HangsOn] = append(through[*h.HangsOn], h.Number)
		}
	}
	sign := " ^"
	for _, n := range slices.Sorted(maps.Keys(through)) {
		rt.item(plain, sign, detailIndent, fmt.Sprintf("%s: known only through hop %d, which is false, so it proves nothing", hopList(through[n]), n))
		sign = ""
	}
}
