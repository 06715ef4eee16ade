package text

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// endings says how conversations ended that were not had whole, in the report's words.
func (p *probed) endings() {
	type end struct {
		text   string
		places []place
	}
	var ends []end
	at := map[string]int{}
	add := func(h *report.Host, e *report.Endpoint, text string) {
		i, ok := at[text]
		if !ok {
			i = len(ends)
			at[text], ends = i, append(ends, end{text: text})
		}
		address := ""
		if e != nil {
			address = where(e.Address.IsValid(), e.Address.String(), &e.Port)
		}
		ends[i].places = addPlace(ends[i].places, h.Name, address)
	}
	for i := range p.r.Hosts {
		h := &p.r.Hosts[i]
		if h.Cause != "" && len(h.Endpoints) > 0 {
			add(h, nil, "the DNS did not answer for one kind of address ("+h.Cause+"): there may be more of them")
		}
		for k := range h.Endpoints {
			e := &h.Endpoints[k]
			if e.Outcome != report.OutcomeOK && e.Outcome != report.OutcomeRefused && e.Outcome != "" { // "refused" says all there is.
				add(h, e, ended(e))
			}
			for _, l := range e.Limits {
				if e.Outcome != report.OutcomeOK {
					break // That is why it ended.
				}
				add(h, e, fmt.Sprintf("cut off: %s (%s: %s)", l.Text, l.Name, thousands(l.Value)))
			}
		}
	}
	for i, e := range ends {
		if i == MaxEndingsShown {
			p.item(plain, "", 1, fmt.Sprintf("and %d more ways in which it ended (--json shows all)", len(ends)-i))
			break
		}
		p.bounded(plain, " -", gridIndent, p.told(e.places)+": "+e.text, 4)
	}
}

// ended says why a conversation ended; where the server said no, in its own words.
func ended(e *report.Endpoint) string {
	why := e.Why
	if why == "" {
		why = strings.TrimSpace(string(e.Outcome) + " " + string(e.Phase))
	}
	if e.Outcome != report.OutcomeDeferred && e.Outcome != report.OutcomeRejected || e.Code == nil {
		return why
	}
	for i := len(e.Transcript) - 1; i >= 0; i-- {
		said := report.Evidence{Text: e.Transcript[i].Text, TextBase64: e.Transcript[i].TextBase64}.Bytes()
		if !e.Transcript[i].Client && strings.HasPrefix(said, ending(e)) {
			return why + ", \"" + strings.TrimSpace(Escape(said)) + "\""
		}
	}
	return why
}

// facet is something in which the addresses of a domain may differ.
type facet struct {
	name  string
	value func(*report.Endpoint) string
}

// facets are what the addresses of a domain are compared by.
var facets = [...]facet{
	{"TLS version", func(e *report.Endpoint) string {
		if v := tlsCell(e); strings.Contains(v, "TLS") {
			return v
		}
		return "STARTTLS " + tlsCell(e)
	}},
	{"SIZE", func(e *report.Endpoint) string {
		if v := sizeCell(e.Size); v != "-" {
			return "SIZE " + v
		}
		return "no SIZE"
	}},
	{"extensions", offered},
}

// answering is an address that answered.
type answering struct {
	s *server
	e *report.Endpoint
}

// differences says in a line in what the addresses that answered differ, where all
// else is the same: a mail that is too large for one of two servers comes back by luck.
func (p *probed) differences() {
	var all []answering
	for i := range p.mail {
		for k := range p.mail[i].Endpoints {
			if e := &p.mail[i].Endpoints[k]; takes(e) {
				all = append(all, answering{&p.mail[i], e})
			}
		}
	}
	if len(all) < 2 {
		return
	}
	var equal, unlike []string
	for _, f := range facets {
		if text := p.unlike(all, f); text == "" {
			equal = append(equal, f.name)
		} else {
			unlike = append(unlike, text)
		}
	}
	if len(unlike) == 0 {
		return // The table, and the list of extensions, say it.
	}
	text := fmt.Sprintf("not the same at the %d addresses that answered: %s", len(all), strings.Join(unlike, "; "))
	if len(equal) > 0 {
		text += "; the same: " + enumerate(equal)
	}
	p.bounded(plain, " -", gridIndent, text, MaxTextLines)
}

// maxValuesTold bounds the values of one facet that are told.
const maxValuesTold = 3

// unlike says which value of a facet is at which servers; "" where it is one at all.
func (p *probed) unlike(all []answering, f facet) string {
	var values []string
	hosts := map[string][]string{}
	for _, a := range all {
		v := f.value(a.e)
		if hosts[v] == nil {
			values = append(values, v)
		}
		if n := p.name(a.s); !slices.Contains(hosts[v], n) {
			hosts[v] = append(hosts[v], n)
		}
	}
	switch {
	case len(values) == 1:
		return ""
	case f.name == "extensions":
		return f.name // They are listed below.
	}
	var parts []string
	for i, v := range values {
		if i == maxValuesTold {
			parts = append(parts, "and more")
			break
		}
		list := hosts[v]
		if len(list) > MaxNamesTold {
			list = append(slices.Clone(list[:MaxNamesTold]), "others")
		}
		parts = append(parts, v+" at "+enumerate(list))
	}
	return strings.Join(parts, ", ")
}
