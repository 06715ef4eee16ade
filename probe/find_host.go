package probe

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// The words of report.Host.Status that are not those of the DNS.
const (
	statusReserved = "reserved" // All addresses are forbidden.
	statusAddress  = "address"  // The name is an address.
)

// answered is a truth that the DNS may have left open.
type answered int

const (
	unknown answered = iota
	no
	yes
)

// resolve asks for the addresses of all hosts at one time; for those of a name that
// has two roles once, as the Resolver of a report keeps its answers.
func (s *servers) resolve(ctx context.Context, asks dns.Resolver) {
	var wg sync.WaitGroup
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.Role != report.RoleNamed && !isHost(h.Name) {
			continue
		}
		if !s.noIPv4 {
			wg.Go(func() { h.a = ask(ctx, asks, h.Name, dns.A) })
		}
		if !s.noIPv6 {
			wg.Go(func() { h.aaaa = ask(ctx, asks, h.Name, dns.AAAA) })
		}
	}
	wg.Wait()
	for i := range s.hosts {
		s.hosts[i].settle(s.private)
	}
}

// isHost says whether a name of the DNS is one of a host, which is letters, digits and
// hyphens (RFC 5321 section 2.3.5); underscores are let pass, as most senders do. An
// address, and octets that are no text, are not asked for.
func isHost(name string) bool {
	return !numeric(name) && domain.ASCII(name) == name
}

// settle takes together what was answered.
func (h *host) settle(private bool) {
	v4, v6 := h.a.addresses(), h.aaaa.addresses()
	h.addresses, h.beyond = bounded(v4, v6)
	for _, l := range [...]lookup{h.a, h.aaaa} {
		if l.answer != nil && len(l.answer.Alias) > 0 {
			h.Alias = l.answer.Alias
		}
		if l.err != nil && h.Cause == "" {
			h.Cause = string(l.err.Cause)
		}
	}
	switch {
	case numeric(h.Name):
		h.Status = statusAddress
	case len(v4)+len(v6) > 0 && !private && h.fit(private) == no:
		h.Status = statusReserved
	case len(v4)+len(v6) > 0:
		h.Status = string(dns.Found)
	case h.Cause != "":
		h.Status = string(dns.Failed)
	case !isHost(h.Name):
		h.Status, h.Cause = string(dns.Failed), string(dns.BadName)
	case h.a.missing() && h.aaaa.missing() || !h.a.asked() && h.aaaa.missing() || !h.aaaa.asked() && h.a.missing():
		h.Status = string(dns.NXDomain)
	default:
		h.Status = string(dns.NoData)
	}
}

// addresses are those of the answer, each once, as the DNS has them: senders "MUST try
// them in the order presented" (RFC 5321 section 5.1).
func (l lookup) addresses() []netip.Addr {
	if l.answer == nil {
		return nil
	}
	var all []netip.Addr
	seen := make(map[netip.Addr]bool, len(l.answer.Records))
	for i := range l.answer.Records {
		if a := l.answer.Records[i].Address; !seen[a] {
			seen[a] = true
			all = append(all, a)
		}
	}
	return all
}

func (l lookup) asked() bool   { return l.answer != nil || l.err != nil }
func (l lookup) missing() bool { return l.answer != nil && l.answer.Status == dns.NXDomain }

// open says that it may or may not have records.
func (l lookup) open() bool { return l.answer == nil && (l.err == nil || l.err.Temporary()) }

// bounded joins the addresses of both families, IPv4 first, and parts off what is
// beyond maxAddresses, so that a family with many does not push the other out.
func bounded(v4, v6 []netip.Addr) (kept, beyond []netip.Addr) {
	take4 := min(len(v4), max(maxAddresses/2, maxAddresses-len(v6)))
	take6 := min(len(v6), maxAddresses-take4)
	return slices.Concat(v4[:take4], v6[:take6]), slices.Concat(v4[take4:], v6[take6:])
}

// takesMail says whether mail from other servers comes to the host.
func (h *host) takesMail() bool {
	return h.Role == report.RoleMX || h.Role == report.RoleImplicitMX
}

// fit says whether the host has an address that senders can connect to.
func (h *host) fit(private bool) answered {
	for _, list := range [...][]netip.Addr{h.addresses, h.beyond} {
		for _, a := range list {
			if private || forbidden(a) == "" {
				return yes
			}
		}
	}
	if h.Status == statusAddress || h.Cause == string(dns.BadName) {
		return no
	}
	if h.a.open() || h.aaaa.open() {
		return unknown
	}
	return no
}

// lacks says in words why the host has no address that can be used.
func (s *servers) lacks(h *host) string {
	for _, l := range [...]lookup{h.a, h.aaaa} {
		if l.err != nil {
			return inWords(l.err)
		}
	}
	switch {
	case h.Status == statusReserved:
		return "its address, " + h.addresses[0].String() + ", is not public"
	case h.Status == statusAddress:
		return "that is an address and no name"
	case h.Cause == string(dns.BadName):
		return "that is no name of a host"
	case h.Status == string(dns.NXDomain):
		return "there is no such name"
	case s.noIPv4:
		return "it has no IPv6 address, and IPv4 was not wanted"
	case s.noIPv6:
		return "it has no IPv4 address, and IPv6 was not wanted"
	}
	return "the name exists and has no address record"
}

// inWords says why there is no answer, for people.
func inWords(e *dns.Error) string {
	why := map[dns.Cause]string{
		dns.Timeout:   "the DNS did not answer in time",
		dns.ServFail:  "the DNS servers of the name failed (SERVFAIL)",
		dns.Refused:   "the DNS server refused to answer",
		dns.Malformed: "what the DNS server sent was no answer",
		dns.Network:   "no DNS server could be reached",
		dns.Canceled:  "the look-up was stopped",
		dns.AliasLoop: "its aliases (CNAME) lead in a circle, or on and on",
		dns.BadName:   "the name cannot be asked for",
		dns.Offline:   "no DNS server may be asked",
		dns.NotKept:   "the recording holds no answer",
		dns.OverLimit: "the bound of questions, or of the time for them, was reached",
		dns.Withheld:  "the question would tell a stranger too much",
	}[e.Cause]
	if why == "" {
		why = string(e.Cause)
	}
	if e.Secure == dns.Bogus {
		why = "the DNSSEC signatures of the answer are wrong"
		if e.Err != nil { // A Validator knows more.
			if more, ok := strings.CutPrefix(e.Err.Error(), dns.ValidationFailed+": "); ok {
				why += " (" + more + ")"
			}
		}
	}
	if e.Server != "" {
		why += ", asked at " + strings.TrimSuffix(e.Server, ":53")
	}
	return why
}
