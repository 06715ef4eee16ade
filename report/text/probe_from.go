package text

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// Bounds that receivers keep to when they read an SPF record (RFC 7208 section 4.6.4).
const (
	spfLookups = 10
	spfVoid    = 2
)

// maxKeysTold bounds the DKIM keys that a line names.
const maxKeysTold = 6

// spfText says what a domain's SPF record comes to.
func spfText(s *report.SPF) string {
	if s.Status != report.PolicyFound {
		return statusText(s.Status, s.Why)
	}
	parts := []string{spfDefault(s)}
	if s.Lookups != nil {
		parts = append(parts, fmt.Sprintf("%d%sof%s%d%slook-ups", *s.Lookups, noBreak, noBreak, spfLookups, noBreak))
	} else {
		parts = append(parts, "look-ups not known")
	}
	if s.Void != nil && *s.Void > 0 {
		parts = append(parts, fmt.Sprintf("%d of them in vain", *s.Void))
	}
	parts = append(parts, spfSpace(s, ""))
	if s.Why != "" {
		parts = append(parts, s.Why)
	}
	return strings.Join(parts, ", ")
}

// spfDefault is the end of a record: what holds for all that no term matches.
func spfDefault(s *report.SPF) string {
	all := slices.ContainsFunc(s.Terms, func(t report.SPFTerm) bool {
		return strings.EqualFold(strings.TrimLeft(t.Term, "+-~?"), "all")
	})
	switch {
	case s.Default == "fail":
		return "-all"
	case s.Default == "softfail":
		return "~all"
	case s.Default == "neutral" && !all:
		return "without \"all\" (as ?all)"
	case s.Default == "neutral":
		return "?all"
	case s.Default == "pass":
		return "+all (everybody passes)"
	}
	return "its end is not known"
}

// spfSpace is how many addresses pass, with what is said of networks.
func spfSpace(s *report.SPF, of string) string {
	const every = int64(1) << 32
	switch {
	case s.IPv4 == nil && s.IPv6 == nil:
		return "how many addresses pass is not known"
	case s.IPv4 != nil && *s.IPv4 >= every:
		return "every IPv4 address passes"
	case s.IPv4 != nil && *s.IPv4 == 0 && s.IPv6 != nil && *s.IPv6 == 0:
		return "no address passes"
	}
	var parts []string
	if s.IPv4 != nil && *s.IPv4 > 0 {
		parts = append(parts, strings.ReplaceAll(quantity(*s.IPv4, "IPv4 address", "IPv4 addresses"), " ", noBreak))
	}
	if s.IPv6 != nil && *s.IPv6 > 0 {
		parts = append(parts, strings.ReplaceAll(quantity(*s.IPv6, "IPv6 network", "IPv6 networks"), " ", noBreak)+of)
	}
	if len(parts) == 0 {
		return "not all addresses that pass are known"
	}
	verb := " pass"
	if len(parts) == 1 && (s.IPv4 != nil && *s.IPv4 == 1 || s.IPv6 != nil && *s.IPv6 == 1) {
		verb = " passes"
	}
	return strings.Join(parts, " and ") + verb
}

