package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dkimKeyLong = check{
	Rule: report.Rule{
		ID:    "dkim.key-long",
		Title: "A DKIM key is longer than receivers have to take",
		Max:   report.Warning,
		Explain: `Receivers must take RSA keys up to 4096 bits and may leave longer ones alone, so that some of them do not verify these
signatures. Such a record also may not fit into one answer of the DNS by UDP. A key of 2048 bits is taken by all.`,
		Innocent: `The wish to be on the safe side.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 8301 section 3.2", "RFC 6376 section 3.3.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, k := range s.dkim.sound() {
			if k.key.Type == "rsa" && k.key.Bits > auth.MaxKeyBits {
				found = append(found, k.finding(report.Warning, "has %d bits: receivers need not take more than %d", k.key.Bits, auth.MaxKeyBits))
			}
		}
		return found, nil, nil
	},
}
