package text

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// problem is something that is wrong with servers: the words before and behind their
// names.
type problem struct {
	before, after string
	servers       []*server
}

// problems says in a sentence what is wrong with which servers, what is worst first.
func (p *probed) problems(list []server) string {
	var all []problem
	add := func(s *server, before, after string) {
		i := slices.IndexFunc(all, func(b problem) bool { return b.before == before && b.after == after })
		if i < 0 {
			i, all = len(all), append(all, problem{before: before, after: after})
		}
		all[i].servers = append(all[i].servers, s)
	}
	for i := range list {
		s := &list[i]
		if before, after := s.unusable(); before != "" {
			add(s, before, after)
		}
	}
	for i := range list {
		s := &list[i]
		if n := len(s.Endpoints) - s.blind; s.takes > 0 && s.takes < n {
			add(s, fmt.Sprintf("only %d of %d addresses can be used at ", s.takes, n), " (else "+s.ends()+")")
		}
		for _, b := range s.flaws() {
			add(s, b.before, b.after)
		}
	}
	var parts []string
	for i, b := range all {
		if i == MaxProblemsTold {
			parts = append(parts, "and more (see the table)")
			break
		}
		parts = append(parts, b.before+p.names(b.servers)+b.after)
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ")
}

// unusable says why nobody answered EHLO at a server, by its first address, and with
// the words for all of them.
func (s *server) unusable() (before, after string) {
	if s.takes > 0 {
		return "", ""
	}
	switch {
	case len(s.Endpoints) == 0 && s.unanswered():
		return "whether there is an address for ", " is not known (" + noHost(s.Host) + ")"
	case len(s.Endpoints) == 0 && s.Status == "nodata":
		return "no address for ", ""
	case len(s.Endpoints) == 0:
		return "no address for ", " (" + noHost(s.Host) + ")"
	}
	after = " (" + s.ends() + ")"
	if len(s.endings) == 1 && s.Endpoints[0].Code == nil && s.Endpoints[0].Outcome != report.OutcomeTimeout {
		after = "" // It would say the same again.
	}
	first := max(0, slices.IndexFunc(s.Endpoints, func(e report.Endpoint) bool { return e.Outcome != report.OutcomeUntried }))
	switch s.Endpoints[first].Outcome {
	case report.OutcomeTimeout:
		return "no answer from ", after
	case report.OutcomeRefused:
		return "connection refused by ", after
	case report.OutcomeClosed:
		return "connection closed by ", after
	case report.OutcomeDeferred:
		return "put off by ", after
	case report.OutcomeRejected:
		return "turned away by ", after
	case report.OutcomeProtocol:
		return "no SMTP from ", after
	case report.OutcomeTLS:
		return "TLS fails at ", after
	case report.OutcomeNoRoute:
		return "no route from here to ", after
	case report.OutcomeForbidden:
		return "not asked, for want of a public address: ", ""
	}
	return "not asked: ", ""
}

// ends are the words for how it ended where nobody answered EHLO.
func (s *server) ends() string { return strings.Join(s.endings[:min(len(s.endings), 3)], ", ") }

// flaws are what is wrong with TLS at the addresses of a server that answered.
func (s *server) flaws() []problem {
	var all []problem
	add := func(before, after string) {
		if b := (problem{before: before, after: after}); !slices.ContainsFunc(all, func(have problem) bool {
			return have.before == before && have.after == after
		}) {
			all = append(all, b)
		}
	}
	for i := range s.Endpoints {
		e := &s.Endpoints[i]
		switch {
		case !takes(e):
		case e.StartTLS == report.StartTLSAbsent:
			add("no TLS at ", "")
		case e.StartTLS == report.StartTLSFailed && e.Outcome == report.OutcomeTLS:
			add("TLS is offered and fails at ", "")
		case e.StartTLS == report.StartTLSFailed:
			add("TLS is offered, and whether it works is not known, at ", " ("+tlsCell(e)+")")
		case e.StartTLS == report.StartTLSDeferred, e.StartTLS == report.StartTLSRejected:
			add("TLS is offered and not granted by ", " ("+tlsCell(e)+")")
		case !encrypted(e):
			add("TLS was not reached at ", " ("+ending(e)+")")
		case !certified(e):
			add("the certificate of ", " "+certificatePhrase(worst(e.Certificates), s.now))
		}
	}
	return all
}

// certificatePhrase says what is wrong with a certificate, all of it.
func certificatePhrase(c *report.Certificate, now time.Time) string {
	if c == nil {
		return "was not seen"
	}
	var parts []string
	for _, w := range faultWords {
		switch {
		case !slices.Contains(c.Faults, w.fault):
		case w.fault == report.FaultExpired && c.DaysLeft != nil:
			parts = append(parts, w.phrase+" ("+ago(c.NotAfter, now)+")")
		default:
			parts = append(parts, w.phrase)
		}
	}
	switch {
	case len(parts) > 0:
		return enumerate(parts)
	case c.PKIX == nil:
		return "could not be judged"
	}
	return "does not pass"
}

// mails says whether these are servers to which others send mail by themselves: a
// server that the user named may be anything.
func (p *probed) mails() bool { return len(p.mail) > 0 && p.mail[0].Role != report.RoleNamed }

// found names the kinds of findings that ask for something, what is worst first, of those
// findings that are meant; criticals not where the answer begins with them.
func (p *probed) found(meant func(*report.Finding) bool, led bool) string {
	var parts []string
	for _, severity := range [...]report.Severity{report.Critical, report.Warning} {
		var titles []string
		for i := range p.r.Findings {
			if f := &p.r.Findings[i]; f.Severity == severity && meant(f) && !slices.Contains(titles, f.Rule) {
				titles = append(titles, f.Rule)
			}
		}
		if len(titles) == 0 || severity == report.Critical && led {
			continue
		}
		word := fmt.Sprintf("%d%s%s: ", len(titles), noBreak, severity)
		if severity == report.Warning {
			word = strings.ReplaceAll(plural(len(titles), "warning"), " ", noBreak) + ": "
		}
		if more := len(titles) - MaxNamesTold; more > 1 {
			titles = append(titles[:MaxNamesTold], fmt.Sprintf("%d more", more))
		}
		for i := range titles {
			titles[i] = cut(Escape(p.title(titles[i])), 2*p.width)
		}
		parts = append(parts, word+strings.Join(titles, "; "))
	}
	return strings.Join(parts, ". ")
}

// ofReceiving says of a finding that it is about mail to the domain.
func ofReceiving(f *report.Finding) bool { return !f.OfSending() }

// title is that of a rule, or its id.
func (p *probed) title(id string) string {
	i := slices.IndexFunc(p.r.Rules, func(r report.Rule) bool { return r.ID == id })
	if i < 0 || p.r.Rules[i].Title == "" {
		return id
	}
	return p.r.Rules[i].Title
}

// now says what becomes of mail where the servers that are tried first do not answer.
func (p *probed) now() string {
	first := slices.IndexFunc(p.mail, func(s server) bool { return s.takes > 0 })
	if first < 0 || !p.mails() {
		return ""
	}
	var before []*server
	for i := range p.mail {
		s := &p.mail[i]
		if i != first && s.takes == 0 && s.gone() && !later(s, &p.mail[first]) {
			before = append(before, s)
		}
	}
	up := p.name(&p.mail[first])
	if len(before) > 0 {
		how := "try " + p.names(before) + " first"
		if !later(&p.mail[first], before[0]) {
			how = "may try " + p.names(before) + " first"
		}
		if !slices.ContainsFunc(before, func(s *server) bool {
			return s.any(func(e *report.Endpoint) bool { return e.Outcome == report.OutcomeTimeout })
		}) {
			return "senders " + how + ", in vain, and go on to " + up + " at once: mail arrives"
		}
		return "senders " + how + ", get no answer, and go on to " + up + ": mail arrives, later than it should"
	}
	if gone := p.those(func(s *server) bool { return s.takes == 0 && s.gone() }); len(gone) > 0 {
		return "mail arrives by " + up + "; " + p.names(gone) + " would be asked only if that failed"
	}
	return ""
}

// later says whether senders try a server after another one, by their preferences.
func later(s, than *server) bool {
	return s.Preference != nil && than.Preference != nil && *s.Preference > *than.Preference
}

// reserve says what becomes of mail if the server stops that it arrives at.
func (p *probed) reserve() string {
	up := p.those(func(s *server) bool { return s.takes > 0 })
	switch {
	case len(up) == 0 || !p.mails():
		return ""
	case len(up) == 1 && len(p.mail) == 1 && up[0].takes > 1 && up[0].takes == len(up[0].Endpoints):
		return "" // One name, and many machines behind it as likely as not.
	case len(p.mail) == 1:
		return "none: if " + p.name(up[0]) + " stops, mail waits at the senders until it is back"
	case len(up) == 1:
		return "none that answered: if " + p.name(up[0]) + " stops, mail waits at the senders until a server is back"
	case p.upto(func(s *server) bool { return s.fully() }) == len(p.mail):
		return ""
	}
	is := "is"
	if len(up) > 2 {
		is = "are"
	}
	if up[0].fully() && !slices.ContainsFunc(up[1:], func(s *server) bool { return s.whole > 0 }) {
		return fmt.Sprintf("if %s stops, mail goes to %s, which %s not fully usable", p.name(up[0]), p.names(up[1:]), is)
	}
	return "if " + p.name(up[0]) + " stops, mail goes to " + p.names(up[1:])
}

// exposed says what senders do where TLS or the certificate is amiss.
func (p *probed) exposed() string {
	with := func(is func(*report.Endpoint) bool) string {
		return p.names(p.those(func(s *server) bool {
			return s.any(func(e *report.Endpoint) bool { return takes(e) && is(e) })
		}))
	}
	var parts []string
	if at := with(func(e *report.Endpoint) bool { return e.StartTLS == report.StartTLSAbsent }); at != "" {
		parts = append(parts, "mail to "+at+" can be read by whoever is on the way; senders that demand TLS do not deliver there")
	}
	if at := with(func(e *report.Endpoint) bool {
		return e.StartTLS == report.StartTLSFailed && e.Outcome == report.OutcomeTLS || e.StartTLS == report.StartTLSRejected || e.StartTLS == report.StartTLSDeferred
	}); at != "" {
		parts = append(parts, "where it fails or is not granted, at "+at+", some senders go on without TLS, and others keep the mail")
	}
	if at := with(func(e *report.Endpoint) bool { return encrypted(e) && doubtful(e) }); at != "" {
		parts = append(parts, "senders that check certificates do not deliver to "+at+"; most do not check"+p.unseenDuty())
	}
	return strings.Join(parts, "; ")
}

// doubtful says whether a certificate does not pass, as opposed to not being judged.
func doubtful(e *report.Endpoint) bool {
	return slices.ContainsFunc(e.Certificates, func(c report.Certificate) bool { return c.PKIX != nil && !*c.PKIX })
}

// expiry names the certificate that expires next of all that have not.
func (p *probed) expiry() string {
	of, next := p.expiring()
	if next == nil {
		return ""
	}
	return fmt.Sprintf("next is the certificate of %s: on %s, %s", p.name(of), next.NotAfter.UTC().Format(time.DateOnly), in(*next.DaysLeft))
}

// expiring is the certificate that expires next of all that have not; nil for none.
func (p *probed) expiring() (of *server, next *report.Certificate) {
	for _, list := range [][]server{p.mail, p.users} {
		for i := range list {
			for k := range list[i].Endpoints {
				if list[i].Endpoints[k].StartTLS == report.StartTLSFailed {
					continue // It was not shown to be the server's.
				}
				for n := range list[i].Endpoints[k].Certificates {
					c := &list[i].Endpoints[k].Certificates[n]
					if c.DaysLeft != nil && *c.DaysLeft >= 0 && (next == nil || *c.DaysLeft < *next.DaysLeft) {
						next, of = c, &list[i]
					}
				}
			}
		}
	}
	return of, next
}

// in is a number of days to come.
func in(days int) string {
	if days == 0 {
		return "in less than a day"
	}
	return fmt.Sprintf("in %d%sd", days, noBreak)
}

// submission says how the servers for users fare.
func (p *probed) submission() string {
	if len(p.users) == 0 {
		return ""
	}
	if text := p.problems(p.users); text != "" {
		return text
	}
	return "their servers answer, with TLS and certificates that pass"
}
