package analyze

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/bulk"
	"mailtrace/received"
	"mailtrace/report"
)

// What large mailbox providers require of mail is held against what was found out about
// this one. Only mailtrace's own results count, and what the recipient's side saw: a
// requirement that rests on the sender's word alone cannot be seen.

// requirements fills the list of the report.
func (s *subject) requirements() {
	defer func() {
		if p := recover(); p != nil {
			s.report.Requirements = bulk.Judge(nil) // All of them: not looked at.
		}
	}()
	f := bulk.Facts{}
	f[bulk.SPFPass] = s.spfFact()
	f[bulk.SPF] = f[bulk.SPFPass]
	f[bulk.DKIMPass] = s.dkimFact()
	f[bulk.DKIM] = f[bulk.DKIMPass]
	f[bulk.DKIMKeySize] = s.keySizeFact()
	f[bulk.DMARCRecord] = s.dmarcFact()
	f[bulk.DMARCAlignment] = s.alignmentFact()
	f[bulk.ForwardReverseDNS] = s.nameFact()
	f[bulk.TLS] = s.tlsFact()
	f[bulk.OneClickUnsubscribe] = s.oneClickFact()
	f[bulk.MessageID] = s.messageIDFact()
	f[bulk.OneFrom] = s.oneFromFact()
	f[bulk.NoGmailFrom] = s.gmailFact(f[bulk.DMARCAlignment])
	f[bulk.ARC] = s.arcFact()
	f[bulk.ListID] = s.listIDFact()
	s.report.Requirements = bulk.Judge(f)
	s.report.DecidedOn.Data = append(s.report.DecidedOn.Data, bulk.Data())
}

// resulting is what a result of ours says: a result that is open says nothing.
func resulting(status auth.Status) bulk.Truth {
	switch status {
	case auth.Pass:
		return bulk.Yes
	case auth.TempError, auth.Undecided, auth.Status(""):
		return bulk.Unknown
	}
	return bulk.No
}

func fact(state bulk.Truth, format string, args ...any) bulk.Fact {
	return bulk.Fact{State: state, Why: brief(fmt.Sprintf(format, args...))}
}

// maxWhy is how many bytes of what a stranger wrote stand in a reason.
const maxWhy = 300

func brief(text string) string {
	if len(text) <= maxWhy {
		return text
	}
	return strings.ToValidUTF8(text[:maxWhy], "") + "..."
}

// spfFact is SPF of MAIL FROM; for mail without a sender, of HELO (RFC 7208 section 2.4).
func (s *subject) spfFact() bulk.Fact {
	id := s.checked.spf.identifier()
	for i := range s.report.Auth {
		if a := &s.report.Auth[i]; a.By == report.ByUs && a.Method == "spf" && a.Property == "smtp.mailfrom" {
			return fact(resulting(id.Status), "SPF: %s: %s", id.Status, a.Reason)
		}
	}
	return fact(bulk.Unknown, "SPF was not checked")
}

// dkimFact is whether a signature holds.
func (s *subject) dkimFact() bulk.Fact {
	best := fact(bulk.No, "there is no DKIM signature")
	if why := s.lacks(needHeader); why != "" {
		best = fact(bulk.Unknown, "no DKIM signature is there, and that %s", why)
	}
	for i := range s.checked.signatures.DKIM {
		g := &s.checked.signatures.DKIM[i]
		one := fact(resulting(g.Status), "DKIM of %s: %s: %s", orNone(g.Domain), g.Status, g.Reason)
		if one.State == bulk.Yes {
			return one
		}
		if i == 0 || best.State == bulk.No && one.State == bulk.Unknown {
			best = one
		}
	}
	return best
}

// keySizeFact is about the keys that were seen: the smallest counts.
func (s *subject) keySizeFact() bulk.Fact {
	best := fact(bulk.Unknown, "no key of DKIM was seen")
	for i := range s.checked.signatures.DKIM {
		g := &s.checked.signatures.DKIM[i]
		switch k := g.Key; {
		case k == nil || k.Bits == 0:
		case k.Type == "rsa" && k.Bits < auth.MinKeyBits:
			return fact(bulk.No, "the key of %s (%s) has %d bits", g.Domain, g.Selector, k.Bits)
		case best.State == bulk.Unknown:
			best = fact(bulk.Yes, "the key of %s (%s) has %d bits (%s)", g.Domain, g.Selector, k.Bits, k.Type)
		}
	}
	return best
}

// dmarcFact is whether there is a record for the domain in From.
func (s *subject) dmarcFact() bulk.Fact {
	d := s.checked.dmarc
	switch {
	case d == nil || d.Domain == "":
		return fact(bulk.Unknown, "From does not name one domain, so no record was looked for")
	case d.RFC9989.Record != nil:
		return fact(bulk.Yes, "%s: %s", d.RFC9989.PolicyDomain, d.RFC9989.Record.Text)
	case resulting(d.Status()) == bulk.No:
		return fact(bulk.No, "%s has no DMARC record that can be used", d.Domain)
	}
	return fact(bulk.Unknown, "DMARC of %s: %s", d.Domain, d.RFC9989.Reason)
}

