package probe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mailtrace/report"
)

// shook says whether the conversation went over to TLS.
func (p place) shook() bool { return p.TLS != nil && p.TLS.Outcome == report.OutcomeOK }

// further is the handshake of --tls full that was done for a purpose, or nil.
func (p place) further(purpose string) *report.Handshake {
	for i := range p.Handshakes {
		if p.Handshakes[i].Purpose == purpose {
			return &p.Handshakes[i]
		}
	}
	return nil
}

// unsettled says whether a further handshake told nothing: it was not done, or there was no
// end to it.
func unsettled(h *report.Handshake) bool {
	return h.Outcome != report.OutcomeOK && h.Outcome != report.OutcomeTLS
}

// shakeEvidence is a handshake as evidence: version, suite, group, or how it failed.
func shakeEvidence(h *report.Handshake) report.Evidence {
	purpose := ""
	if h.Purpose != "" {
		purpose = " (" + h.Purpose + ")"
	}
	if h.Outcome != report.OutcomeOK {
		return certificateEvidence("handshake%s: %s: %s", purpose, h.Outcome, h.Why)
	}
	words := []string{h.Version, h.Cipher}
	if h.Group != "" {
		words = append(words, h.Group)
	}
	if h.KeyBits != nil {
		words = append(words, fmt.Sprintf("Diffie-Hellman %d bits", *h.KeyBits))
	}
	if h.ServerName != "" {
		words = append(words, "asked for "+h.ServerName)
	}
	return certificateEvidence("handshake%s: %s", purpose, strings.Join(words, ", "))
}

// Evidence about a certificate, by what is in question.
func datesEvidence(c *report.Certificate) report.Evidence {
	return certificateEvidence("certificate %s, valid from %s to %s", subjectText(c), dayText(c.NotBefore), dayText(c.NotAfter))
}

func namesEvidence(c *report.Certificate) report.Evidence {
	return certificateEvidence("certificate %s, names %s", subjectText(c), namesText(c))
}

func issuerEvidence(c *report.Certificate) report.Evidence {
	return certificateEvidence("certificate %s, issued by %s, sent with %s", subjectText(c), c.Issuer, sentText(c))
}

func keyEvidence(c *report.Certificate) report.Evidence {
	return certificateEvidence("certificate %s, key %s, signature %s, valid to %s", subjectText(c), c.Key, c.Signature, dayText(c.NotAfter))
}

func subjectText(c *report.Certificate) string {
	if c.Subject == "" {
		return "without a subject"
	}
	return c.Subject
}

// maxNamesTold is how many names of a certificate stand in a text.
const maxNamesTold = 3

// namesText is the first names of a certificate: "a.example, b.example and 12 more".
func namesText(c *report.Certificate) string {
	if c.NamesTotal == 0 {
		return "none"
	}
	told := c.Names[:min(len(c.Names), maxNamesTold)]
	text := strings.Join(told, ", ")
	if more := c.NamesTotal - len(told); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// sentText is what a server sent with its certificate.
func sentText(c *report.Certificate) string {
	if c.ChainTotal == 0 {
		return "no other certificate"
	}
	var subjects []string
	for i := range c.Chain[:min(len(c.Chain), maxNamesTold)] {
		subjects = append(subjects, c.Chain[i].Subject)
	}
	text := strings.Join(subjects, "; ")
	if more := c.ChainTotal - len(subjects); more > 0 {
		text += fmt.Sprintf("; %d more", more)
	}
	return text
}

func hasFault(c *report.Certificate, any ...report.Fault) bool {
	return slices.ContainsFunc(c.Faults, func(f report.Fault) bool { return slices.Contains(any, f) })
}

// kindText tells a certificate from the others of an endpoint that has several.
func (p place) kindText(c *report.Certificate) string {
	if len(p.Certificates) < 2 {
		return "the certificate"
	}
	return "the certificate with the key of " + c.Key
}

// daysText is a number of days, without its sign.
func daysText(days int) string {
	switch {
	case days < 0:
		days = -days
	case days == 0:
		return "less than a day"
	}
	if days == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", days)
}

// sinceText is how long ago t was: "3 days", "5 hours".
func sinceText(t, now time.Time) string {
	if d := now.Sub(t); d < 48*time.Hour {
		return fmt.Sprintf("%d hours", max(1, int(d.Hours())))
	}
	return daysText(int((now.Unix() - t.Unix()) / (24 * 60 * 60)))
}

// certified is every certificate of every endpoint that other servers bring mail to, or,
// with users, that users connect to.
func (s *subject) certified(users bool) func(yield func(place, *report.Certificate) bool) {
	return func(yield func(place, *report.Certificate) bool) {
		for p := range s.places() {
			if p.forUsers() != users {
				continue
			}
			for i := range p.Certificates {
				if !yield(p, &p.Certificates[i]) {
					return
				}
			}
		}
	}
}
