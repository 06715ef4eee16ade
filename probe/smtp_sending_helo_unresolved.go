package probe

import (
	"context"
	"net/netip"
	"slices"

	"mailtrace/report"
)

var sendingHELOUnresolved = check{
	Rule: report.Rule{
		ID:    "smtp.sending-helo-unresolved",
		Title: "The name that the server calls itself does not lead to its address",
		Max:   report.Warning,
		Explain: `The name in EHLO must be one that the DNS knows, and it should lead to the address that the mail comes from. Receivers
must not refuse mail for that alone, but many score it, and some refuse a name that has no address at all. Give the name an
address record with this address, or let the server say another name.`,
		Innocent: `A server behind a translator of addresses, or one of a farm whose servers share one name.`,
		Measured: notMeasured + " It rests on the DNS.",
		Refs:     []string{"RFC 5321 section 4.1.4", "RFC 5321 section 2.3.5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		v := s.sending
		switch {
		case v == nil || v.name == "":
			return nil, nil, nil // smtp.sending-helo-syntax speaks of what is no name.
		case v.forward.err != nil && v.forward.open():
			return nil, v.undecided("whether %s leads to %s is not known: %s", v.name, v.Address, inWords(v.forward.err)), nil
		case !v.forward.asked():
			return nil, v.failed(), nil
		}
		evidence := append([]report.Evidence{v.saidHELO()}, v.forward.evidence()...)
		all := v.forward.addresses()
		switch {
		case slices.ContainsFunc(all, func(a netip.Addr) bool { return a.Unmap() == v.Address }):
			return nil, nil, nil
		case v.forward.err != nil:
			return v.finding(report.Warning, evidence, "the server calls itself %s, and that name leads nowhere: %s", spelled(v.name), inWords(v.forward.err)), nil, nil
		case len(all) == 0:
			return v.finding(report.Warning, evidence, "the server calls itself %s, and that name has no %s address", spelled(v.name), familyOf(v.Address)), nil, nil
		default:
			return v.finding(report.Warning, evidence, "the server calls itself %s, and that name leads to %s, not to %s", spelled(v.name), firstOf(all, addrText), v.Address), nil, nil
		}
	},
}

// familyOf is a word for the kind of address.
func familyOf(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}
