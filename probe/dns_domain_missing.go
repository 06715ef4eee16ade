package probe

import (
	"context"
	"fmt"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var domainMissing = check{
	Rule: report.Rule{
		ID:    "dns.domain-missing",
		Title: "There is no such domain",
		Max:   report.Critical,
		Explain: `The DNS says that this name does not exist, nor anything below it. Senders do not wait for it: mail goes back
to its author at once. Look for a slip of the pen in the name first. If the name is right, see whether
its registration has run out.`,
		Innocent: "A mistyped name, or a domain that was registered minutes ago.",
		Measured: notMeasured + " It rests on RFC 5321, by which such mail has to be given back.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 8020 section 2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if !s.mx.missing() {
			return nil, nil, nil
		}
		what := fmt.Sprintf("there is no domain %s", spelled(s.domain))
		if end := s.canonical(); end != s.domain {
			what = fmt.Sprintf("%s is an alias for %s, and there is no such name", spelled(s.domain), spelled(end))
		}
		f := s.finding(report.Critical, "%s: senders give mail for it back to its author at once", what)
		f.Evidence = append(aliasEvidence(s.domain, s.mx.answer.Alias), dnsEvidence(s.domain, dns.MX, string(dns.NXDomain)))
		return []report.Finding{f}, nil, nil
	},
}
