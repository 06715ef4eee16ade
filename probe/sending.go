package probe

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// This file looks at a server as those do that receive mail from it: the name of its
// address, the name that it gives itself, what the DNS says of the domain that it sends
// for. The DNS is asked, and nobody is connected to: the server is not, either.

// Sending is a server that sends mail.
type Sending struct {
	Address  netip.Addr
	HELO     string // What it calls itself in EHLO; "" where that is not known.
	MailFrom string // The domain in MAIL FROM; "" where that is not known.
}

// sendingSight is what was seen of it.
type sendingSight struct {
	Sending
	reverse  *rdnsSeen
	name     string     // HELO as the DNS is asked for it; "" where it is no full name of a host.
	literal  netip.Addr // HELO is this address in brackets; else not valid.
	forward  lookup     // The addresses of name, of the family of Address.
	spfHELO  *auth.SPF  // Nil where there is nothing to check.
	spfMail  *auth.SPF
	dmarc    *auth.DMARC // Of the domain in MAIL FROM.
	failures []string    // Mistakes of ours: what hangs on them is not known.
}

// Sending reports on a server as one that sends mail. Nothing is connected to. It always
// returns a report: what could not be done stands in its Error and Undecided.
func (p *Prober) Sending(ctx context.Context, server Sending) (r *report.Report) {
	began := time.Now()
	now := p.now()
	server.Address = server.Address.Unmap().WithZone("")
	r = report.New(report.KindProbe)
	r.Target, r.Made = server.Address.String(), now
	r.DecidedOn.Version, r.DecidedOn.Now = p.Version, now
	r.DecidedOn.Settings = append(r.DecidedOn.Settings, p.Settings...)
	recorder := p.recorder()
	defer func() {
		if v := recover(); v != nil {
			r.Error = fmt.Sprintf("%s: the probe failed: %v; please report this to the authors of mailtrace", r.Target, v)
		}
		reportDNS(r, recorder)
		r.Cost.Milliseconds = time.Since(began).Milliseconds()
	}()
	if why := forbidden(server.Address); why != "" && !p.AllowPrivate {
		r.Error = server.Address.String() + " is " + why + ": no receiver sees mail come from there"
		return r
	}
	s := &subject{servers: p.servers(), now: now, promises: &r.Policies}
	s.way = waySending
	v := &sendingSight{Sending: server, reverse: &rdnsSeen{address: server.Address}}
	s.sending = v
	lists := func(*report.Report) {}
	if end := p.lookAtListsOf(ctx, recorder, s); end != nil {
		lists = end
	}
	v.look(ctx, recorder, now)
	lists(r)
	v.report(r)
	s.judge(ctx, r, checks)
	return r
}

// waySending says that the report is on a server that sends.
const waySending way = "sending"

// lookAtListsOf asks the lists about the one address.
func (p *Prober) lookAtListsOf(ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	return askLists(ctx, asks, p.Blocklists, []listAsked{{address: s.sending.Address}}, 0, s)
}

// look asks for all, at one time.
func (v *sendingSight) look(ctx context.Context, asks dns.Resolver, now time.Time) {
	v.literal = helloLiteral(v.HELO)
	v.name = fullName(v.HELO)
	var wg sync.WaitGroup
	var mu sync.Mutex
	look := func(f func()) {
		wg.Go(func() {
			defer func() {
				if e := recover(); e != nil {
					mu.Lock()
					defer mu.Unlock()
					v.failures = append(v.failures, failedHere(e))
				}
			}()
			f()
		})
	}
	look(func() { v.reverse.look(ctx, asks, asks) })
	if v.name != "" {
		look(func() { v.forward = ask(ctx, asks, v.name, addressType(v.Address)) })
		look(func() {
			v.spfHELO = auth.CheckSPF(ctx, asks, auth.SPFQuery{IP: v.Address, HELO: v.name, Identity: auth.SPFHELO, Now: now})
		})
	}
	if v.MailFrom != "" {
		look(func() {
			// No local part: the macros take postmaster for it, and tell nobody anything.
			v.spfMail = auth.CheckSPF(ctx, asks, auth.SPFQuery{IP: v.Address, HELO: v.HELO, MailFrom: "@" + v.MailFrom, Now: now})
		})
		look(func() { v.dmarc = auth.CheckDMARC(ctx, asks, auth.DMARCInput{From: []string{v.MailFrom}}) })
	}
	wg.Wait()
}

// fullName is what the DNS is asked for of a name in EHLO, or "" where that is no full
// name of a host.
func fullName(helo string) string {
	if name := domain.ASCII(helo); strings.Contains(name, ".") && !numeric(name) {
		return name
	}
	return ""
}

// helloLiteral is the address that stands in brackets; else it is not valid.
func helloLiteral(s string) netip.Addr {
	if !strings.HasPrefix(s, "[") {
		return netip.Addr{}
	}
	return addressLiteral(s).Unmap()
}

// report puts what was seen into the report.
func (v *sendingSight) report(r *report.Report) {
	r.Sending = &report.Sending{Address: v.Address, HELO: v.HELO, MailFrom: v.MailFrom, RDNS: v.reverse.report()}
	i := &v.reverse.iprev
	r.Auth = append(r.Auth, report.Auth{
		Method: "iprev", Status: report.Status(i.Status), Domain: i.Name, Identity: v.Address.String(), Property: "policy.iprev", By: report.ByUs, Reason: i.Reason,
	})
	for _, c := range [...]struct {
		spf                *auth.SPF
		property, identity string
	}{{v.spfHELO, "smtp.helo", v.HELO}, {v.spfMail, "smtp.mailfrom", v.MailFrom}} {
		if c.spf == nil {
			continue
		}
		title := fmt.Sprintf("%s %s from %s", c.property, c.identity, v.Address)
		r.Auth = append(r.Auth, report.Auth{
			Method: "spf", Status: report.Status(c.spf.Status), Domain: c.spf.Domain, Identity: c.identity, Property: c.property, By: report.ByUs,
			Reason: c.spf.Sentence(v.Address), Trace: append([]string{title}, c.spf.Lines()...),
		})
	}
}
