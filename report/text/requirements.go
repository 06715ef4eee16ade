package text

import (
	"slices"
	"strings"

	"mailtrace/report"
)

const (
	// MaxRequirementsTold is how many reasons are told why one is missed or cannot be seen.
	MaxRequirementsTold = 24

	requirementIndent = 9
)

// providers are those of the table, each with the head of its column.
var providers = []struct{ name, head string }{{"google", "Google"}, {"yahoo", "Yahoo"}, {"microsoft", "Microsoft"}}

// requirementWords are the words of the page. That one is met is no promise.
var requirementWords = map[report.RequirementStatus]string{
	report.RequirementMet: "met", report.RequirementMissed: "MISSED", report.RequirementUnseen: "?",
}

// requirements shows what large mailbox providers require, one line for each thing that
// they ask for, and why it is missed or cannot be seen. shown makes text of the report fit
// for the page: names of a message are defanged, those of a domain are not.
func (p *page) requirements(r *report.Report, shown func(string) string) {
	all := r.Requirements
	if len(all) == 0 {
		return
	}
	p.blank()
	head := "of large mailbox providers; with a star: of who sends much"
	if i := slices.IndexFunc(r.DecidedOn.Data, func(d report.Data) bool { return d.Name == "bulk requirements" }); i >= 0 {
		head += ". Their lists as known on " + cut(Escape(r.DecidedOn.Data[i].Version), 12)
	}
	p.item(bold, "REQUIREMENTS", len("REQUIREMENTS  "), head)
	heads := []string{"asked for"}
	for _, v := range providers {
		heads = append(heads, v.head)
	}
	rows := requirementRows(all)
	lines := tabulate(heads, rows)
	if slices.ContainsFunc(lines, func(l string) bool { return 1+width(strings.TrimRight(l, " ")) > p.width }) {
		lines = nil
		for _, row := range rows {
			p.item(plain, " "+row[0], 1+requirementIndent, strings.Join(row[1:], " / "))
		}
	}
	for _, l := range lines {
		p.b.WriteString(" " + strings.TrimRight(l, " ") + "\n")
	}
	p.requirementReasons(all, shown)
}

// requirementRows has one row for each id, in the order of the report.
func requirementRows(all []report.Requirement) [][]string {
	var rows [][]string
	for i := range all {
		q := &all[i]
		id := cut(Escape(q.ID), 24)
		at := slices.IndexFunc(rows, func(row []string) bool { return row[0] == id })
		if at < 0 {
			at = len(rows)
			rows = append(rows, []string{id, "-", "-", "-"})
		}
		word := requirementWords[q.Status]
		if word == "" {
			word = cut(Escape(string(q.Status)), 14)
		}
		if q.Bulk {
			word += "*"
		}
		if k := slices.IndexFunc(providers, func(v struct{ name, head string }) bool { return v.name == q.Provider }); k >= 0 {
			rows[at][1+k] = word
		}
	}
	return rows
}

// requirementReasons tells why, those that are missed first; equal reasons once.
func (p *page) requirementReasons(all []report.Requirement, shown func(string) string) {
	told := 0
	for _, status := range []report.RequirementStatus{report.RequirementMissed, report.RequirementUnseen} {
		label := " " + requirementWords[status]
		var whys []string
		ids := map[string][]string{}
		for i := range all {
			q := &all[i]
			if q.Status != status {
				continue
			}
			if ids[q.Why] == nil {
				whys = append(whys, q.Why)
			}
			if !slices.Contains(ids[q.Why], q.ID) {
				ids[q.Why] = append(ids[q.Why], q.ID)
			}
		}
		color := plain
		if status == report.RequirementMissed {
			color = yellow
		}
		for i, why := range whys {
			if told++; told > MaxRequirementsTold {
				p.item(plain, "", requirementIndent, plural(len(whys)-i, "more reason")+" (--json shows all)")
				return
			}
			p.bounded(color, label, requirementIndent, strings.Join(ids[why], ", ")+": "+shown(why), MaxTextLines)
		}
	}
}
