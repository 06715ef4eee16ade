package auth

import (
	"slices"
	"strconv"
	"strings"

	"mailtrace/analyze/domain"
)

// explain puts the verdict into a sentence.
func (v *DMARCVerdict) explain(d *DMARC, a *dmarcAsker) {
	switch v.Status {
	case None:
		v.Reason = v.whyNone(d, a)
	case PermError:
		if v.Record != nil {
			v.Reason = "the record of " + v.PolicyDomain + " cannot be used: " + v.Record.Unusable(v.Rules)
		} else {
			v.Reason = "whether " + d.Domain + " has a policy cannot be found out: " + whyUnanswered(v.Err)
		}
	case Pass:
		v.Reason = v.whyPass(d.Domain)
	case Fail:
		v.Reason = v.whyFail(d.Domain)
	default:
		v.Reason = v.whyOpen(d.Domain, a.dropped)
	}
}

// whyNone says why there is no policy.
func (v *DMARCVerdict) whyNone(d *DMARC, a *dmarcAsker) string {
	several, near := "", ""
	for _, s := range a.steps {
		if s.Domain != d.Domain && !below(d.Domain, s.Domain) {
			continue
		}
		if v.Rules == RFC7489 && s.Domain != d.Domain && s.Domain != v.Organisation {
			continue
		}
		if s.Count > 1 && several == "" {
			several = s.Name()
		}
		if s.Near != "" && near == "" {
			near = s.Name()
		}
	}
	switch {
	case several != "":
		return "there are several DMARC records at " + several + ", which all count for nothing"
	case near != "":
		return "what is published at " + near + " is no DMARC record: it does not begin with “v=DMARC1;”"
	case v.Organisation != d.Domain:
		return "neither " + d.Domain + " nor " + v.Organisation + " publishes a DMARC policy"
	}
	return d.Domain + " publishes no DMARC policy"
}

// whyPass says whose word the pass rests on. It is about the domain alone: nothing
// follows from it for what is before the "@", and for what the mail says.
func (v *DMARCVerdict) whyPass(from string) string {
	best := -1
	for i := range v.Identifiers {
		al := &v.Identifiers[i]
		if al.counts() && (best < 0 || al.Domain == from && v.Identifiers[best].Domain != from) {
			best = i
		}
	}
	al := &v.Identifiers[best]
	name := al.name()
	if slices.ContainsFunc(v.Identifiers, func(o DMARCAlignment) bool {
		return o.counts() && o.Domain == al.Domain && o.Method != al.Method
	}) {
		name = "SPF and DKIM"
	}
	out := name + " passed for " + from + ", the domain in From"
	if al.Domain != from {
		out = "it passed although From names " + from + ": " + name + " passed for " + al.Domain + ", and " + al.both(v)
	}
	// What looks foreign to who compares the addresses.
	for i := range v.Identifiers {
		other := &v.Identifiers[i]
		if other.Method == "spf" && other.Domain != "" && other.Aligned != nil && !*other.Aligned {
			return out + "; that the envelope sender is of another domain, " + other.Domain + ", does not matter"
		}
	}
	return out
}

// both says what the identifier and the domain in From have in common.
func (al *DMARCAlignment) both(v *DMARCVerdict) string {
	// RFC 9989 section 4.10.2 says so where a suffix has a record without psd=y.
	if v.Rules == RFC9989 && domain.Org(v.Organisation) == "" {
		return "both are below " + v.Organisation + ", whose record does not say psd=y; but that is a public suffix, below which anybody can have a name: this pass is worth nothing"
	}
	if al.Domain == v.Organisation {
		return "that is its organisational domain"
	}
	return "both belong to " + v.Organisation
}

// counts tells whether the identifier makes the mail pass.
func (al *DMARCAlignment) counts() bool {
	return al.Status == Pass && al.Aligned != nil && *al.Aligned
}

func (al *DMARCAlignment) name() string {
	if al.Method == "spf" {
		return "SPF"
	}
	return "DKIM"
}

