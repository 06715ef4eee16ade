package probe

import (
	"context"
	"fmt"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var policyDANESignatureExpiring = check{
	Rule: report.Rule{
		ID:    "policy.dane-signature-expiring",
		Title: "The DNSSEC signatures that DANE rests on are about to expire",
		Max:   report.Warning,
		Explain: `Signatures of DNSSEC have an end, and whoever runs the zone makes new ones long before. These end within a
day and were not made anew: if that goes on, the records are bogus then. Senders that look at DNSSEC cannot reach the
servers from that moment, and those that honour DANE keep the mail waiting. See whether the signer still runs, whether
its keys can be read, and whether the name servers have its newest zone.`,
		Innocent: `A signer that makes signatures for a few hours at a time, or at the last moment. A secondary name server, or a
resolver, that has the zone of yesterday.`,
		Measured: notMeasured + " It rests on the times in the signatures, which only --dnssec validate sees.",
		Refs:     []string{"RFC 7671 section 13", "RFC 4035 section 5.3.1", "RFC 7672 section 2.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tellDANE()
		protected := false
		for _, d := range s.dane {
			switch {
			case d.fail != nil && d.asked && d.fromServers():
				t.undecided = append(t.undecided, d.host.undecided("until when the signatures of its TLSA records hold: %s", d.why))
				continue
			case len(d.tlsa) == 0:
				continue
			case d.answer.Secure == dns.Unverified:
				t.undecided = append(t.undecided, d.host.undecided("until when the signatures of its TLSA records hold, if there are any: %s", whyUnverified))
				continue
			}
			protected = protected || d.trust == trustDomain
			s.tellExpiring(t, d)
		}
		if !protected || s.mx.answer == nil {
			return t.done()
		}
		if text := expiring(s.mx.answer, s.now); text != "" {
			f := s.finding(report.Warning, "the signatures of the MX records of %s %s", spelled(s.domain), text)
			f.Evidence = append(s.mx.evidence(), signatureEvidence(s.mx.answer))
			t.found = append(t.found, f)
		}
		return t.done()
	},
}

// tellExpiring looks at the addresses and the TLSA records of a host.
func (s *subject) tellExpiring(t *daneTold, d *daneSight) {
	for _, l := range [...]struct {
		what   string
		answer *dns.Answer
	}{{"its TLSA records", d.answer}, {"its IPv4 addresses", d.host.a.answer}, {"its IPv6 addresses", d.host.aaaa.answer}} {
		if l.answer == nil || len(l.answer.Records) == 0 {
			continue
		}
		if text := expiring(l.answer, s.now); text != "" {
			t.host(d, report.Warning, []report.Evidence{signatureEvidence(l.answer)}, "the signatures of %s %s", l.what, text)
		}
	}
}

// A signature is near its end when it holds for less than leastSigned, and for less than
// the part leastPart of its whole time. Signers make new ones with a quarter of it left, or
// more (BIND by default: 7.5 days of 30; Knot: 7 of 14); those that sign each answer anew for
// a day or two are told from one that stands still by the part.
const (
	leastSigned = 24 * time.Hour
	leastPart   = 4
)

// expiring says when the signatures of an answer end, if that is near and known; else "".
func expiring(a *dns.Answer, now time.Time) string {
	left, whole := a.Expires.Sub(now), a.Expires.Sub(a.Signed)
	if a.Expires.IsZero() || left >= leastSigned || left >= whole/leastPart {
		return ""
	}
	in := fmt.Sprintf("%d hours", int(left.Hours()))
	if left < 2*time.Hour {
		in = fmt.Sprintf("%d minutes", int(left.Minutes()))
	}
	return fmt.Sprintf("end in %s, at %s, and were not made anew: they are bogus then", in, a.Expires.UTC().Format(time.RFC3339))
}

func signatureEvidence(a *dns.Answer) report.Evidence {
	return dnsEvidence(a.Name, a.Type, fmt.Sprintf("signed from %s to %s", a.Signed.UTC().Format(time.RFC3339), a.Expires.UTC().Format(time.RFC3339)))
}
