package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"mailtrace/report"
)

// told gathers what a rule says of each endpoint. What is the same of several is said
// once, with the places in front; a single place stands in the finding alone.
type told struct {
	s    *subject
	said []saying
}

// saying is one text about one or several endpoints of one port.
type saying struct {
	severity report.Severity // "" for an undecided.
	text     string
	port     int
	places   []place
	evidence []report.Evidence
}

func (s *subject) tell() *told { return &told{s: s} }

// maxEvidence is how many lines of one endpoint a finding shows: who wants all of them
// has the transcript.
const maxEvidence = 4

// find adds a finding about an endpoint. The text must not name the place. Without
// evidence the last line of the server is it.
func (t *told) find(p place, severity report.Severity, evidence []report.Evidence, format string, args ...any) {
	if len(evidence) == 0 {
		evidence = []report.Evidence{p.lastHeard()}
	}
	t.add(p, severity, evidence[:min(len(evidence), maxEvidence)], fmt.Sprintf(format, args...))
}

// doubt adds an undecided about an endpoint.
func (t *told) doubt(p place, format string, args ...any) {
	t.add(p, "", nil, fmt.Sprintf(format, args...))
}

func (t *told) add(p place, severity report.Severity, evidence []report.Evidence, text string) {
	for i := range t.said {
		if had := &t.said[i]; had.severity == severity && had.text == text && had.port == p.Port {
			had.places = append(had.places, p)
			had.evidence = append(had.evidence, evidence[:min(len(evidence), 1)]...)
			return
		}
	}
	t.said = append(t.said, saying{severity, text, p.Port, []place{p}, slices.Clip(evidence)})
}

// all is the findings and the undecided, in the order in which they were first said.
func (t *told) all() ([]report.Finding, []report.Undecided, error) {
	var found []report.Finding
	var undecided []report.Undecided
	for i := range t.said {
		said := &t.said[i]
		f := report.Finding{Severity: said.severity, Text: said.text, Port: &said.port, Evidence: said.evidence}
		if len(addresses(said.places)) == 1 {
			f.Host, f.Address = said.places[0].host.Name, said.places[0].Address
		} else {
			f.Host = oneHost(said.places)
			f.Text = t.s.where(said.places) + ": " + said.text
			// Several endpoints: one line of each.
			f.Evidence = oneEach(said)
		}
		if f.Severity != "" {
			found = append(found, f)
			continue
		}
		undecided = append(undecided, report.Undecided{Host: f.Host, Address: f.Address, Port: f.Port, Why: f.Text})
	}
	return found, undecided, nil
}

// oneEach drops all but the first line of the first endpoint: of the others one is
// there.
func oneEach(said *saying) []report.Evidence {
	first := len(said.evidence) - len(said.places) + 1
	if first <= 1 {
		return said.evidence
	}
	return append(said.evidence[:1:1], said.evidence[first:]...)
}

// oneHost is the name of the host that all places are of, or "".
func oneHost(places []place) string {
	for _, p := range places[1:] {
		if p.host.Name != places[0].host.Name {
			return ""
		}
	}
	return places[0].host.Name
}

// where says at which places, which are of one port: "At all 4 addresses", "At both
// addresses that answered", "At 192.0.2.10 and 2001:db8::10, port 587".
func (s *subject) where(places []place) string {
	port := places[0].Port
	all, answered, several := s.count(port)
	n := len(addresses(places))
	text := ""
	switch {
	case n == all:
		text = quantity(n, "address", "")
	case n == answered && !slices.ContainsFunc(places, func(p place) bool { return !p.connected() }):
		text = quantity(n, "address", " that answered")
	default:
		text = firstOf(addresses(places), addrText)
	}
	if several {
		text += ", port " + strconv.Itoa(port)
	}
	return "At " + text
}

// count is how many addresses there are with a port, at how many of them something
// answered, and whether there are other ports.
func (s *subject) count(port int) (all, answered int, several bool) {
	var a, b []place
	for p := range s.places() {
		if p.Port != port {
			several = true
			continue
		}
		a = append(a, p)
		if p.connected() {
			b = append(b, p)
		}
	}
	return len(addresses(a)), len(addresses(b)), several
}

// addresses is the addresses of places, each once: two names may lead to one.
func addresses(places []place) []netip.Addr {
	var all []netip.Addr
	for _, p := range places {
		if !slices.Contains(all, p.Address) {
			all = append(all, p.Address)
		}
	}
	return all
}

// quantity is "the address", "both addresses" or "all 3 addresses".
func quantity(n int, what, which string) string {
	switch n {
	case 1:
		return "the " + what + which
	case 2:
		return "both " + what + "es" + which
	}
	return fmt.Sprintf("all %d %ses%s", n, what, which)
}
