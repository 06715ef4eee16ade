package probe

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// Bounds of what the NS records of a domain can make us ask. They are a stranger's, and
// these servers are asked past the resolver: no budget of its own counts that.
const (
	maxZoneWalk     = 10 // Names above the domain that are looked at for NS records.
	maxNameServers  = 10
	maxServerFamily = 2  // Addresses of one family of one server.
	maxServerPlaces = 24 // Addresses of all of them.

	nameServerPort = 53
	nameServerTime = 20 * time.Second // For all of them, at one time.
)

// nameServerSight is what the name servers of the domain say, each by itself.
type nameServerSight struct {
	zone    string // That holds the domain; "" where it is not known, or there is none.
	ns      lookup // Of the zone, or the one that has no answer.
	why     string // Why nothing was asked; "" where there is no zone to ask about.
	servers []*nameServer
	left    int            // Servers that were not asked: more than maxNameServers.
	places  []*serverPlace // Each address once.
}

// nameServer is one that an NS record names.
type nameServer struct {
	name    string
	a, aaaa lookup
	places  []*serverPlace
}

// serverPlace is one address of a name server, and what was answered there.
type serverPlace struct {
	name    string // The first of the servers that have it.
	address netip.Addr
	status  serverStatus
	why     string // Why it is not "answered".
	fail    *dns.Error
	said    []lookup // In the order of the questions; after the first that failed for good there are no more.
}

// serverStatus is the word of report.NameServer.Status.
type serverStatus string

const (
	serverAnswered  serverStatus = "answered"
	serverLame      serverStatus = "not-authoritative"
	serverFailed    serverStatus = "failed"
	serverForbidden serverStatus = "forbidden"
)

// serverQuestion is one that each server is asked.
type serverQuestion struct {
	name string
	typ  dns.Type
}

// serverQuestions are those for a domain in a zone. The first one tells whether the server
// holds the zone.
func serverQuestions(zone, domain string) []serverQuestion {
	return []serverQuestion{
		{zone, dns.SOA}, {domain, dns.MX}, {domain, dns.TXT},
		{"_dmarc." + domain, dns.TXT}, {"_mta-sts." + domain, dns.TXT}, {"_smtp._tls." + domain, dns.TXT},
	}
}

// lookAtNameServers asks each name server of the domain, if the user wants that.
func lookAtNameServers(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	if !p.Authoritative || s.domain == "" || s.way == wayNamed {
		return nil
	}
	sight := &nameServerSight{}
	domain := s.domain
	wait := inBackground(func() { p.lookAtZone(ctx, asks, domain, sight) })
	return func(r *report.Report) {
		if why := wait(); why != "" {
			*sight = nameServerSight{why: why}
		}
		s.ns = sight
		sight.report(r, domain)
	}
}

// lookAtZone finds the servers and asks them.
func (p *Prober) lookAtZone(ctx context.Context, asks dns.Resolver, domain string, sight *nameServerSight) {
	if p.Server == nil {
		sight.why = "there is nothing here that could ask one name server"
		return
	}
	if sight.findZone(ctx, asks, domain); sight.zone == "" {
		return
	}
	sight.find(ctx, asks, p.NoIPv4, p.NoIPv6)
	ctx, cancel := context.WithTimeout(ctx, nameServerTime)
	defer cancel()
	questions := serverQuestions(sight.zone, domain)
	var wg sync.WaitGroup
	for _, place := range sight.places {
		if why := forbidden(place.address); why != "" && !p.AllowPrivate {
			place.status, place.why = serverForbidden, why
			continue
		}
		wg.Go(func() { place.ask(ctx, p.Server, &p.run.servers, questions) })
	}
	wg.Wait()
}

// findZone goes up from the domain until a name has NS records: there the zone begins that
// holds it. A top-level domain is not gone up to: it holds none of our names.
func (v *nameServerSight) findZone(ctx context.Context, asks dns.Resolver, domain string) {
	name := domain
	for range maxZoneWalk {
		v.ns = ask(ctx, asks, name, dns.NS)
		switch {
		case v.ns.err != nil:
			v.why = "which name servers the domain has is not known: " + inWords(v.ns.err)
			return
		case v.ns.missing() && name == domain:
			return // There is no such domain.
		case len(v.ns.answer.Records) > 0 && len(v.ns.answer.Alias) == 0:
			v.zone = name
			return
		}
		_, above, ok := strings.Cut(name, ".")
		if !ok || !strings.Contains(above, ".") {
			break
		}
		name = above
	}
	v.why = "no name servers were found for the domain, nor for those above it"
}

