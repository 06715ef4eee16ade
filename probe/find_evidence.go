package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// Bounds of what a finding repeats of records, which a stranger wrote and of which
// there may be a thousand.
const (
	maxRecordsShown = 20 // As evidence.
	maxListed       = 6  // Names or addresses in a sentence.
)

// finding begins one about the domain; evidence has to follow.
func (s *servers) finding(severity report.Severity, format string, args ...any) report.Finding {
	return report.Finding{Severity: severity, Text: fmt.Sprintf(format, args...), Evidence: []report.Evidence{}}
}

// finding begins one about the host; evidence has to follow.
func (h *host) finding(severity report.Severity, format string, args ...any) report.Finding {
	return report.Finding{Severity: severity, Host: h.Name, Text: fmt.Sprintf(format, args...), Evidence: []report.Evidence{}}
}

// undecided is one about the host.
func (h *host) undecided(format string, args ...any) report.Undecided {
	return report.Undecided{Host: h.Name, Why: fmt.Sprintf(format, args...)}
}

// evidence is what came of a question: the records, that there are none, or why there is
// no answer; before them the aliases that were followed.
func (l lookup) evidence() []report.Evidence {
	switch {
	case l.err != nil:
		return []report.Evidence{dnsEvidence(l.err.Name, l.err.Type, string(l.err.Cause))}
	case l.answer == nil:
		return nil
	}
	return append(aliasEvidence(l.answer.Name, l.answer.Alias), recordEvidence(l.answer, l.answer.Records)...)
}

// recordEvidence is some records of an answer, or that it has none.
func recordEvidence(a *dns.Answer, records []dns.Record) []report.Evidence {
	if len(records) == 0 {
		return answerEvidence(a)
	}
	shown := *a
	shown.Records = records[:min(len(records), maxRecordsShown)]
	all := answerEvidence(&shown)
	if more := len(records) - len(shown.Records); more > 0 {
		all = append(all, dnsEvidence(a.Name, a.Type, fmt.Sprintf("and %d more", more)))
	}
	return all
}

// aliasEvidence is a chain of CNAMEs.
func aliasEvidence(name string, chain []string) []report.Evidence {
	var all []report.Evidence
	for _, next := range chain {
		all = append(all, dnsEvidence(name, dns.CNAME, next+"."))
		name = next
	}
	return all
}

// exchange is the MX records that name a host.
func (s *servers) exchange(name string) []report.Evidence {
	if s.mx.answer == nil {
		return nil
	}
	var named []dns.Record
	for _, r := range s.exchanges() {
		if r.Target == name {
			named = append(named, r)
		}
	}
	if len(named) == 0 {
		return nil
	}
	return recordEvidence(s.mx.answer, named)
}

// addressEvidence is what was answered about the addresses of a host.
func (h *host) addressEvidence() []report.Evidence {
	all := h.a.evidence()
	for _, e := range h.aaaa.evidence() {
		if !slices.Contains(all, e) { // The same aliases.
			all = append(all, e)
		}
	}
	return all
}

// led is how the domain leads to the host, and the host to its addresses.
func (s *servers) led(h *host) []report.Evidence {
	return append(s.exchange(h.Name), h.addressEvidence()...)
}

// firstOf joins names or addresses: "a, b and c", the first maxListed of them.
func firstOf[T any](items []T, text func(T) string) string {
	shown := make([]string, 0, maxListed+1)
	for _, item := range items[:min(len(items), maxListed)] {
		shown = append(shown, text(item))
	}
	if more := len(items) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("%d more", more))
	}
	return enumerated(shown)
}

// enumerated is words as a sentence has them: "a, b and c".
func enumerated(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func nameOf(h *host) string { return spelled(h.Name) }

func addrText(a netip.Addr) string { return a.String() }

// one says "is" or "are", and the like.
func one(n int, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}

// addressType is the type of record that holds an address.
func addressType(a netip.Addr) dns.Type {
	if a.Is4() {
		return dns.A
	}
	return dns.AAAA
}
