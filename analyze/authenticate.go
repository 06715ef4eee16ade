package analyze

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// What speaks for a sender is asked here: SPF at the peer that handed the message to
// the recipient's side, the signatures, and DMARC over both. Each result is
// mailtrace's own; what others wrote down stands beside it (origin.go).

// authentication is what mailtrace found out itself.
type authentication struct {
	spf        spfResults
	signatures auth.Signatures
	autopsies  []*auth.Autopsy // Of signatures.DKIM; nil where there is nothing to search for.
	dmarc      *auth.DMARC
	iprev      []iprev
}

// DNS answers the questions for one message, and keeps the answers.
type DNS = *dns.Recorder

// resolver gives what answers the questions for the message. A recording may be of
// another message: then nobody is asked, and the report says so.
func (a *Analyzer) resolver(r *report.Report) DNS {
	if a.DNS == nil {
		return &dns.Recorder{Resolver: dns.Nobody{}}
	}
	recorder, err := a.DNS(r.Evidence.SHA256)
	if err != nil {
		r.Error = fmt.Sprintf("%s: %v", r.Evidence.Name, err)
		return &dns.Recorder{Resolver: dns.Nobody{}}
	}
	return recorder
}

// authenticate checks SPF, DKIM, ARC and DMARC. What is asked for is asked at one
// time, and each question once.
func (s *subject) authenticate(ctx context.Context, a *Analyzer) {
	recorder := a.resolver(s.report)
	var resolver dns.Resolver = recorder
	if !a.AllowMacros { // Else the user wants names of recipients to be asked for.
		resolver = auth.Discreet{Resolver: recorder, Recipients: auth.RecipientsOf(s.report)}
	}
	out := &s.checked
	out.spf = s.spfResults(a.Own, a.AllowMacros)
	from := s.fromDomains()

	var wg sync.WaitGroup
	wg.Go(func() { s.contain("spf", func() { out.spf.check(ctx, resolver) }) })
	for _, name := range dmarcNames(from) {
		wg.Go(func() { s.contain("dmarc", func() { _, _ = resolver.Lookup(ctx, name, dns.TXT) }) }) // Kept until CheckDMARC asks.
	}
	if a.RDNS || a.Requirements {
		wg.Go(func() { s.contain("iprev", func() { out.iprev = s.reverse(ctx, resolver, a.RDNS) }) })
	}
	s.contain("dkim", func() {
		v := auth.Verifier{DNS: resolver, Thorough: a.Thorough}
		out.signatures = v.Verify(ctx, s.message, s.takenAt())
		out.autopsies = v.Autopsy(s.message, out.signatures.DKIM)
	})
	wg.Wait()
	s.contain("dmarc", func() {
		out.dmarc = auth.CheckDMARC(ctx, resolver, auth.DMARCInput{From: from, Identifiers: out.identifiers()})
	})
	s.reportAuth()
	s.reportDNS(recorder)
}

// contain turns a panic in one method into a result of that method: the others are
// worth having without it.
func (s *subject) contain(method string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if slices.ContainsFunc(s.report.Auth, func(a report.Auth) bool { return a.By == report.ByUs && a.Method == method }) {
				return // Told: several questions of one method are asked at a time.
			}
			s.report.Auth = append(s.report.Auth, report.Auth{
				Method: method, Status: report.Status(auth.Undecided), By: report.ByUs,
				Reason: fmt.Sprintf("the check failed: %v; please report this to the authors of mailtrace", p),
			})
		}
	}()
	f()
}

// takenAt is when the recipient's side took the message; the zero time where that is
// not known.
func (s *subject) takenAt() time.Time {
	if at := s.arrival(); at >= 0 {
		return *s.hops[at].Time
	}
	return time.Time{}
}

// fromDomains are the domains of all addresses in From.
func (s *subject) fromDomains() []string {
	var names []string
	for _, m := range s.report.Message.From {
		if d := domainOf(m.Address); d != "" && !slices.Contains(names, d) {
			names = append(names, d)
		}
	}
	return names
}

// dmarcNames is what DMARC asks for, for as many domains as it looks at.
func dmarcNames(from []string) []string {
	var names []string
	for _, d := range from[:min(len(from), auth.MaxDMARCFrom)] {
		names = append(names, auth.DMARCNames(d)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// identifiers are what DMARC rests on.
func (a *authentication) identifiers() []auth.DMARCIdentifier {
	ids := []auth.DMARCIdentifier{a.spf.identifier()}
	for i := range a.signatures.DKIM {
		s := &a.signatures.DKIM[i]
		ids = append(ids, auth.DMARCIdentifier{Method: "dkim", Domain: s.Domain, Status: s.Status})
	}
	return ids
}

// reportDNS puts what was asked into the report.
func (s *subject) reportDNS(recorder DNS) {
	var servers []string
	for _, e := range recorder.Entries() {
		if e.Cause == dns.Offline {
			continue // It was not asked.
		}
		d := report.DNS{
			Name: e.Name, Type: e.Type, Status: string(e.Status), Cause: string(e.Cause), Answers: e.Answers,
			Alias: e.Alias, Secure: string(e.Secure), Server: e.Server,
		}
		if !e.Time.IsZero() {
			at := e.Time.UTC()
			d.Time = &at
		}
		s.report.DNS = append(s.report.DNS, d)
		if e.Server != "" && !slices.Contains(servers, e.Server) {
			servers = append(servers, e.Server)
		}
	}
	slices.Sort(servers)
	for i, server := range servers {
		if i > 0 {
			s.report.DecidedOn.Observer.Resolver += ", "
		}
		s.report.DecidedOn.Observer.Resolver += server
	}
}