// alignmentFact is whether SPF or DKIM passes for the domain in From: with a record by its
// own measure, without one by the organisation.
func (s *subject) alignmentFact() bulk.Fact {
	open, others := "", []string{}
	for i, id := range s.checked.identifiers() {
		aligned := s.ownAligned(i, id.Domain)
		switch state := resulting(id.Status); {
		case state == bulk.No, id.Domain == "" && state != bulk.Unknown:
		case aligned != nil && !*aligned:
			if !slices.Contains(others, id.Domain) {
				others = append(others, id.Domain)
			}
		case state == bulk.Yes && aligned != nil:
			return fact(bulk.Yes, "%s passes for %s, which is of the organisation in From", strings.ToUpper(id.Method), id.Domain)
		case open == "":
			open = fmt.Sprintf("whether %s passes for the domain in From is not known", strings.ToUpper(id.Method))
		}
	}
	switch {
	case open != "":
		return fact(bulk.Unknown, "%s", open)
	case s.lacks(needHeader) != "":
		return fact(bulk.Unknown, "%s", s.lacks(needHeader))
	case len(others) > 0:
		return fact(bulk.No, "SPF and DKIM pass, if at all, for %s: that is not the organisation in From", strings.Join(others[:min(len(others), 3)], ", "))
	}
	return fact(bulk.No, "neither SPF nor DKIM passes for the domain in From")
}

// seenHandover is the hop at which the recipient's side took the message from outside; or
// why what stands there says nothing.
func (s *subject) seenHandover() (h *report.Hop, why string) {
	switch at := s.boundary.at; {
	case at < 0:
		return nil, "where the message was handed to the recipient's side is not known (--own tells it)"
	case s.byCarrier:
		return nil, "how it was handed over is the word of whoever attached the message"
	case s.boundary.whole:
		return nil, "the message was written on the recipient's side: nobody handed it over"
	case s.hops[at].User != "", slices.Contains(s.hops[at].Implies, received.ImpliesAuth):
		return nil, "the sender signed in to the recipient's own server: it was not sent from server to server"
	default:
		return &s.hops[at], ""
	}
}

// nameFact is whether the address that handed the message over has a name that leads back
// to it: as the host wrote down that looked then, else as it is now.
func (s *subject) nameFact() bulk.Fact {
	h, why := s.seenHandover()
	switch {
	case h == nil:
		return fact(bulk.Unknown, "%s", why)
	case confirmed(h):
		return fact(bulk.Yes, "%s found then that %s is %s, and that this leads back", s.host(s.boundary.at), h.From.Address, h.From.RDNS)
	case h.Confidence != received.Guess && contains(verifying, h.Dialect) && (h.From.RDNSStatus == received.RDNSNone || h.From.RDNSStatus == received.RDNSForged):
		return fact(bulk.No, "%s found then no name that leads back to %s", s.host(s.boundary.at), h.From.Address)
	}
	for i := range s.checked.iprev {
		v := &s.checked.iprev[i]
		if v.hop == s.boundary.at {
			return fact(resulting(v.result.Status), "now: %s", v.result.Reason)
		}
	}
	return fact(bulk.Unknown, "whether the name of %s leads back to it was not written down, and was not asked", orNone(addressText(h)))
}

func addressText(h *report.Hop) string {
	if !h.From.Address.IsValid() {
		return ""
	}
	return h.From.Address.String()
}

// tlsTellers are the dialects of servers that write ESMTPS for TLS (RFC 3848), so that
// ESMTP says that there was none.
var tlsTellers = []string{"postfix", "exim", "sendmail", "gmail", "opensmtpd", "haraka"}

// tlsFact is whether the handover was encrypted.
func (s *subject) tlsFact() bulk.Fact {
	h, why := s.seenHandover()
	if h == nil {
		return fact(bulk.Unknown, "%s", why)
	}
	with := strings.ToUpper(h.With)
	switch {
	case h.TLS != nil && h.TLS.Version != "":
		return fact(bulk.Yes, "%s took it over %s", s.host(s.boundary.at), h.TLS.Version)
	case h.TLS != nil && h.TLS.Cipher != "", slices.Contains(h.Implies, received.ImpliesTLS):
		return fact(bulk.Yes, "%s took it over TLS (%s)", s.host(s.boundary.at), h.With)
	case (with == "SMTP" || with == "ESMTP" || with == "ESMTPA") && h.Confidence != received.Guess && contains(tlsTellers, h.Dialect):
		return fact(bulk.No, "%s took it by %s, which is without TLS", s.host(s.boundary.at), h.With)
	}
	return fact(bulk.Unknown, "%s did not write down whether it was TLS", s.host(s.boundary.at))
}
