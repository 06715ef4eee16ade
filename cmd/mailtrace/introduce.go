package main

import (
	"context"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
)

const (
	// The questions about our own name are asked once in a run: the name of this
	// computer, the names of its addresses, and back.
	introductionQuestions = 12
	introductionTime      = 5 * time.Second

	// fewDomains may be asked by somebody who has no name. Who asks more should say who
	// he is: their owners look up who it was.
	fewDomains = 10
)

// introduction is how this computer presents itself to mail servers.
type introduction struct {
	helo    string       // "" for the address that is connected from, in brackets.
	sources []netip.Addr // From which is connected; empty where that is not known.
	proven  bool         // The DNS leads from the name to an address that is connected from.
}

// introduce finds the name for EHLO: the one that the user gives, or that of this
// computer, or that of its address, if the DNS leads from it back to here. A name that
// leads to nobody makes servers suspicious (RFC 5321 section 4.1.1.1 wants one that
// can be looked up, or an address in brackets).
func (f *talkFlags) introduce(ctx context.Context, asks dns.Resolver) introduction {
	in := introduction{helo: f.helo, sources: f.sources()}
	own := dns.NetResolver{Resolver: &dns.Recorder{Resolver: &dns.Budget{Resolver: asks, Questions: introductionQuestions, Time: introductionTime}}}
	if f.helo != "" {
		in.proven = strings.HasPrefix(f.helo, "[") || in.leadsBack(ctx, own, f.helo)
		return in
	}
	var likely string
	for name := range in.candidates(ctx, own) {
		if in.leadsBack(ctx, own, name) {
			in.helo, in.proven = name, true
			return in
		}
		if likely == "" && in.hidden() && leadsSomewhere(ctx, own, name) {
			likely = name
		}
	}
	// Behind a translator of addresses nobody can see that a name leads here. One of
	// the public DNS is still better than an address of a private network.
	in.helo = likely
	return in
}

// sources are the addresses from which this computer connects to others.
func (f *talkFlags) sources() []netip.Addr {
	var all []netip.Addr
	for _, way := range [...]struct {
		v4      bool
		network string
		to      string // Of no matter where: a datagram socket is asked for its route, and nothing is sent.
	}{{true, "udp4", "192.0.2.1:25"}, {false, "udp6", "[2001:db8::1]:25"}} {
		if way.v4 && f.only6 || !way.v4 && f.only4 {
			continue
		}
		if a, ok := f.bind.of(way.v4); ok {
			all = append(all, a)
			continue
		}
		conn, err := net.Dial(way.network, way.to)
		if err != nil {
			continue // From here no packet of this family gets anywhere.
		}
		if a, err := netip.ParseAddrPort(conn.LocalAddr().String()); err == nil {
			all = append(all, a.Addr().Unmap())
		}
		conn.Close()
	}
	return all
}

// candidates are names that this computer may have.
func (in *introduction) candidates(ctx context.Context, own dns.NetResolver) iter.Seq[string] {
	return func(yield func(string) bool) {
		if name, err := os.Hostname(); err == nil {
			if name = domain.ASCII(name); greetable(name) && !yield(name) {
				return
			}
		}
		for _, a := range in.sources {
			if a.IsPrivate() || a.IsLoopback() {
				continue
			}
			names, err := own.LookupAddr(ctx, a.String())
			if err != nil || len(names) == 0 {
				continue
			}
			if name := domain.ASCII(names[0]); greetable(name) && !yield(name) {
				return
			}
		}
	}
}

// leadsBack says whether the DNS leads from a name to an address that is connected from.
func (in *introduction) leadsBack(ctx context.Context, own dns.NetResolver, name string) bool {
	found, err := own.LookupIPAddr(ctx, name)
	return err == nil && slices.ContainsFunc(found, func(ip net.IPAddr) bool {
		a, ok := netip.AddrFromSlice(ip.IP)
		return ok && slices.Contains(in.sources, a.Unmap())
	})
}

func leadsSomewhere(ctx context.Context, own dns.NetResolver, name string) bool {
	found, err := own.LookupIPAddr(ctx, name)
	return err == nil && slices.ContainsFunc(found, func(ip net.IPAddr) bool {
		return ip.IP.IsGlobalUnicast() && !ip.IP.IsPrivate()
	})
}

// hidden says that others see another address than the one that is connected from.
func (in *introduction) hidden() bool {
	return slices.ContainsFunc(in.sources, netip.Addr.IsPrivate)
}

// String says who is looking, before anybody hears of it.
func (in *introduction) String() string {
	from := make([]string, len(in.sources))
	for i, a := range in.sources {
		from[i] = a.String()
	}
	where, name := strings.Join(from, ", "), in.helo
	if where == "" {
		where = "an address that is not known yet"
	}
	if name == "" {
		name = "its address in brackets"
	}
	return fmt.Sprintf("from %s, as EHLO %s", where, name)
}

// unnamed is what to say to somebody who is about to ask many domains without a name
// that leads back to him.
func (in *introduction) unnamed() *failure {
	return misuse("name this computer: --helo probe.example.net, a name that leads to its address in the DNS",
		"more than %d domains are to be asked %s, and that name does not lead back here", fewDomains, in)
}

// ahead says whether there are more than n jobs, and gives all of them.
func ahead[T any](jobs iter.Seq[T], n int) (all iter.Seq[T], many bool) {
	next, stop := iter.Pull(jobs)
	var first []T
	for len(first) <= n {
		j, ok := next()
		if !ok {
			break
		}
		first = append(first, j)
	}
	return func(yield func(T) bool) {
		defer stop()
		for _, j := range first {
			if !yield(j) {
				return
			}
		}
		for j, ok := next(); ok; j, ok = next() {
			if !yield(j) {
				return
			}
		}
	}, len(first) > n
}
