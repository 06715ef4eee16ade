package probe

import (
	"context"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfUnknownModifier = check{
	Rule: report.Rule{
		ID:    "spf.unknown-modifier",
		Title: "The SPF record has a term that means nothing",
		Max:   report.Warning,
		Explain: `A term with "=" whose name is neither "redirect" nor "exp" is ignored by receivers, so that they do not say that anything is wrong
with it. Where it has the name of a mechanism, as "ip4=192.0.2.1", a ":" was meant, and the servers that it should name do not pass.
Write ":" there, and delete terms that mean nothing.`,
		Innocent: `A private extension, or one of an older draft of SPF.`,
		Measured: notMeasured + " It rests on the records. Records of other organisations are left out.",
		Refs:     []string{"RFC 7208 section 6", "RFC 7208 section 12"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		var meant, other []string
		var evidence []report.Evidence
		for _, r := range l.records(spfRead) {
			if !l.own(r) {
				continue
			}
			for i := range r.read.Terms {
				t := &r.read.Terms[i]
				if t.Mechanism != auth.MechUnknown {
					continue
				}
				evidence = withEvidence(evidence, r.led())
				if should := mechanismMeant(t.Text); should != "" {
					meant = append(meant, shortened(t.Text)+" (meant was "+shortened(should)+")")
				} else {
					other = append(other, shortened(t.Text))
				}
			}
		}
		same := func(s string) string { return s }
		switch {
		case len(meant) > 0:
			return s.spfFinding(report.Warning, evidence, "receivers ignore %s in the SPF record of %s", firstOf(append(meant, other...), same), spelled(s.domain)), nil, nil
		case len(other) > 0:
			return s.spfFinding(report.Info, evidence, "receivers ignore %s in the SPF record of %s", firstOf(other, same), spelled(s.domain)), nil, nil
		}
		return nil, nil, nil
	},
}

// mechanismMeant is the mechanism that was meant by a modifier that nobody knows; "" where it
// has the name of none.
func mechanismMeant(term string) string {
	name, value, _ := strings.Cut(term, "=")
	switch m := auth.Mechanism(strings.ToLower(name)); m {
	case auth.MechInclude, auth.MechA, auth.MechMX, auth.MechPTR, auth.MechIP4, auth.MechIP6, auth.MechExists:
		return string(m) + ":" + value
	}
	return ""
}
