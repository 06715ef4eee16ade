package text

import (
	"cmp"
	"fmt"
	"strings"

	"mailtrace/report"
)

// policyIndent is the column of what is said of a policy.
const policyIndent = 10

// policies shows what the domain publishes of how mail to it has to be sent.
func (p *probed) policies() {
	o := &p.r.Policies
	if o.MTASTS == nil && o.TLSRPT == nil && len(o.DANE) == 0 {
		return
	}
	p.blank()
	p.item(bold, "POLICIES", policyIndent, "what the domain publishes")
	if o.MTASTS != nil {
		p.bounded(plain, " MTA-STS", policyIndent, mtaSTSText(o.MTASTS), maxVerdictLines)
	}
	if o.TLSRPT != nil {
		p.bounded(plain, " TLSRPT", policyIndent, tlsRPTText(o.TLSRPT), maxVerdictLines)
	}
	if len(o.DANE) > 0 {
		p.bounded(plain, " DANE", policyIndent, p.daneText(o.DANE), 2*maxVerdictLines)
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
	text := "reports go to " + strings.Join(t.RUA[:min(len(t.RUA), MaxAddressesRUA)], ", ")
	if more := len(t.RUA) - MaxAddressesRUA; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// daneText says how each host does by its TLSA records: hosts of the same state stand
// together.
func (p *probed) daneText(all []report.DANE) string {
	var states []string
	hosts := map[string][]string{}
	for i := range all {
		d := &all[i]
		state := daneState(d)
		if hosts[state] == nil {
			states = append(states, state)
		}
		name := cutDomain(Escape(cmp.Or(p.short[d.Host], d.Host)), p.width/2)
		if port, _, ok := strings.Cut(d.Name, "._tcp."); ok && port != "_25" {
			name += noBreak + "port" + noBreak + Escape(strings.TrimPrefix(port, "_"))
		}
		hosts[state] = append(hosts[state], name)
	}
	if len(states) == 1 && states[0] == "none" {
		return "none"
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
