package probe

import (
	"context"

	"mailtrace/report"
)

var policyDANEParams = check{
	Rule: report.Rule{
		ID:    "policy.dane-params",
		Title: "TLSA records of a kind that is not recommended",
		Max:   report.Info,
		Explain: `Recommended are 3 1 1, the SHA-256 of the key of the server, and, where an authority of one's own vouches
for many servers, 2 0 1. Other kinds break more easily: 3 0 1 with every renewal of the certificate, 2 1 1 where a
chain holds the key in several certificates, and records with the whole certificate (matching type 0) make answers
too large for one packet. They work.`,
		Innocent: `Records that were made long ago, or by a tool that has other defaults.`,
		Measured: notMeasured + " It rests on RFC 7672, which recommends these kinds.",
		Refs:     []string{"RFC 7672 section 3.1", "RFC 7672 section 3.1.1", "RFC 7672 section 3.1.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		for _, d := range s.dane {
			var odd []int
			whole := false
			for _, i := range d.usable() {
				r := &d.tlsa[i].TLSA
				whole = whole || r.Matching == matchFull
				if !(r.Usage == daneEE && r.Selector == selectKey || r.Usage == daneTA && r.Selector == selectCertificate) || r.Matching != matchSHA256 {
					odd = append(odd, i)
				}
			}
			if len(odd) == 0 {
				continue
			}
			hint := ""
			if whole {
				hint = "; a record with the whole certificate or key makes answers large"
			}
			t.host(d, report.Info, d.evidence(odd), "TLSA %s: recommended are 3 1 1, and for an authority 2 0 1%s", d.kinds(odd), hint)
		}
		return t.done()
	},
}
