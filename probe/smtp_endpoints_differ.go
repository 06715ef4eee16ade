package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"mailtrace/report"
)

var smtpEndpointsDiffer = check{
	Rule: report.Rule{
		ID:    "smtp.endpoints-differ",
		Title: "The servers of the domain do not all do the same",
		Max:   report.Warning,
		Explain: `A sender takes one address of one server, as chance and preference have it. Here it depends on that choice whether
mail is encrypted, how long it takes, or whether it comes in at all; such faults come and go, and are hard to
find. Bring all servers to the same state, the spare ones too: their faults show only when the main server is down.`,
		Innocent: `A spare server of another company, a server that is just being replaced, or IPv6 that was announced too early.`,
		Measured: notMeasured + " It rests on comparing what was seen at each address.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 8461 section 8.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		found := s.partlyDead()
		if f, ok := s.partlyTLS(); ok {
			found = append(found, f)
		}
		return append(found, s.partlyOffered()...), nil, nil
	},
}

// partlyDead is the hosts that answer at some of their addresses and not at others,
// on one port.
func (s *subject) partlyDead() []report.Finding {
	var found []report.Finding
	for i := range s.hosts {
		for _, places := range s.ports(&s.hosts[i]) {
			// No route from here is no fault there.
			places = slices.DeleteFunc(slices.Clone(places), func(p place) bool { return p.Outcome == report.OutcomeNoRoute })
			live := slices.DeleteFunc(slices.Clone(places), func(p place) bool { return !p.connected() })
			mute := slices.DeleteFunc(slices.Clone(places), place.connected)
			if slices.ContainsFunc(live, func(p place) bool { return p.Address.Is4() }) {
				// dns.mx-ipv6-dead has those.
				mute = slices.DeleteFunc(mute, func(p place) bool { return p.mail() && !p.Address.Is4() })
			}
			if len(live) == 0 || len(mute) == 0 {
				continue
			}
			f := mute[0].finding(report.Warning, "%s answers at %s and not at %s: senders that take the wrong one first lose time", spelled(mute[0].host.Name), firstOf(addresses(live), addrText), firstOf(mute, func(p place) string { return fmt.Sprintf("%s (%s)", p.Address, p.inShort()) }))
			if len(mute) > 1 {
				f.Address = netip.Addr{}
			}
			for _, p := range mute {
				f.Evidence = append(f.Evidence, p.ended())
			}
			found = append(found, f)
		}
	}
	return found
}

// partlyTLS tells that TLS works at some servers for mail and cannot work at others.
// What was only put off, or not seen, is no difference; nor is a handshake that took too
// long.
func (s *subject) partlyTLS() (report.Finding, bool) {
	var with, without []place
	for p := range s.places() {
		if !p.takesMail() {
			continue
		}
		switch p.StartTLS {
		case report.StartTLSOK:
			with = append(with, p)
		case report.StartTLSAbsent, report.StartTLSRejected, report.StartTLSFailed:
			if p.heard() && (p.StartTLS != report.StartTLSFailed || p.Outcome == report.OutcomeTLS) {
				without = append(without, p)
			}
		}
	}
	if len(with) == 0 || len(without) == 0 {
		return report.Finding{}, false
	}
	port := smtpPort
	f := report.Finding{
		Severity: report.Warning, Host: oneHost(without), Port: &port,
		Text: fmt.Sprintf("TLS works at %s and not at %s: whether mail is encrypted depends on the server that a sender happens to take", hostsOrAddresses(with), hostsOrAddresses(without)),
	}
	for _, p := range without {
		verb := "STARTTLS"
		if p.StartTLS == report.StartTLSAbsent {
			verb = string(p.Hello)
		}
		evidence, _ := p.replied(false, verb)
		f.Evidence = append(f.Evidence, evidence[0])
	}
	return f, true
}

// matters is the extensions by whose lack a mail is changed, delayed or refused on its
// way, or its sender not told; the first two by whose lack it may bounce.
var matters = [...]string{"SMTPUTF8", "8BITMIME", "REQUIRETLS", "DSN", "CHUNKING", "ENHANCEDSTATUSCODES", "PIPELINING"}

// partlyOffered tells the extensions that some servers for mail offer and others do
// not.
func (s *subject) partlyOffered() []report.Finding {
	var found []report.Finding
	var minor []string
	var evidence []report.Evidence
	port := smtpPort
	for i, keyword := range matters {
		with, without := s.offering(keyword)
		if len(with) == 0 || len(without) == 0 {
			continue
		}
		_, tls, _ := with[0].offers()
		line := with[0].says(tls, keyword)
		if len(line) == 0 {
			line = []report.Evidence{with[0].lastHeard()}
		}
		if i > 1 {
			minor = append(minor, keyword)
			evidence = append(evidence, line[0])
			continue
		}
		found = append(found, report.Finding{
			Severity: report.Warning, Port: &port, Host: oneHost(slices.Concat(with, without)), Evidence: line[:1],
			Text: fmt.Sprintf("%s is offered at %s and not at %s: mail that needs it arrives or bounces by chance", keyword, hostsOrAddresses(with), hostsOrAddresses(without)),
		})
	}
	if len(minor) > 0 {
		found = append(found, report.Finding{
			Severity: report.Info, Port: &port, Evidence: evidence,
			Text: "some servers offer what others do not: " + strings.Join(minor, ", "),
		})
	}
	return found
}

// offering is the places for mail that offer an extension, and those that do not.
func (s *subject) offering(keyword string) (with, without []place) {
	for p := range s.places() {
		all, _, _ := p.offers()
		switch {
		case !p.settled() || !p.takesMail():
		case offers(all, keyword):
			with = append(with, p)
		default:
			without = append(without, p)
		}
	}
	return with, without
}