// whyFail says why nothing speaks for the domain in From.
func (v *DMARCVerdict) whyFail(from string) string {
	var passed, others []string
	strict := (*DMARCAlignment)(nil)
	for i := range v.Identifiers {
		al := &v.Identifiers[i]
		if al.Status != Pass {
			others = once(others, al.name()+" "+string(al.Status)+forDomain(al.Domain))
			continue
		}
		passed = once(passed, al.name()+" passed"+forDomain(al.Domain))
		if al.Mode == AlignStrict && (al.Domain == v.Organisation || below(al.Domain, v.Organisation)) {
			strict = al
		}
	}
	switch {
	case strict != nil:
		tag := "adkim=s"
		if strict.Method == "spf" {
			tag = "aspf=s"
		}
		return "it failed although " + listed(passed) + ", of the same organisation: with " + tag + " only " + from + " itself counts"
	case len(passed) > 1:
		return "it failed although " + listed(passed) + ": none of these is " + v.ours(from)
	case len(passed) == 1:
		return "it failed although " + passed[0] + ": that is not " + v.ours(from)
	case len(others) > 0:
		return "nothing passed that could speak for " + from + ": " + listed(others)
	}
	return "there is neither a result of SPF nor a signature that could speak for " + from
}

// ours names what would be aligned.
func (v *DMARCVerdict) ours(from string) string {
	if v.Organisation == "" || v.Organisation == from {
		return from + ", the domain in From, nor of its organisation"
	}
	return from + ", the domain in From, nor of its organisation, " + v.Organisation
}

func forDomain(name string) string {
	if name == "" {
		return ""
	}
	return " for " + name
}

// once adds a text that is not there yet.
func once(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// listed joins the first few.
func listed(list []string) string {
	const most = 4
	if n := len(list) - most; n > 0 {
		return strings.Join(list[:most], ", ") + " and " + strconv.Itoa(n) + " more"
	}
	if n := len(list) - 1; n > 0 {
		return strings.Join(list[:n], ", ") + " and " + list[n]
	}
	return strings.Join(list, "")
}

// whyOpen says what would have to be known.
func (v *DMARCVerdict) whyOpen(from string, dropped bool) string {
	if v.Record == nil {
		return "whether " + from + " has a policy is not known: " + whyUnanswered(v.Err)
	}
	for i := range v.Identifiers {
		al := &v.Identifiers[i]
		if al.Aligned != nil && !*al.Aligned {
			continue
		}
		switch {
		case al.Status == Pass:
			return al.name() + " passed for " + al.Domain + ", but whether that is of the organisation of " + from + " is not known: " + whyUnanswered(al.Err)
		case al.Status == v.Status && !dropped:
			word := "could not be decided"
			if al.Status == TempError {
				word = "could not be checked for now"
			}
			return "nothing else passed for " + from + ", and " + al.name() + forDomain(al.Domain) + " " + word
		}
	}
	return "there are more signatures than are looked at, and none of those that were speaks for " + from
}

// several evaluates each of several domains in From.
func (a *dmarcAsker) several(from []string, more bool, ids []DMARCIdentifier) *DMARC {
	d := &DMARC{}
	names := listed(from)
	if more {
		names += " and more"
	}
	for _, name := range from {
		d.Each = append(d.Each, a.evaluate(name, ids))
	}
	// RFC 9989 section 5.3.1: with more than one domain there is no DMARC.
	d.RFC9989 = DMARCVerdict{
		Rules: RFC9989, Status: None,
		Reason: "From names several domains, " + names + ": DMARC is about one, so that none is spoken for",
	}
	// RFC 7489 section 6.6.1: each of them, and the strictest policy of those that fail.
	worst := &d.Each[0].RFC7489
	for _, e := range d.Each[1:] {
		if v := &e.RFC7489; rank(v.Status) > rank(worst.Status) || v.Status == worst.Status && v.Applied.strictness() > worst.Applied.strictness() {
			worst = v
		}
	}
	d.RFC7489 = *worst
	d.RFC7489.Reason = "From names several domains, " + names + "; the worst of them: " + worst.Reason
	if more && worst.Status != Fail {
		d.RFC7489.Status, d.RFC7489.Reason = Undecided, "From names several domains, "+names+": not all of them were looked at"
	}
	return d
}

// rank orders the results for several domains.
func rank(s Status) int {
	return slices.Index([]Status{Pass, None, PermError, TempError, Undecided, Fail}, s)
}
