package analyze

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

// shownFields are the fields that a reader sees, or that say how the text is shown,
// of which there must not be two.
var shownFields = []string{"From", "Subject", "To", "Cc", "Date", "Reply-To", "Sender", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}

var dkimUnsignedParts = check{
	Rule: report.Rule{
		ID:    "dkim.unsigned-parts",
		Title: "The signature holds, but does not cover all that the reader sees",
		Max:   report.Warning,
		Explain: `A signature (DKIM) vouches only for what it covers. This one covers the beginning of the text only (l=),
or one of two fields of the same name: anybody on the way could add the rest without breaking it, and a
mail program may well show the addition. Treat what is not covered as written by an unknown sender, and
do not count the pass for it. Tell the domain to sign without l=, and to name From and Subject once more
than they are there (over-signing).`,
		Innocent: `A mailing list added its footer to a text that was signed with l= for that purpose, or a faulty
gateway wrote a field a second time.`,
		Refs: []string{"RFC 6376 section 8.2", "RFC 6376 section 8.15", "RFC 6376 section 5.4.2"},
	},
	asks: true,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, g := range s.broughtSignatures() {
			if f, ok := s.appended(g); ok {
				found = append(found, f)
			}
			if s.lacks(needPlaces) == "" {
				found = append(found, s.addedFields(g)...)
			}
		}
		return found, nil, nil
	},
}

// appended is what stands behind the part of the text that a signature covers, unless
// the same organisation signed all of it as well.
func (s *subject) appended(g *auth.Signature) (report.Finding, bool) {
	if g.Outcome != auth.VerifiedPart {
		return report.Finding{}, false
	}
	for _, other := range s.broughtSignatures() {
		if other.Outcome == auth.Verified && s.house(other.Domain) == s.house(g.Domain) {
			return report.Finding{}, false
		}
	}
	severity, weight, list := report.Warning, report.Strong, ""
	if f, ok := s.listField(); ok {
		severity, weight, list = report.Info, report.Ordinary, fmt.Sprintf("; it came over a mailing list (%s, line %d)", f.Name, f.Line)
	}
	f := finding(severity, weight, "the signature of %s, line %d, covers %d of %d bytes of the text (l=): %d were added behind them%s",
		g.Domain, s.message.Fields[g.Field].Line, g.BodySize-g.Appended, g.BodySize, g.Appended, list)
	f.Evidence = append(f.Evidence, s.signed(g))
	return f, true
}

// addedFields is the fields of which one is signed, and another one, above it, is not.
// What the recipient's side put above its own line did not come with the message.
func (s *subject) addedFields(g *auth.Signature) []report.Finding {
	var found []report.Finding
	for _, name := range shownFields {
		if slices.Contains(g.OverSigned, strings.ToLower(name)) {
			continue
		}
		covered, added := -1, -1
		for i, f := range s.message.Fields {
			switch {
			case !f.Is(name):
			case slices.Contains(g.Covered, i):
				covered = i
			case added < 0 && (s.boundary.at < 0 || i > s.index[s.boundary.at]):
				added = i
			}
		}
		if covered < 0 && added >= 0 && (name == "Subject" || name == "Reply-To") && !s.coveredByAnother(name, g) {
			f := finding(report.Info, report.Ordinary, "the signature of %s, line %d, does not cover the %s of line %d: anybody may have written or changed that",
				g.Domain, s.message.Fields[g.Field].Line, name, s.message.Fields[added].Line)
			f.Evidence = append(f.Evidence, s.signed(g), field(s.message.Fields[added]))
			found = append(found, f)
		}
		if covered < 0 || added < 0 {
			continue
		}
		severity, weight := report.Warning, report.Strong
		if _, list := s.listField(); list && name != "From" && name != "Subject" {
			severity, weight = report.Info, report.Ordinary // Lists add a Reply-To, or a Sender.
		}
		one, other := s.message.Fields[covered], s.message.Fields[added]
		f := finding(severity, weight, "the signature of %s, line %d, covers the %s of line %d, but not that of line %d: it may have been added afterwards",
			g.Domain, s.message.Fields[g.Field].Line, name, one.Line, other.Line)
		f.Evidence = append(f.Evidence, s.signed(g), field(other), field(one))
		found = append(found, f)
	}
	return found
}

// coveredByAnother says whether another signature of the same organisation covers all
// fields of a name.
func (s *subject) coveredByAnother(name string, g *auth.Signature) bool {
	return slices.ContainsFunc(s.broughtSignatures(), func(o *auth.Signature) bool {
		return o != g && s.house(o.Domain) == s.house(g.Domain) && s.covers(o, name)
	})
}
