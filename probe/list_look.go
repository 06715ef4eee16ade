package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// This file asks lists in the DNS (RFC 5782) about addresses. Only those are asked that the
// user names: whoever runs a list hears of which servers we ask, and has terms for that. A
// list tells its word only after it passed the test of itself, now.

// Bounds of that.
const (
	maxLists         = 5
	maxListAddresses = 30
	maxListQuestions = 100 // To all lists together.
	maxListCodes     = 10  // Of one listing.
	maxListText      = 300 // Octets of its TXT record.
)

// listSight is what lists say of the addresses.
type listSight struct {
	lists []*listSeen
	left  int // Addresses that were not asked about: more than maxListAddresses.
}

// listSeen is what one list says.
type listSeen struct {
	zone   string
	tests  []*listTest // One of each family of addresses that there is.
	asked  []*listAsked
	failed string // A mistake of ours; "" for none.
}

// listTest is the test of a list (RFC 5782 section 5).
type listTest struct {
	v6      bool
	result  report.ListingResult // "listed" where it passed.
	why     string
	has, no lookup // Of the entry that has to be there, and of the one that must not.
}

// listAsked is one address, and what the list says.
type listAsked struct {
	address netip.Addr
	hosts   []string
	takes   bool // It takes mail from other servers.
	listing report.Listing
	a, txt  lookup
}

// lookAtLists asks the lists about the addresses of the servers.
func lookAtLists(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	if len(p.Blocklists) == 0 {
		return nil
	}
	targets, left := p.listTargets(s.servers)
	return askLists(ctx, asks, p.Blocklists, targets, left, s)
}

// listTargets are the addresses that are asked about: those that may be connected to.
func (p *Prober) listTargets(s *servers) (targets []listAsked, left int) {
	for i := range s.hosts {
		h := &s.hosts[i]
		for _, a := range h.addresses {
			if !p.AllowPrivate && forbidden(a) != "" {
				continue
			}
			k := slices.IndexFunc(targets, func(t listAsked) bool { return t.address == a })
			switch {
			case k < 0 && len(targets) == maxListAddresses:
				left++
				continue
			case k < 0:
				targets, k = append(targets, listAsked{address: a}), len(targets)
			}
			t := &targets[k]
			t.takes = t.takes || h.takesMail()
			if !slices.Contains(t.hosts, h.Name) {
				t.hosts = append(t.hosts, h.Name)
			}
		}
	}
	return targets, left
}

// askLists begins to ask all lists about all targets.
func askLists(ctx context.Context, asks dns.Resolver, zones []string, targets []listAsked, left int, s *subject) func(*report.Report) {
	if len(targets) == 0 {
		return nil
	}
	sight := &listSight{left: left}
	few := &dns.Budget{Resolver: asks, Questions: maxListQuestions}
	var wg sync.WaitGroup
	for _, zone := range zones[:min(len(zones), maxLists)] {
		l := &listSeen{zone: zone}
		for _, t := range targets {
			l.asked = append(l.asked, &t) // Each list has its own.
		}
		sight.lists = append(sight.lists, l)
		wg.Go(func() { l.look(ctx, few) })
	}
	return func(r *report.Report) {
		wg.Wait()
		s.listed = sight
		for _, l := range sight.lists {
			for _, t := range l.asked {
				r.Listings = append(r.Listings, t.listing)
			}
		}
	}
}

// look tests the list, and asks it where it passed.
func (l *listSeen) look(ctx context.Context, asks dns.Resolver) {
	defer func() {
		if v := recover(); v != nil {
			l.fail(failedHere(v))
		}
	}()
	for _, t := range l.asked {
		if l.test(!t.address.Is4()) == nil {
			l.tests = append(l.tests, &listTest{v6: !t.address.Is4()})
		}
	}
	var wg sync.WaitGroup
	for _, t := range l.tests {
		wg.Go(func() { t.look(ctx, asks, l.zone) })
	}
	wg.Wait()
	for _, t := range l.asked {
		t.listing = report.Listing{List: l.zone, Target: t.address.String(), Codes: []string{}}
		if test := l.test(!t.address.Is4()); test.result != report.Listed {
			t.listing.Result, t.listing.Why = test.result, test.why
			continue
		}
		wg.Go(func() { t.look(ctx, asks, l.zone) })
	}
	wg.Wait()
}

