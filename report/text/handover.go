package text

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mailtrace/received"
	"mailtrace/report"
)

// handedOver says who gave the message to the recipient's side, and who wrote that
// down.
func (t *trace) handedOver() {
	h := t.r.Path.Handover
	if h == nil {
		t.item(plain, " came from", factIndent, "the recipient's own side: every line of the route was written there")
		return
	}
	t.bounded(bold, " came from", factIndent, t.from(h), MaxTextLines)
	t.bounded(plain, "", factIndent, t.writtenBy(h), MaxTextLines+2)
}

// from is the peer: what was seen of it, and what it called itself.
func (t *trace) from(h *report.Handover) string {
	s := "a host whose address was not written down"
	if h.Address.IsValid() {
		s = t.host(h.Address.String())
	}
	status := received.RDNSUnset
	if hop := t.hop(h.Hop); hop != nil {
		status = hop.From.RDNSStatus
	}
	helo, rdns := cut(t.host(h.HELO), t.width), cut(t.host(h.RDNS), t.width)
	same := h.RDNS != "" && strings.EqualFold(h.HELO, h.RDNS)
	switch {
	case same && status == received.RDNSForged:
		s += ", calling itself " + helo + " (that name does not lead back to the address)"
	case same:
		s += ", named " + rdns + " by the DNS and by itself"
	case h.HELO != "":
		s += ", calling itself " + helo + " (not verified)"
	}
	switch {
	case same:
	case status == received.RDNSNone:
		s += "; the DNS confirmed no name for it"
	case h.RDNS != "" && status == received.RDNSForged:
		s += "; its reverse name " + rdns + " does not lead back to it"
	case h.RDNS != "":
		s += "; its reverse name is " + rdns
	}
	if h.User != "" {
		s += "; signed in there as " + cut(t.defang(h.User), t.width)
	}
	return s
}

// writtenBy says who wrote that down, when, and what of the session.
func (t *trace) writtenBy(h *report.Handover) string {
	by := "a host that does not give its name"
	if h.By != "" {
		by = cut(t.host(h.By), t.width)
	}
	hop := t.hop(h.Hop)
	if hop != nil && h.By == "" && hop.By.Address.IsValid() {
		by = t.host(hop.By.Address.String())
	}
	s := "recorded by " + by
	if hop != nil {
		s += fmt.Sprintf(" (line%s%d)", noBreak, hop.Line)
	}
	s += ", " + when(h.Time) + ", " + tls(h.TLS, hop)
	switch from := t.envelopeFrom(h); from {
	case "":
	case "<>":
		s += "; envelope sender empty, as of a bounce"
	default:
		s += "; envelope sender " + from
	}
	return s
}

// envelopeFrom is the reverse-path as the recipient's side wrote it down.
func (t *trace) envelopeFrom(h *report.Handover) string {
	from := h.EnvelopeFrom
	if from == "" && slices.ContainsFunc(t.r.Fields, func(f report.Field) bool {
		return strings.EqualFold(f.Name, "Return-Path") && (f.Origin == report.FromRecipient || f.Origin == report.FromAttested)
	}) {
		from = t.r.Message.ReturnPath
	}
	return cut(t.defang(from), t.width)
}

// tlsVersion is the digit after "1." of a version as servers write it: "TLSv1.2",
// "TLS1_2", "tls 1.2". Empty for anything else.
func tlsVersion(v string) string {
	if len(v) < len("TLS1.2") || !strings.EqualFold(v[:3], "TLS") {
		return ""
	}
	v = strings.TrimLeft(v[3:], " v")
	if len(v) == 3 && v[0] == '1' && (v[1] == '.' || v[1] == '_') && '0' <= v[2] && v[2] <= '3' {
		return v[2:]
	}
	return ""
}

// tls says whether the session was encrypted. What was not written down may have
// been all the same.
func tls(t *received.TLS, hop *report.Hop) string {
	switch {
	case t != nil && tlsVersion(t.Version) != "":
		return "over TLS" + noBreak + "1." + tlsVersion(t.Version)
	case t != nil, hop != nil && slices.Contains(hop.Implies, received.ImpliesTLS):
		return "over TLS"
	}
	return "TLS not recorded"
}

// boundary says which hops the recipient's side wrote, and how that is known.
func (t *trace) boundary() {
	b := t.r.Path.Boundary
	seen := t.standing(report.Observed)
	if len(seen) == 0 {
		seen = t.standing(report.Attested)
	}
	if len(seen) == 0 {
		seen = []int{b.Hop}
	}
	s := fmt.Sprintf("the recipient's side wrote %s; %s", hopList(seen), confidence(b.Confidence))
	for i, basis := range b.Basis {
		if i == 2 {
			s += fmt.Sprintf("; and %d more (--json)", len(b.Basis)-i)
			break
		}
		s += [...]string{": ", "; "}[i] + cut(t.defang(basis.Why), 3*t.width)
		if basis.Line > 0 {
			s += fmt.Sprintf(" (line%s%d)", noBreak, basis.Line)
		}
	}
	t.bounded(plain, " boundary", factIndent, s, MaxTextLines+2)
}

