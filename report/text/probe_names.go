package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// maxNamesShown bounds the lines on servers that go by several names.
const maxNamesShown = 4

// goesBy is the names of an address that are not that of its host, in words, and all
// addresses that go by them alike.
type goesBy struct {
	greets, answers, back string // "" where it is the name of the host, or not known.
	pointers              []string
	places                []place
}

// identities says by which names servers go, where these are not the name in the MX
// record: what they say in greeting and EHLO, and where their addresses lead back to.
func (p *probed) identities() {
	var all []goesBy
	nameless := slices.ContainsFunc(p.r.Findings, func(f report.Finding) bool { return f.Rule == "dns.ptr-missing" })
	for i := range p.r.Hosts {
		h := &p.r.Hosts[i]
		for k := range h.Endpoints {
			e := &h.Endpoints[k]
			n := namesOf(h, e)
			if n.back == "missing" && nameless {
				n.back = "" // It would say the same again.
			}
			if n.greets == "" && n.answers == "" && n.back == "" {
				continue
			}
			at := slices.IndexFunc(all, func(o goesBy) bool {
				return o.greets == n.greets && o.answers == n.answers && o.back == n.back
			})
			if at < 0 {
				at, all = len(all), append(all, n)
			}
			o := &all[at]
			for _, name := range n.pointers {
				if !slices.Contains(o.pointers, name) {
					o.pointers = append(o.pointers, name)
				}
			}
			o.places = addPlace(o.places, h.Name, where(e.Address.IsValid(), e.Address.String(), &e.Port))
		}
	}
	for i := range all {
		if i == maxNamesShown {
			p.item(plain, "", gridIndent, fmt.Sprintf("and %d more ways to be called (--json shows all)", len(all)-i))
			break
		}
		p.bounded(plain, " -", gridIndent, p.whole(all[i].places, func(*report.Endpoint) bool { return true })+": "+all[i].text(), 4)
	}
}

// namesOf compares the names of an address with that of its host.
func namesOf(h *report.Host, e *report.Endpoint) goesBy {
	other := func(name string) string {
		name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
		name, _, _ = strings.Cut(name, "\n")
		if name = strings.TrimSuffix(name, "."); strings.EqualFold(name, h.Name) || strings.EqualFold(name, h.Unicode) || !strings.Contains(name, ".") {
			return ""
		}
		return cut(Escape(name), 2*maxPolicyWord)
	}
	n := goesBy{answers: other(e.HelloName)}
	if takes(e) {
		n.greets = other(e.Greeting)
	}
	d := e.RDNS
	if d == nil {
		return n
	}
	same := d.Name != "" && (strings.EqualFold(d.Name, h.Name) || slices.ContainsFunc(d.Names, func(s string) bool { return strings.EqualFold(s, h.Name) }))
	switch {
	case d.Status == "pass" && !same:
		n.back = "pass"
	case d.Status != "pass" && d.Status != "fail" && d.Status != "permerror": // Not known: NOT JUDGED has it.
	case len(d.Names) == 0 && d.Status != "pass":
		n.back = "missing"
	case d.Status != "pass":
		n.back = "fail"
	}
	for _, name := range d.Names[:min(len(d.Names), MaxNamesTold)] {
		if n.back == "fail" || n.back == "pass" && other(name) != "" {
			n.pointers = append(n.pointers, cut(Escape(strings.TrimSuffix(name, ".")), 2*maxPolicyWord))
		}
	}
	return n
}

// text says what the names are.
func (n *goesBy) text() string {
	var parts []string
	switch {
	case n.greets != "" && n.greets == n.answers:
		parts = append(parts, "greeting and EHLO say "+n.greets)
	case n.greets != "" && n.answers != "":
		parts = append(parts, "the greeting says "+n.greets+", EHLO "+n.answers)
	case n.greets != "":
		parts = append(parts, "the greeting says "+n.greets)
	case n.answers != "":
		parts = append(parts, "EHLO says "+n.answers)
	}
	names := n.pointers
	if more := len(names) - MaxNamesTold; more > 1 {
		names = append(slices.Clone(names[:MaxNamesTold]), fmt.Sprintf("%d more", more))
	}
	back := cmp.Or(enumerate(names), "a name")
	switch n.back {
	case "pass":
		parts = append(parts, "reverse name "+back)
	case "missing":
		parts = append(parts, "no reverse name (PTR)")
	case "fail":
		parts = append(parts, "reverse name "+back+", which does not lead back")
	}
	return strings.Join(parts, "; ")
}