// fail says of all that nothing is known.
func (l *listSeen) fail(why string) {
	l.failed = why
	for _, t := range l.asked {
		t.listing = report.Listing{List: l.zone, Target: t.address.String(), Codes: []string{}, Result: report.ListingUnknown, Why: why}
	}
}

// test is that of a family, or nil.
func (l *listSeen) test(v6 bool) *listTest {
	for _, t := range l.tests {
		if t.v6 == v6 {
			return t
		}
	}
	return nil
}

// look asks for both entries: "The combination of a test address that MUST exist and an
// address that MUST NOT exist allows a client system to check that a domain still contains
// DNSxL data, and to defend against DNSxLs that deliberately or by accident install a
// wildcard" (RFC 5782 section 5).
func (t *listTest) look(ctx context.Context, asks dns.Resolver, zone string) {
	defer func() {
		if v := recover(); v != nil {
			t.result, t.why = report.ListingUnknown, failedHere(v)
		}
	}()
	has, no := netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.1")
	if t.v6 {
		has, no = netip.MustParseAddr("::ffff:127.0.0.2"), netip.MustParseAddr("::ffff:127.0.0.1")
	}
	var wg sync.WaitGroup
	wg.Go(func() { t.has = ask(ctx, asks, listName(has, zone), dns.A) })
	t.no = ask(ctx, asks, listName(no, zone), dns.A)
	wg.Wait()
	first, why := listResult(t.has, zone)
	second, whySecond := listResult(t.no, zone)
	switch {
	case first == report.NotListed && t.v6:
		t.result, t.why = report.ListingUnusable, "it does not list ::ffff:127.0.0.2, as a list of IPv6 addresses must: it may be one of IPv4 alone"
	case first == report.NotListed:
		t.result, t.why = report.ListingUnusable, "it does not list 127.0.0.2, as every list must: it is empty, or is no list"
	case first != report.Listed:
		t.result, t.why = first, why
	case second == report.Listed:
		t.result, t.why = report.ListingUnusable, fmt.Sprintf("it lists %s, as no list may: it lists everything", no)
	case second != report.NotListed:
		t.result, t.why = second, whySecond
	default:
		t.result = report.Listed
	}
}

// look asks about the address, and for the reason where it is listed.
func (t *listAsked) look(ctx context.Context, asks dns.Resolver, zone string) {
	l := &t.listing
	defer func() {
		if v := recover(); v != nil {
			l.Result, l.Why = report.ListingUnknown, failedHere(v)
		}
	}()
	name := listName(t.address, zone)
	t.a = ask(ctx, asks, name, dns.A)
	l.Result, l.Why = listResult(t.a, zone)
	if t.a.answer != nil {
		for _, a := range t.a.addresses()[:min(len(t.a.addresses()), maxListCodes)] {
			l.Codes = append(l.Codes, a.String())
		}
	}
	if l.Result != report.Listed {
		return
	}
	if t.txt = ask(ctx, asks, name, dns.TXT); t.txt.answer != nil && len(t.txt.answer.Records) > 0 {
		l.Text = clipped(string(t.txt.answer.Records[0].Text), maxListText)
	}
}

// listName is the name under which an address stands in a list: its octets or, of IPv6, its
// nibbles in reverse (RFC 5782 sections 2.1 and 2.4).
func listName(a netip.Addr, zone string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	octets := a.AsSlice()
	for _, o := range slices.Backward(octets) {
		if len(octets) == 4 {
			fmt.Fprintf(&b, "%d.", o)
			continue
		}
		b.Write([]byte{hex[o&15], '.', hex[o>>4], '.'})
	}
	return b.String() + zone
}
