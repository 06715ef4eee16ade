package probe

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"mailtrace/report"
)

var smtpNoAnswer = check{
	Rule: report.Rule{
		ID:    "smtp.no-answer",
		Title: "A mail server does not answer at any of its addresses",
		Max:   report.Critical,
		Explain: `The DNS names this server, and at none of its addresses could a connection be made. "Refused" means that a
computer is there and no mail server listens; a time-out means that nothing came back while we waited, as seen
from here. Mail goes to the other servers of the domain, or waits at the sender, who is told after some days.
Start the server, open the port in its firewall, or take the name out of the DNS.`,
		Innocent: `The server is being restarted, or a firewall between here and there drops what we send and lets others through.
A spare server is sometimes kept switched off.`,
		Measured: "Not measured on live servers. It rests on how connecting ended.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 5321 section 4.5.4.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		closed := s.portClosedHere()
		var found []report.Finding
		var undecided []report.Undecided
		for i := range s.hosts {
			for _, places := range s.ports(&s.hosts[i]) {
				if !dead(places) {
					continue
				}
				f, why := s.unanswered(places)
				if why == "" && closed && f.Port != nil && *f.Port == smtpPort {
					why = f.Text + "; nor did any other server on port 25, see smtp.port-25-closed-here"
				}
				if why == "" {
					found = append(found, f)
					continue
				}
				undecided = append(undecided, report.Undecided{Host: f.Host, Address: f.Address, Port: f.Port, Why: why})
			}
		}
		return found, undecided, nil
	},
}

// ports is the endpoints of a host that were tried, by port, in the order of the report.
func (s *subject) ports(h *report.Host) [][]place {
	var all [][]place
next:
	for i := range h.Endpoints {
		p := place{h, &h.Endpoints[i]}
		if !p.tried() {
			continue
		}
		for k := range all {
			if all[k][0].Port == p.Port {
				all[k] = append(all[k], p)
				continue next
			}
		}
		all = append(all, []place{p})
	}
	return all
}

// dead says whether none of the places answered.
func dead(places []place) bool {
	for _, p := range places {
		if p.answered() {
			return false
		}
	}
	return true
}

// unanswered is the finding about a host that answered nowhere on a port, or why there
// is none: when no packet of ours gets there it says nothing of the server.
func (s *subject) unanswered(places []place) (f report.Finding, why string) {
	f = places[0].finding(report.Warning, "")
	ways := map[report.Outcome]int{}
	for _, p := range places {
		ways[p.Outcome]++
		f.Evidence = append(f.Evidence, p.ended())
	}
	if len(places) > 1 {
		f.Address = netip.Addr{}
	}
	f.Text = places[0].host.Name + endings(places, ways)
	if ways[report.OutcomeNoRoute] == len(places) {
		return f, f.Text
	}
	if ways[report.OutcomeRefused] == len(places) && !s.elsewhere(places[0]) {
		f.Severity = report.Critical
		f.Text += "; it is the only one for this"
	}
	return f, ""
}

// endings says how connecting ended, and what that means.
func endings(places []place, ways map[report.Outcome]int) string {
	var parts []string
	rest := len(places)
	for _, way := range [...]struct {
		outcome report.Outcome
		text    string
	}{
		{report.OutcomeRefused, "refused the connection: nothing listens there"},
		{report.OutcomeTimeout, "gave no sign within " + seconds(longest(places)) + ", seen from here"},
		{report.OutcomeNoRoute, "cannot be reached from this computer: it has no route there"},
	} {
		n := ways[way.outcome]
		if n == 0 {
			continue
		}
		rest -= n
		if n == len(places) && n == 1 {
			parts = append(parts, " "+way.text)
		} else {
			parts = append(parts, fmt.Sprintf(" %s at %s", way.text, addressesOf(n, len(places))))
		}
	}
	if rest > 0 {
		parts = append(parts, " could not be connected to at "+addressesOf(rest, len(places)))
	}
	return strings.Join(parts, ";")
}

// addressesOf is "all 3 addresses" or "2 of 3 addresses".
func addressesOf(n, all int) string {
	if n == all {
		return quantity(n, "address", "")
	}
	return fmt.Sprintf("%d of %d addresses", n, all)
}

// longest is the longest time that one of the places took, in milliseconds.
func longest(places []place) int64 {
	var most int64
	for _, p := range places {
		most = max(most, p.Milliseconds)
	}
	return most
}

// elsewhere says whether another host answers on the same port as p.
func (s *subject) elsewhere(p place) bool {
	for q := range s.places() {
		if q.host != p.host && q.Port == p.Port && q.answered() {
			return true
		}
	}
	return false
}
