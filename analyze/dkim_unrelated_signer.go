package analyze

import (
	"context"
	"fmt"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var unrelatedSigner = check{
	Rule: report.Rule{
		ID:    "dkim.unrelated-signer",
		Title: "The signature is of a domain that has nothing to do with the message",
		Max:   report.Info,
		Explain: `The signature (DKIM) holds, but the domain that signed is neither that of the sender shown in From, nor of
the envelope sender, nor of a mailing list; and nothing else that passed speaks for From. Such a pass says
who answers for the sending, not who wrote: do not count it as a sign that the sender is who he says.
Complaints about the message can go to the domain that signed.`,
		Innocent: `A service that sends for others signs with a domain that all its customers share.`,
		Refs:     []string{"RFC 6376 section 1.1", "RFC 6376 section 8.14", "RFC 5863 section 2.3"},
	},
	asks: true,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		from := s.fromOrg()
		if from == "" || s.alignedPass() != alignedNone {
			return nil, nil, nil
		}
		related := []string{s.house(from), s.house(s.checked.spf.identifier().Domain)}
		for _, f := range s.message.Fields {
			if f.Is("List-Id") {
				related = append(related, s.house(listID(f.Value)))
			} else if f.Is("Return-Path") {
				related = append(related, s.house(domainOf(returnPath(f))))
			} else if f.Is("Sender") || f.Is("List-Post") {
				for _, m := range s.book.of(f) {
					related = append(related, s.house(domainOf(m.Address)))
				}
			}
		}
		var first *auth.Signature
		for _, g := range s.broughtSignatures() {
			org := s.house(g.Domain)
			for _, have := range related {
				if org != "" && org == have {
					return nil, nil, nil
				}
			}
			if first == nil {
				first = g
			}
		}
		if first == nil {
			return nil, nil, nil
		}
		f := finding(report.Info, report.Ordinary, "the message is signed by %s, line %d, while From is of %s%s, and nothing that passed is of that organisation",
			first.Domain, s.message.Fields[first.Field].Line, from, s.envelopeOf())
		f.Evidence = append(f.Evidence, s.signed(first))
		if from, ok := s.message.Field("From"); ok {
			f.Evidence = append(f.Evidence, field(from))
		}
		return []report.Finding{f}, nil, nil
	},
}

// envelopeOf names the domain of the envelope sender, for a sentence.
func (s *subject) envelopeOf() string {
	if d := s.checked.spf.identifier().Domain; d != "" {
		return fmt.Sprintf(" and the envelope sender of %s", d)
	}
	return ""
}
