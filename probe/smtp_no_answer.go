package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
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
		Measured: notMeasured + " It rests on how connecting ended.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 5321 section 4.5.4.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		closed := s.portClosedHere()
		var found []report.Finding
		var undecided []report.Undecided
		for i := range s.hosts {
			for _, places := range s.ports(&s.hosts[i]) {
				if slices.ContainsFunc(places, place.connected) {
					continue
				}
				f, why := s.unanswered(places), ""
				switch {
				case closed && places[0].Port == smtpPort:
					why = f.Text + ". Nor does any other server on port 25: see smtp.port-25-closed-here"
				case !slices.ContainsFunc(places, func(p place) bool { return p.Outcome != report.OutcomeNoRoute }):
					why = f.Text // No packet of ours gets there: that says nothing of the server.
				case s.noOther(places):
					f.Severity = report.Critical
					f.Text += fmt.Sprintf(". No other server of the domain answers on port %d", places[0].Port)
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

// unanswered is the finding about a host that answered nowhere on a port.
func (s *subject) unanswered(places []place) report.Finding {
	name := spelled(places[0].host.Name)
	if len(places) == 1 {
		f := places[0].finding(report.Warning, "%s does not answer: %s", name, places[0].unanswered())
		f.Evidence = append(f.Evidence, places[0].ended())
		return f
	}
	var ways []string
	at := map[string][]netip.Addr{}
	f := places[0].finding(report.Warning, "")
	f.Address = netip.Addr{}
	for _, p := range places {
		way := p.unanswered()
		if at[way] == nil {
			ways = append(ways, way)
		}
		at[way] = append(at[way], p.Address)
		f.Evidence = append(f.Evidence, p.ended())
	}
	if len(ways) == 1 {
		f.Text = fmt.Sprintf("%s answers at none of its %d addresses: %s", name, len(places), ways[0])
		return f
	}
	for i, way := range ways {
		ways[i] = firstOf(at[way], addrText) + ": " + way
	}
	f.Text = fmt.Sprintf("%s answers at none of its %d addresses (%s)", name, len(places), strings.Join(ways, "; "))
	return f
}

// unanswered says how connecting ended.
func (p place) unanswered() string {
	switch p.Outcome {
	case report.OutcomeRefused:
		return "the connection was refused"
	case report.OutcomeTimeout:
		return "nothing came back within " + seconds(p.Milliseconds) + ", seen from here"
	case report.OutcomeNoRoute:
		return "this computer has no route there"
	}
	return "no connection could be made"
}

// noOther says whether the server is known not to listen, and no other one answers on
// the same port. After a time-out it is not known: others may get through. A server that
// the user named, and that answers at another port, need not listen at this one.
func (s *subject) noOther(places []place) bool {
	for _, p := range places {
		if p.Outcome != report.OutcomeRefused {
			return false
		}
	}
	for q := range s.places() {
		if q.connected() && (q.Port == places[0].Port || q.host.Role == report.RoleNamed) {
			return false
		}
	}
	return true
}
