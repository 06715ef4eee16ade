package probe

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// Bounds of the questions for the names of addresses. The owner of an address can give it
// a thousand names: auth.MaxIprevNames of them are looked up.
const (
	maxRDNS            = 24  // Addresses of one domain.
	maxRDNSQuestions   = 100 // About all of them: a half of what a domain may cost.
	maxSenderChecks    = 4   // Addresses of which is asked whether mail comes from them.
	maxSenderQuestions = 30  // For all of these.
)

// rdnsSight is what the DNS says of the names of the addresses of the servers.
type rdnsSight struct {
	seen []*rdnsSeen // In the order of the hosts, each address once.
	left int         // Addresses that were not looked at: more than maxRDNS.

	fault string // A mistake of ours, by which it is not known who sends; "" for none.
}

// rdnsSeen is what was seen of one address.
type rdnsSeen struct {
	address netip.Addr
	hosts   []string // That have it.
	takes   bool     // One of them takes mail from other servers.
	ptr     lookup   // Of its names.
	iprev   auth.Iprev
	failed  string   // A mistake of ours, which is why nothing is known; "" for none.
	sends   answered // The SPF record of the domain names it as one that sends.
	open    string   // Why that is unknown.
}

// lookAtRDNS asks for the names of all addresses, at one time.
func lookAtRDNS(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	sight := p.reverseOf(s.servers)
	if len(sight.seen) == 0 {
		return nil
	}
	wait := inBackground(func() {
		names := &dns.Budget{Resolver: asks, Questions: maxRDNSQuestions}
		var wg sync.WaitGroup
		for _, r := range sight.seen {
			wg.Go(func() { r.look(ctx, asks, names) })
		}
		wg.Wait()
		sight.senders(ctx, asks, s.servers)
	})
	return func(r *report.Report) {
		sight.fault = wait()
		s.rdns = sight
		for i := range r.Hosts {
			for k := range r.Hosts[i].Endpoints {
				e := &r.Hosts[i].Endpoints[k]
				if seen := sight.of(e.Address); seen != nil {
					e.RDNS = seen.report()
				}
			}
		}
	}
}

// reverseOf is the addresses of which the names are asked for: those that may be connected
// to. The names of others are of no account, and of a network that is not ours to ask about.
func (p *Prober) reverseOf(s *servers) *rdnsSight {
	sight := &rdnsSight{}
	for i := range s.hosts {
		h := &s.hosts[i]
		for _, a := range h.addresses {
			if !p.AllowPrivate && forbidden(a) != "" {
				continue
			}
			r := sight.of(a)
			if r == nil {
				if len(sight.seen) == maxRDNS {
					sight.left++
					continue
				}
				r = &rdnsSeen{address: a, sends: no}
				sight.seen = append(sight.seen, r)
			}
			r.takes = r.takes || h.takesMail()
			if !slices.Contains(r.hosts, h.Name) {
				r.hosts = append(r.hosts, h.Name)
			}
		}
	}
	return sight
}

// of is what was seen of an address, or nil.
func (v *rdnsSight) of(a netip.Addr) *rdnsSeen {
	if v == nil {
		return nil
	}
	for _, r := range v.seen {
		if r.address == a {
			return r
		}
	}
	return nil
}

// look asks for the names, and for what they lead to (RFC 8601 section 3). names has a
// bound of its own.
func (r *rdnsSeen) look(ctx context.Context, asks, names dns.Resolver) {
	defer func() {
		if v := recover(); v != nil {
			r.failed = failedHere(v)
			r.iprev = auth.Iprev{Address: r.address, Status: auth.Undecided, Reason: r.failed}
		}
	}()
	r.ptr = ask(ctx, asks, auth.ReverseName(r.address), dns.PTR)
	r.iprev = auth.CheckIprev(ctx, names, r.address) // It is given the same answer.
}

// senders finds out which of the addresses without a good name send mail for the domain, by
// its own SPF record: to these it matters. A record that lets everybody send says nothing.
func (v *rdnsSight) senders(ctx context.Context, asks dns.Resolver, s *servers) {
	if s.domain == "" || s.way == wayNamed {
		return
	}
	few := &dns.Budget{Resolver: asks, Questions: maxSenderQuestions}
	var asked []*rdnsSeen
	for _, r := range v.seen {
		if r.takes && (r.iprev.Status == auth.PermError || r.iprev.Status == auth.Fail) {
			asked = append(asked, r)
			r.sends = unknown // Until it is known, whatever happens.
		}
	}
	for i, r := range asked {
		if i >= maxSenderChecks {
			r.open = "it was not asked: there are too many such addresses"
			continue
		}
		switch got := auth.CheckSPF(ctx, few, auth.SPFQuery{IP: r.address, HELO: s.domain}); got.Status {
		case auth.TempError, auth.Undecided:
			r.open = got.Sentence(r.address)
		case auth.Pass:
			r.sends = no
			if !strings.EqualFold(strings.TrimPrefix(got.Matched, "+"), "all") {
				r.sends = yes
			}
		default:
			r.sends = no
		}
	}
}

// report is what stands in the report of it; each endpoint has its own.
func (r *rdnsSeen) report() *report.RDNS {
	out := &report.RDNS{Names: r.names(), Name: r.iprev.Name, Status: report.Status(r.iprev.Status), Why: r.iprev.Reason}
	if r.iprev.Status == auth.Pass {
		out.Why = ""
	}
	return out
}

// maxRDNSNames is how many names of an address stand in a report.
const maxRDNSNames = 20

// names are those of the PTR records, the first ones.
func (r *rdnsSeen) names() []string {
	if r.ptr.answer == nil {
		return []string{}
	}
	targets := r.ptr.answer.Targets()
	return targets[:min(len(targets), maxRDNSNames)]
}

// called says whether one of the names of the address is this one.
func (r *rdnsSeen) called(name string) bool {
	return r.ptr.answer != nil && slices.ContainsFunc(r.ptr.answer.Records, func(d dns.Record) bool { return strings.EqualFold(d.Target, name) })
}

// evidence is what the DNS says: the names, and where those lead that were looked up.
func (r *rdnsSeen) evidence() []report.Evidence {
	all := r.ptr.evidence()
	if len(all) == 0 { // A mistake of ours; what the question was is known.
		all = []report.Evidence{dnsEvidence(auth.ReverseName(r.address), dns.PTR, "not asked")}
	}
	for i := range r.iprev.Names {
		n := &r.iprev.Names[i]
		switch {
		case n.Invalid:
			all = append(all, dnsEvidence(n.Name, addressType(r.address), "no name of a host"))
		case n.Err != nil:
			all = append(all, dnsEvidence(n.Name, addressType(r.address), "no answer"))
		case len(n.Addresses) == 0:
			all = append(all, dnsEvidence(n.Name, addressType(r.address), "none"))
		default:
			all = append(all, dnsEvidence(n.Name, addressType(r.address), firstOf(n.Addresses, addrText)))
		}
	}
	return all
}

// at says which server it is: "192.0.2.10 (mx1.example.org)".
func (r *rdnsSeen) at() string {
	if len(r.hosts) == 0 || r.hosts[0] == r.address.String() {
		return r.address.String()
	}
	return r.address.String() + " (" + firstOf(r.hosts, spelled) + ")"
}
