package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

var smtpSizeDiffers = check{
	Rule: report.Rule{
		ID:    "smtp.size-differs",
		Title: "Not all servers take messages of the same size",
		Max:   report.Warning,
		Explain: `A sender picks one of the servers, and another one if that is busy. Where they differ in what size they take,
the same large mail arrives today and bounces tomorrow; where a spare server takes more than the main one, mail is
taken first and bounces later. Give all of them the same limit, that of the server which keeps the mail.`,
		Innocent: `A spare server or a filter of another company, with a setting of its own.`,
		Measured: notMeasured + " It rests on SIZE as each server gives it.",
		Refs:     []string{"RFC 1870 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		var limits []sized
		for p := range s.places() {
			all, tls, known := p.offers()
			if !known {
				continue
			}
			after := sizeOf(all)
			if p.upgraded() {
				if before := sizeOf(p.Extensions); sizeText(before) != sizeText(after) && before.State != report.SizeAbsent {
					t.find(p, report.Warning, slices.Concat(p.says(false, "SIZE"), p.says(true, "SIZE")),
						"before TLS the limit is %s, inside TLS %s: senders with and without TLS are served differently", sizeText(before), sizeText(after))
				}
			}
			if p.takesMail() && p.settled() {
				limits = append(limits, sized{p, after, p.says(tls, "SIZE")})
			}
		}
		found, undecided, err := t.all()
		if f, ok := s.differ(limits); ok {
			found = append(found, f)
		}
		return found, undecided, err
	},
}

// sized is an endpoint and the limit that counts there.
type sized struct {
	place
	size     report.Size
	evidence []report.Evidence
}

// sizeText is a limit in words.
func sizeText(s report.Size) string {
	switch s.State {
	case report.SizeLimit:
		return counted(*s.Octets, "octet", "octets")
	case report.SizeUnlimited:
		return "none"
	case report.SizeInvalid:
		return "not readable"
	}
	return "not stated"
}

// differ is the finding that servers of the domain state different limits. Who states
// none is not known to differ.
func (s *subject) differ(limits []sized) (report.Finding, bool) {
	var texts []string
	var at [][]place
	var evidence []report.Evidence
	for _, l := range limits {
		if l.size.State != report.SizeLimit && l.size.State != report.SizeUnlimited {
			continue
		}
		text := sizeText(l.size)
		i := slices.Index(texts, text)
		if i < 0 {
			i = len(texts)
			texts, at = append(texts, text), append(at, nil)
			evidence = append(evidence, l.evidence[:min(len(l.evidence), 1)]...)
		}
		at[i] = append(at[i], l.place)
	}
	if len(texts) < 2 {
		return report.Finding{}, false
	}
	parts := make([]string, len(texts))
	for i, text := range texts {
		parts[i] = fmt.Sprintf("%s at %s", text, hostsOrAddresses(at[i]))
	}
	port := smtpPort
	return report.Finding{
		Severity: report.Warning, Host: oneHost(slices.Concat(at...)), Port: &port, Evidence: evidence,
		Text: "the limit on the size of a message is " + strings.Join(parts, ", ") + ": whether a large mail arrives depends on the server that a sender happens to take",
	}, true
}

// hostsOrAddresses names places shortly: a host all of whose addresses are there by its
// name, another one with those that are.
func hostsOrAddresses(places []place) string {
	var hosts []*report.Host
	for _, p := range places {
		if !slices.Contains(hosts, p.host) {
			hosts = append(hosts, p.host)
		}
	}
	return firstOf(hosts, func(h *report.Host) string {
		var of []place
		for _, p := range places {
			if p.host == h {
				of = append(of, p)
			}
		}
		if len(of) == len(placesAt(h, places[0].Port)) {
			return spelled(h.Name)
		}
		return spelled(h.Name) + " (" + firstOf(addresses(of), addrText) + ")"
	})
}

// placesAt is the endpoints of a host with a port.
func placesAt(h *report.Host, port int) []place {
	var all []place
	for i := range h.Endpoints {
		if h.Endpoints[i].Port == port {
			all = append(all, place{h, &h.Endpoints[i]})
		}
	}
	return all
}
