package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

const (
	policyIndent  = 10 // Column of what is said of a policy.
	maxPolicyWord = 40 // Columns of one name that a record holds.
)

// policyLine is what is said of one policy.
type policyLine struct{ label, text string }

// policies shows what the domain publishes: of how mail to it has to be sent, and of the
// mail that it sends.
func (p *probed) policies() {
	o := &p.r.Policies
	var to, from []policyLine
	add := func(group *[]policyLine, is bool, label string, text func() string) {
		if is {
			*group = append(*group, policyLine{label, text()})
		}
	}
	add(&to, o.MTASTS != nil, "MTA-STS", func() string { return mtaSTSText(o.MTASTS) })
	add(&to, o.TLSRPT != nil, "TLSRPT", func() string { return tlsRPTText(o.TLSRPT) })
	add(&to, len(o.DANE) > 0, "DANE", func() string { return p.daneText(o.DANE) })
	add(&to, len(o.CAA) > 0, "CAA", func() string { return p.caaText(o.CAA) })
	add(&from, o.SPF != nil, "SPF", func() string { return spfText(o.SPF) })
	add(&from, o.DKIM != nil, "DKIM", func() string { return p.dkimText(o.DKIM) })
	add(&from, o.DMARC != nil, "DMARC", func() string { return p.dmarcText(o.DMARC) })
	add(&from, o.BIMI != nil, "BIMI", func() string { return p.bimiText(o.BIMI) })
	label := "POLICIES"
	for _, g := range [...]struct {
		title string
		lines []policyLine
	}{{"of mail to the domain", to}, {"of mail from it", from}} {
		if len(g.lines) == 0 {
			continue
		}
		if label != "" {
			p.blank()
		}
		p.item(bold, label, policyIndent, g.title)
		p.policyLines(g.lines)
		label = ""
	}
}

// policyLines writes one group, and those that are not there in one line at its end.
func (p *probed) policyLines(lines []policyLine) {
	var none []string
	for _, l := range lines {
		if l.text == "none" {
			none = append(none, l.label)
			continue
		}
		p.bounded(plain, " "+l.label, policyIndent, l.text, maxVerdictLines)
	}
	if len(none) > 0 {
		p.item(plain, " none", policyIndent, enumerate(none))
	}
}

// statusText is a status that is not "found", and why.
func statusText(s report.PolicyStatus, why string) string {
	text := ""
	switch s {
	case report.PolicyNone:
		return "none"
	case report.PolicyInvalid:
		text = "does not count"
	case report.PolicyUnknown:
		text = "not known"
	default:
		text = cut(string(s), maxShortName)
	}
	if why != "" {
		text += ": " + why
	}
	return text
}

func mtaSTSText(m *report.MTASTS) string {
	if m.Status != report.PolicyFound {
		return statusText(m.Status, m.Why)
	}
	parts := []string{"mode " + m.Mode}
	if m.ID != "" {
		parts = append(parts, "id "+m.ID)
	}
	if m.MaxAge != nil {
		parts = append(parts, "kept for "+days(*m.MaxAge))
	}
	if n := len(m.Unmatched); n > 0 {
		names := strings.Join(m.Unmatched[:min(n, MaxNamesTold)], ", ")
		if n > MaxNamesTold {
			names += fmt.Sprintf(" and %d more", n-MaxNamesTold)
		}
		parts = append(parts, "does not name "+names)
	}
	return strings.Join(parts, ", ")
}

// days is a number of seconds in days, or in hours where that is less than two.
func days(seconds int64) string {
	const hour, day = 60 * 60, 24 * 60 * 60
	if seconds < 2*day {
		return fmt.Sprintf("%d%sh", seconds/hour, noBreak)
	}
	return fmt.Sprintf("%d%sd", seconds/day, noBreak)
}

func tlsRPTText(t *report.TLSRPT) string {
	if t.Status != report.PolicyFound {
		return statusText(t.Status, t.Why)
	}
	return reportsTo(t.RUA)
}

