package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

var caaIssuer = check{
	Rule: report.Rule{
		ID:    "policy.caa-issuer",
		Title: "The CAA records do not allow the authority whose certificate a server shows",
		Max:   report.Info,
		Explain: `CAA records bind authorities when they issue a certificate, not who looks at it later: this certificate is as good as
before. But it cannot be renewed where it comes from, unless the records are changed. Add an issue record with the name
of that authority, or take the next certificate from one that is listed.`,
		Innocent: `A move to another authority that is under way, or records that were made stricter after the certificate was issued.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 8659 section 3", "RFC 8659 section 4.2", "RFC 8659 section 4.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		var open []report.Undecided
		for _, c := range s.caa {
			if status, why := c.status(); status == report.PolicyUnknown {
				open = append(open, report.Undecided{Host: c.host, Why: "which authorities may issue certificates for it (CAA) is not known: " + why})
				continue
			}
			for _, cert := range s.certificatesOf(c.host) {
				if cert.PKIX == nil || !*cert.PKIX {
					continue // Other rules tell of it; CAA is about public authorities.
				}
				switch names, allowed, restricted := caaNamesOf(cert.Issuer), c.allowed(cert), c.restricts(cert); {
				case !restricted || slices.ContainsFunc(names, func(n string) bool { return slices.Contains(allowed, n) }):
				case len(allowed) == 0:
					found = append(found, c.finding(cert, "no authority may issue certificates for it"))
				case names == nil:
					open = append(open, report.Undecided{Host: c.host, Why: fmt.Sprintf("whether %s may issue its next certificate is not known: its name in CAA records is not known here, and %s allows %s",
						clipped(cert.Issuer, maxShown), spelled(c.at), firstOf(allowed, shortened))})
				default:
					found = append(found, c.finding(cert, firstOf(allowed, shortened)+" alone may issue certificates for it"))
				}
			}
		}
		return found, open, nil
	},
}

// finding is one about a certificate that could not be issued so today.
func (c *caaSight) finding(cert *report.Certificate, allowed string) report.Finding {
	return report.Finding{
		Severity: report.Info, Host: c.host,
		Text: fmt.Sprintf("by the CAA records of %s %s; its certificate is of %s, which is no fault now, but bars a renewal there",
			spelled(c.at), allowed, clipped(cert.Issuer, maxShown)),
		Evidence: append(c.evidence(), certificateEvidence("issuer %s", clipped(cert.Issuer, maxRecord))),
	}
}

// properties are the values that bind an authority which is asked for such a certificate:
// those of issuewild, where there are any and it is for a wildcard, else those of issue.
func (c *caaSight) properties(cert *report.Certificate) []string {
	if !slices.Contains(cert.Names, c.host) && slices.ContainsFunc(cert.Names, func(n string) bool { return strings.HasPrefix(n, "*.") }) {
		if wild := caaValues(c.records(), "issuewild"); len(wild) > 0 {
			return wild
		}
	}
	return caaValues(c.records(), "issue")
}

// restricts says whether anything limits who may issue.
func (c *caaSight) restricts(cert *report.Certificate) bool { return len(c.properties(cert)) > 0 }

// allowed are the authorities that may issue.
func (c *caaSight) allowed(cert *report.Certificate) []string {
	var names []string
	for _, value := range c.properties(cert) {
		if i := parseCAAIssue(value); i.domain != "" && !slices.Contains(names, i.domain) {
			names = append(names, i.domain)
		}
	}
	return names
}
