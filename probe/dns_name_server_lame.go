package probe

import (
	"context"
	"fmt"

	"mailtrace/report"
)

var nameServerLame = check{
	Rule: report.Rule{
		ID:    "dns.name-server-lame",
		Title: "A name server of the domain does not answer for it",
		Max:   report.Warning,
		Explain: `An NS record names this server, and it does not hold the zone, or has no address. Resolvers that come to it have to
try another one: look-ups take longer, and fail when the others are away. Take it out of the NS records, both in the zone
and where the zone is delegated, or set the zone up on it.`,
		Innocent: `The domain moved to other name servers, and one of the old ones is still named.`,
		Measured: notMeasured + " It rests on asking each server by itself.",
		Refs:     []string{"RFC 1912 section 2.8", "RFC 1034 section 4.2.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.ns == nil {
			return nil, nil, nil
		}
		var found []report.Finding
		for _, e := range s.ns.places {
			if e.status != serverLame {
				continue
			}
			f := s.finding(report.Warning, "the name server %s does not answer for %s: %s", e.name, spelled(s.ns.zone), e.why)
			f.Host, f.Address, f.Evidence = e.name, e.address, s.ns.evidence(e)
			found = append(found, f)
		}
		var undecided []report.Undecided
		for _, n := range s.ns.servers {
			h := &host{a: n.a, aaaa: n.aaaa}
			h.Name = n.name
			switch h.settle(true); {
			case len(h.addresses) > 0:
			case h.fit(true) != no:
				undecided = append(undecided, h.undecided("whether this name server has an address is not known: %s", s.lacks(h)))
			case s.noIPv4 || s.noIPv6: // It may have one of the other family.
			default:
				f := h.finding(report.Warning, "the name server %s of %s has no address: %s", shortened(n.name), spelled(s.ns.zone), s.lacks(h))
				if f.Evidence = h.addressEvidence(); len(f.Evidence) == 0 {
					f.Evidence = recordEvidence(s.ns.ns.answer, s.ns.ns.answer.Records)
				}
				if len(f.Evidence) == 0 {
					return nil, nil, fmt.Errorf("no evidence for %s", n.name)
				}
				found = append(found, f)
			}
		}
		return found, undecided, nil
	},
}
