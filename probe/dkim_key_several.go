package probe

import (
	"context"

	"mailtrace/report"
)

var dkimKeySeveral = check{
	Rule: report.Rule{
		ID:    "dkim.key-several",
		Title: "Several records stand at one DKIM selector",
		Max:   report.Warning,
		Explain: `A selector has one record. Where there are several, what receivers do is not defined: one takes the first, another tries
all, a third takes none, and the order of the records changes from answer to answer. Keep the one that mail is signed
with; a second key needs a selector of its own.`,
		Innocent: `A new key that was put beside the old one in place of under a name of its own.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 6376 section 3.6.2.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, k := range s.dkim.there() {
			if n := len(k.answer.Records); n > 1 {
				found = append(found, k.finding(report.Warning, "has %d records: which of them receivers take is not defined, and signatures fail now and then", n))
			}
		}
		return found, nil, nil
	},
}
