package probe

import (
	"context"

	"mailtrace/report"
)

var tlsWeakGroup = check{
	Rule: report.Rule{
		ID:    "tls.weak-group",
		Title: "The server agrees on keys with numbers that are too small",
		Max:   report.Warning,
		Explain: `With senders that want Diffie-Hellman of the old kind, the server uses a prime number of less than 2048 bits.
One of 1024 bits is within reach of a large organisation, which could then read the mail. Senders of today use elliptic
curves and are not concerned. Give the server a parameter of 2048 bits or more, or take the DHE suites out of its list.`,
		Innocent: `A file of parameters that was made years ago, or the default of old software.`,
		Measured: "Not measured on live servers. It is looked at with --tls full alone, and rests on the prime that the server sent.",
		Refs:     []string{"RFC 9325 section 4.5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			h := p.further(purposeDHE)
			switch {
			case h == nil:
			case unsettled(h):
				t.doubt(p, "how large the numbers of Diffie-Hellman are: %s", h.Why)
			case h.KeyBits != nil && *h.KeyBits < minDH:
				t.find(p, report.Warning, []report.Evidence{shakeEvidence(h)}, "Diffie-Hellman of %d bits, at least %d are required", *h.KeyBits, minDH)
			}
		}
		return t.all()
	},
}

// minDH is in bits (RFC 9325 section 4.5: "DH key lengths of at least 2048 bits are
// REQUIRED").
const minDH = 2048
