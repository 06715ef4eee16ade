package analyze

import (
	"context"
	"net/netip"
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

var marksDisagree = check{
	Rule: report.Rule{
		ID:    "received.marks-disagree",
		Title: "The recipient's own fields name two different addresses for one sending host",
		Max:   report.Critical,
		Explain: `When a message comes in, the recipient's servers write the address of the sending host into
several fields: Received, Authentication-Results, Received-SPF and others. All of them are about
one connection, so they agree. Here they do not: one of them was changed or put in later, or is
not the recipient's at all. Do not report any of these addresses yet; get the original message
from the mailbox (an .eml file) and run mailtrace on that.`,
		Innocent: `A recipient with several servers in a row, each of which writes down its own peer; an
address that another mail system handed on. Where that can be seen, nothing is said.`,
		Refs: []string{"RFC 7208 section 9.1", "RFC 8601 section 2.7", "RFC 5321 section 4.4"},
	},
	needs: needPlaces,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.boundary.at < 0 {
			for i := range s.marks {
				if len(s.marks[i].addresses) > 0 {
					return nil, []report.Undecided{{Why: "where the recipient's side begins is not known, so nobody can say who wrote " + s.marks[i].field.Name + "; --own tells it"}}, nil
				}
			}
			return nil, nil, nil
		}
		h := &s.hops[s.boundary.at]
		address := h.From.Address
		if !public(address) || len(s.report.Path.Boundary.Alternatives) > 0 {
			return nil, nil, nil
		}
		var found []report.Finding
		agree := s.agreeing(address)
		for i := range s.marks {
			k := &s.marks[i]
			if !s.speaksOf(k) || k.says(address) || s.passedOn(k) {
				continue
			}
			const text = "%s says that the peer was %s, and hop %d saw %s"
			f := s.about(s.boundary.at, report.Warning, report.Strong, text, k.field.Name, k.addresses[0], h.Number, address)
			if agree > 0 && s.boundary.provider != nil && k.index < s.index[s.boundary.at] {
				// One host wrote them all, in one go, others of them agree, and no
				// sender can write above its line.
				f = s.proof(s.boundary.at, report.DisprovesAltered, text, k.field.Name, k.addresses[0], h.Number, address)
			}
			f.Evidence = append(f.Evidence, field(k.field), s.part(s.boundary.at, h.Spans.Address))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// speaksOf says whether a mark was written on the recipient's side, about the peer
// at the boundary, by the one who wrote the line there: a second server of the
// recipient's writes down its own peer.
func (s *subject) speaksOf(k *mark) bool {
	if len(k.addresses) == 0 || !s.recipients(&s.boundary, k.index, k.server) {
		return false
	}
	for _, a := range k.addresses {
		if !public(a) || noPeer(a) {
			return false
		}
	}
	at := s.boundary.at
	if p := s.boundary.provider; p != nil && (k.server == "" || anyHost(p.results, k.server) || anyHost(p.own, k.server) || s.house(k.server) == s.house(s.hops[at].By.Name)) {
		return true
	}
	return k.server != "" && (strings.EqualFold(k.server, s.hops[at].By.Name) || s.house(k.server) != "" && s.house(k.server) == s.house(s.hops[at].By.Name))
}

// agreeing is how many marks name the same address as the line of the boundary.
func (s *subject) agreeing(a netip.Addr) (n int) {
	for i := range s.marks {
		if s.speaksOf(&s.marks[i]) && s.marks[i].says(a) {
			n++
		}
	}
	return n
}

// passedOn says whether a mark names the peer of another hop: a gateway in front
// or behind, whose word was handed on.
func (s *subject) passedOn(k *mark) bool {
	for i := range s.hops {
		if h := &s.hops[i]; h.Kind != received.Note && i != s.boundary.at && h.From.Address.IsValid() && k.says(h.From.Address) {
			return true
		}
	}
	return false
}
