package probe

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
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
	recorder := p.DNS()
	found := find(ctx, recorder, name)
	s := &subject{servers: found, now: now, helo: p.HELO, hosts: p.visitAll(ctx, found)}
	r.Hosts = s.hosts
	s.judge(ctx, r, checks)
	return r
}

func (p *Prober) now() time.Time {
	if p.Now != nil {
		return p.Now().UTC()
	}
	return time.Now().UTC()
}

// visitAll speaks to every host at every address and port, all at one time as far as
// the pace lets it.
func (p *Prober) visitAll(ctx context.Context, found *servers) []report.Host {
	hosts := make([]report.Host, len(found.hosts))
	var wg sync.WaitGroup
	for i, h := range found.hosts {
		hosts[i] = h.Host
		hosts[i].Endpoints = make([]report.Endpoint, 0, len(h.addresses)*len(h.ports))
		for _, a := range h.addresses {
			for _, port := range h.ports {
				hosts[i].Endpoints = append(hosts[i].Endpoints, report.Endpoint{Address: a, Port: int(port)})
			}
		}
		for k := range hosts[i].Endpoints {
			e := &hosts[i].Endpoints[k]
			t := target{host: h.Name, address: netip.AddrPortFrom(e.Address, uint16(e.Port)), implicit: e.Port == implicitPort}
			wg.Go(func() { *e = p.visit(ctx, t) })
		}
	}
	wg.Wait()
	return hosts
}

// implicitPort is where TLS begins with the first byte (RFC 8314 section 3.3).
const implicitPort = 465
