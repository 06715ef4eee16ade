package probe

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// This file looks for the TLSA records of the servers of a domain, as a sender of mail has
// to (RFC 7672 section 2.2), and of those for users (RFC 8314 section 4.5.4), and says what
// they are worth. At most maxDANE hosts and ports are looked at, each with two questions, or
// three where its name is an alias.
const maxDANE = 2 * maxHosts

// daneSight is what was seen of the TLSA records of one host, for one port.
type daneSight struct {
	host   *host
	port   uint16
	way    lookup       // That leads to the host: MX or SRV records; of a host that the user named, none.
	base   string       // The TLSA base domain, which a certificate may name.
	owner  string       // Where the records are, or would be: "_25._tcp." and the base domain; the number is the port.
	asked  bool         // They were asked for.
	answer *dns.Answer  // That counts; nil where there is none.
	fail   *dns.Error   // Why there is none; nil where there is one, or none was asked for.
	trust  daneTrust    // What the records are worth.
	why    string       // Of it, or why there are no records; "" where there is nothing to say.
	beyond int          // Records that were not looked at: more than maxTLSA.
	seen   []daneSeen   // Of each certificate of each endpoint.
	tlsa   []dns.Record // Of answer, each once and maxTLSA at most.
}

// daneTrust is what records are worth to a sender that honours DANE.
type daneTrust int

const (
	trustNothing    daneTrust = iota // There are no records, or they are not signed: they do not count.
	trustUnverified                  // Not known: nobody was asked who can be believed.
	trustServer                      // They count for the server, but the MX or SRV records that lead to it are not signed.
	trustDomain                      // From the domain to the keys all is signed.
)

// lookForDANE looks at all hosts and ports that are spoken to, at one time.
func (s *servers) lookForDANE(ctx context.Context, asks dns.Resolver) []*daneSight {
	var all []*daneSight
	var wg sync.WaitGroup
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.Status == statusAddress {
			continue // It has no name at which records could be.
		}
		for _, port := range h.ports {
			if len(all) == maxDANE {
				break
			}
			d := &daneSight{host: h, port: port, way: s.wayTo(h), base: h.Name}
			all = append(all, d)
			wg.Go(func() {
				defer d.contain()
				d.look(ctx, asks, s)
			})
		}
	}
	wg.Wait()
	return all
}

// wayTo is the answer that leads to a host; that of one which the user named has neither
// answer nor error.
func (s *servers) wayTo(h *host) lookup {
	switch h.Role {
	case report.RoleSubmission:
		return s.submission
	case report.RoleSubmissions:
		return s.submissions
	case report.RoleNamed:
		return lookup{}
	}
	return s.mx
}

// contain turns a fault of ours into records of which nothing is known: it costs nothing
// else of the report.
func (d *daneSight) contain() {
	if v := recover(); v != nil {
		d.trust, d.why = trustUnverified, fmt.Sprintf("looking for them failed: %v; please report this to the authors of mailtrace", v)
	}
}

// look goes through the names at which the records may be, and stops at the first that has
// signed ones (RFC 7672 section 2.2.3).
func (d *daneSight) look(ctx context.Context, asks dns.Resolver, s *servers) {
	addresses, candidates := d.candidates(ctx, asks, s)
	d.owner = tlsaOwner(d.base, d.port)
	for _, base := range candidates {
		d.asked = true
		found := ask(ctx, asks, tlsaOwner(base, d.port), dns.TLSA)
		switch {
		case found.err != nil:
			// "Any errors during TLSA lookups MUST [...] cause the SMTP server in
			// question to be treated as unreachable" (RFC 7672 section 2.2.1).
			d.base, d.owner, d.answer, d.fail = base, tlsaOwner(base, d.port), nil, found.err
			d.failed(addresses, d.waySecure())
			return
		case len(found.answer.Records) == 0 || d.answer != nil && found.answer.Secure == dns.Insecure:
			continue
		}
		d.base, d.owner, d.answer = base, tlsaOwner(base, d.port), found.answer
		if found.answer.Secure != dns.Insecure {
			break
		}
	}
	d.weigh(addresses, d.waySecure())
}

// tlsaOwner is where the TLSA records of a base domain are (RFC 6698 section 3).
func tlsaOwner(base string, port uint16) string { return fmt.Sprintf("_%d._tcp.%s", port, base) }

// tlsaPort is the port, and tlsaBase the base domain, of such a name; 0 and the name where
// it is none.
func tlsaPort(owner string) int {
	number, _, ok := strings.Cut(strings.TrimPrefix(owner, "_"), "._tcp.")
	n, err := strconv.ParseUint(number, 10, 16)
	if !ok || err != nil {
		return 0
	}
	return int(n)
}

func tlsaBase(owner string) string {
	if _, base, ok := strings.Cut(owner, "._tcp."); ok {
		return base
	}
	return owner
}

