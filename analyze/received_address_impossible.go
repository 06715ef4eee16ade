package analyze

import (
	"context"
	"net/netip"

	"mailtrace/received"
	"mailtrace/report"
)

var addressImpossible = check{
	Rule: report.Rule{
		ID:    "received.address-impossible",
		Title: "Where a sending host's address belongs stands something that cannot be one",
		Max:   report.Critical,
		Explain: `A mail server reads the address of the computer that connects to it from the connection itself, so
it always writes a real one. Here a date, a number over 255 or an address from which nobody can
connect stands in that place: no mail server wrote this line, it is made up, and older lines that
only this one supports prove nothing. Do not report or blame anyone named in it; they are
bystanders. Go by the hop that the recipient's own server saw.`,
		Innocent: `None is known. Addresses that someone blotted out before handing the message on (x.x.x.x,
addresses reserved for examples, empty brackets) are left alone.`,
		Refs: []string{"RFC 5321 section 4.4", "RFC 6890 section 2.2.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hops {
			h := &s.hops[i]
			var f report.Finding
			switch {
			case s.has(i, received.DateInAddress):
				f = s.proof(i, report.DisprovesHop, "where the address of the sending host belongs stands a date: %s", h.From.AddressText)
			case s.has(i, received.ImpossibleAddress):
				f = s.proof(i, report.DisprovesHop, "%s is no address: the numbers of one go up to 255", h.From.AddressText)
			case noPeer(h.From.Address):
				f = s.proof(i, report.DisprovesHop, "no connection can come from %s", h.From.Address)
			default:
				continue
			}
			f.Evidence = append(f.Evidence, s.part(i, received.Span{}))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// noPeer says whether no TCP connection can come from an address: multicast, and
// what is set aside as "this network" or reserved (RFC 6890 section 2.2.2). The
// unspecified addresses are left out: programs print them for want of another.
func noPeer(a netip.Addr) bool {
	if a.Is4() {
		first := a.As4()[0]
		return first == 0 && !a.IsUnspecified() || first >= 224
	}
	return a.IsMulticast()
}
