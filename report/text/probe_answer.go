package text

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// answer is what a postmaster came for: which servers can be used from here, what
// becomes of mail now and if one more server stops, who is left without TLS, and what
// expires next.
func (p *probed) answer() {
	word, color := p.word()
	text, expiry := p.experience()+p.verdict(), p.expiry()
	if p.well && expiry != "" && len(p.users) == 0 {
		text, expiry = text+p.lasting(), ""
	}
	p.bounded(color, "ANSWER", inputIndent, word+": "+text, 2*MaxTextLines)
	if p.r.Error != "" && text != sentence(p.r.Error) {
		p.bounded(red, " error", factIndent, p.r.Error, MaxTextLines)
	}
	for _, f := range [...]struct{ label, text string }{
		{" found", p.found(ofReceiving, p.led)},
		{" mail now", p.now()},
		{" reserve", p.reserve()},
		{" TLS", p.exposed()},
		{" expiry", expiry},
		{" users", p.submission()},
		{" it sends", p.found((*report.Finding).OfSending, false)},
	} {
		if f.text != "" {
			p.bounded(plain, f.label, factIndent, f.text, MaxTextLines)
		}
	}
}

// lasting says how long all will be well.
func (p *probed) lasting() string {
	of, next := p.expiring()
	if len(p.mail) == 1 {
		return " It lasts until " + next.NotAfter.UTC().Format(time.DateOnly) + ", " + strings.Replace(in(*next.DaysLeft), "in ", "", 1) + "."
	}
	return " The next to expire is that of " + p.name(of) + ", " + in(*next.DaysLeft) + "."
}

// word says how serious it is, as the findings have it: for mail to the domain, and before
// that for the mail that it sends, where that is worse.
func (p *probed) word() (word, color string) {
	to, sends := p.worst(ofReceiving), p.worst((*report.Finding).OfSending)
	switch {
	case to == report.Critical:
		word, color = "CRITICAL", red
	case !p.judged(), len(p.mail) > 0 && p.upto(func(s *server) bool { return s.takes > 0 }) == 0:
		word, color = "UNKNOWN", yellow
	case to == report.Warning:
		word, color = "WARNING", yellow
	case !p.nullMX() && p.upto(func(s *server) bool { return s.fully() }) < len(p.mail):
		word, color = "PARTLY OK", bold
	default:
		word, color = "OK", bold
	}
	const split = " for the mail that it sends (see below), %s for mail to it"
	switch {
	case sends == report.Critical && to != report.Critical:
		return "CRITICAL" + fmt.Sprintf(split, word), red
	case sends == report.Warning && word == "OK":
		return "WARNING" + fmt.Sprintf(split, word), yellow
	}
	return word, color
}

// worst is the highest severity of the findings that are meant; "" where none
// asks for anything.
func (p *probed) worst(meant func(*report.Finding) bool) report.Severity {
	worst := report.Severity("")
	for i := range p.r.Findings {
		switch s := p.r.Findings[i].Severity; {
		case !meant(&p.r.Findings[i]):
		case s == report.Critical, s == report.Warning && worst != report.Critical:
			worst = s
		}
	}
	return worst
}

// verdict is the first sentences.
func (p *probed) verdict() string {
	s := ""
	switch {
	case p.nullMX() && len(p.users) > 0:
		return p.target() + " takes no mail from other servers and says so (a null MX record). Its servers for users were looked at."
	case len(p.mail) == 0 && len(p.users) > 0:
		return p.nobody() + " Its servers for users were looked at."
	case len(p.mail) == 0:
		return p.nobody()
	case p.mail[0].Role == report.RoleImplicitMX && p.mail[0].Status == "nodata":
		return "Nobody takes mail for " + p.target() + ": it has no MX record, and " + p.noHost(&p.mail[0]) + "."
	case p.mail[0].Role == report.RoleImplicitMX:
		s = "There is no MX record: senders take the domain itself for its mail server. "
	}
	if n := p.upto(func(s *server) bool { return s.takes > 0 }); n == 0 {
		return s + p.unreached()
	}
	full := p.those(func(s *server) bool { return s.fully() })
	switch up := p.those(func(s *server) bool { return s.takes > 0 }); {
	case len(full) == len(p.mail):
		p.well = true
		return p.critical() + s + p.allWell()
	case len(full) == 1:
		s += "From here only " + p.names(full) + " is fully usable."
	case len(full) > 1:
		s += "From here only " + p.names(full) + " are fully usable."
	case len(p.mail) == 1 && up[0].whole == up[0].takes:
		s += p.names(up) + " answers from here, but not at every address."
	case len(p.mail) == 1:
		s += p.names(up) + " answers from here, but is not fully usable."
	case len(up) == len(p.mail) && p.upto(func(s *server) bool { return s.whole == s.takes }) == len(up):
		s += p.all() + " answer from here, but not at every address."
	case len(up) == len(p.mail) && len(up) == 2:
		s += "Both servers answer from here, but neither is fully usable."
	case len(up) == len(p.mail):
		s += p.all() + " answer from here, but none is fully usable."
	default:
		s += "From here no server is fully usable."
	}
	return s + " " + capital(p.problems(p.mail)) + "."
}

