package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// report makes a report on what find finds.
func (p *Prober) report(ctx context.Context, name string, find func(context.Context, dns.Resolver, string) *servers) (r *report.Report) {
	began := time.Now()
	now := p.now()
	r = report.New(report.KindProbe)
	r.Target, r.Made = name, now
	r.DecidedOn.Version = p.Version
	r.DecidedOn.Settings = append(r.DecidedOn.Settings, p.Settings...)
	r.DecidedOn.Now = now
	defer func() {
		if v := recover(); v != nil {
			r.Error = fmt.Sprintf("%s: the probe failed: %v; please report this to the authors of mailtrace", name, v)
		}
		r.Cost.Milliseconds = time.Since(began).Milliseconds()
	}()
	recorder := p.recorder()
	judged := false
	defer func() {
		reportDNS(r, recorder) // What was asked is told, whatever happens later.
		if judged {
			r.Verdicts = verdicts(r)
		}
	}()
	found := find(ctx, recorder, name)
	if found.domain == "" {
		r.Error = found.why
	}
	s := &subject{servers: found, now: now, helo: p.HELO}
	hold := p.lookAtPolicies(ctx, recorder, s)
	seen := p.lookBeside(ctx, recorder, s)
	hosts, visits := p.visitAll(ctx, found)
	s.hosts, r.Hosts = hosts, hosts
	hold(r, visits)
	seen(r)
	p.reportVisits(r, visits)
	s.judge(ctx, r, checks)
	p.reportRequirements(r)
	judged = true
	return r
}

// lookAtPolicies begins to look at the policies of the domain, beside the conversations
// with its servers. What it gives waits for that, holds the servers against the policies,
// and puts all into the report.
func (p *Prober) lookAtPolicies(ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report, []visited) {
	if p.NoPolicies {
		return func(r *report.Report, _ []visited) { s.promises = &r.Policies }
	}
	published := p.look(ctx, asks, s.servers)
	dane := make(chan []*daneSight, 1)
	go func() { dane <- s.lookForDANE(ctx, asks) }()
	return func(r *report.Report, visits []visited) {
		s.promises = &r.Policies
		s.policies = published()
		s.reportPolicies(r)
		s.dane = <-dane
		s.matchDANE(visits)
		for _, d := range s.dane {
			r.Policies.DANE = append(r.Policies.DANE, d.report())
		}
	}
}

func (p *Prober) now() time.Time {
	if p.Now != nil {
		return p.Now().UTC()
	}
	return time.Now().UTC()
}

// recorder is what answers the questions for one report.
func (p *Prober) recorder() *dns.Recorder {
	if p.DNS != nil {
		return p.DNS()
	}
	return &dns.Recorder{Resolver: dns.Nobody{}}
}

// maxAliases is under how many names one address and port is spoken to for one report: one
// after the other, as the pace has it. A domain may have that many for a reason, as its
// certificates differ; twenty names for a server that is silent would keep us for ten
// minutes and more.
const maxAliases = 4

func tooManyNames() string {
	return fmt.Sprintf("this address was spoken to under %d other names of the domain", maxAliases)
}

// visitAll speaks to every host at every address and port, all at one time as far as the
// pace lets it.
func (p *Prober) visitAll(ctx context.Context, found *servers) ([]report.Host, []visited) {
	hosts := make([]report.Host, len(found.hosts))
	var visits []visited  // Of all hosts, one after the other.
	var shared []*sharing // Those of them that are made, and
	var places []int      // where they stand.
	names := map[netip.AddrPort]int{}
	for i := range found.hosts {
		h := &found.hosts[i]
		hosts[i] = h.Host
		for _, a := range h.addresses {
			for _, port := range h.ports {
				t := target{host: h.Name, address: netip.AddrPortFrom(a, port), implicit: port == implicitPort}
				if v := p.barred(t); v != nil {
					visits = append(visits, *v)
					continue
				}
				if names[t.address]++; names[t.address] > maxAliases {
					visits = append(visits, unvisited(t, report.OutcomeUntried, tooManyNames()))
					continue
				}
				shared, places = append(shared, p.run.memo.begin(ctx, t, p.visit)), append(places, len(visits))
				visits = append(visits, visited{})
			}
		}
	}
	for i, v := range p.run.memo.collect(ctx, shared) {
		visits[places[i]] = v
	}
	rest := visits
	for i := range hosts {
		n := len(found.hosts[i].addresses) * len(found.hosts[i].ports)
		hosts[i].Endpoints = make([]report.Endpoint, n)
		for k := range n {
			hosts[i].Endpoints[k] = rest[k].endpoint
		}
		rest = rest[n:]
	}
	return hosts, visits
}

// reportVisits puts from where was looked, and what it cost, into the report.
func (p *Prober) reportVisits(r *report.Report, visits []visited) {
	var from, names []string
	for i := range visits {
		v := &visits[i]
		r.Cost.Connections += v.connections
		if !v.from.IsValid() {
			continue
		}
		from = append(from, v.from.String())
		if name := calledItself(v.endpoint.Transcript); name != "" {
			names = append(names, name)
		}
	}
	r.DecidedOn.Observer.Address = unique(from)
	r.DecidedOn.Observer.HELO = unique(names)
}

// calledItself is the name by which we said EHLO, or HELO, or "".
func calledItself(transcript []report.Exchange) string {
	for i := range transcript {
		x := &transcript[i]
		if _, name, ok := strings.Cut(x.Text, " "); ok && x.Client {
			return name // No other command has an argument.
		}
	}
	return ""
}

// unique is texts, each once, in order and with ", " between them.
func unique(texts []string) string {
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), ", ")
}

// reportDNS puts what was asked, and who answered, into the report.
func reportDNS(r *report.Report, recorder *dns.Recorder) {
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
		r.DNS = append(r.DNS, d)
		r.Cost.Questions++
		if e.Server != "" {
			servers = append(servers, e.Server)
		}
	}
	r.DecidedOn.Observer.Resolver = unique(servers)
}

// implicitPort is where TLS begins with the first byte (RFC 8314 section 3.3).
const implicitPort = 465
