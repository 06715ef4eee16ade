package bulk

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// What is known of a domain without a mail of it.

const (
	needsMail = "that is seen in a mail of the domain (mailtrace trace --requirements)"

	minKeyBits = 1024 // Of an RSA key: what providers ask for, and RFC 8301 section 3.2.
	maxShown   = 200  // Bytes of a record in a sentence.
)

// OfDomain is what a report on a domain shows: its records in the DNS and, where a server
// that sends was looked at, the name of that. How servers take mail says nothing of how
// the domain sends it.
func OfDomain(r *report.Report) Facts {
	f := Facts{}
	for _, id := range [...]ID{OneClickUnsubscribe, UnsubscribeLink, MessageID, OneFrom, NoGmailFrom, ARC, ListID} {
		f[id] = Fact{Why: needsMail}
	}
	f[DMARCAlignment] = Fact{Why: "which domains mail passes SPF and DKIM for " + strings.TrimPrefix(needsMail, "that ")}
	f[TLS] = Fact{Why: "how the domain sends is not seen: that its servers take mail by TLS says nothing of it"}
	f.spf(r)
	f.dkim(r)
	f.dmarc(r)
	f[ForwardReverseDNS] = sendingName(r.Sending)
	return f
}

func (f Facts) spf(r *report.Report) {
	p := r.Policies.SPF
	if p == nil {
		f[SPF] = ofServer(r)
		f[SPFPass] = f[SPF]
		return
	}
	fact := published(p.Status, "SPF record", r.Target, p.Record, p.Why)
	failed := func(t report.SPFTerm) bool { return t.Status == "failed" }
	if i := slices.IndexFunc(p.Terms, failed); i >= 0 && fact.State == Yes {
		fact = Fact{Why: clip(fmt.Sprintf("whether the SPF record of %s counts is not known: %s: %s", r.Target, p.Terms[i].Term, p.Terms[i].Why))}
	}
	fact.Rules = grave(r, "spf.")
	f[SPF] = fact
	if fact.State == Yes {
		fact = Fact{Why: fact.Why + "; whether mail passes " + strings.TrimPrefix(needsMail, "that ")}
	}
	f[SPFPass] = fact // What has no record passes for nobody.
}

// ofServer is SPF of a server that was looked at as one that sends, for the domain in MAIL
// FROM that the user named.
func ofServer(r *report.Report) Fact {
	for i := range r.Auth {
		a := &r.Auth[i]
		if a.By != report.ByUs || a.Method != "spf" || a.Property != "smtp.mailfrom" {
			continue
		}
		f := Fact{State: No, Why: clip(fmt.Sprintf("SPF: %s: %s", a.Status, a.Reason))}
		switch a.Status {
		case "pass":
			f.State = Yes
		case "temperror", "undecided", "":
			f.State = Unknown
		}
		f.Rules = grave(r, "spf.")
		return f
	}
	return Fact{Why: "SPF was not looked at"}
}

func (f Facts) dkim(r *report.Report) {
	p := r.Policies.DKIM
	if p == nil {
		f[DKIM] = Fact{Why: "DKIM was not looked at"}
		f[DKIMPass], f[DKIMKeySize] = f[DKIM], f[DKIM]
		return
	}
	var good []string
	weak := Fact{State: Unknown, Why: "no key was found"}
	unknown := ""
	for i := range p.Keys {
		k := &p.Keys[i]
		if k.Status == report.PolicyUnknown && unknown == "" {
			unknown = clip(fmt.Sprintf("%s._domainkey.%s: %s", k.Selector, k.Domain, k.Why))
		}
		if k.Status != report.PolicyFound && k.Status != report.PolicyInvalid || k.Bits == nil || k.Revoked {
			continue
		}
		name := fmt.Sprintf("%s._domainkey.%s", k.Selector, k.Domain)
		switch {
		case k.Type == "rsa" && *k.Bits < minKeyBits:
			weak = Fact{State: No, Why: fmt.Sprintf("%s has %d bits", name, *k.Bits), Rules: grave(r, "dkim.")}
		case weak.State == Unknown:
			weak = Fact{State: Yes, Why: fmt.Sprintf("%s has %d bits (%s)", name, *k.Bits, k.Type)}
		}
		if k.Status == report.PolicyFound {
			good = append(good, name)
		}
	}
	if weak.State == Yes && unknown != "" {
		weak = Fact{Why: clip(weak.Why + ", and that of another is not known: " + unknown)}
	}
	f[DKIMKeySize] = weak
	switch {
	case len(good) > 0:
		f[DKIM] = Fact{State: Yes, Why: "there is a key at " + good[0]}
		f[DKIMPass] = Fact{Why: f[DKIM].Why + "; whether mail passes " + strings.TrimPrefix(needsMail, "that ")}
		return
	case p.Status == report.PolicyNone:
		f[DKIM] = Fact{State: No, Why: clip(why(p.Why, r.Target+" has no keys of DKIM")), Rules: grave(r, "dkim.")}
	default:
		// Nobody can list the keys of a domain: none of those that were tried is no proof.
		f[DKIM] = Fact{Why: clip(why(p.Why, "no key was found under the names that were tried, and there may be others"))}
	}
	f[DKIMPass] = f[DKIM]
}

func (f Facts) dmarc(r *report.Report) {
	p := r.Policies.DMARC
	if p == nil {
		f[DMARCRecord] = Fact{Why: "DMARC was not looked at"}
		return
	}
	where := r.Target
	if p.Domain != "" {
		where = p.Domain
	}
	fact := published(p.Status, "DMARC record", where, p.Record, p.Why)
	fact.Rules = grave(r, "dmarc.")
	f[DMARCRecord] = fact
}

// published is what a record in the DNS says.
func published(status report.PolicyStatus, what, name, record, reason string) Fact {
	switch status {
	case report.PolicyFound:
		return Fact{State: Yes, Why: clip(fmt.Sprintf("the %s of %s: %s", what, name, record))}
	case report.PolicyNone:
		return Fact{State: No, Why: name + " has no " + what}
	case report.PolicyInvalid:
		return Fact{State: No, Why: clip(fmt.Sprintf("the %s of %s does not count: %s", what, name, why(reason, record)))}
	}
	return Fact{Why: clip(fmt.Sprintf("the %s of %s is not known: %s", what, name, why(reason, "it could not be looked at")))}
}

// sendingName is whether the address of a server that sends has a name that leads back.
func sendingName(s *report.Sending) Fact {
	if s == nil || s.RDNS == nil {
		return Fact{Why: "no address is known from which the domain sends"}
	}
	switch s.RDNS.Status {
	case "pass":
		return Fact{State: Yes, Why: fmt.Sprintf("%s is %s, and that leads back", s.Address, s.RDNS.Name)}
	case "fail", "permerror":
		return Fact{State: No, Why: clip(why(s.RDNS.Why, fmt.Sprintf("%s has no name that leads back", s.Address)))}
	}
	return Fact{Why: clip(why(s.RDNS.Why, fmt.Sprintf("the name of %s is not known", s.Address)))}
}

// grave are the rules of an area by which something has to be looked at.
func grave(r *report.Report, area string) []string {
	var rules []string
	for i := range r.Findings {
		f := &r.Findings[i]
		if strings.HasPrefix(f.Rule, area) && f.Severity != report.Info && (len(rules) == 0 || rules[len(rules)-1] != f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}

func why(said, otherwise string) string {
	if said != "" {
		return said
	}
	return otherwise
}

// clip bounds what a stranger wrote.
func clip(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "..."
}
