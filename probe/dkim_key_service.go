package probe

import (
	"context"
	"slices"
	"strings"

	"mailtrace/report"
)

var dkimKeyService = check{
	Rule: report.Rule{
		ID:    "dkim.key-service",
		Title: "A DKIM key is not for mail",
		Max:   report.Warning,
		Explain: `The tag s= of the key says for what it may be used, and mail is not among it. Receivers ignore the key for signatures of
mail. A key with s=tlsrpt is for reports about TLS, and for nothing else. If mail is signed with it, take s= out.`,
		Innocent: `A key with s=tlsrpt, which is made for the reports that the domain sends about the TLS of others.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 6376 section 3.6.1", "RFC 8460 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, k := range s.dkim.sound() {
			if k.forMail() {
				continue
			}
			severity := k.by(report.Warning, report.Info)
			if !slices.Contains(k.key.Services, "tlsrpt") {
				severity = report.Warning
			}
			found = append(found, k.finding(severity, "is not for mail (s=%s): a signature of mail with it does not count", clipped(strings.Join(k.key.Services, ":"), maxShown)))
		}
		return found, nil, nil
	},
}
