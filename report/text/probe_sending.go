package text

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// sending shows how those who receive mail from a server see it: by which name, and
// whether the domains that it uses vouch for it.
func (p *probed) sending() {
	s := p.r.Sending
	word, color := "OK", bold
	all := func(*report.Finding) bool { return true }
	switch worst := p.worst(all); {
	case worst == report.Critical:
		word, color = "CRITICAL", red
	case !p.sendingKnown():
		word, color = "UNKNOWN", yellow
	case worst == report.Warning:
		word, color = "WARNING", yellow
	case len(p.r.Undecided) > 0:
		word = "OK as far as it is known"
	}
	p.bounded(color, "ANSWER", inputIndent, word+": "+p.seenAs(s), 2*MaxTextLines)
	if p.r.Error != "" {
		p.bounded(red, " error", factIndent, p.r.Error, MaxTextLines)
	}
	if found := p.found(all, false); found != "" {
		p.bounded(plain, " found", factIndent, found, MaxTextLines)
	}
	p.sendingName(s)
	p.sendingSPF()
}

// sendingKnown says whether the DNS told the name of the server, or that it has none.
func (p *probed) sendingKnown() bool {
	d := p.r.Sending.RDNS
	return d != nil && (d.Status == "pass" || d.Status == "fail" || d.Status == "permerror")
}

// seenAs is the first sentences.
func (p *probed) seenAs(s *report.Sending) string {
	address := cut(Escape(s.Address.String()), maxPolicyWord)
	text := "Receivers see " + address
	d := s.RDNS
	switch {
	case !p.sendingKnown():
		text = "By which name receivers see " + address + " is not known"
		if d != nil && d.Why != "" {
			text += " (" + d.Why + ")"
		}
	case d.Status == "pass":
		text += " as " + cut(Escape(d.Name), 2*maxPolicyWord)
	case len(d.Names) == 0:
		text += " as a server without a name: it has no reverse name (PTR)"
	default:
		text += " as a server without a name: " + cut(Escape(d.Names[0]), 2*maxPolicyWord) + " does not lead back to it"
	}
	text += "."
	for _, c := range [...]struct{ property, what string }{{"smtp.mailfrom", "mail from"}, {"smtp.helo", "the HELO name"}} {
		if a := p.spfOf(c.property); a != nil {
			text += " SPF for " + c.what + noBreak + cut(Escape(a.Domain), maxPolicyWord) + ": " + cut(Escape(string(a.Status)), maxShortName) + "."
		}
	}
	return text
}

// spfOf is our result of SPF for one identity, or nil.
func (p *probed) spfOf(property string) *report.Auth {
	i := slices.IndexFunc(p.r.Auth, func(a report.Auth) bool {
		return a.By == report.ByUs && strings.EqualFold(a.Method, "spf") && strings.EqualFold(a.Property, property)
	})
	if i < 0 {
		return nil
	}
	return &p.r.Auth[i]
}

// sendingName shows the names of the server, and whether they fit together.
func (p *probed) sendingName(s *report.Sending) {
	p.blank()
	p.item(bold, "NAME", policyIndent, "as the DNS and the server itself have it")
	d := s.RDNS
	if d == nil {
		p.item(plain, " PTR", policyIndent, "not looked at")
	} else {
		names := make([]string, min(len(d.Names), MaxNamesTold))
		for i := range names {
			names[i] = cut(Escape(d.Names[i]), 2*maxPolicyWord)
		}
		if more := len(d.Names) - len(names); more > 0 {
			names = append(names, fmt.Sprintf("%d more", more))
		}
		ptr := strings.Join(names, ", ")
		switch {
		case ptr == "" && p.sendingKnown():
			ptr = "none"
		case ptr == "":
			ptr = "not known"
		}
		p.bounded(plain, " PTR", policyIndent, ptr, maxVerdictLines)
		back := "none of these names leads to the address"
		switch {
		case d.Status == "pass":
			back = cut(Escape(d.Name), 2*maxPolicyWord) + " leads to the address"
		case !p.sendingKnown():
			back = "not known"
		case len(d.Names) == 0:
			back = ""
		}
		if d.Why != "" && back != "" && d.Status != "pass" {
			back += because(d.Why)
		}
		if back != "" {
			p.bounded(plain, " back", policyIndent, back, maxVerdictLines)
		}
	}
	p.bounded(plain, " HELO", policyIndent, heloText(s), maxVerdictLines)
}

// heloText compares the name in HELO with that in the DNS.
func heloText(s *report.Sending) string {
	if s.HELO == "" {
		return "not named (--helo NAME)"
	}
	text := cut(Escape(s.HELO), 2*maxPolicyWord)
	d := s.RDNS
	if d == nil || d.Status != "pass" {
		return text
	}
	if slices.ContainsFunc(d.Names, func(n string) bool { return strings.EqualFold(strings.TrimSuffix(n, "."), s.HELO) }) {
		return text + ", as the DNS has it"
	}
	return text + ", another name than the DNS has"
}

// sendingSPF shows whether the domains let the server send.
func (p *probed) sendingSPF() {
	mail, helo := p.spfOf("smtp.mailfrom"), p.spfOf("smtp.helo")
	if mail == nil && helo == nil {
		return
	}
	p.blank()
	p.item(bold, "SPF", policyIndent, "whether the domains let the address send")
	for _, a := range [...]*report.Auth{mail, helo} {
		if a == nil {
			continue
		}
		label := " HELO"
		if a == mail {
			label = " from"
		}
		text := cut(Escape(a.Domain), 2*maxPolicyWord) + ": " + cut(Escape(string(a.Status)), maxShortName)
		if a.Reason != "" {
			text += ", " + a.Reason
		}
		p.bounded(plain, label, policyIndent, text, maxVerdictLines)
	}
	if s := p.r.Sending; mail == nil && s.MailFrom == "" {
		p.item(plain, " from", policyIndent, "no domain was named (--mail-from DOMAIN)")
	}
}
