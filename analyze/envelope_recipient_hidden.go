package analyze

import (
	"context"

	"mailtrace/report"
)

var envelopeRecipientHidden = check{
	Rule: report.Rule{
		ID:    "envelope.recipient-hidden",
		Title: "The recipient is not named in To or Cc",
		Max:   report.Info,
		Explain: `A message travels under an envelope, like a letter; the addresses on the sheet inside need not be
those on the envelope. Here the recipient is on the envelope only, and nothing shows a list or a forwarder: it
was a blind copy, or came over an alias. Spam and newsletters do that, and so do people. Nothing is wrong with it;
it only says that To is no proof of who else got it.`,
		Innocent: `Blind copies, aliases such as info@ or a second domain of the same mailbox, collecting mailboxes.`,
		Refs:     []string{"RFC 5321 section 3.9.1", "RFC 5322 section 3.6.3"},
	},
	needs: needHeader,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		e := &s.report.Envelope
		if e.Way != report.WayHidden {
			return nil, nil, nil
		}
		found := finding(report.Info, report.Ordinary, "%s", e.Why)
		for _, name := range [...]string{"To", "Cc"} {
			if f, ok := s.message.Field(name); ok {
				found.Evidence = append(found.Evidence, field(f))
			}
		}
		for _, a := range e.Addresses {
			if a.Role != report.EnvelopeReturnPath && a.Role != report.EnvelopeFrom && a.Standing != report.Claimed {
				if a.Hop != nil {
					found.Evidence = append(found.Evidence, s.part(*a.Hop-1, s.hops[*a.Hop-1].Spans.For))
				} else {
					found.Evidence = append(found.Evidence, s.atLine(a.Line)...)
				}
				break
			}
		}
		if len(found.Evidence) == 0 {
			return nil, nil, nil
		}
		return []report.Finding{found}, nil, nil
	},
}

// atLine is the field that begins in a line, as evidence.
func (s *subject) atLine(line int) []report.Evidence {
	for _, f := range s.message.Fields {
		if f.Line == line {
			return []report.Evidence{field(f)}
		}
	}
	return nil
}
