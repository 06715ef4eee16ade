package probe

import (
	"context"
	"slices"

	"mailtrace/report"
)

var policyDANEDigest = check{
	Rule: report.Rule{
		ID:    "policy.dane-digest",
		Title: "A TLSA record is hidden by one with a stronger digest",
		Max:   report.Info,
		Explain: `Of records with the same usage and selector senders look only at those with the strongest digest that they
know: SHA-512 before SHA-256. The others are there for senders that do not know the stronger one. So each key needs
a record with each digest that is used: where the SHA-512 of the key in use is missing, its SHA-256 does not help.`,
		Innocent: `Both digests are published for each key, as it should be where two are used. One, SHA-256, is enough.`,
		Measured: notMeasured + " It rests on RFC 7671.",
		Refs:     []string{"RFC 7672 section 5", "RFC 7671 section 9"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		for _, d := range s.dane {
			looked := daneAgile(d.records())
			var hidden []int
			for _, i := range d.usable() {
				if !slices.Contains(looked, i) {
					hidden = append(hidden, i)
				}
			}
			if len(hidden) > 0 {
				t.host(d, report.Info, d.evidence(hidden), "%s pass over %d of its TLSA records (%s), since one with a stronger digest stands beside", d.who(), len(hidden), d.kinds(hidden))
			}
		}
		return t.done()
	},
}
