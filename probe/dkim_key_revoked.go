package probe

import (
	"context"

	"mailtrace/report"
)

var dkimKeyRevoked = check{
	Rule: report.Rule{
		ID:    "dkim.key-revoked",
		Title: "A DKIM key is revoked",
		Max:   report.Warning,
		Explain: `An empty p= says that the key was taken back: no signature with it counts any more. That is how it should be for a key
that was replaced. If mail is still signed with this selector, publish its key again, or sign with another one.`,
		Innocent: `A key that was replaced in good order.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 6376 section 3.6.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, k := range s.dkim.there() {
			if k.key.Fault == "" && k.key.Revoked {
				effect := "that is right if nothing is signed with it any more"
				if k.source != dkimUsual {
					effect = "mail that is signed with it fails DKIM"
				}
				found = append(found, k.finding(k.by(report.Warning, report.Info), "is revoked (p= is empty): %s", effect))
			}
		}
		return found, nil, nil
	},
}
