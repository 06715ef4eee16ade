package probe

import (
	"context"
	"fmt"
	"net/netip"

	"mailtrace/report"
)

var mxOrder = check{
	Rule: report.Rule{
		ID:    "dns.mx-order",
		Title: "In which order senders try the mail servers, and where they have no choice",
		Max:   report.Info,
		Explain: `Senders try the server with the lowest preference first, and the others when it does not answer. Among those of
the same preference they choose at random, so mail is spread over them. Where there is one address only,
mail waits at the sender while it does not answer, for hours or days, and is not lost at once. Nothing
has to be done.`,
		Innocent: "Both are common and right: equal preferences share the load, and a small domain has one server.",
		Measured: notMeasured + " It rests on RFC 5321.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 5321 section 4.5.4.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		found := s.equals()
		if f, ok := s.onlyOne(); ok {
			found = append(found, f)
		}
		var undecided []report.Undecided
		if len(s.beyond) > 0 {
			f := s.finding(report.Info, "%s has %d mail servers; the first %d were looked at, not %s", spelled(s.domain), maxHosts+len(s.beyond), maxHosts, firstOf(s.beyond, spelled))
			f.Evidence = s.mx.evidence()
			found = append(found, f)
			undecided = append(undecided, report.Undecided{Why: fmt.Sprintf("%d of the mail servers of %s were not looked at, because %d are the most that are: %s",
				len(s.beyond), spelled(s.domain), maxHosts, firstOf(s.beyond, spelled))})
		}
		for i := range s.servers.hosts {
			if h := &s.servers.hosts[i]; len(h.beyond) > 0 {
				f := h.finding(report.Info, "the host has %d addresses; %d were looked at, not %s", len(h.addresses)+len(h.beyond), len(h.addresses), firstOf(h.beyond, addrText))
				f.Evidence = h.addressEvidence()
				found = append(found, f)
				undecided = append(undecided, h.undecided("%d of the addresses of the host were not connected to, because %d are the most that are: %s",
					len(h.beyond), maxAddresses, firstOf(h.beyond, addrText)))
			}
		}
		return found, undecided, nil
	},
}

// equals are the groups of MX hosts that have one preference, without those that no
// sender can use.
func (s *servers) equals() []report.Finding {
	var found []report.Finding
	var group []*host
	end := func() {
		if len(group) > 1 {
			f := s.finding(report.Info, "%s have the same preference, %d: senders choose among them at random", firstOf(group, nameOf), *group[0].Preference)
			for _, h := range group {
				f.Evidence = append(f.Evidence, s.exchange(h.Name)...)
			}
			found = append(found, f)
		}
		group = nil
	}
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.Role != report.RoleMX || h.fit(s.private) == no {
			continue
		}
		if len(group) > 0 && *group[0].Preference != *h.Preference {
			end()
		}
		group = append(group, h)
	}
	end()
	return found
}

// onlyOne says that all mail goes to one address, where that is certain.
func (s *servers) onlyOne() (report.Finding, bool) {
	seen := map[netip.Addr]*host{}
	for i := range s.hosts {
		h := &s.hosts[i]
		if !h.takesMail() {
			continue
		}
		if h.a.open() && h.asks() || h.aaaa.open() && h.asks() || len(h.beyond) > 0 {
			return report.Finding{}, false
		}
		for _, a := range h.addresses {
			seen[a] = h
		}
	}
	if len(seen) != 1 || len(s.beyond) > 0 {
		return report.Finding{}, false
	}
	for a, h := range seen {
		f := h.finding(report.Info, "all mail for %s goes to one address, %s: while it does not answer, senders have no other one to try, and wait", spelled(s.domain), a)
		f.Evidence = s.led(h)
		return f, true
	}
	return report.Finding{}, false
}

// asks says whether the DNS is asked for the addresses of the host at all.
func (h *host) asks() bool { return h.Status != statusAddress && isHost(h.Name) }
