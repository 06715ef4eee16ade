package text

import (
	"bytes"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// tabulate is a table without borders: its head, then one line for each row. Cells
// are escaped already and one line each.
func tabulate(head []string, rows [][]string) []string {
	var b bytes.Buffer
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
	table.Header(head)
	for _, row := range rows {
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

// alignRight pads the numbers of a column, and returns its padded head.
func (rt *route) alignRight(column int, head string) string {
	return alignRight(rt.rows, column, head)
}

// alignRight pads the numbers of a column, and returns its padded head.
// QUIRK: tablewriter 1.0 aligns rows by their own cells alone.
func alignRight(rows [][]string, column int, head string) string {
	longest := len(head)
	for _, row := range rows {
		longest = max(longest, len(row[column]))
	}
	for _, row := range rows {
		if row[column] != "" {
			row[column] = strings.Repeat(" ", longest-len(row[column])) + row[column]
		}
	}
	return strings.Repeat(" ", longest-len(head)) + head
}
