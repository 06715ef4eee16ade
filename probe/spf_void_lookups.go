package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfVoidLookups = check{
	Rule: report.Rule{
		ID:    "spf.void-lookups",
		Title: "Terms of the SPF record lead to names that are not there",
		Max:   report.Critical,
		Explain: `A term a, mx or exists that finds no record of the kind that it asks for matches nothing. Receivers put up with two of these and
stop at the third with "permerror": whoever is listed behind it does not pass. Delete the terms, or correct their names.
An address is asked for by the family of the client, so that a name with IPv4 addresses alone is such a term for who sends by IPv6.`,
		Innocent: `Servers that were taken out of service; their names went, the record stayed.`,
		Measured: notMeasured + " It rests on the records. Terms with macros that hang on the message are not counted.",
		Refs:     []string{"RFC 7208 section 4.6.4", "RFC 7208 section 11.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		c := l.count
		four := l.terms((*spfTerm).void4)
		six := l.terms((*spfTerm).void6)
		gone := l.terms(func(t *spfTerm) bool { return t.void4() && t.void6() })
		unseen := l.unseen()
		if asked := failedTerms(c.maybe); len(asked) > 0 && (unseen != "" || c.void4+len(asked) > auth.MaxSPFVoid) {
			if unseen != "" {
				unseen += "; "
			}
			unseen += "what " + labels(asked) + " " + one(len(asked), "finds", "find")
		}
		var found []report.Finding
		switch {
		case c.third4 != nil:
			return s.spfFinding(report.Critical, voidEvidence(four), "%d look-ups of the SPF record of %s find nothing (%s), and receivers stop after %d (permerror): what stands from %s on counts for nothing",
				len(four), spelled(s.domain), labels(four), auth.MaxSPFVoid, c.third4.label()), nil, nil
		case c.third6 != nil && len(l.v6.pass) > 0:
			found = s.spfFinding(report.Warning, voidEvidence(six), "for servers that send by IPv6, %d look-ups of the SPF record of %s find nothing (%s), and receivers stop after %d (permerror): give the names IPv6 addresses, or list IPv6 networks before them",
				len(six), spelled(s.domain), labels(six), auth.MaxSPFVoid)
			if unseen != "" {
				return found, undecidedAbout("whether the same holds for servers that send by IPv4 is not known; not known is %s", unseen), nil
			}
		case len(gone) > 0:
			found = s.spfFinding(report.Info, voidEvidence(gone), "%s of the SPF record of %s %s nothing in the DNS; receivers put up with %d such terms",
				labels(gone), spelled(s.domain), one(len(gone), "finds", "find"), auth.MaxSPFVoid)
		}
		if unseen != "" {
			return found, undecidedAbout("whether more than %d look-ups of the SPF record of %s find nothing is not known; not known is %s", auth.MaxSPFVoid, spelled(s.domain), unseen), nil
		}
		return found, nil, nil
	},
}

// failedTerms are those that were asked, and not answered, and those that were not asked.
func failedTerms(terms []*spfTerm) []*spfTerm {
	var all []*spfTerm
	for _, t := range terms {
		if !t.to.Message && t.Mechanism != auth.MechPTR {
			all = append(all, t)
		}
	}
	return all
}

// void4 tells whether a client with an IPv4 address finds nothing by the term.
func (t *spfTerm) void4() bool {
	switch {
	case t.dead != "" || t.cut:
		return false
	case t.mx != nil:
		return nothing(t.mx)
	}
	return t.a != nil && nothing(t.a)
}

// void6 is the same with an IPv6 address.
func (t *spfTerm) void6() bool {
	if t.aaaa != nil && !t.cut && t.dead == "" {
		return nothing(t.aaaa)
	}
	return t.Mechanism != auth.MechA && t.void4()
}

// voidEvidence is the records in which the terms stand, and the answers of nothing.
func voidEvidence(terms []*spfTerm) []report.Evidence {
	all := ledToAll(terms[:min(len(terms), maxListed)])
	for _, t := range terms[:min(len(terms), maxListed)] {
		for _, l := range []*lookup{t.mx, t.a, t.aaaa} {
			if l != nil && nothing(l) {
				all = withEvidence(all, l.evidence())
			}
		}
	}
	return all
}
