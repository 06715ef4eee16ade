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
		Title: "The host that took the message at one hop is not the one that hands it on",
		Max:   report.Warning,
		Explain: `The host that takes a message (by, behind ">" in the ROUTE) should be the one that hands it on at
the next hop (from); here the two share no name, no address and no organisation. Made-up lines
often hang in the air like this, since whoever writes them does not know the way that the message
will take. Honest mail has such gaps as often, so alone it proves nothing and is no reason to
report anyone. Believe the hops that are older than the gap only where something else supports
them. Between hosts of the recipient's own side a gap means nothing.`,
		Innocent: `Hosts with other names inside than outside, load balancers, one organisation with several domains,
web servers that send for many customers, a relay in between that writes no line, names that were
blotted out, and mailing lists that hand a message in anew.`,
		Refs: []string{"RFC 5321 section 4.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		prev := -1
		for i := range s.hops {
			h := &s.hops[i]
			if h.Kind == received.Note {
				continue
			}
			if h.Link == received.LinkBroken && prev >= 0 && !sameButFolded(&s.hops[prev], h) {
				severity, weight := report.Warning, report.Strong
				if excuse(&s.hops[prev], h) || s.hops[prev].Standing == report.Observed {
					// What the recipient's own hosts wrote is true however they
					// are named; only a claimed hop can hang in the air.
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
	case sameBrand(older.By.Name, f), sameProvider(older, f):
		return true
	}
	return nameless(f.HELO) && nameless(f.RDNS)
}

// sameButFolded says whether the two names are one, written with a line end
// beside it. QUIRK: ZMailer folds inside of the quotes around the greeting.
func sameButFolded(older, newer *report.Hop) bool {
	by := older.By.Name
	return by != "" && (strings.EqualFold(strings.TrimSpace(newer.From.Name), by) || strings.EqualFold(strings.TrimSpace(newer.From.HELO), by))
}

// sameBrand says whether a name of the peer is that of the older host under another
// top-level domain: suse.cz and suse.de, t-online.com and t-online.de.
func sameBrand(by string, f *received.From) bool {
	label, _, _ := strings.Cut(house(by), ".")
	if len(label) < 4 {
		return false
	}
	for _, name := range [...]string{f.RDNS, f.HELO, f.Name} {
		if other, _, _ := strings.Cut(house(name), "."); strings.EqualFold(other, label) {
			return true
		}
	}
	return false
}

// sameProvider says whether the older line is of a provider, and the peer of the
// newer one has a name of its inside.
func sameProvider(older *report.Hop, f *received.From) bool {
	p := providerOf(older)
	return p != nil && (anyHost(p.own, f.HELO) || anyHost(p.own, f.RDNS))
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
