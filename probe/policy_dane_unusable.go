package probe

import (
	"context"
	"slices"

	"mailtrace/report"
)

var policyDANEUnusable = check{
	Rule: report.Rule{
		ID:    "policy.dane-unusable",
		Title: "TLSA records that mail servers cannot use",
		Max:   report.Warning,
		Explain: `For mail between servers only the usages 2 and 3 count, with selector 0 or 1, and matching type 1 or 2 (or
0 with the whole certificate or key). When no record of a server can be used, senders have to use TLS there and
cannot tell the server from an impostor; records beside usable ones are passed over. Publish a 3 1 1 record.`,
		Innocent: `Records that were copied from those of a web server, where usages 0 and 1 have a meaning.`,
		Measured: notMeasured + " It rests on RFC 7672, which says what mail servers use.",
		Refs:     []string{"RFC 7672 section 2.2", "RFC 7672 section 3.1.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		for _, d := range s.dane {
			usable := d.usable()
			var others []int
			for _, i := range d.every() {
				if d.forUsers() && d.tlsa[i].TLSA.Usage <= danePKIXEE {
					continue // Mail programs may use them (RFC 7672 section 3.1.3 leaves them out of what it forbids).
				}
				if !slices.Contains(usable, i) {
					others = append(others, i)
				}
			}
			switch {
			case len(others) == 0:
			case len(usable) == 0:
				t.host(d, report.Warning, d.evidence(others), "none of its TLSA records (%s) can be used for mail: %s that honour DANE have to use TLS, and cannot tell the server from an impostor", d.kinds(others), d.who())
			default:
				t.host(d, report.Info, d.evidence(others), "%d of its %d TLSA records (%s) cannot be used for mail, and %s passed over", len(others), len(d.tlsa), d.kinds(others), one(len(others), "is", "are"))
			}
		}
		return t.done()
	},
}
