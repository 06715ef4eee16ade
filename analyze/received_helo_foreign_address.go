package analyze

import (
	"context"
	"net/netip"
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

var heloForeignAddress = check{
	Rule: report.Rule{
		ID:    "received.helo-foreign-address",
		Title: "The sending host introduced itself with an address that is not its own",
		Max:   report.Warning,
		Explain: `A host that connects to a mail server introduces itself (HELO) with its name or, without one, with
its own address in brackets. This one gave the address of somebody else on the internet, as spam
programs and hijacked machines do to lead astray. Only the address that the server itself saw is
evidence. The one in the greeting may be a bystander's: do not report it.`,
		Innocent: `A gateway, a proxy or a balancer that passes on the greeting of the host behind it, and networks
that use public addresses inside. Private addresses in a greeting are common and are not looked
at.`,
		Refs: []string{"RFC 5321 section 4.1.3", "RFC 5321 section 4.1.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hops {
			h := &s.hops[i]
			said, ok := heloAddress(h.From.HELO)
			if !ok || !reachable(said) || !h.From.Address.IsValid() || near(said, h.From.Address) {
				continue
			}
			severity, weight := report.Warning, report.Strong
			if h.Confidence == received.Guess || heloPassedOn(h) {
				severity, weight = report.Info, report.Ordinary
			}
			f := s.about(i, severity, weight, "%s saw %s, which introduced itself as %s", s.host(i), h.From.Address, h.From.HELO)
			f.Evidence = append(f.Evidence, s.part(i, h.Spans.Address), s.part(i, h.Spans.HELO))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// heloAddress reads an address literal, also without its brackets.
func heloAddress(helo string) (netip.Addr, bool) {
	helo = strings.Trim(helo, "[]")
	if rest, ok := strings.CutPrefix(helo, "IPv6:"); ok {
		helo = rest
	}
	a, err := netip.ParseAddr(helo)
	return a.Unmap(), err == nil
}

// reachable says whether an address belongs to somebody in the internet.
func reachable(a netip.Addr) bool { return public(a) && !a.IsMulticast() && !noPeer(a) }

// near says whether two addresses are of one house, as far as addresses tell: the
// same /24 of IPv4, the same /32 of IPv6, which is what one provider is given. Of different families nothing is known.
func near(a, b netip.Addr) bool {
	a, b = a.WithZone(""), b.Unmap().WithZone("")
	if a.Is4() != b.Is4() {
		return true
	}
	bits := 32
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	return err == nil && p.Contains(b)
}

// heloPassedOn says whether a host in front of the one that wrote the line may
// have passed the greeting on: the peer is inside, or of the same house.
func heloPassedOn(h *report.Hop) bool {
	return !public(h.From.Address) || verified(&h.From) && house(h.From.RDNS) != "" && house(h.From.RDNS) == house(h.By.Name)
}
