package probe

import (
	"context"
	"fmt"
	"slices"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dmarcSubdomainsWeaker = check{
	Rule: report.Rule{
		ID:    "dmarc.subdomains-weaker",
		Title: "Names below the domain are less protected than the domain",
		Max:   report.Warning,
		Explain: `The policy of the domain is strict, and that for names below it is not, by sp= or np=. Who forges mail takes such a name,
of which there need not even be one: readers see the domain in it. Leave sp= and np= out, so that the policy holds for all
names, and give a record of its own to each subdomain that is not ready.`,
		Innocent: `Subdomains that send by providers whose mail does not pass yet.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 9989 section 4.7", "RFC 7489 section 6.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		record, at := s.dmarc.effective()
		if v := s.dmarc.verdict(); !usable(record) || v == nil || s.dmarc.sub == nil || v.Policy == auth.PolicyNone {
			return nil, nil, nil
		}
		own := s.dmarc.own.RFC9989.Policy
		var weaker []string
		severity := report.Info
		for _, c := range [...]struct {
			who string
			v   *auth.DMARCVerdict
		}{{"names below it", &s.dmarc.sub.RFC9989}, {"names below it that do not exist", &s.dmarc.gone.RFC9989}} {
			if c.v.Policy == "" || strictness(c.v.Policy) >= strictness(own) {
				continue
			}
			if sub := &s.dmarc.sub.RFC9989; len(weaker) > 0 && c.v.Policy == sub.Policy && c.v.Tag == sub.Tag {
				continue // The same.
			}
			weaker = append(weaker, fmt.Sprintf("%s=%s for %s", c.v.Tag, c.v.Policy, c.who))
			if c.v.Policy == auth.PolicyNone {
				severity = report.Warning
			}
			if c.v.PolicyDomain != at {
				weaker[len(weaker)-1] += " (at " + dmarcPrefix + c.v.PolicyDomain + ")"
			}
		}
		if len(weaker) == 0 {
			return nil, nil, nil
		}
		f := s.finding(severity, "the DMARC policy of %s is %s, but %s", spelled(s.domain), own, enumerated(weaker))
		f.Evidence = s.dmarc.evidence(at)
		return []report.Finding{f}, nil, nil
	},
}

// strictness orders policies.
func strictness(p auth.DMARCPolicy) int {
	return slices.Index([]auth.DMARCPolicy{auth.PolicyNone, auth.PolicyQuarantine, auth.PolicyReject}, p)
}
