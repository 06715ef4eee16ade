package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfRedundantTerms = check{
	Rule: report.Rule{
		ID:    "spf.redundant-terms",
		Title: "Terms of the SPF record repeat what stands before them",
		Max:   report.Info,
		Explain: `A network inside of one that stands before it, and a term that asks for a name a second time, change nothing: the first that matches
decides. Terms that ask cost one of the ten look-ups each time. Delete them, unless the earlier one is of a service that may
change its record.`,
		Innocent: `The servers are named for their own sake, although a service that is included has them too.`,
		Measured: notMeasured + " It rests on the records. Records of other organisations are left out.",
		Refs:     []string{"RFC 7208 section 4.6.2", "RFC 7208 section 4.6.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		seen := spfSeen{networks: map[netip.Prefix]*spfTerm{}, names: map[string]*spfTerm{}}
		seen.record(l.walk.root, true, true)
		var words []string
		var terms []*spfTerm
		for _, pair := range seen.pairs {
			if !l.own(pair.again.in) {
				continue
			}
			terms = append(terms, pair.again)
			word := fmt.Sprintf("%s (by %s)", pair.again.label(), pair.first.label())
			if pair.again.in == pair.first.in && pair.again.Text == pair.first.Text {
				word = pair.again.label() + " (again)"
			}
			if len(words) <= maxRecordsShown && !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
		if len(terms) == 0 {
			return nil, nil, nil
		}
		evidence := ledToAll(terms[:min(len(terms), maxListed)])
		for _, pair := range seen.pairs[:min(len(seen.pairs), maxListed)] {
			evidence = withEvidence(evidence, pair.first.in.led())
		}
		return s.spfFinding(report.Info, evidence, "in the SPF record of %s, what stands before has already: %s", spelled(s.domain), firstOf(words, func(s string) string { return s })), nil, nil
	},
}

// spfSeen is the terms that an evaluation has come to.
type spfSeen struct {
	networks map[netip.Prefix]*spfTerm
	names    map[string]*spfTerm
	pairs    []spfPair
}

// spfPair is a term that has what another has.
type spfPair struct{ first, again *spfTerm }

// record goes through a record; sure says that what matches in it decides. In an included
// one that ends with the first term that does not pass: an address that it matches goes on
// to what stands behind the include. Last says that it is none of these.
func (s *spfSeen) record(r *spfRecord, sure, last bool) {
	for i := range r.terms {
		t := &r.terms[i]
		if t.dead != "" {
			continue
		}
		if t.Qualifier != auth.Pass && t.Qualifier != "" && !last {
			sure = false
		}
		if t.below != nil {
			if s.name(t, sure) {
				continue // What is below is told by this one.
			}
			redirect := t.Mechanism == auth.MechRedirect
			s.record(t.below, sure && (t.Qualifier == auth.Pass || redirect), last && redirect)
		} else {
			s.term(t, sure)
		}
	}
}

func (s *spfSeen) term(t *spfTerm, sure bool) {
	switch t.Mechanism {
	case auth.MechIP4, auth.MechIP6:
		for bits := t.Network.Bits(); bits >= 0; bits-- {
			wider, err := t.Network.Addr().Prefix(bits)
			if first := s.networks[wider]; err == nil && first != nil {
				s.pairs = append(s.pairs, spfPair{first, t})
				return
			}
		}
		if sure {
			s.networks[t.Network] = t
		}
	case auth.MechA, auth.MechMX, auth.MechExists:
		if !t.to.Message {
			s.name(t, sure)
		}
	}
}

// name tells whether the term asks for what another has asked for.
func (s *spfSeen) name(t *spfTerm, sure bool) bool {
	key := fmt.Sprintf("%s %s %d %d", t.Mechanism, t.to.Name, t.Bits4, t.Bits6)
	if t.Mechanism == auth.MechRedirect {
		return false // It decides of what nothing matches, too.
	}
	first := s.names[key]
	if first != nil {
		s.pairs = append(s.pairs, spfPair{first, t})
	} else if sure {
		s.names[key] = t
	}
	return first != nil
}
