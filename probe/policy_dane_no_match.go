package probe

import (
	"context"
	"fmt"
	"slices"

	"mailtrace/report"
)

var policyDANENoMatch = check{
	Rule: report.Rule{
		ID:    "policy.dane-no-match",
		Title: "The certificate of the mail server matches no TLSA record",
		Max:   report.Critical,
		Explain: `The TLSA records say by which key the server can be known, and it has another one. Senders that honour
DANE take it for an impostor: they do not deliver there, keep the mail waiting and send it back after some days. The
usual cause is a new certificate with a new key. Publish the record that is named here beside the old ones; later
keep the key when the certificate is renewed, or publish the record of the next key before it is used.`,
		Innocent: `A key that was changed just now, with records that are still cached; a device on the way that puts its
own certificate in place of the server's.`,
		Measured: notMeasured + " It rests on the certificate that the server sent and on RFC 7672.",
		Refs:     []string{"RFC 7672 section 3.2", "RFC 7671 section 8.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		for _, d := range s.dane {
			for i := range d.seen {
				seen := &d.seen[i]
				switch {
				case !seen.shook():
				case seen.failed != "":
					t.doubt(seen.place, "whether %s matches the TLSA records: %s", seen.kindText(&seen.Certificates[seen.at]), seen.failed)
				case seen.outcome == daneNoMatch && !d.authoritiesOnly(seen.usable):
					t.at(d, seen.place, report.Critical, append([]report.Evidence{d.wanted(seen)}, d.evidence(seen.usable)...),
						"%s %s (%s): %s", seen.kindText(&seen.Certificates[seen.at]),
						matchesNone(len(seen.usable)), d.kinds(seen.usable), d.stays())
				}
			}
		}
		return t.done()
	},
}

// matchesNone is "does not match the one usable TLSA record", or "matches none of the 3".
func matchesNone(n int) string {
	if n == 1 {
		return "does not match the one usable TLSA record"
	}
	return fmt.Sprintf("matches none of the %d usable TLSA records", n)
}

// authoritiesOnly says whether all of some records name authorities.
func (d *daneSight) authoritiesOnly(which []int) bool {
	return !slices.ContainsFunc(which, func(i int) bool { return d.tlsa[i].TLSA.Usage != daneTA })
}