// all is all servers.
func (p *probed) all() string {
	if len(p.mail) == 2 {
		return "Both servers"
	}
	return fmt.Sprintf("All %d servers", len(p.mail))
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// those are the servers for which it holds, and upto how many there are.
func (p *probed) those(is func(*server) bool) []*server {
	var list []*server
	for i := range p.mail {
		if is(&p.mail[i]) {
			list = append(list, &p.mail[i])
		}
	}
	return list
}

func (p *probed) upto(is func(*server) bool) int { return len(p.those(is)) }

// target is the domain for a sentence.
func (p *probed) target() string { return cut(Escape(p.r.Target), p.width) }

// mx is the question for the MX records of the domain, or nil. Others than that of the
// domain are not asked.
func (p *probed) mx() *report.DNS {
	for i := range p.r.DNS {
		if p.r.DNS[i].Type == "MX" {
			return &p.r.DNS[i]
		}
	}
	return nil
}

// nullMX says whether the domain takes no mail and says so (RFC 7505 section 3).
func (p *probed) nullMX() bool {
	mx := p.mx()
	return len(p.mail) == 0 && mx != nil && len(mx.Answers) > 0 &&
		!slices.ContainsFunc(mx.Answers, func(s string) bool { return !strings.HasSuffix(s, " .") })
}

// nobody is the verdict where there is no server to speak to.
func (p *probed) nobody() string {
	mx := p.mx()
	switch {
	case mx == nil && p.r.Error != "":
		return sentence(p.r.Error)
	case mx == nil:
		return "Nothing is known of who takes mail for " + p.target() + ": the DNS was not asked."
	case p.nullMX():
		return p.target() + " takes no mail and says so (a null MX record). Senders return mail to it at once. That is right if no mail is wanted; there is no server to look at."
	case mx.Status == "nxdomain":
		return "There is no domain " + p.target() + ": senders return mail to it at once. Look for a typing error, and whether its registration ran out."
	case mx.Status == "failed" && mx.Cause == "alias-loop":
		return "The aliases (CNAME) of " + p.target() + " lead in a circle: senders find no mail server, keep the mail, and give up after days."
	case mx.Status == "failed":
		return fmt.Sprintf("Who takes mail for %s could not be told: the DNS gave no answer (%s). That does not mean that there is no mail server. "+
			"Senders that get no answer either keep the mail and try again.", p.target(), cut(Escape(mx.Cause), 20))
	case mx.Status == "nodata":
		return "Nobody takes mail for " + p.target() + ": it has no MX record, and no address of its own."
	}
	return "No mail server that could be spoken to is known for " + p.target() + "."
}

// unreached is the verdict where no server answered EHLO: what can be told of that
// from one place is little.
func (p *probed) unreached() string {
	ends := map[report.Outcome]int{}
	all, connecting, forbidden := 0, 0, 0
	for _, s := range p.mail {
		for i := range s.Endpoints {
			e := &s.Endpoints[i]
			all++
			ends[e.Outcome]++
			if e.Phase == report.PhaseConnect && (e.Outcome == report.OutcomeTimeout || e.Outcome == report.OutcomeNoRoute) {
				connecting++
			}
			if e.Outcome == report.OutcomeForbidden {
				forbidden++
			}
		}
	}
	servers := "no server of " + p.target()
	switch asked := all - forbidden; {
	case all == 0 && p.upto(func(s *server) bool { return s.unanswered() }) > 0:
		return fmt.Sprintf("Where mail for %s goes could not be told: no address was found for %s. Senders that get no answer either keep the mail and try again.", p.target(), p.problemless())
	case all == 0 && len(p.mail) == 1:
		return fmt.Sprintf("The mail server of %s has no address to speak to: %s.", p.target(), p.problemless())
	case all == 0:
		return fmt.Sprintf("None of the %d mail servers of %s has an address to speak to: %s.", len(p.mail), p.target(), p.problemless())
	case asked == 0:
		return "No server was spoken to: the addresses are none of public mail servers, and senders from outside cannot reach them (--allow-private asks them all the same)."
	case connecting == asked && p.port25():
		return "Could not be told: " + servers + " let a connection to port 25 come about. Many networks block that port: this one may. Or all of the servers are down. " +
			"Look from another network before you call anyone."
	case connecting == asked:
		return "Could not be told: " + servers + " let a connection come about. The network here may block the port, or the server is down."
	case ends[report.OutcomeRefused] == asked:
		return "Every address refuses the connection: nobody listens there, or a firewall on the way says so. If that is so for all, no mail gets in; " +
			"senders keep it and try again, most for some days. Look from another network too."
	case ends[report.OutcomeDeferred] == asked:
		return "Could not be told: every address puts us off, " + p.codes(report.OutcomeDeferred) + ". That is about us and about now; it says nothing of TLS, and senders try again later."
	case ends[report.OutcomeRejected] == asked:
		return "Every address turns us away for good, " + p.codes(report.OutcomeRejected) + ". It may do so with us alone: our address may be on a list. Look from another network too."
	}
	return "From here no server can be used. " + capital(p.problems(p.mail)) + "."
}

func (p *probed) port25() bool {
	return len(p.those(func(s *server) bool { return s.any(func(e *report.Endpoint) bool { return e.Port == 25 }) })) > 0
}

// codes are the reply codes that stand behind an outcome: "421" or "421 and 450".
func (p *probed) codes(o report.Outcome) string {
	var codes []string
	for _, s := range p.mail {
		for i := range s.Endpoints {
			if e := &s.Endpoints[i]; e.Outcome == o && e.Code != nil && !slices.Contains(codes, ending(e)) && len(codes) < MaxNamesTold {
				codes = append(codes, ending(e))
			}
		}
	}
	if len(codes) == 0 {
		return "without a code"
	}
	return "with " + enumerate(codes)
}

// problemless is why hosts have no addresses.
func (p *probed) problemless() string {
	var parts []string
	for i := range p.mail {
		s := &p.mail[i]
		if i == MaxNamesTold {
			parts = append(parts, fmt.Sprintf("%d%smore", len(p.mail)-i, noBreak))
			break
		}
		parts = append(parts, p.name(s)+" ("+p.noHost(s)+")")
	}
	return enumerate(parts)
}

// noHost is why a host has no address, or none of the family that was asked for.
func (p *probed) noHost(s *server) string {
	asked := func(kind string) bool {
		return slices.ContainsFunc(p.r.DNS, func(q report.DNS) bool { return q.Name == s.Name && q.Type == kind })
	}
	switch {
	case s.Status == "nodata" && asked("A") && !asked("AAAA"):
		return "no IPv4 address; IPv6 was not asked for"
	case s.Status == "nodata" && asked("AAAA") && !asked("A"):
		return "no IPv6 address; IPv4 was not asked for"
	}
	return noHost(s.Host)
}

// critical is what is critical although all servers answer well: it stands first.
func (p *probed) critical() string {
	var parts []string
	for i := range p.r.Findings {
		f := &p.r.Findings[i]
		if f.Severity != report.Critical || f.OfSending() {
			continue
		}
		title := cut(Escape(p.title(f.Rule)), 2*p.width)
		for k := range p.users {
			if s := &p.users[k]; s.Name == f.Host && f.Port != nil && len(s.Endpoints) > 0 && *f.Port == s.Endpoints[0].Port {
				title += ": " + p.name(s)
			}
		}
		if !slices.Contains(parts, title) {
			parts = append(parts, title)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	p.led = true
	if more := len(parts) - MaxNamesTold; more > 0 {
		parts = append(parts[:MaxNamesTold], fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, "; ") + ". For the rest: "
}

// allWell is the verdict where all answered. It says what was looked at, and no more.
func (p *probed) allWell() string {
	addresses, blind := 0, 0
	for _, s := range p.mail {
		addresses += len(s.Endpoints) - s.blind
		blind += s.blind
	}
	places, rest := "", ""
	switch {
	case blind > 0:
		places = fmt.Sprintf("%d of %d addresses", addresses, addresses+blind)
		rest = " Nothing is known of the others: there is no way to them from here."
		if blind == 1 {
			rest = " Nothing is known of the other one: there is no way to it from here."
		}
	case addresses == 1:
		places = "its one address"
	case addresses == 2 && len(p.mail) == 1:
		places = "both addresses"
	case addresses == len(p.mail):
		places = "one address each"
	}
	if places == "" {
		places = fmt.Sprintf("all %d addresses", addresses)
	}
	if len(p.mail) == 1 {
		return p.name(&p.mail[0]) + " answers at " + places + ", with TLS and a certificate that passes." + rest
	}
	return p.all() + " answer, at " + places + ", with TLS and certificates that pass." + rest
}

// sentence is s with a full stop.
func sentence(s string) string {
	if s = strings.TrimSpace(s); s == "" || strings.ContainsRune(".!?", rune(s[len(s)-1])) {
		return s
	}
	return s + "."
}
