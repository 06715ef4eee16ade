package probe

import (
	"context"

	"mailtrace/report"
)

var dkimKeyTesting = check{
	Rule: report.Rule{
		ID:    "dkim.key-testing",
		Title: "A DKIM key says that the domain only tries DKIM out",
		Max:   report.Warning,
		Explain: `With t=y receivers must treat mail whose signature fails as if it had none; some give nothing for one that holds either.
The flag is for the first days. Take t=y out of the record when the signatures hold.`,
		Innocent: `A domain that began to sign this week.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 6376 section 3.6.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, k := range s.dkim.sound() {
			if k.key.Test {
				found = append(found, k.finding(k.by(report.Warning, report.Info), "says t=y: the domain only tries DKIM out, and receivers may ignore its signatures"))
			}
		}
		return found, nil, nil
	},
}
