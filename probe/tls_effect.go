package probe

import (
	"strings"

	"mailtrace/report"
)

// What a certificate does to mail depends on who relies on it: RFC 8461 section 4.2 says
// who does by MTA-STS, and RFC 7672 section 3.1.1 what DANE does not look at.

// effectUnseen is what a certificate that does not verify does to mail, where it is not
// known who relies on it.
const effectUnseen = "senders that check certificates (by MTA-STS or DANE, not looked at) keep the mail waiting, the others deliver encrypted"

// reliance is who relies on the certificate of an endpoint.
type reliance struct {
	looked  bool // At the policies.
	sts     answered
	dane    answered // Whether the DNS, signed, tells senders what to look for at the server.
	matches answered // Whether the server is that.
}

// relied says who relies on the certificate of an endpoint.
func (s *subject) relied(p place) reliance {
	if s.promises == nil || s.promises.MTASTS == nil && len(s.promises.DANE) == 0 {
		return reliance{}
	}
	on := reliance{looked: true, sts: no, dane: no}
	switch m := s.promises.MTASTS; {
	case m == nil, m.Status == report.PolicyUnknown:
		on.sts = unknown
	case m.Status == report.PolicyFound && m.Mode == string(stsEnforce) && allowedBy(m, p.host, s.domain):
		on.sts = yes
	}
	w := walk{r: &report.Report{Policies: *s.promises}}
	switch d := w.daneOf(p.host, p.Port); {
	case d == nil, d.Status == report.DANEUnverified:
		on.dane = unknown
	case d.Status == report.DANEUsable:
		on.dane = yes
		for _, r := range d.Results {
			if r.Address == p.Address && r.Port == p.Port && r.Match != nil {
				on.matches = no
				if *r.Match {
					on.matches = yes
				}
			}
		}
	}
	return on
}

// effectOnMail is what a certificate that does not verify does to mail from other servers,
// and how bad that is. That senders by MTA-STS bring none is what policy.sts-certificate
// finds, and that DANE is not kept to, policy.dane-no-match.
func (s *subject) effectOnMail(p place) (report.Severity, string) {
	on := s.relied(p)
	if !on.looked {
		return report.Warning, effectUnseen
	}
	severity := report.Warning
	var who []string
	if on.sts == yes {
		who = append(who, "senders that honour the MTA-STS policy of the domain keep the mail waiting")
	}
	switch {
	case on.dane == yes && on.matches == yes:
		who = append(who, "senders that honour DANE do not mind")
		if on.sts == no {
			severity = report.Info
		}
	case on.dane == yes && on.matches == no:
		who = append(who, "senders that honour DANE look at its TLSA records, and those do not match")
	}
	switch {
	case len(who) > 0:
		return severity, strings.Join(who, "; ") + "; others deliver encrypted"
	case on.sts == unknown || on.dane != no:
		return severity, "senders that check certificates keep the mail waiting, the others deliver encrypted (whether the domain asks senders to check could not be told)"
	}
	return severity, "the domain asks nobody to check: senders deliver encrypted"
}

// effectOfClear is what it does to mail that a server offers no TLS.
func (s *subject) effectOfClear(p place) string {
	const clear = "mail comes in clear text, or not at all from senders that insist on TLS"
	on := s.relied(p)
	switch {
	case !on.looked:
		return clear + " (critical where DANE or MTA-STS is in force, which is not looked at yet)"
	case on.sts == yes && on.dane == yes:
		return clear + ": those that honour MTA-STS or DANE, both of which the domain has in force"
	case on.sts == yes:
		return clear + ": those that honour the MTA-STS policy of the domain, which is in force"
	case on.dane == yes:
		return clear + ": those that honour DANE, which the domain has in force"
	case on.sts == unknown || on.dane == unknown:
		return clear + " (whether DANE or MTA-STS is in force could not be told)"
	}
	return clear + ". The domain asks nobody to insist"
}