// candidates are the base domains to try, and what the way to them is worth: "if it is
// possible to securely obtain the full, CNAME-expanded, DNSSEC-validated address records
// for the input domain, then that name is the preferred TLSA base domain. Otherwise, the
// unexpanded input domain is the candidate" (RFC 7672 section 2.2.2). Where there is none,
// why says so.
func (d *daneSight) candidates(ctx context.Context, asks dns.Resolver, s *servers) (dns.Secure, []string) {
	h := d.host
	addresses, found := h.secure()
	if !found {
		d.why = "it has no address, and TLSA records are not asked for"
		for _, l := range [...]lookup{h.a, h.aaaa} {
			if l.err != nil && d.fail == nil {
				d.fail = l.err
				d.failed(dns.Insecure, d.waySecure())
			}
		}
		return dns.Insecure, nil
	}
	names := []string{h.Name}
	if h.Role == report.RoleImplicitMX && s.domain != h.Name {
		names = []string{s.domain, h.Name} // The domain is an alias.
	}
	for _, l := range [...]lookup{h.a, h.aaaa} {
		if l.answer != nil && len(l.answer.Records) > 0 {
			names = append(names, l.answer.Alias...)
			break
		}
	}
	first, last := names[0], names[len(names)-1]
	d.base = first
	switch {
	case addresses != dns.Insecure && first != last:
		return addresses, []string{last, first}
	case addresses == dns.Insecure && first != last:
		// "Insecure CNAME": where the alias itself is signed, the records may be at the
		// original name.
		alias := ask(ctx, asks, first, dns.CNAME)
		if alias.answer != nil {
			addresses = alias.answer.Secure
		}
	}
	if addresses == dns.Insecure && d.forUsers() {
		// They "MUST NOT be advertised unless they are signed" (RFC 8314 section 4.5.4): that is looked at.
		return addresses, []string{first}
	}
	if addresses == dns.Insecure {
		// "The SMTP client SHOULD NOT proceed to search for any associated TLSA records."
		d.why = "its address is not signed by DNSSEC, so that senders do not ask for TLSA records"
		return addresses, nil
	}
	return addresses, []string{first}
}

// secure is what the addresses of the host are worth, and whether there are any.
func (h *host) secure() (worth dns.Secure, found bool) {
	worth = dns.SecureYes
	for _, l := range [...]lookup{h.a, h.aaaa} {
		if l.answer != nil && len(l.answer.Records) > 0 {
			worth, found = lessSecure(worth, l.answer.Secure), true
		}
	}
	return worth, found
}

// waySecure is what the records are worth that lead to the host. Where the user named it
// nothing needs to.
func (d *daneSight) waySecure() dns.Secure {
	switch {
	case d.host.Role == report.RoleNamed:
		return dns.SecureYes
	case d.way.answer == nil:
		return dns.Unverified
	}
	return d.way.answer.Secure
}

// wayName is what leads to the host: "the MX".
func (d *daneSight) wayName() string {
	if d.forUsers() {
		return "the SRV"
	}
	return "the MX"
}

// mxSecure is what the answer about MX is worth.
func (s *servers) mxSecure() dns.Secure {
	if s.mx.answer == nil {
		return dns.Unverified
	}
	return s.mx.answer.Secure
}

// lessSecure is what two answers together are worth.
func lessSecure(a, b dns.Secure) dns.Secure {
	for _, s := range [...]dns.Secure{dns.Unverified, dns.Insecure} {
		if a == s || b == s {
			return s
		}
	}
	return dns.SecureYes
}

// weigh says what the records that were found are worth.
func (d *daneSight) weigh(addresses, mx dns.Secure) {
	if d.answer == nil {
		if d.asked && addresses == dns.Unverified {
			d.why = "whether that there are no records is signed could not be verified"
		}
		return
	}
	for _, r := range d.answer.Records {
		same := func(o dns.Record) bool {
			return o.TLSA.Usage == r.TLSA.Usage && o.TLSA.Selector == r.TLSA.Selector && o.TLSA.Matching == r.TLSA.Matching &&
				string(o.TLSA.Data) == string(r.TLSA.Data)
		}
		switch { // A set holds each record once (RFC 2181 section 5).
		case slices.ContainsFunc(d.tlsa, same):
		case len(d.tlsa) == maxTLSA:
			d.beyond++
		default:
			d.tlsa = append(d.tlsa, r)
		}
	}
	switch {
	case d.answer.Secure == dns.Insecure, addresses == dns.Insecure:
		d.why = "the TLSA records are not signed by DNSSEC, and do not count"
	case lessSecure(lessSecure(addresses, d.answer.Secure), mx) == dns.Unverified:
		d.trust, d.why = trustUnverified, "the DNS answers could not be verified"
	case mx == dns.Insecure:
		d.trust, d.why = trustServer, d.wayName()+" records are not signed by DNSSEC: they can be forged, and DANE does not protect the domain"
	default:
		d.trust = trustDomain
	}
	if d.beyond > 0 {
		d.why = strings.TrimPrefix(d.why+fmt.Sprintf("; %d more TLSA records are not looked at", d.beyond), "; ")
	}
}

// failed says what it is worth that there was no answer. A sender passes the host over
// where it knows that the zone is signed; what is of our own making, or unverified, says
// nothing of other senders.
func (d *daneSight) failed(addresses, mx dns.Secure) {
	d.why = inWords(d.fail)
	if d.fromServers() {
		if d.fail.Secure == dns.Bogus || addresses == dns.SecureYes {
			d.trust = trustDomain
			if mx == dns.Insecure {
				d.trust = trustServer
			}
			return
		}
	}
	d.trust = trustUnverified
}

// fromServers says whether the failure may be one that other senders meet too.
func (d *daneSight) fromServers() bool {
	switch d.fail.Cause {
	case dns.Timeout, dns.ServFail, dns.Refused, dns.Malformed, dns.AliasLoop:
		return true
	}
	return false
}
