package analyze

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/report"
)

var suffixRecord = check{
	Rule: report.Rule{
		ID:    "dmarc.suffix-record",
		Title: "The DMARC pass rests on a name below which anybody can have a domain",
		Max:   report.Warning,
		Explain: `DMARC lets a message pass when the domain that sent or signed it belongs to the same organisation as the
domain shown in From. Here the two have nothing in common but a public suffix, such as a country's or a
host's, whose DMARC record does not say that it is one (psd=y); so strangers count as one organisation.
The pass is worth nothing: treat the message as one that nobody vouches for. Whoever runs the suffix
should put psd=y into its record.`,
		Innocent: `The suffix is run by one organisation for its own parts only, and the Public Suffix List does not know.`,
		Refs:     []string{"RFC 9989 section 4.10.2", "RFC 9989 section 4.7"},
	},
	asks: true,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		d := s.checked.dmarc
		if d == nil || d.Status() != auth.Pass {
			return nil, nil, nil
		}
		v := &d.RFC9989
		// The Public Suffix List has no organisation for a suffix.
		if v.Organisation == d.Domain || domain.Org(v.Organisation) != "" {
			return nil, nil, nil
		}
		at := -1
		for i := range v.Identifiers {
			id := &v.Identifiers[i]
			switch {
			case id.Status != auth.Pass || id.Aligned == nil || !*id.Aligned:
			case id.Domain == d.Domain || domain.Org(d.Domain) != "" && domain.Org(id.Domain) == domain.Org(d.Domain):
				return nil, nil, nil // That one is good.
			case at < 0:
				at = i
			}
		}
		if at < 0 {
			return nil, nil, nil
		}
		id := &v.Identifiers[at]
		f := finding(report.Warning, report.Strong, "%s passed for %s, and From is of %s: all that they share is %s, a public suffix whose record does not say psd=y",
			methodName(id.Method), id.Domain, d.Domain, v.Organisation)
		f.Evidence = append(f.Evidence, s.suffixEvidence(d)...)
		if from, ok := s.message.Field("From"); ok {
			f.Evidence = append(f.Evidence, field(from))
		}
		if at > 0 && at <= len(s.checked.signatures.DKIM) {
			f.Evidence = append(f.Evidence, s.signed(&s.checked.signatures.DKIM[at-1])) // See identifiers.
		}
		return []report.Finding{f}, nil, nil
	},
}

// suffixEvidence is the record of the suffix, which may not be the one that the policy
// is of.
func (s *subject) suffixEvidence(d *auth.DMARC) []report.Evidence {
	for _, step := range d.Steps {
		if step.Domain == d.RFC9989.Organisation && step.Record != nil {
			return []report.Evidence{published(step.Name(), "TXT", step.Record.Text)}
		}
	}
	return nil
}

func methodName(method string) string {
	if method == "spf" {
		return "SPF"
	}
	return "DKIM"
}
