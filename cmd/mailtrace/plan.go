package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"mailtrace/probe"
	"mailtrace/report/text"
)

// planColumns is how wide a plan may be.
const planColumns = 80

// writePlan writes what would be done for one domain, in one write: who is asked what, and
// when.
func (c *console) writePlan(name string, steps []probe.PlanStep) error {
	var b strings.Builder
	questions := slices.DeleteFunc(slices.Clone(steps), func(s probe.PlanStep) bool { return s.Kind != probe.PlanQuestion })
	connections := slices.DeleteFunc(slices.Clone(steps), func(s probe.PlanStep) bool { return s.Kind != probe.PlanConnection })
	fmt.Fprintf(&b, "%s\n", text.Escape(name))
	planned(&b, "ask the DNS for", questions)
	planned(&b, "connect to", connections)
	for _, s := range steps {
		if s.Kind == probe.PlanNothing {
			wrapPlan(&b, "  ", "nobody is asked: "+s.Text)
		}
	}
	_, err := io.WriteString(c.out, b.String())
	return err
}

// planned writes steps, those of one condition below it.
func planned(b *strings.Builder, what string, steps []probe.PlanStep) {
	if len(steps) > 0 {
		b.WriteString("  " + what + "\n")
	}
	for i, s := range steps {
		if s.When != "" && (i == 0 || steps[i-1].When != s.When) {
			wrapPlan(b, "    ", s.When)
		}
		indent := "    "
		if s.When != "" {
			indent += "  "
		}
		wrapPlan(b, indent, s.Text)
	}
}

// wrapPlan writes words in lines that are not too long.
func wrapPlan(b *strings.Builder, indent, words string) {
	line := indent
	for _, w := range strings.Fields(text.Escape(words)) {
		if line != indent && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) > planColumns {
			b.WriteString(line + "\n")
			line = indent + "  "
		} else if line != indent {
			line += " "
		}
		line += w
	}
	b.WriteString(line + "\n")
}

// paceOf says how often others are asked.
func paceOf(p *probe.Prober) string {
	var b strings.Builder
	b.WriteString("  the pace is\n")
	for part := range strings.SplitSeq(p.Pace.String(), "; ") {
		wrapPlan(&b, "    ", part)
	}
	return b.String()
}
