package probe

import (
	"context"
	"math"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfPassesEverybody = check{
	Rule: report.Rule{
		ID:    "spf.passes-everybody",
		Title: "The SPF record lets every server of the world send",
		Max:   report.Critical,
		Explain: `With "+all" (or "all", which is the same), with a network of length 0, or by including a record that has one, every server may send
in the name of the domain and gets "pass": that is worse than no record, for forged mail looks proven. Name the servers that send,
and end the record with "-all" or "~all".`,
		Innocent: `Somebody wanted to be sure that no mail of the domain is refused.`,
		Measured: notMeasured + " It rests on the records; networks are added up over the whole tree.",
		Refs:     []string{"RFC 7208 section 5.1", "RFC 7208 section 4.6.2", "RFC 7208 section 10.1.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		if !l.passesAll() {
			if why := l.unseen(); why != "" {
				return nil, undecidedAbout("whether the SPF record of %s lets every server of the world send is not known: %s", spelled(s.domain), why), nil
			}
			return nil, nil, nil
		}
		by := l.terms(func(t *spfTerm) bool {
			wide := (t.Mechanism == auth.MechIP4 || t.Mechanism == auth.MechIP6) && t.Network.Bits() == 0 ||
				t.mx != nil && (t.Bits4 == 0 || t.Bits6 == 0) || t.aaaa != nil && (t.Bits4 == 0 || t.Bits6 == 0)
			return t.Qualifier == auth.Pass && (wide || t.everybody())
		})
		if len(by) == 0 {
			return s.spfFinding(report.Critical, l.walk.root.led(), "the SPF record of %s lets every server of the world send: its networks together are all addresses", spelled(s.domain)), nil, nil
		}
		return s.spfFinding(report.Critical, ledToAll(by[:min(len(by), maxListed)]), "the SPF record of %s lets every server of the world send, by %s", spelled(s.domain), labels(by)), nil, nil
	},
}

// passesAll tells whether every address of a family passes.
func (l *spfSight) passesAll() bool {
	whole := func(s spans, high uint64) bool { return len(s) == 1 && s[0] == span{0, high} }
	return whole(l.v4.pass, math.MaxUint32) || whole(l.v6.pass, math.MaxUint64)
}
