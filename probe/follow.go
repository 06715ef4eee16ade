package probe

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// A message is followed to what it names: are the keys of its signatures still there, is
// the host that took it one that takes mail for its recipient, and is that host what its
// line says of it. The DNS is asked, and one conversation is had, with a host of the
// recipient's side. Whom only the sender's story names is not connected to: a mail must
// not be able to steer us to an address.

// Bounds on what one message makes us ask. Its sender wrote the signatures.
const (
	maxFollowedKeys = 8 // Names of keys.

	// recently is how long after a mail came all should be as it was then: keys are kept
	// that long (RFC 5863 section 3.4, RFC 5321 section 4.5.4.1), servers longer.
	recently = 7 * 24 * time.Hour
)

// followed is what a report on a message names, and what is there now.
type followed struct {
	keys []*followedKey
	more bool // There are more than maxFollowedKeys.

	hop       *report.Hop // The line of the border: the host that took the message from outside; nil for none.
	border    string      // Its name, in A-labels.
	recipient string      // The domain for which it took the message.
	unknown   string      // Why there is no border to be followed.
	certain   bool        // The user named the recipient's hosts.
	old       bool        // It came longer ago than recently, or that is not known.
	at        time.Time   // When it came; zero when that is not known.

	servers *servers // That take mail for the recipient's domain.
	host    *servers // The border, by its name.
	mx      answered // The border is one of those servers.
	alone   string   // Why nobody was connected to.
	talk    *place   // The conversation with the border; nil for none.

	peer netip.Addr      // That handed the message over.
	of   []*followedName // What it was called.
}

// followedKey is the key of a signature.
type followedKey struct {
	domain, selector, name string // The last is where it stands.
	withheld               bool   // It was not asked for: its name holds a recipient.
	found                  lookup
}

// followedName is a name of the host that handed the message over.
type followedName struct {
	what, name string
	withheld   bool
	a          lookup
}

// Follow adds to a report on a message what is there now of what it names: to its Hosts,
// Findings, Undecided, Rules, DNS and Cost. What else the report says stays as it is.
// PlanFollow tells beforehand what it does.
func (p *Prober) Follow(ctx context.Context, r *report.Report) {
	began := time.Now()
	now := p.now()
	recorder := p.recorder()
	own := report.New(report.KindTrace)
	defer func() {
		if v := recover(); v != nil {
			own = report.New(report.KindTrace)
			for i := range followChecks {
				own.Undecided = append(own.Undecided, report.Undecided{Rule: followChecks[i].ID, Why: failedHere(v)})
			}
			own.Rules = named(own)
		}
		reportDNS(own, recorder)
		own.Cost.Milliseconds = time.Since(began).Milliseconds()
		join(r, own)
	}()
	f := follows(r, now)
	s := &subject{servers: p.servers(), now: now, helo: p.HELO, follow: f}
	p.lookUp(ctx, recorder, f)
	p.converseWithBorder(ctx, s, own)
	s.judge(ctx, own, followChecks)
	for i := range own.Findings {
		own.Findings[i].Weight = report.Ordinary // What is now says little of what was then.
	}
}

// lookUp asks the DNS, for all at one time.
func (p *Prober) lookUp(ctx context.Context, asks dns.Resolver, f *followed) {
	var wg sync.WaitGroup
	contained := make(chan any, maxFollowedKeys+4) // A panic of one of them, for the caller to contain.
	run := func(work func()) {
		wg.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					contained <- v
				}
			}()
			work()
		})
	}
	for _, k := range f.keys {
		if !k.withheld {
			run(func() { k.found = ask(ctx, asks, k.name, dns.TXT) })
		}
	}
	for _, n := range f.of {
		if !n.withheld {
			run(func() { n.a = ask(ctx, asks, n.name, addressType(f.peer)) })
		}
	}
	if f.hop != nil {
		run(func() { f.host = p.named(ctx, asks, f.border, []uint16{p.mxPorts()[0]}) })
		if f.recipient != "" {
			run(func() { f.servers = p.find(ctx, asks, f.recipient) })
		}
	}
	wg.Wait()
	select {
	case v := <-contained:
		panic(v)
	default:
	}
	f.settle()
}

