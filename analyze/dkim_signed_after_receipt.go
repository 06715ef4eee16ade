package analyze

import (
	"context"
	"fmt"
	"time"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

// signedAhead is by how much the signer's clock may be ahead before it is told.
const signedAhead = 5 * time.Minute

var signedAfterReceipt = check{
	Rule: report.Rule{
		ID:    "dkim.signed-after-receipt",
		Title: "The signature says that it was made after the message was received",
		Max:   report.Warning,
		Explain: `The signature (DKIM) holds, and the domain that made it wrote into it when it did. That is later than
the moment at which the recipient's server says that it took the message, so one of the two times is
wrong. Ask the recipient's mail administrator for the server's log of that delivery: where the log has
another time than the Received line, the line was written or changed by somebody else.`,
		Innocent: `The clock of the signing server, or of the receiving one, is wrong.`,
		Refs:     []string{"RFC 6376 section 3.5", "RFC 5321 section 4.4"},
	},
	asks: true,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		at := s.handedAt()
		if at == nil {
			return nil, nil, nil
		}
		var found []report.Finding
		for _, g := range s.broughtSignatures() {
			if g.Created == nil || g.Created.Sub(*at) <= signedAhead {
				continue
			}
			f := s.about(s.boundary.at, report.Warning, report.Strong, "the signature of %s, line %d, was made at %s by its own word (t=), %s after %s took the message",
				g.Domain, s.message.Fields[g.Field].Line, utc(*g.Created), span(g.Created.Sub(*at)), s.host(s.boundary.at))
			f.Evidence = append(f.Evidence, s.signed(g), s.part(s.boundary.at, s.hops[s.boundary.at].Spans.Time))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// handedAt is when the recipient's side took the message over; nil where the boundary
// or its time is not known.
func (s *subject) handedAt() *time.Time {
	if s.boundary.at < 0 {
		return nil
	}
	return s.hops[s.boundary.at].Time
}

// broughtSignatures is the signatures that hold and came with the message: what stands
// above the line of the boundary, a gateway of the recipient's may have made.
func (s *subject) broughtSignatures() []*auth.Signature {
	var all []*auth.Signature
	for i := range s.checked.signatures.DKIM {
		g := &s.checked.signatures.DKIM[i]
		if g.Status == auth.Pass && (s.boundary.at < 0 || g.Field > s.index[s.boundary.at]) {
			all = append(all, g)
		}
	}
	return all
}

// signed is the field of a signature, as evidence.
func (s *subject) signed(g *auth.Signature) report.Evidence {
	return field(s.message.Fields[g.Field])
}

// published is what the DNS answered, as evidence.
func published(name, kind, text string) report.Evidence {
	return report.Evidence{Source: report.SourceDNS, Text: fmt.Sprintf("%s %s %q", name, kind, text)}
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
