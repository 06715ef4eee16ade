package probe

import (
	"context"

	"mailtrace/report"
)

var policyDANETAChain = check{
	Rule: report.Rule{
		ID:    "policy.dane-ta-chain",
		Title: "The authority of a TLSA record does not vouch for the mail server",
		Max:   report.Critical,
		Explain: `A TLSA record with usage 2 names an authority. Senders then want to see that authority's certificate among
those that the server sends (its root too, which servers usually leave out), a chain from it to the server that
holds today, and in the certificate the name of the server or of the domain. One of these is missing: senders that
honour DANE do not deliver, and send the mail back after some days. Send the whole chain, or publish 3 1 1 records,
for which neither chain, names nor dates count.`,
		Innocent: `An authority that changed its intermediate certificates, as some do with every renewal.`,
		Measured: notMeasured + " It rests on the certificates that the server sent and on RFC 7672.",
		Refs:     []string{"RFC 7672 section 3.1.2", "RFC 7672 section 3.2.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		for _, d := range s.dane {
			for i := range d.seen {
				seen := &d.seen[i]
				if !seen.shook() || seen.failed != "" {
					continue // policy.dane-no-match says so.
				}
				c := &seen.Certificates[seen.at]
				what := seen.kindText(c)
				switch {
				case seen.outcome == daneNoMatch && d.authoritiesOnly(seen.usable):
					t.at(d, seen.place, report.Critical, append([]report.Evidence{issuerEvidence(c)}, d.evidence(seen.usable)...),
						"the TLSA records name an authority (%s), and its certificate is not among those that the server sends: %s", d.kinds(seen.usable), d.stays())
				case seen.outcome == daneNoName:
					t.at(d, seen.place, report.Critical, append([]report.Evidence{namesEvidence(c)}, d.evidence([]int{seen.record})...),
						"%s is of the authority that a TLSA record names, and has none of the names that count (%s): %s",
						what, enumerated(s.daneNames(d)), d.stays())
				case seen.outcome == daneNoChain:
					t.at(d, seen.place, report.Critical, append([]report.Evidence{datesEvidence(c), issuerEvidence(c)}, d.evidence([]int{seen.record})...),
						"the authority that a TLSA record names is sent, and does not prove %s, or not now: %s", what, d.stays())
				case seen.outcome == daneMatch && seen.unsent:
					t.at(d, seen.place, report.Warning, append([]report.Evidence{issuerEvidence(c)}, d.evidence([]int{seen.record})...),
						"the authority that proves %s stands whole in a TLSA record, and is not sent by the server: many %s do not find it there, and do not %s", what, d.who(), d.does())
				}
			}
		}
		return t.done()
	},
}