// find asks for the addresses of the servers.
func (v *nameServerSight) find(ctx context.Context, asks dns.Resolver, noIPv4, noIPv6 bool) {
	names := v.ns.answer.Targets()
	slices.Sort(names)
	names = slices.Compact(names)
	v.left = len(names) - min(len(names), maxNameServers)
	var wg sync.WaitGroup
	for _, name := range names[:len(names)-v.left] {
		n := &nameServer{name: name}
		v.servers = append(v.servers, n)
		if !isHost(name) {
			continue
		}
		if !noIPv4 {
			wg.Go(func() { n.a = ask(ctx, asks, name, dns.A) })
		}
		if !noIPv6 {
			wg.Go(func() { n.aaaa = ask(ctx, asks, name, dns.AAAA) })
		}
	}
	wg.Wait()
	at := map[netip.Addr]*serverPlace{}
	for _, n := range v.servers {
		v4, v6 := n.a.addresses(), n.aaaa.addresses()
		for _, a := range slices.Concat(v4[:min(len(v4), maxServerFamily)], v6[:min(len(v6), maxServerFamily)]) {
			if at[a] == nil {
				if len(v.places) == maxServerPlaces {
					continue
				}
				at[a] = &serverPlace{name: n.name, address: a}
				v.places = append(v.places, at[a])
			}
			n.places = append(n.places, at[a])
		}
	}
}

// ask puts the questions to the server, one after the other. Who does not answer the first
// one is not asked on.
func (e *serverPlace) ask(ctx context.Context, server func(netip.AddrPort) dns.Resolver, pace *serverPace, questions []serverQuestion) {
	defer func() {
		if v := recover(); v != nil {
			e.status, e.why, e.said = serverFailed, failedHere(v), nil
			e.fail = &dns.Error{Name: questions[0].name, Type: questions[0].typ, Cause: dns.Canceled}
		}
	}()
	resolver := server(netip.AddrPortFrom(e.address, nameServerPort))
	for i, q := range questions {
		l := lookup{err: &dns.Error{Name: q.name, Type: q.typ, Cause: dns.OverLimit, Err: errServerPace}}
		if pace.wait(ctx, e.address) == nil {
			l = ask(ctx, resolver, q.name, q.typ)
		}
		e.said = append(e.said, l)
		if i > 0 && l.err != nil && (l.err.Cause == dns.Timeout || l.err.Cause == dns.Network) {
			return
		}
		if i > 0 {
			continue
		}
		if l.err == nil {
			// A zone has one; a server that says there is none holds another.
			if e.status = serverAnswered; len(l.answer.Records) == 0 {
				e.status, e.why = serverLame, "it says that the zone "+q.name+" does not begin there"
				return
			}
			continue
		}
		e.status, e.why, e.fail = serverFailed, serverWords(l.err), l.err
		if l.err.Cause == dns.Refused {
			e.status, e.why = serverLame, "it refuses to answer for the zone"
			if errors.Is(l.err, dns.ErrNotAuthoritative) {
				e.why = dns.ErrNotAuthoritative.Error()
			}
		}
		return
	}
}

// report puts what was said into the report.
func (v *nameServerSight) report(r *report.Report, domain string) {
	questions := serverQuestions(v.zone, domain)
	for _, n := range v.servers {
		for _, e := range n.places {
			out := report.NameServer{Name: n.name, Address: e.address, Status: string(e.status), Why: e.why, Answers: []report.ServerAnswer{}}
			for i, l := range e.said {
				out.Answers = append(out.Answers, serverAnswerOf(questions[i], l))
				if q := questions[i]; q.typ == dns.SOA && l.answer != nil && len(l.answer.Records) > 0 {
					serial := int64(l.answer.Records[0].Serial)
					out.Serial = &serial
				}
			}
			r.NameServers = append(r.NameServers, out)
		}
	}
	for _, e := range v.places {
		r.Cost.Questions += len(e.said)
	}
}

// serverAnswerOf is an answer as it is compared. Of an alias only where it leads: a server
// may hold that zone too, or not.
func serverAnswerOf(q serverQuestion, l lookup) report.ServerAnswer {
	out := report.ServerAnswer{Name: q.name, Type: q.typ.String(), Status: string(dns.Failed), Answers: []string{}}
	if l.answer == nil {
		return out
	}
	if len(l.answer.Alias) > 0 {
		out.Status, out.Answers = string(dns.Found), []string{"CNAME " + l.answer.Alias[0] + "."}
		return out
	}
	out.Status = string(l.answer.Status)
	for _, r := range l.answer.Records[:min(len(l.answer.Records), maxServerRecords)] {
		out.Answers = append(out.Answers, clipped(r.Format(q.typ), maxRecord))
	}
	slices.Sort(out.Answers)
	out.Answers = slices.Compact(out.Answers)
	return out
}

// maxServerRecords is how many records of an answer are compared.
const maxServerRecords = 50