// settle finds out whether the border is a server of the recipient's domain: by its name,
// by an address, or as a host of the same organisation, whose servers share their work. So
// it is where the peer was such a server itself: then the border stands behind a filter.
func (f *followed) settle() {
	if f.servers == nil || f.host == nil {
		return
	}
	f.mx = no
	if f.servers.way == wayUnknown {
		f.mx = unknown
		return
	}
	mine := f.host.hosts[0]
	org := domain.Org(f.border)
	for i := range f.servers.hosts {
		h := &f.servers.hosts[i]
		same := h.Name == f.border || org != "" && domain.Org(h.Name) == org || slices.Contains(h.addresses, f.peer) ||
			slices.ContainsFunc(mine.addresses, func(a netip.Addr) bool { return slices.Contains(h.addresses, a) }) ||
			slices.ContainsFunc(f.of, func(n *followedName) bool { return n.what == "PTR" && domain.Org(n.name) == domain.Org(h.Name) })
		switch {
		case same:
			f.mx = yes
			return
		case h.fit(true) == unknown:
			f.mx = unknown
		}
	}
	if len(f.servers.beyond) > 0 || f.mx == no && mine.fit(true) == unknown {
		f.mx = unknown
	}
}

// converseWithBorder speaks to the border at one address, if it is of the recipient.
func (p *Prober) converseWithBorder(ctx context.Context, s *subject, r *report.Report) {
	f := s.follow
	if f.alone = f.forbids(); f.alone != "" {
		return
	}
	h := &f.host.hosts[0]
	if len(h.addresses) == 0 {
		f.alone = "nobody was connected to: " + f.border + ": " + f.host.lacks(h)
		return
	}
	// One is enough: that which wrote the line, where it is known.
	address := h.addresses[0]
	if by := f.hop.By.Address.Unmap(); slices.Contains(h.addresses, by) {
		address = by
	} else if i := slices.IndexFunc(h.addresses, func(a netip.Addr) bool { return p.AllowPrivate || forbidden(a) == "" }); i >= 0 {
		address = h.addresses[i]
	}
	h.addresses = []netip.Addr{address}
	hosts, visits := p.visitAll(ctx, f.host)
	s.hosts, r.Hosts = hosts, hosts
	p.reportVisits(r, visits)
	if len(hosts) == 1 && len(hosts[0].Endpoints) == 1 {
		f.talk = &place{&r.Hosts[0], &r.Hosts[0].Endpoints[0]}
	}
}

// forbids says why nobody is to be connected to, or "". The border of a mail that the user
// said nothing about is found from the mail: it is connected to only if it takes mail for
// the recipient, as anybody may who has mail for him.
func (f *followed) forbids() string {
	switch {
	case f.hop == nil:
		return f.unknown
	case f.certain || f.mx == yes:
		return ""
	case f.recipient == "":
		return "nobody was connected to: no line of the recipient's side says for whom the mail was, and --own does not name " + f.border
	case f.mx == unknown:
		return "nobody was connected to: whether " + f.border + " takes mail for " + f.recipient + " is not known, and --own does not name it"
	}
	return "nobody was connected to: " + f.border + " does not take mail for " + f.recipient + ", and --own does not name it"
}

// join puts what was found into the report on the message.
func join(r, own *report.Report) {
	r.Hosts = append(r.Hosts, own.Hosts...)
	r.Findings = append(r.Findings, own.Findings...)
	r.Undecided = append(r.Undecided, own.Undecided...)
	r.Rules = append(r.Rules, own.Rules...)
	r.Cost.Connections += own.Cost.Connections
	r.Cost.Questions += own.Cost.Questions
	r.Cost.Milliseconds += own.Cost.Milliseconds
	o := &r.DecidedOn.Observer
	o.Address, o.HELO = own.DecidedOn.Observer.Address, own.DecidedOn.Observer.HELO
	o.Resolver = joined(o.Resolver, own.DecidedOn.Observer.Resolver)
	for i := range own.DNS {
		if !slices.ContainsFunc(r.DNS, func(d report.DNS) bool { return sameAnswer(&d, &own.DNS[i]) }) {
			r.DNS = append(r.DNS, own.DNS[i])
		}
	}
	slices.SortStableFunc(r.DNS, byQuestion)
}
