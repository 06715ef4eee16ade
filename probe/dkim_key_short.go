package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dkimKeyShort = check{
	Rule: report.Rule{
		ID:    "dkim.key-short",
		Title: "A DKIM key is shorter than it should be",
		Max:   report.Critical,
		Explain: `Short RSA keys can be broken, and who does so signs mail in the name of the domain. Signatures with less than 1024 bits
must not count at all, so mail that is signed with such a key fails DKIM; domains should have 2048 bits. Make a new key
under another selector, let mail be signed with it, and revoke the old one (p= empty).`,
		Innocent: `A key of 1024 bits that was made when a longer one did not fit into the forms of DNS providers.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 8301 section 3.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, k := range s.dkim.sound() {
			switch bits := k.key.Bits; {
			case k.key.Type != "rsa":
			case bits < auth.MinKeyBits:
				found = append(found, k.finding(k.by(report.Critical, report.Warning), "has %d bits: with less than %d no signature counts, and anybody may find the private key", bits, auth.MinKeyBits))
			case bits < goodKeyBits:
				found = append(found, k.finding(report.Warning, "has %d bits: %d are recommended", bits, goodKeyBits))
			}
		}
		return found, nil, nil
	},
}

// goodKeyBits is how long a key of RSA should be (RFC 8301 section 3.2).
const goodKeyBits = 2048
