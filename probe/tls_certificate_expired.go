package probe

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mailtrace/report"
)

var tlsCertificateExpired = check{
	Rule: report.Rule{
		ID:    "tls.certificate-expired",
		Title: "The certificate of the mail server is out of date",
		Max:   report.Warning,
		Explain: `A certificate holds from one date to another, and today is not between them; or that is so of the certificate of
the authority above it, which the server sends along. Most senders do not check and deliver encrypted. Those that check, as
an MTA-STS policy tells them to, keep the mail waiting and send it back after some days: with such a policy in force this
is critical. Renew the certificate and restart the mail server, which often still holds the old one; then find out why
the renewal did not happen by itself.`,
		Innocent: `A certificate that was renewed on disk and not yet read by the server; a wrong clock here.`,
		Measured: "Not measured on live servers. It rests on the dates in the certificate and the clock of this computer.",
		Refs:     []string{"RFC 5280 section 4.1.2.5", "RFC 8461 section 4.2", "RFC 7672 section 3.1.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p, c := range s.certified(false) {
			if why := outOfDate(c, s.now); why != "" {
				severity, effect := s.effectOnMail(p)
				t.find(p, severity, append([]report.Evidence{datesEvidence(c)}, chainDates(c, s.now)...), "%s %s: %s", p.kindText(c), why, effect)
			}
		}
		return t.all()
	},
}

// outOfDate says which dates are passed, or not come yet, of a certificate and of what is
// above it; "" for none.
func outOfDate(c *report.Certificate, now time.Time) string {
	var words []string
	if hasFault(c, report.FaultExpired) {
		words = append(words, fmt.Sprintf("expired %s ago (%s)", sinceText(c.NotAfter, now), dayText(c.NotAfter)))
	}
	if hasFault(c, report.FaultNotYetValid) {
		words = append(words, "is not valid before "+dayText(c.NotBefore))
	}
	if hasFault(c, report.FaultExpiredIntermediate) {
		words = append(words, "hangs on the certificate of an authority that is out of date")
	}
	return strings.Join(words, " and ")
}

// chainDates is the certificates that were sent along and are out of date, as evidence.
func chainDates(c *report.Certificate, now time.Time) []report.Evidence {
	if !hasFault(c, report.FaultExpiredIntermediate) {
		return nil
	}
	var all []report.Evidence
	for _, s := range c.Chain {
		if now.After(s.NotAfter) || now.Before(s.NotBefore) {
			all = append(all, certificateEvidence("sent along: %s, valid from %s to %s", s.Subject, dayText(s.NotBefore), dayText(s.NotAfter)))
		}
	}
	return all
}