// alternatives are the other readings: services that work for recipients and for
// senders.
func (t *trace) alternatives() {
	for i := range t.r.Path.Boundary.Alternatives {
		a := &t.r.Path.Boundary.Alternatives[i]
		if i == 3 {
			t.item(plain, "", factIndent, "and more (--json shows all)")
			break
		}
		t.bounded(plain, " or else", factIndent, fmt.Sprintf("if %s works for you, the message came from %s; %s. Name your hosts and those of it with --own to have it read so.",
			cut(t.defang(a.Through), t.width), t.from(&a.Handover), t.writtenBy(&a.Handover)), MaxTextLines+2)
	}
}

// standing is the numbers of the hops of one standing.
func (t *trace) standing(s report.Standing) []int {
	var hops []int
	for i := range t.r.Path.Hops {
		if t.r.Path.Hops[i].Standing == s {
			hops = append(hops, t.r.Path.Hops[i].Number)
		}
	}
	return hops
}

// counts says how many hops have which standing, and what speaks against them.
func (t *trace) counts() string {
	var parts []string
	for _, c := range [...]struct {
		standing report.Standing
		words    string
	}{
		{report.Observed, "seen"}, {report.Attested, "vouched for"}, {report.Claimed, "only the sender's word"},
		{report.Inconsistent, "INCONSISTENT"}, {report.Fictitious, "FALSE"},
	} {
		hops := t.standing(c.standing)
		if len(hops) == 0 {
			continue
		}
		s := fmt.Sprintf("%d %s", len(hops), c.words)
		switch c.standing {
		case report.Inconsistent:
			s += " (" + hopList(hops) + t.because(hops, ": see ", func(g group) bool { return g.Weight != report.Ordinary }) + ")"
		case report.Fictitious:
			s += " (" + hopList(hops) + t.because(hops, ", proved by ", func(g group) bool { return g.Disproves == report.DisprovesHop }) + ")"
		}
		parts = append(parts, s)
	}
	s := plural(len(t.r.Path.Hops), "hop") + ": " + strings.Join(parts, ", ")
	if h := t.r.Path.Handover; h != nil && h.Address.IsValid() && len(t.standing(report.Fictitious)) > 0 {
		s += "; what lies before " + t.host(h.Address.String()) + " is not known"
	}
	return s
}

// because refers to the findings about hops that are of a kind.
func (t *trace) because(hops []int, before string, of func(group) bool) string {
	letters := t.letters(func(g group) bool {
		return of(g) && slices.ContainsFunc(g.hops, func(n int) bool { return slices.Contains(hops, n) })
	})
	if letters == "" {
		return ""
	}
	return before + letters
}

// journey is the time between the first and the last stamp, or "" where there are
// not two that count: what is disproved does not, nor what is known only through
// that.
func (t *trace) journey() string {
	var all, seen []time.Time
	ignored := false
	for i := range t.r.Path.Hops {
		h := &t.r.Path.Hops[i]
		switch {
		case h.Time == nil:
		case h.Standing == report.Fictitious, h.HangsOn != nil:
			ignored = true
		default:
			all = append(all, *h.Time)
			if h.Standing == report.Observed {
				seen = append(seen, *h.Time)
			}
		}
	}
	hops := plural(len(t.r.Path.Hops), "hop")
	switch {
	case t.r.Path.Boundary == nil && len(all) < 2:
		return hops
	case t.r.Path.Boundary == nil:
		return hops + took(all, " in ", "by their own clocks")
	}
	var parts []string
	if len(seen) > 1 {
		parts = append(parts, took(seen, "", "on the recipient's side"))
	}
	if len(all) > len(seen) && len(all) > 1 {
		parts = append(parts, took(all, "", "in all, by the sender's clocks too"))
	}
	if ignored && len(parts) > 0 {
		parts = append(parts, "times of false hops, and of what hangs on them, do not count")
	}
	return strings.Join(parts, "; ")
}

// took is how long it was from the first to the last time.
func took(times []time.Time, before, clocks string) string {
	d := times[len(times)-1].Sub(times[0])
	if d < 0 {
		if before != "" {
			before = "; "
		}
		return before + clocks + " it arrived " + duration(-d) + " before it was sent"
	}
	if before != "" {
		return before + duration(d) + ", " + clocks
	}
	return duration(d) + " " + clocks
}

// outside says whether an address is one that a network answers for.
func outside(a netip.Addr) bool {
	return a.IsValid() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsUnspecified()
}

// fromDomain is the domain that the reader sees, where it is one.
func (t *trace) fromDomain() string {
	domain := ""
	for _, m := range t.r.Message.From {
		// The last "@": others may stand in quotes before it.
		at := strings.LastIndexByte(m.Address, '@')
		switch {
		case at < 0: // No address, such as a lone dot: it hides nothing.
		case domain != "":
			return ""
		default:
			domain = m.Address[at+1:]
		}
	}
	return domain
}
