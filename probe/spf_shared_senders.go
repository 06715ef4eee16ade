package probe

import (
	"context"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfSharedSenders = check{
	Rule: report.Rule{
		ID:    "spf.shared-senders",
		Title: "The domain shares its servers with everybody who sends through the same providers",
		Max:   report.Info,
		Explain: `An include of a provider lets all servers of that provider send, and these send for all of its customers. SPF cannot tell one customer
from another: it is on the provider to see that nobody writes another's domain. So "pass" by such a term says less than a DKIM
signature of the domain; sign with DKIM, and take out providers that are not used any more.`,
		Innocent: `This is how such providers are used, and most of them check who uses which domain.`,
		Measured: notMeasured + " The names of providers are a table of ours, of " + spfProvidersDate + ".",
		Refs:     []string{"RFC 7208 section 11.4", "RFC 7208 section 5.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		var names []string
		told := map[string]bool{}
		terms := l.terms(func(t *spfTerm) bool {
			if t.Mechanism != auth.MechInclude && t.Mechanism != auth.MechRedirect || t.Qualifier != auth.Pass && t.Qualifier != "" || l.viaProvider(t.in) {
				return false
			}
			name := providerOf(t)
			if name == "" || told[name] {
				return name != ""
			}
			told[name] = true
			names = append(names, name+" ("+shortened(t.Text)+")")
			return true
		})
		if len(terms) == 0 {
			return nil, nil, nil
		}
		return s.spfFinding(report.Info, ledToAll(terms), "the SPF record of %s lets the servers send that everybody has who sends through %s", spelled(s.domain), firstOf(names, func(s string) string { return s })), nil, nil
	},
}

// viaProvider tells whether a provider that is known has led to the record: what it
// includes is its own affair.
func (l *spfSight) viaProvider(r *spfRecord) bool {
	for t := r.by; t != nil; t = t.in.by {
		if providerOf(t) != "" {
			return true
		}
	}
	return false
}

// providerOf is the provider to whose record a term leads, "" where none is known. A macro
// may stand before the name of the provider.
func providerOf(t *spfTerm) string {
	name := t.to.Name
	if t.to.Message {
		if _, tail, ok := cutLast(t.Spec, "}"); ok {
			name = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(tail, "."), "."))
		}
	}
	for name != "" {
		for i := range spfProviders {
			if spfProviders[i].domain == name {
				return spfProviders[i].name
			}
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return ""
}
