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
			if e.Outcome != report.OutcomeOK && e.Outcome != "" {
				add(h, e, ended(e))
			}
			for _, l := range e.Limits {
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

// ended says where a conversation ended, and why.
func ended(e *report.Endpoint) string {
	phase := map[report.Phase]string{
		report.PhaseDNS: "DNS", report.PhaseConnect: "connection", report.PhaseGreeting: "greeting", report.PhaseEHLO: "EHLO",
		report.PhaseStartTLS: "STARTTLS", report.PhaseTLS: "TLS handshake", report.PhaseQuit: "QUIT",
	}[e.Phase]
	why := e.Why
	if why == "" {
		why = string(e.Outcome)
	}
	if phase == "" {
		return why
	}
	return phase + ": " + why
}

// facet is something in which the addresses of a domain may differ.
type facet struct {
	name  string
	value func(*report.Endpoint) string
}

// differences says in a line in what the addresses that answered differ, where all
// else is the same: a mail that is too large for one of two servers comes back by luck.
func (p *probed) differences() {
	type at struct {
		s *server
		e *report.Endpoint
	}
	var all []at
	for i := range p.mail {
		for k := range p.mail[i].Endpoints {
			if e := &p.mail[i].Endpoints[k]; takes(e) {
				all = append(all, at{&p.mail[i], e})
			}
		}
	}
	if len(all) < 2 {
		return
	}
	var equal, unlike []string
	for _, f := range [...]facet{
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
	} {
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
		if len(values) == 1 {
			equal = append(equal, f.name)
			continue
		}
		if f.name == "extensions" {
			unlike = append(unlike, f.name)
			continue
		}
		var parts []string
		for i, v := range values {
			if i == 3 {
				parts = append(parts, "and more")
				break
			}
			list := hosts[v]
			if len(list) > MaxNamesTold {
				list = append(slices.Clone(list[:MaxNamesTold]), "others")
			}
			parts = append(parts, v+" at "+enumerate(list))
		}
		unlike = append(unlike, strings.Join(parts, ", "))
	}
	text := ""
	if len(equal) > 0 {
		text = enumerate(equal) + "; "
	}
	text = fmt.Sprintf("the same at all %d addresses that answered: %s", len(all), text)
	if len(equal) == 0 {
		text = fmt.Sprintf("of the %d addresses that answered ", len(all))
	}
	if len(unlike) > 0 {
		text += "not the same: " + strings.Join(unlike, "; ")
	}
	p.bounded(plain, " -", gridIndent, strings.TrimRight(text, "; "), MaxTextLines)
}

// inForce are the extensions that count: those inside TLS where there is TLS.
func inForce(e *report.Endpoint) []report.Extension {
	if encrypted(e) {
		return e.ExtensionsTLS
	}
	return e.Extensions
}

// offered is the extensions that count but for SIZE, without regard to their order.
func offered(e *report.Endpoint) string {
	var words []string
	for _, x := range inForce(e) {
		if x.Keyword != "SIZE" {
			words = append(words, x.Keyword+" "+x.Param)
		}
	}
	slices.Sort(words)
	return strings.Join(words, "\n")
}

// extensions shows what the servers offer, a line for those that offer the same.
func (p *probed) extensions() {
	type like struct {
		e      *report.Endpoint
		places []place
	}
	var groups []like
	at := map[string]int{}
	for i := range p.r.Hosts {
		h := &p.r.Hosts[i]
		for k := range h.Endpoints {
			e := &h.Endpoints[k]
			if !takes(e) {
				continue
			}
			key := fmt.Sprintf("%s\n%v\n%s", offered(e), encrypted(e), sizeCell(e.Size))
			n, ok := at[key]
			if !ok {
				n = len(groups)
				at[key], groups = n, append(groups, like{e: e})
			}
			groups[n].places = addPlace(groups[n].places, h.Name, where(e.Address.IsValid(), e.Address.String(), &e.Port))
		}
	}
	if len(groups) == 0 {
		return
	}
	p.blank()
	p.item(bold, "EXTENSIONS", inputIndent+4, "that count: inside TLS where there is TLS")
	for i, g := range groups {
		if i == MaxExtensionGroups {
			p.item(plain, "", 1, fmt.Sprintf("and %d more lists (--json shows all)", len(groups)-i))
			break
		}
		p.bounded(plain, " -", gridIndent, p.whole(g.places)+": "+words(g.e), MaxTextLines+2)
		if s := largest(g.e.Size); s != "" {
			p.item(plain, "", gridIndent, s)
		}
	}
}

// whole is told without the addresses where all of a host belong to it.
func (p *probed) whole(places []place) string {
	short := make([]place, len(places))
	for i, at := range places {
		short[i] = at
		n := 0
		for k := range p.r.Hosts {
			if h := &p.r.Hosts[k]; h.Name == at.host {
				for j := range h.Endpoints {
					if takes(&h.Endpoints[j]) {
						n++
					}
				}
			}
		}
		if n == len(at.addresses) {
			short[i].addresses = nil
		}
	}
	return p.told(short)
}

func words(e *report.Endpoint) string {
	var list []string
	for _, x := range inForce(e) {
		w := x.Keyword
		if x.Param != "" {
			w += " " + x.Param
		}
		list = append(list, strings.ReplaceAll(Escape(w), " ", noBreak))
	}
	text := strings.Join(list, ", ")
	switch {
	case e.Hello == report.HelloHELO:
		return "none: it answered HELO alone"
	case text == "":
		text = "none"
	}
	if !encrypted(e) {
		text += " (no TLS)"
	}
	return text
}

// largest says how large an attachment may be: base64 makes lines of 78 octets, with
// the line end, of 57 (RFC 2045 section 6.8).
func largest(z report.Size) string {
	const line, octetsOf = 78, 57
	if z.State != report.SizeLimit || z.Octets == nil || *z.Octets < line {
		return ""
	}
	return fmt.Sprintf("attachments up to %s (SIZE is %s, and base64 makes them larger)", octets(*z.Octets/line*octetsOf), octets(*z.Octets))
}
