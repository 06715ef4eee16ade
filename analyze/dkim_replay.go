package analyze

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

// signedLongAgo is how old a signature must be at the handover before it is told.
const signedLongAgo = 24 * time.Hour

var dkimReplay = check{
	Rule: report.Rule{
		ID:    "dkim.replay",
		Title: "The signature is days older than the delivery",
		Max:   report.Warning,
		Explain: `The signature (DKIM) holds, so the signed text is that of the domain that signed it; but it was made
long before the message arrived. Anybody who has a signed message can send it again, to whom he likes,
and it passes: spammers let a good domain sign one message and then send it to thousands. Where the
recipient is not named in the signed To or Cc, do not take the pass for a sign that the domain wrote to
this recipient; ask the domain whether it did, and tell it the selector and the time of the signature.`,
		Innocent: `It waited in a queue or in a moderated list, came in a digest, or the first recipient forwarded it later.`,
		Refs:     []string{"RFC 6376 section 8.6", "RFC 6376 section 3.5"},
	},
	asks: true,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		at := s.handedAt()
		if at == nil {
			return nil, nil, nil
		}
		var found []report.Finding
		all := s.broughtSignatures()
		for _, g := range all {
			if g.Created == nil || at.Sub(*g.Created) <= signedLongAgo {
				continue
			}
			// A domain that signed it again stands by it. A fresh signature of anybody else
			// says nothing: who sends it again can make one.
			if slices.ContainsFunc(all, func(o *auth.Signature) bool {
				return s.house(o.Domain) == s.house(g.Domain) && o.Created != nil && at.Sub(*o.Created) <= signedLongAgo
			}) {
				continue
			}
			severity, weight, why := s.replayed(g, at.Sub(*g.Created))
			f := s.about(s.boundary.at, severity, weight, "the signature of %s, line %d, was made at %s (t=), %s before %s took the message%s",
				g.Domain, s.message.Fields[g.Field].Line, utc(*g.Created), span(at.Sub(*g.Created)), s.host(s.boundary.at), why)
			f.Evidence = append(f.Evidence, s.signed(g), s.part(s.boundary.at, s.hops[s.boundary.at].Spans.Time))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// heldByList is how long a moderator may let a message wait. Anybody can write the
// fields of a list into what he sends again, so that they excuse no older signature.
const heldByList = 7 * 24 * time.Hour

// replayed says what an old signature is worth, by how the message came to its
// recipient.
func (s *subject) replayed(g *auth.Signature, age time.Duration) (report.Severity, report.Weight, string) {
	e := &s.report.Envelope
	switch {
	case e.Addressed == nil:
		return report.Info, report.Ordinary, "; to whom it was sent was not recorded"
	case *e.Addressed && (s.covers(g, "To") || s.covers(g, "Cc")):
		return report.Info, report.Ordinary, "; the recipient is named in it"
	case *e.Addressed:
		return report.Warning, report.Strong, "; the recipient is named in To or Cc, which are not signed"
	case (e.Way == report.WayList || e.Way == report.WayForward) && age <= heldByList:
		return report.Info, report.Ordinary, fmt.Sprintf("; the recipient is not named in it: %s", e.Why)
	}
	return report.Warning, report.Strong, "; the recipient is not named in it"
}

// covers says whether all fields of a name, of which there is one at least, are
// signed.
func (s *subject) covers(g *auth.Signature, name string) bool {
	any := false
	for i, f := range s.message.Fields {
		if f.Is(name) {
			if any = true; !slices.Contains(g.Covered, i) {
				return false
			}
		}
	}
	return any
}
