package probe

import (
	"fmt"
	"net/netip"
	"slices"

	"mailtrace/report"
)

// leg is what comes of trying one address of one server, or of the whole walk.
type leg struct {
	result   report.Delivery // Delivered; or, where the sender goes on, what it does if there is nobody else: deferred, bounced, undecided.
	host     *report.Host    // Nil where it is about none.
	endpoint *report.Endpoint
	why      string
	goesBy   string   // What the sender goes by: in front of the reason.
	rules    []string // Ids of the rules whose findings decide.
	passed   []leg    // That the sender tried before.
}

func (l *leg) delivers() bool {
	return l.result == report.DeliveredVerified || l.result == report.DeliveredEncrypted || l.result == report.DeliveredClear
}

func (l *leg) name() string {
	if l.host == nil || !l.delivers() {
		return ""
	}
	return l.host.Name
}

func (l *leg) address() netip.Addr {
	if l.endpoint == nil || !l.delivers() {
		return netip.Addr{}
	}
	return l.endpoint.Address
}

// walk is the way of one sender from server to server.
type walk struct {
	r      *report.Report
	hosts  []*report.Host                   // By preference.
	only   func(a netip.Addr) bool          // The addresses that the sender can reach; all when nil.
	signed bool                             // What of DANE is not known to be signed is taken to be so.
	now    report.Delivery                  // What becomes of mail that no server is left for, if at least one may be tried again.
	never  func(h *report.Host) (leg, bool) // Hosts that the sender passes over unseen; none when nil.
}

// try is what a sender does at one address.
type try func(h *report.Host, e *report.Endpoint) leg

// through goes from server to server until one takes the mail. Servers of the same
// preference are tried at random (RFC 5321 section 5.1): the worst of them counts.
func (w *walk) through(try try) leg {
	var passed []leg
	for i := 0; i < len(w.hosts); {
		end := i + 1
		for end < len(w.hosts) && preference(w.hosts[end]) == preference(w.hosts[i]) {
			end++
		}
		var takers []leg
		for _, h := range w.hosts[i:end] {
			l, before := w.host(h, try)
			passed = append(passed, before...)
			if l != nil {
				takers = append(takers, *l)
			}
		}
		if len(takers) > 0 {
			return w.delivered(takers, passed)
		}
		i = end
	}
	return w.failed(passed)
}

// host tries one server, at each address in order. The first leg is nil where none takes
// the mail.
func (w *walk) host(h *report.Host, try try) (*leg, []leg) {
	if w.never != nil {
		if l, never := w.never(h); never {
			l.host = h
			return nil, []leg{l}
		}
	}
	var passed []leg
	for k := range h.Endpoints {
		e := &h.Endpoints[k]
		if e.Port != smtpPort || w.only != nil && !w.only(e.Address) {
			continue
		}
		l := try(h, e)
		l.host, l.endpoint = h, e
		if l.delivers() {
			return &l, passed
		}
		passed = append(passed, l)
	}
	if len(passed) == 0 {
		l := w.addressless(h)
		l.host = h
		passed = append(passed, l)
	}
	return nil, passed
}

// addressless is the leg at a host that has no address the sender could use.
func (w *walk) addressless(h *report.Host) leg {
	family, kind := "", ""
	if w.only != nil {
		family, kind = "IPv4 ", "A"
		if w.only(netip.IPv6Unspecified()) {
			family, kind = "IPv6 ", "AAAA"
		}
	}
	rules := []string{"dns.mx-unresolved", "dns.mx-none-usable", "dns.mx-is-address", "dns.mx-ipv6-only"}
	asked := kind == "" || !slices.ContainsFunc(w.r.DNS, func(d report.DNS) bool { return d.Name == h.Name && d.Type != kind && d.Type != "MX" }) ||
		slices.ContainsFunc(w.r.DNS, func(d report.DNS) bool { return d.Name == h.Name && d.Type == kind })
	switch {
	case h.Status == "failed", h.Cause != "", h.Status == "":
		return leg{result: report.DeliveryUndecided, why: fmt.Sprintf("the DNS did not say whether %s has an %saddress", called(h), family), rules: rules}
	case slices.ContainsFunc(h.Endpoints, func(e report.Endpoint) bool { return w.only == nil || w.only(e.Address) }):
		return leg{result: report.DeliveryUndecided, why: fmt.Sprintf("%s was not asked at port 25", called(h))}
	case !asked:
		return leg{result: report.DeliveryUndecided, why: fmt.Sprintf("%saddresses were not asked for", family), rules: rules}
	}
	return leg{result: report.DeliveryBounced, why: fmt.Sprintf("%s has no %saddress", called(h), family), rules: rules}
}

// worstFirst orders what a server that takes the mail does to it.
var worstFirst = []report.Delivery{report.DeliveredClear, report.DeliveredEncrypted, report.DeliveredVerified}

// delivered is the leg of a walk that ends at one of the servers of a preference.
func (w *walk) delivered(takers, passed []leg) leg {
	l := slices.MinFunc(takers, func(a, b leg) int {
		return slices.Index(worstFirst, a.result) - slices.Index(worstFirst, b.result)
	})
	if other := slices.IndexFunc(takers, func(t leg) bool { return t.result != l.result }); other >= 0 {
		l.why += "; senders choose at random, and " + called(takers[other].host) + " does better"
	}
	for i := range passed {
		if p := &passed[i]; p.host != l.host || p.endpoint != l.endpoint {
			l.why += "; before it: " + p.why
			break
		}
	}
	l.passed = passed
	return l
}

// failed is the leg of a walk on which no server takes the mail. It waits if there is
// anything to wait for (RFC 5321 section 4.5.4.1), and comes back if nothing is.
func (w *walk) failed(passed []leg) leg {
	l := leg{result: report.DeliveryBounced, passed: passed}
	for _, result := range [...]report.Delivery{report.DeliveryUndecided, report.DeliveryDeferred, report.DeliveryBounced} {
		i := slices.IndexFunc(passed, func(p leg) bool { return p.result == result })
		if i < 0 {
			continue
		}
		// What a server that answers lacks says more than that another does not answer.
		if k := slices.IndexFunc(passed, func(p leg) bool {
			return p.result == result && p.endpoint != nil && p.endpoint.Hello != report.HelloNone
		}); k >= 0 {
			i = k
		}
		l.result, l.why = result, passed[i].why
		switch n := distinct(passed) - 1; {
		case n == 1:
			l.why += "; nor does the other server take the mail"
		case n > 1:
			l.why += fmt.Sprintf("; nor do the %d others take the mail", n)
		}
		break
	}
	if l.result == report.DeliveryDeferred {
		l.result = w.now
	}
	return l
}

// distinct is how many hosts the legs are about.
func distinct(legs []leg) int {
	var hosts []*report.Host
	for i := range legs {
		if !slices.Contains(hosts, legs[i].host) {
			hosts = append(hosts, legs[i].host)
		}
	}
	return len(hosts)
}

// maxCalled is how much of the name of a host stands in a reason.
const maxCalled = 40

// called is the name of a host, cut at its end where it is long.
func called(h *report.Host) string { return clipped(h.Name, maxCalled) }