// quantity is a number and its word.
func quantity(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// dkimText names the keys that were found, and says how they were looked for.
func (p *probed) dkimText(d *report.DKIM) string {
	var keys []string
	open := 0 // Usual names of which nothing is known.
	for i := range d.Keys {
		if k := &d.Keys[i]; k.Source == "list" && k.Status == report.PolicyUnknown {
			open++
		} else {
			keys = append(keys, dkimKey(k))
		}
	}
	names := func(n int) string { return strings.ReplaceAll(quantity(int64(n), "name", "names"), " ", noBreak) }
	usual := !slices.ContainsFunc(d.Keys, func(k report.DKIMKey) bool { return k.Source != "list" })
	switch {
	case len(keys) == 0 && d.Status == report.PolicyNone:
		return "none" + because(d.Why)
	case len(keys) == 0 && d.Status == report.PolicyUnknown && len(d.Tried) > 0 && d.Why == "":
		return "none of the " + names(len(d.Tried)) + " that were tried has a key; that proves nothing"
	case len(keys) == 0:
		return statusText(d.Status, d.Why)
	}
	if more := len(keys) - maxKeysTold; more > 1 {
		keys = append(keys[:maxKeysTold], fmt.Sprintf("%d more", more))
	}
	text := strings.Join(keys, ", ")
	if usual && len(d.Tried) > 0 {
		text += "; " + names(len(d.Tried)) + " tried"
		if open > 0 {
			text += fmt.Sprintf(", of %d nothing is known", open)
		}
	}
	return text
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// dkimKey is one key: its selector and what it is worth.
func dkimKey(k *report.DKIMKey) string {
	name := cut(Escape(k.Selector), maxPolicyWord) + noBreak
	switch {
	case k.Revoked:
		return name + "revoked"
	case k.Status == report.PolicyNone:
		return name + "has" + noBreak + "none"
	case k.Status == report.PolicyUnknown:
		return name + "not" + noBreak + "known"
	case k.Status == report.PolicyInvalid && k.Bits == nil:
		return name + "cannot" + noBreak + "be" + noBreak + "used"
	}
	kind := keyKind(k)
	if k.Status == report.PolicyInvalid {
		kind += " (cannot be used)"
	}
	if k.Test {
		kind += " (testing)"
	}
	return name + kind
}

func keyKind(k *report.DKIMKey) string {
	switch {
	case strings.EqualFold(k.Type, "ed25519"):
		return "Ed25519"
	case k.Bits != nil:
		return strings.ToUpper(cut(Escape(k.Type), 12)) + noBreak + fmt.Sprint(*k.Bits)
	}
	return strings.ToUpper(cut(Escape(k.Type), 12))
}

// dmarcText says what the domain wants done, and by which rules where that differs.
func (p *probed) dmarcText(d *report.DMARC) string {
	if d.Status != report.PolicyFound {
		return statusText(d.Status, d.Why)
	}
	const new, old = "RFC 9989", "RFC 7489"
	parts := []string{"p=" + dmarcAsk(d, "domain", new)}
	if dmarcAsk(d, "domain", new) == noAsk {
		parts[0] = "policy not known, record"
	}
	if d.Domain != "" && !strings.EqualFold(d.Domain, p.r.Target) {
		parts[0] += " at " + cut(Escape(d.Domain), maxPolicyWord)
	}
	sub := dmarcAsk(d, "subdomain", new)
	if sub != dmarcAsk(d, "domain", new) {
		parts = append(parts, "subdomains "+sub)
	}
	if none := dmarcAsk(d, "non-existent", new); none != sub {
		parts = append(parts, "non-existent ones "+none)
	}
	var rua []string
	refused := 0
	for _, t := range d.Targets {
		if strings.EqualFold(t.Tag, "rua") {
			rua = append(rua, t.URI)
			if t.Authorised != nil && !*t.Authorised {
				refused++
			}
		}
	}
	switch {
	case len(rua) == 0:
		parts = append(parts, "no reports")
	default:
		parts = append(parts, reportsTo(rua))
	}
	switch {
	case refused > 0 && len(rua) == 1:
		parts[len(parts)-1] += ", which did not agree to get them"
	case refused > 0:
		parts[len(parts)-1] += fmt.Sprintf(" (%d of %d did not agree to get them)", refused, len(rua))
	}
	if text := dmarcDiffers(d, new, old); text != "" {
		parts = append(parts, "by RFC"+noBreak+"7489 "+text)
	}
	return strings.Join(parts, ", ")
}

// dmarcDiffers is what the older rules ask for in the cases in which it is something else.
func dmarcDiffers(d *report.DMARC, new, old string) string {
	var differ, asks []string
	for _, c := range dmarcCases {
		o := dmarcAsk(d, c.word, old)
		if o != dmarcAsk(d, c.word, new) && o != noAsk {
			differ = append(differ, c.text+" "+o)
		}
		if !slices.Contains(asks, o) {
			asks = append(asks, o)
		}
	}
	if len(asks) == 1 && len(differ) > 0 {
		return "all " + asks[0]
	}
	return enumerate(differ)
}

// dmarcCases are whose mail a policy is about.
var dmarcCases = [...]struct{ word, text string }{
	{"domain", "the domain itself"}, {"subdomain", "subdomains"}, {"non-existent", "non-existent ones"},
}

// noAsk stands where the report has no policy of a case: it could not be looked at.
const noAsk = "not known"

// dmarcAsk is the policy in a case, by an edition of the rules: what receivers are asked
// to do where that is less.
func dmarcAsk(d *report.DMARC, what, rules string) string {
	i := slices.IndexFunc(d.Policies, func(q report.DMARCPolicy) bool { return q.For == what && q.Rules == rules })
	if i < 0 {
		return noAsk
	}
	q := &d.Policies[i]
	word := func(s string) string {
		if s == "" {
			return "none"
		}
		return cut(Escape(s), maxShortName)
	}
	if q.Applied != "" && q.Applied != q.Policy {
		return word(q.Policy) + " (testing: " + word(q.Applied) + ")"
	}
	return word(q.Policy)
}

// bimiText says whether there is a logo, and a certificate for it.
func (p *probed) bimiText(b *report.BIMI) string {
	if b.Status != report.PolicyFound {
		return statusText(b.Status, b.Why)
	}
	parts := []string{"no logo (the domain declines)"}
	if b.Location != "" {
		parts[0] = "logo " + cut(p.defang(b.Location), 2*maxPolicyWord)
	}
	switch {
	case b.Evidence != "":
		parts = append(parts, "with a certificate")
	case b.Location != "":
		parts = append(parts, "without a certificate")
	}
	return strings.Join(parts, ", ")
}
