package analyze

import (
	"context"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/received"
	"mailtrace/report"
)

var heloIsReceiver = check{
	Rule: report.Rule{
		ID:    "received.helo-is-receiver",
		Title: "The sending host introduced itself with the name of the server it talked to",
		Max:   report.Warning,
		Explain: `A host that delivers mail introduces itself (HELO) with its own name. This one gave the name, the
domain or the address of the server that it was talking to, as spam programs do that know no
better name. Do not take the message for one from inside because of that name. Rely only on the
address that the server saw, and on the name that it looked up for it (the reverse name) if it
checked that.`,
		Innocent: `Users who send from outside through their own organisation's server with its domain as their name,
hosts of one organisation whose address has no reverse name, and headers in which names were
replaced.`,
		Refs: []string{"RFC 5321 section 4.1.1.1", "RFC 5321 section 4.1.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for i := range s.hops {
			h := &s.hops[i]
			what := receiversName(h)
			if what == "" || !public(h.From.Address) || ownPeer(h) {
				continue
			}
			severity, weight := report.Info, report.Ordinary
			if s.foreign(i, what) {
				severity, weight = report.Warning, report.Strong
			}
			f := s.about(i, severity, weight, "%s, seen by %s, introduced itself as %s, %s", peerSeen(h), s.host(i), h.From.HELO, what)
			f.Evidence = append(f.Evidence, s.part(i, h.Spans.HELO), s.part(i, h.Spans.Address))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// What of the receiver's the peer said.
const (
	itsName    = "the receiver's own name"
	itsDomain  = "the receiver's own domain"
	itsAddress = "the receiver's own address"
)

// receiversName says what of the receiver's the peer's greeting is, or "".
func receiversName(h *report.Hop) string {
	helo, by := strings.ToLower(strings.Trim(h.From.HELO, "[].")), strings.ToLower(strings.Trim(h.By.Name, "[]."))
	switch a, ok := heloAddress(h.From.HELO); {
	case ok && a == h.By.Address && a != h.From.Address:
		return itsAddress
	case ok, nameless(helo), nameless(by):
		return ""
	case helo == by:
		return itsName
	case domain.Org(by) == helo:
		return itsDomain
	}
	return ""
}

// ownPeer says whether the peer is of the receiver's house.
func ownPeer(h *report.Hop) bool {
	f := &h.From
	switch {
	case h.User != "", h.Kind == received.Submission:
		return true // Whoever logs in may call itself what it likes.
	case h.Dialect == "exchange":
		return true // Exchange hands a message to itself under its own name.
	case h.By.Address.IsValid() && near(h.By.Address, f.Address) && h.By.Address.Is4() == f.Address.Is4():
		return true
	case verified(f) && (nameless(f.RDNS) || house(f.RDNS) == house(h.By.Name)):
		return true // Its own network: split-horizon names, a gateway.
	}
	p := providerOf(h)
	return p != nil && anyHost(p.inside, f.HELO)
}

// foreign says whether it is known that the peer is not of the receiver's house:
// the boundary lies between them, or the receiver found another name for it.
func (s *subject) foreign(i int, what string) bool {
	h := &s.hops[i]
	switch {
	case h.Confidence == received.Guess:
		return false
	case i == s.boundary.at && s.boundary.sure == received.Certain:
		return true
	}
	return what != itsDomain && h.From.RDNS != "" && s.house(h.From.RDNS) != ""
}

// peerSeen is the peer as the receiver saw it.
func peerSeen(h *report.Hop) string {
	if h.From.RDNS != "" {
		return h.From.RDNS + " [" + h.From.Address.String() + "]"
	}
	return h.From.Address.String()
}
