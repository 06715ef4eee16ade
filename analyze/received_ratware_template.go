package analyze

import (
	"context"
	_ "embed"
	"slices"
	"strings"
	"sync"

	"mailtrace/received"
	"mailtrace/report"
)

// ratwareData is names of hosts that programs for sending spam put into the lines
// that they make up.
//
//go:embed data/ratware.txt
var ratwareData string

// ratwareHosts is those names, as for anyHost.
var ratwareHosts = sync.OnceValue(func() []string { return slices.Collect(rows(ratwareData)) })

var ratwareTemplate = check{
	Rule: report.Rule{
		ID:    "received.ratware-template",
		Title: "A line looks like those that a spam program makes up",
		Max:   report.Warning,
		Explain: `Since 2002 one family of spam programs adds invented Received lines below the real one. They name
hosts out of a fixed list, mix protocol words that do not go together, carry neither a message
number nor a product's name, and all have one time zone. This line is of that kind, and its names
and addresses are random: report and blame nobody in it. Only the hops that the recipient's own
servers saw count.`,
		Innocent: `None is known for whole chains. A single host of the list may exist today under the
same name; then its lines have an id or name a product, and are left alone.`,
		Refs: []string{"RFC 5321 section 4.4", "RFC 3848 section 2"},
	},
	needs: needForm,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		mixed := s.mixedChain()
		for i := range s.hops {
			h := &s.hops[i]
			if !s.below(i) || !template(h) {
				continue
			}
			var f report.Finding
			switch name := ratwareName(h); {
			case name != "":
				f = s.about(i, report.Warning, report.Strong, "the line of %s names %s, a host that such programs invent, and has no name of a message and no product", s.host(i), name)
			case mixed:
				f = s.about(i, report.Warning, report.Strong, "the line of %s, with %s, is one of a chain whose lines have no queue id and name no product, with one time zone and protocols that do not go together", s.host(i), h.With)
			default:
				continue
			}
			f.Evidence = append(f.Evidence, s.part(i, received.Span{}))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// below says whether a hop is only the sender's word: below the boundary, or, as
// long as that is not known, below the newest hop.
func (s *subject) below(i int) bool {
	switch s.hops[i].Standing {
	case report.Observed, report.Attested:
		return false
	case report.Claimed:
		return true
	}
	return i < len(s.hops)-1
}

// template says whether a line has the form of the programs': a protocol word of
// theirs, and nothing of what a server knows of the message and of itself.
func template(h *report.Hop) bool {
	return h.ID == "" && h.By.Product == "" && h.TLS == nil && len(h.For) == 0 && h.EnvelopeFrom == "" &&
		h.From.Name != "" && h.By.Name != "" && h.Time != nil && (common(h.With) || rare(h.With))
}

// The protocol words that the programs mix. The first are everybody's.
func common(with string) bool {
	return strings.EqualFold(with, "SMTP") || strings.EqualFold(with, "ESMTP")
}

func rare(with string) bool {
	return strings.EqualFold(with, "ASMTP") || strings.EqualFold(with, "LOCAL") || strings.EqualFold(with, "NNFMP") || strings.EqualFold(with, "QMQP")
}

// mixedChain says whether all lines below the boundary, two at least, have the
// form, one offset from UTC, and two protocols or more, one of them rare. QUIRK:
// Yahoo's groups of 2002 did write SMTP, QMQP and NNFMP in a row.
func (s *subject) mixedChain() bool {
	n, odd, words, offset := 0, 0, map[string]bool{}, 0
	for i := range s.hops {
		h := &s.hops[i]
		if !s.below(i) || h.Kind == received.Note {
			continue
		}
		if !template(h) || h.OffsetSeconds == nil || n > 0 && *h.OffsetSeconds != offset || strings.HasSuffix(strings.ToLower(h.By.Name), ".yahoo.com") {
			return false
		}
		offset = *h.OffsetSeconds
		words[strings.ToUpper(h.With)] = true
		n++
		if rare(h.With) {
			odd++
		}
	}
	return n >= 2 && odd > 0 && len(words) >= 2
}

// ratwareName is a name in the line that such programs invent, or "".
func ratwareName(h *report.Hop) string {
	for _, name := range [...]string{h.By.Name, h.From.Name, h.From.HELO, h.From.RDNS} {
		low := strings.ToLower(strings.Trim(name, "[]."))
		if anyHost(ratwareHosts(), low) {
			return name
		}
	}
	return ""
}
