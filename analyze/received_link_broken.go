package analyze

import (
	"context"
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

var linkBroken = check{
	Rule: report.Rule{
		ID:    "received.link-broken",
		Title: "A hop does not go on where the hop before it ended",
		Max:   report.Warning,
		Explain: `The host that takes a message (by) is the one that hands it on (from in the line
above). Here the two share no name, no address and no organisation. Made-up lines often hang in the
air like this, since whoever writes them does not know the route that the message will take. What
stands below such a gap is only a story until something else supports it.`,
		Innocent: `Hosts with other names inside than outside, load balancers, a relay in between that
writes no line, names that were blotted out, and mailing lists that hand a message in anew.`,
		Measured: measured("received.link-broken"),
		Refs:     []string{"RFC 5321 section 4.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		prev := -1
		for i := range s.hops {
			h := &s.hops[i]
			if h.Kind == received.Note {
				continue
			}
			if h.Link == received.LinkBroken && prev >= 0 {
				severity, weight := report.Warning, report.Strong
				if excuse(&s.hops[prev], h) {
					severity, weight = report.Info, report.Ordinary
				}
				f := s.about(i, severity, weight, "hop %d was taken by %s, but hop %d comes from %s", s.hops[prev].Number, s.host(prev), h.Number, peer(h))
				f.Evidence = append(f.Evidence, s.part(prev, s.hops[prev].Spans.By), s.part(i, h.Spans.From))
				found = append(found, f)
			}
			prev = i
		}
		return found, nil, nil
	},
}

// excuse says whether honest mail often has such a gap: the names say nothing, or
// the message was handed in anew.
func excuse(older, newer *report.Hop) bool {
	f := &newer.From
	switch {
	case newer.Kind == received.List, newer.Kind == received.Forward, newer.Kind == received.Fetch, newer.Kind == received.Submission,
		older.Kind == received.Delivery, older.Kind == received.List, newer.Kind == received.Gateway:
		return true
	case strings.IndexByte(f.Name, '@') >= 0, strings.IndexByte(f.Name, ' ') >= 0:
		return true // An account or a program, not a host.
	case f.Address.IsPrivate(), f.Address.IsLinkLocalUnicast():
		return true // Behind a translating router, or inside of one house.
	case nameless(older.By.Name):
		return true
	}
	return nameless(f.HELO) && nameless(f.RDNS)
}

// nameless says whether a name cannot be compared with another: none, an address,
// or a single label.
func nameless(name string) bool {
	name = strings.Trim(name, "[]<>?")
	return strings.IndexByte(name, '.') < 0 || strings.Trim(name, "0123456789.:") == "" ||
		strings.HasSuffix(name, ".local") || strings.HasSuffix(name, ".internal") || strings.HasSuffix(name, ".localdomain") || strings.HasSuffix(name, ".lan")
}

// peer names the other side of a hop.
func peer(h *report.Hop) string {
	f := &h.From
	switch {
	case f.HELO != "":
		return f.HELO
	case f.RDNS != "":
		return f.RDNS
	case f.Name != "":
		return f.Name
	case f.Address.IsValid():
		return f.Address.String()
	}
	return "a peer without a name"
}
