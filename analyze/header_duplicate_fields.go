package analyze

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

// onceFields are those of which a message has at most one, with those first that
// its reader sees: RFC 5322 section 3.6, the table.
var onceFields = [...]struct {
	name  string
	shown bool
}{
	{"From", true}, {"Subject", true}, {"Sender", false}, {"Reply-To", false}, {"To", false}, {"Cc", false}, {"Bcc", false},
	{"Date", false}, {"Message-ID", false}, {"In-Reply-To", false}, {"References", false},
}

var headerDuplicateFields = check{
	Rule: report.Rule{
		ID:    "header.duplicate-fields",
		Title: "A field that may stand only once stands in the message more than once",
		Max:   report.Warning,
		Explain: `A message has one sender line, one subject, one date. Where there are two, programs disagree which
one counts: the filter may check one and the reader be shown the other, and a signature may cover
only one of them. Two different From or Subject lines are therefore suspicious: read both (they
are quoted in the report) before you believe either. Two lines of other fields are mostly the
fault of a program.`,
		Innocent: `Home-made scripts, gateways and list managers that add a field without looking whether it
is there.`,
		Refs: []string{"RFC 5322 section 3.6", "RFC 6376 section 8.15"},
	},
	needs: needPlaces,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, once := range onceFields {
			var all []mailbox.Field
			for f := range s.message.All(once.name) {
				all = append(all, f)
			}
			if len(all) < 2 {
				continue
			}
			differ := false
			for _, f := range all[1:] {
				differ = differ || said(f) != said(all[0])
			}
			severity, weight, how := report.Info, report.Ordinary, "the same in all"
			if differ {
				how = "not the same in all"
			}
			if differ && once.shown {
				severity, weight = report.Warning, report.Strong
			}
			f := finding(severity, weight, "%d %s fields, in lines %s: %s", len(all), once.name, lineList(all), how)
			for _, one := range all[:min(len(all), 5)] {
				f.Evidence = append(f.Evidence, field(one))
			}
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// said is what a field says, without its folding.
func said(f mailbox.Field) string { return strings.Join(strings.Fields(f.Text()), " ") }

func lineList(fields []mailbox.Field) string {
	var b strings.Builder
	for i, f := range fields {
		switch {
		case i == 5:
			fmt.Fprintf(&b, " and %d more", len(fields)-i)
			return b.String()
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d", f.Line)
	}
	return b.String()
}
