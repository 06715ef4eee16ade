package probe

import (
	"context"
	"fmt"

	"mailtrace/report"
)

var tlsCertificateExpiring = check{
	Rule: report.Rule{
		ID:    "tls.certificate-expiring",
		Title: "The certificate of the mail server expires soon",
		Max:   report.Warning,
		Explain: `Less than a fifth of the certificate's lifetime is left, and less than three weeks. Programs that renew
certificates by themselves do so when a third is left: so either the renewal fails, or it is done by hand and is due. If the
certificate was renewed already, restart the mail server: it still shows the old one.`,
		Innocent: `A renewal by hand that is planned for the last days.`,
		Measured: "Not measured on live servers. It rests on the dates in the certificate; a third is when certbot and others renew.",
		Refs:     []string{"RFC 5280 section 4.1.2.5", "RFC 8461 section 4.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for _, users := range [...]bool{false, true} {
			for p, c := range s.certified(users) {
				if c.DaysLeft == nil || c.LifetimeLeft == nil || *c.DaysLeft < 0 || *c.DaysLeft >= soonDays || *c.LifetimeLeft >= soonShare {
					continue
				}
				t.find(p, report.Warning, []report.Evidence{datesEvidence(c)}, "%s expires in %s (%s), with %s of its lifetime left",
					p.kindText(c), daysText(*c.DaysLeft), dayText(c.NotAfter), percentText(*c.LifetimeLeft))
			}
		}
		return t.all()
	},
}

// A certificate expires soon when both are so: of one for 6 days, a day is left then; of
// one for 90 days, 18; of one for a year, 21.
const (
	soonDays  = 21
	soonShare = 0.2
)

// percentText is a share as people write it.
func percentText(share float64) string {
	if share < 0.01 {
		return "less than 1 %"
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}
