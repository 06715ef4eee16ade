package probe

import (
	"context"
	"strings"

	"mailtrace/report"
)

var dkimKeySHA1 = check{
	Rule: report.Rule{
		ID:    "dkim.key-sha1",
		Title: "A DKIM key allows no hash but SHA-1",
		Max:   report.Critical,
		Explain: `The tag h= of the key says with which hashes signatures may be made. SHA-1 must not be used for DKIM any more, and this
key allows nothing else that receivers know: whatever is signed with it fails DKIM. Take h= out of the record, and sign
with rsa-sha256.`,
		Innocent: `A record that was written before 2018 and was never looked at again.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 8301 section 3.1", "RFC 6376 section 3.6.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, k := range s.dkim.sound() {
			if k.sha1Only() {
				found = append(found, k.finding(k.by(report.Critical, report.Warning), "allows the hash %s alone (h=): signatures with SHA-1 fail, and it allows no others", clipped(strings.Join(k.key.Hashes, ":"), maxShown)))
			}
		}
		return found, nil, nil
	},
}
