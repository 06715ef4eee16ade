package analyze

import (
	_ "embed"
	"strings"

	"mailtrace/report"
)

// measuredData is what every rule found on the corpora, a line each: rule, colon,
// figures. TestMeasured counts anew, fails where a line is not what it counts, and
// writes the file with -update.
//
//go:embed data/measured.txt
var measuredData string

// documented is the rule with what was measured of it.
func (c *check) documented() report.Rule {
	rule := c.Rule
	rule.Measured = measured(c.ID)
	return rule
}

// measured is on what, and how often, a rule spoke.
func measured(id string) string {
	for line := range strings.Lines(measuredData) {
		if figures, ok := strings.CutPrefix(line, id+": "); ok {
			return strings.TrimSpace(figures)
		}
	}
	return ""
}
