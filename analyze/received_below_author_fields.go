package analyze

import (
	"context"
	"fmt"
	"slices"

	"mailtrace/analyze/mailbox"
	"mailtrace/received"
	"mailtrace/report"
)

// Fields that the author's program writes, and how many of them must stand above
// a Received field before that is rare in honest mail. Servers add a Date or a
// Message-ID that is missing, so these alone say nothing: From must be among them.
var authorFields = []string{"From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "Sender"}

const manyAuthorFields = 4

var belowAuthorFields = check{
	Rule: report.Rule{
		ID:    "received.below-author-fields",
		Title: "A Received line stands below the lines that the author's program wrote",
		Max:   report.Warning,
		Explain: `A server puts its Received line on top of the message, so all of them should stand above the
author's From, To, Subject and Date. One that stands below was in the message already when it was
handed in: spam programs put such lines there to lead astray, and some honest services do it too.
Do not rely on the line, and blame nobody named in it. It alone does not make the mail a fraud.`,
		Innocent: `Some services that take mail over a web interface write such a line themselves, and
some programs that re-send or archive mail sort the fields.`,
		Refs: []string{"RFC 5321 section 4.4", "RFC 5322 section 3.6"},
	},
	needs: needPlaces,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		above := authorFieldsAbove(s)
		for i := range s.hops {
			fields := above[len(s.hops)-1-i]
			if !slices.ContainsFunc(fields, func(f mailbox.Field) bool { return f.Is("From") }) {
				continue
			}
			h := &s.hops[i]
			severity, weight := report.Info, report.Ordinary
			if len(fields) >= manyAuthorFields && h.Kind != received.Submission && h.Kind != received.Gateway {
				severity, weight = report.Warning, report.Strong
			}
			lowest := fields[len(fields)-1]
			f := s.about(i, severity, weight, "%s above the line of %s, the lowest of them %s in line %d",
				stand(len(fields)), s.host(i), lowest.Name, lowest.Line)
			f.Evidence = append(f.Evidence, field(lowest), s.part(i, received.Span{}))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

func stand(n int) string {
	if n == 1 {
		return "one of the author's fields stands"
	}
	return fmt.Sprintf("%d of the author's fields stand", n)
}

// authorFieldsAbove is, for each Received field from the top, the author's fields
// above it.
func authorFieldsAbove(s *subject) [][]mailbox.Field {
	var seen []mailbox.Field
	above := make([][]mailbox.Field, 0, len(s.hops))
	for _, f := range s.message.Fields {
		if f.Is("Received") {
			if above = append(above, seen[:len(seen):len(seen)]); len(above) == len(s.hops) {
				break
			}
			continue
		}
		for _, name := range authorFields {
			if f.Is(name) {
				seen = append(seen, f)
				break
			}
		}
	}
	return above
}
