package probe

import (
	"context"
	"fmt"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// spfSight is what was seen of SPF: the record of the domain, all that it leads to, and
// what that comes to.
type spfSight struct {
	walk   *spfWalk // Nil where it failed.
	why    string   // Why it did.
	count  *spfCount
	v4, v6 *spfSpace
	octets int // Of the answer about TXT; 0 where there is no record.

	helo []*spfHELO
}

// spfHELO is a mail server of the domain, and what was answered about TXT at its name.
type spfHELO struct {
	host *host
	text *lookup
}

// lookAtSPF looks at the record of the domain, in the background.
func lookAtSPF(_ *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	if s.domain == "" || s.way == wayNamed {
		return nil
	}
	done := make(chan *spfSight, 1)
	go func() { done <- seeSPF(ctx, asks, s.servers) }()
	return func(r *report.Report) {
		s.spf = <-done
		r.Policies.SPF = s.spf.report()
	}
}

// spf are the questions for the SPF record of a domain.
func (l *planner) spf(domain string) {
	l.question("", "TXT "+domain)
	l.question("for each include, redirect, a, mx and exists of its SPF record, as far as that leads", fmt.Sprintf("TXT, A, AAAA or MX of the name in it: at most %d questions", maxSPFQuestions))
	l.question("for each MX host of the same organisation, if there is an SPF record", "TXT its name")
}

// seeSPF follows the record and counts.
func seeSPF(ctx context.Context, asks dns.Resolver, s *servers) (sight *spfSight) {
	sight = &spfSight{}
	defer func() {
		if v := recover(); v != nil {
			sight = &spfSight{why: failedHere(v)}
		}
	}()
	w := walkSPF(ctx, asks, s)
	sight.octets = answerOctets(w.root.answer.answer)
	sight.count = w.tally()
	sight.v4, sight.v6 = w.space(true), w.space(false)
	sight.helo = w.names(s)
	sight.walk = w
	return sight
}

// names asks for the records of the mail servers whose names are of the domain's own
// organisation, where the domain has a record: others are not its to name.
func (w *spfWalk) names(s *servers) []*spfHELO {
	if w.root.state != spfRead {
		return nil
	}
	var all []*spfHELO
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.Role != report.RoleMX || len(all) == auth.MaxSPFNames || domain.Org(h.Name) != domain.Org(s.domain) {
			continue
		}
		if text := w.want(h.Name, dns.TXT); text != nil {
			all = append(all, &spfHELO{h, text})
		}
	}
	w.wait()
	return all
}

// answerOctets is the least size of the message with this answer about TXT, without
// EDNS: header and question, and what records take with names compressed (RFC 1035
// sections 4.1 and 3.3.14).
func answerOctets(a *dns.Answer) int {
	if a == nil || len(a.Records) == 0 {
		return 0
	}
	const header, question, record, length, part = 12, 4, 12, 255, 2
	n := header + len(a.Name) + part + question
	for _, to := range a.Alias {
		n += record + len(to) + part
	}
	for i := range a.Records {
		size := len(a.Records[i].Text)
		n += record + size + max(1, (size+length-1)/length)
	}
	return n
}

// tree is what was seen of a record that could be walked, nil where there is nothing that a
// rule about terms could look at.
func (s *subject) tree() *spfSight {
	if s.spf == nil || s.spf.walk == nil || s.spf.walk.root.state != spfRead {
		return nil
	}
	return s.spf
}

// walked is the same for rules about records of whatever kind.
func (s *subject) walked() *spfSight {
	if s.spf == nil || s.spf.walk == nil {
		return nil
	}
	return s.spf
}
