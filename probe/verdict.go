package probe

import (
	"cmp"
	"slices"
	"strings"

	"mailtrace/report"
)

// A verdict is what one kind of sender will experience: it walks the servers of a domain
// as that sender would (RFC 5321 section 5.1), from what the report has of them, as far as
// it was seen from here. Nothing is asked for it.
//
// A server of which not enough is known (a time-out, "not now") is passed over as that
// sender would pass over it. The verdict is undecided if no server behind it takes the
// mail, and this one might have.

// verdicts says what becomes of the mail of each kind of sender. It is empty where the
// report is on no domain, or on nothing at all.
func verdicts(r *report.Report) []report.Verdict {
	hosts := exchangers(r)
	if len(hosts) == 0 && firstMX(r) == nil {
		return []report.Verdict{}
	}
	all := make([]report.Verdict, 0, len(senders))
	for _, s := range senders {
		w := &walk{r: r, hosts: hosts, now: report.DeliveryDeferred}
		v := leg{}
		if len(hosts) > 0 {
			v = s.decide(w)
		} else {
			v = nowhere(r)
		}
		why := v.why
		if v.goesBy != "" {
			why = v.goesBy + ": " + why
		}
		all = append(all, report.Verdict{Sender: s.sender, Result: v.result, Host: v.name(), Address: v.address(), Why: sentenceOf(why), Rules: rulesOf(r, v)})
	}
	return all
}

// senders are the kinds of senders, in the order of the report.
var senders = []struct {
	sender report.Sender
	decide func(*walk) leg
}{
	{report.SenderOpportunistic, func(w *walk) leg { return w.through(w.opportunistic) }},
	{report.SenderPKIX, func(w *walk) leg { return w.through(w.pkix) }},
	{report.SenderMTASTS, (*walk).mtaSTS},
	{report.SenderDANE, (*walk).dane},
	{report.SenderRequireTLS, (*walk).requireTLS},
	{report.SenderIPv4, func(w *walk) leg { return w.ofFamily(false) }},
	{report.SenderIPv6, func(w *walk) leg { return w.ofFamily(true) }},
	{report.SenderNoTLS, func(w *walk) leg { return w.through(w.inClear) }},
}

// exchangers are the hosts that take mail from other servers, in the order of preference.
func exchangers(r *report.Report) []*report.Host {
	var all []*report.Host
	for i := range r.Hosts {
		if h := &r.Hosts[i]; h.Role == report.RoleMX || h.Role == report.RoleImplicitMX {
			all = append(all, h)
		}
	}
	slices.SortStableFunc(all, func(a, b *report.Host) int { return cmp.Compare(preference(a), preference(b)) })
	return all
}

func preference(h *report.Host) int {
	if h.Preference == nil {
		return 0
	}
	return *h.Preference
}

// firstMX is the question for the MX records of the domain, or nil: none other is asked.
func firstMX(r *report.Report) *report.DNS {
	i := slices.IndexFunc(r.DNS, func(d report.DNS) bool { return d.Type == "MX" })
	if i < 0 {
		return nil
	}
	return &r.DNS[i]
}

// nowhere is the leg of every sender where there is no server.
func nowhere(r *report.Report) leg {
	switch mx := firstMX(r); {
	case mx.Status == "nxdomain":
		return leg{result: report.DeliveryBounced, why: "there is no such domain", rules: []string{"dns.domain-missing"}}
	case mx.Status == "failed":
		return leg{result: report.DeliveryUndecided, why: "the DNS did not say who takes mail for the domain; senders that get no answer either keep the mail"}
	case len(mx.Answers) > 0 && !slices.ContainsFunc(mx.Answers, func(s string) bool { return !strings.HasSuffix(s, " .") }):
		return leg{result: report.DeliveryBounced, why: "the domain says that it takes no mail (null MX, RFC 7505)", rules: []string{"dns.null-mx"}}
	case mx.Status == "nodata":
		return leg{result: report.DeliveryBounced, why: "the domain has no server for mail that can be used", rules: []string{"dns.mx-none-usable", "dns.mx-implicit"}}
	}
	return leg{result: report.DeliveryUndecided, why: "it is not known who takes mail for the domain"}
}

// rulesOf is the rules of the findings that decide, each once, in the order of the report.
func rulesOf(r *report.Report, v leg) []string {
	rules := []string{}
	decides := func(l *leg, f *report.Finding) bool {
		if f.Host != "" && l.host != nil && f.Host != l.host.Name {
			return false
		}
		if f.Address.IsValid() && l.endpoint != nil && f.Address != l.endpoint.Address {
			return false
		}
		return slices.Contains(l.rules, f.Rule)
	}
	legs := append([]leg{v}, v.passed...)
	for i := range r.Findings {
		f := &r.Findings[i]
		if !slices.Contains(rules, f.Rule) && slices.ContainsFunc(legs, func(l leg) bool { return decides(&l, f) }) {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}

// maxVerdictWhy is how long the sentence of a verdict is, in octets.
const maxVerdictWhy = 160

func sentenceOf(why string) string {
	if len(why) <= maxVerdictWhy {
		return why
	}
	return strings.ToValidUTF8(why[:maxVerdictWhy], "") + "..."
}
