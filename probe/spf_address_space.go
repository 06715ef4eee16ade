package probe

import (
	"cmp"
	"context"
	"slices"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

// From which sizes on it is said that too many may send. Google Workspace and Microsoft 365
// together have fewer than a million IPv4 addresses in their records, and who uses ten
// services stays below four million; mail servers fill no whole /8. Of IPv6 a network
// provider gets a /32, and the six networks of Google together are less than one half of
// that.
const (
	manyIPv4     = 1 << 22 // As a /10.
	tooManyIPv4  = 1 << 24 // As a /8.
	manyIPv6     = 1 << 32 // Networks of 64 bits: as a /32.
	tooManyIPv6  = 1 << 48 // As a /16.
	widestListed = 3       // Networks that a text names.
)

var spfAddressSpace = check{
	Rule: report.Rule{
		ID:    "spf.address-space",
		Title: "The SPF record lets very many addresses send",
		Max:   report.Critical,
		Explain: `The record lets far more addresses send than any company has mail servers. Among them are other people's computers, and whoever
controls one of them sends mail in the name of the domain that gets "pass". Look at the widest networks first: often a length
such as /8 was meant to be /28, or a whole hosting company stands where one server was meant.`,
		Innocent: `A network provider that lists all of its networks because its customers' servers send for it.`,
		Measured: notMeasured + " The bounds are far above what the records of the largest mail providers have together: a warning above a /10 of IPv4 or a /32 of IPv6, critical from a /8 or a /16.",
		Refs:     []string{"RFC 7208 section 5.6", "RFC 7208 section 11.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil || l.passesAll() {
			return nil, nil, nil // spf.passes-everybody.
		}
		four, _ := l.v4.pass.size()
		six, _ := l.v6.pass.size()
		severity := report.Severity("")
		switch {
		case four >= tooManyIPv4 || six >= tooManyIPv6:
			severity = report.Critical
		case four > manyIPv4 || six > manyIPv6:
			severity = report.Warning
		}
		open := l.openTerms()
		if severity == "" {
			if len(open) > 0 {
				return nil, undecidedAbout("how many addresses may send for %s, beyond %s, is not known: what %s %s", spelled(s.domain), addressCount(four, six), labels(open), one(len(open), "matches", "match")), nil
			}
			return nil, nil, nil
		}
		widest := l.widest()
		by := ""
		if len(widest) > 0 {
			by = "; the widest: " + labels(widest)
		}
		least := ""
		if len(open) > 0 {
			least = "at least "
		}
		return s.spfFinding(severity, withEvidence(ledToAll(widest), l.walk.root.evidence()), "the SPF record of %s lets %s%s send%s", spelled(s.domain), least, addressCount(four, six), by), nil, nil
	},
}

// addressCount is numbers of both families in words.
func addressCount(four, six int64) string {
	text4, text6 := counted(four, "IPv4 address", "IPv4 addresses"), counted(six, "IPv6 network (/64)", "IPv6 networks (/64)")
	switch {
	case six == 0:
		return text4
	case four == 0:
		return text6
	}
	return text4 + " and " + text6
}

// openTerms are the terms of which not all addresses are known, of both families.
func (l *spfSight) openTerms() []*spfTerm {
	all := slices.Clone(l.v4.open)
	told := map[*spfTerm]bool{}
	for _, t := range all {
		told[t] = true
	}
	for _, t := range l.v6.open {
		if !told[t] {
			all = append(all, t)
		}
	}
	return all
}

// widest are the terms with the widest networks that pass.
func (l *spfSight) widest() []*spfTerm {
	all := l.terms(func(t *spfTerm) bool {
		return t.Qualifier == auth.Pass && (t.Mechanism == auth.MechIP4 || t.Mechanism == auth.MechIP6 || t.mx != nil || t.aaaa != nil)
	})
	slices.SortStableFunc(all, func(a, b *spfTerm) int { return cmp.Compare(b.width(), a.width()) })
	return all[:min(len(all), widestListed)]
}

// width is how wide the networks of a term are, against the bounds of their family.
func (t *spfTerm) width() int {
	const over4, over6 = 22, 32 // As in manyIPv4 and manyIPv6.
	switch {
	case t.Mechanism == auth.MechIP4:
		return 32 - t.Network.Bits() - over4
	case t.Mechanism == auth.MechIP6:
		return 64 - t.Network.Bits() - over6
	}
	return max(32-int(t.Bits4)-over4, 64-int(t.Bits6)-over6)
}