// reportsTo says where reports go.
func reportsTo(uris []string) string {
	shown := make([]string, min(len(uris), MaxAddressesRUA))
	for i := range shown {
		shown[i] = cut(Escape(strings.TrimPrefix(uris[i], "mailto:")), 2*maxPolicyWord)
	}
	text := "reports to " + strings.Join(shown, ", ")
	if more := len(uris) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// daneText says how each host does by its TLSA records.
func (p *probed) daneText(all []report.DANE) string {
	hosts := make([]hostState, len(all))
	for i := range all {
		hosts[i] = hostState{all[i].Host, "", daneState(&all[i])}
		if port, _, ok := strings.Cut(all[i].Name, "._tcp."); ok && port != "_25" {
			hosts[i].port = noBreak + "port" + noBreak + Escape(strings.TrimPrefix(port, "_"))
		}
	}
	return p.byState(hosts)
}

// hostState is what is said of one host, or of one port of it, which "" leaves out.
type hostState struct{ host, port, state string }

// byState says it of each host: those of the same state stand together.
func (p *probed) byState(all []hostState) string {
	var states []string
	hosts := map[string][]string{}
	for _, h := range all {
		if hosts[h.state] == nil {
			states = append(states, h.state)
		}
		hosts[h.state] = append(hosts[h.state], cutDomain(Escape(cmp.Or(p.short[h.host], h.host)), p.width/2)+h.port)
	}
	if len(states) == 1 {
		return states[0]
	}
	parts := make([]string, len(states))
	for i, state := range states {
		names := hosts[state]
		if more := len(names) - MaxNamesTold; more > 1 {
			names = append(names[:MaxNamesTold:MaxNamesTold], fmt.Sprintf("%d more", more))
		}
		parts[i] = enumerate(names) + ": " + state
	}
	return strings.Join(parts, "; ")
}

// caaText says which authorities may issue certificates for each host.
func (p *probed) caaText(all []report.CAA) string {
	hosts := make([]hostState, len(all))
	for i := range all {
		hosts[i] = hostState{all[i].Name, "", caaState(&all[i])}
	}
	return p.byState(hosts)
}

func caaState(c *report.CAA) string {
	if c.Status != report.PolicyFound {
		return statusText(c.Status, c.Why)
	}
	var names []string
	for _, issue := range c.Issue {
		name, _, _ := strings.Cut(issue, ";")
		if name = cut(Escape(strings.TrimSpace(name)), maxPolicyWord); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(c.Issue) == 0:
		return "does not restrict who may issue certificates"
	case len(names) == 0:
		return "no authority may issue certificates"
	}
	if more := len(names) - MaxNamesTold; more > 1 {
		names = append(names[:MaxNamesTold], fmt.Sprintf("%d more", more))
	}
	return enumerate(names) + " may issue certificates"
}

// daneState is the state of one host.
func daneState(d *report.DANE) string {
	records := strings.ReplaceAll(plural(len(d.Records), "record"), " ", noBreak)
	matched, missed := 0, 0
	for _, r := range d.Results {
		switch {
		case r.Match == nil:
		case *r.Match:
			matched++
		default:
			missed++
		}
	}
	match := ""
	switch {
	case matched > 0 && missed > 0:
		match = fmt.Sprintf(", matched at %d of %d addresses", matched, matched+missed)
	case matched > 0:
		match = ", matched"
	case missed > 0:
		match = ", NOT matched"
	}
	switch d.Status {
	case report.DANENone:
		return "none"
	case report.DANEUsable:
		return records + match
	case report.DANEUnusable:
		return records + ", none that can be used: TLS is forced"
	case report.DANEInsecure:
		return records + ", not signed: they do not count"
	case report.DANEFailed:
		return "the DNS gives no answer that holds"
	case report.DANEUnverified:
		return records + match + ", whether signed is not known here"
	}
	return cut(Escape(string(d.Status)), maxShortName)
}
