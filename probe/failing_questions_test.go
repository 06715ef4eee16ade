package probe

import (
	"context"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// unanswering leaves one question without an answer.
type unanswering struct {
	dns.Resolver
	name, typ string
	cause     dns.Cause // "" for a fault of ours.
}

func (f *unanswering) Lookup(ctx context.Context, name string, t dns.Type) (*dns.Answer, error) {
	if !strings.EqualFold(strings.TrimSuffix(name, "."), f.name) || t.String() != f.typ {
		return f.Resolver.Lookup(ctx, name, t)
	}
	if f.cause == "" {
		panic("a fault of ours")
	}
	return nil, &dns.Error{Name: f.name, Type: t, Server: "zone", Cause: f.cause, Time: clock()}
}

// revealed are the rules that may speak only where a question is without an answer, since
// what it says is true in any case, and the answer would have made it of no account.
var revealed = map[string]string{
	"dkim.none":         "whether the domain takes mail, and not only says that it takes none, is not known",
	"spf.mx-host-helo":  "whether a term before it matches everybody is not known",
	"spf.address-space": "whether a term before it matches everybody is not known",
}

// TestFailingQuestions probes domains as postmasters have them, again and again: each time
// another question has no answer. Nothing may be called wrong then that was not before, or
// worse than it was: what is not known is no fault. A fault of ours in one of them costs
// the report nothing else.
func TestFailingQuestions(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/failing-questions.txtar")
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	for _, c := range archived(t, archive) {
		text, _ := fillTLSA(t, string(c.zone.Data))
		zone, err := dns.ParseZone(text)
		if err != nil {
			t.Fatal(err)
		}
		zone.Time = clock()
		whole := c.probe(t)
		for _, q := range whole.DNS {
			for _, cause := range []dns.Cause{dns.Timeout, ""} {
				lacking := &unanswering{zone, q.Name, q.Type, cause}
				c.dns = func() *dns.Recorder { return &dns.Recorder{Resolver: lacking} }
				r := c.probe(t)
				runs++
				if r.Error != whole.Error && (cause != "" || q.Type != "MX") { // Without its MX records there is nothing to report on.
					t.Errorf("%s, %s %s %s: %s", c.zone.Name, q.Name, q.Type, cause, r.Error)
				}
				if cause != "" {
					lessKnown(t, c.zone.Name+", "+q.Name+" "+q.Type, whole, r)
				}
				for _, f := range r.Findings {
					if _, may := revealed[f.Rule]; !may && !said(whole, &f) {
						t.Errorf("%s: without an answer on %s %s (%q) it says: %s: %s: %s", c.zone.Name, q.Name, q.Type, cause, f.Severity, f.Rule, f.Text)
					}
				}
			}
		}
		c.dns = nil
	}
	t.Logf("%d probes", runs)
}

// lessKnown holds that a report which lacks an answer says less than the whole one: what a
// policy is stays so, or is not known, and where a finding to look at is gone, something is
// undecided.
func lessKnown(t *testing.T, name string, whole, r *report.Report) {
	t.Helper()
	now := policyStates(r)
	for policy, was := range policyStates(whole) {
		if is, ok := now[policy]; ok && is != was && is != report.PolicyUnknown && !(policy == "spf" && is == report.PolicyFound && r.Policies.SPF.Why != "") { // A branch of it is not known.
			t.Errorf("%s: without an answer %s is %s, and was %s", name, policy, is, was)
		}
	}
	for _, f := range whole.Findings {
		if f.Severity != report.Info && !said(r, &f) && len(r.Undecided) <= len(whole.Undecided) {
			t.Errorf("%s: without an answer nothing is undecided, and this is not said: %s: %s", name, f.Rule, f.Text)
		}
	}
	for i := range r.Requirements {
		if q := &r.Requirements[i]; q.Status != whole.Requirements[i].Status && q.Status != report.RequirementUnseen {
			t.Errorf("%s: without an answer the requirement %s of %s is %s, and was %s", name, q.ID, q.Provider, q.Status, whole.Requirements[i].Status)
		}
	}
}

// policyStates are the policies that were looked at, by name.
func policyStates(r *report.Report) map[string]report.PolicyStatus {
	p := &r.Policies
	all := map[string]report.PolicyStatus{}
	if p.MTASTS != nil {
		all["mta-sts"] = p.MTASTS.Status
	}
	if p.TLSRPT != nil {
		all["tlsrpt"] = p.TLSRPT.Status
	}
	if p.SPF != nil {
		all["spf"] = p.SPF.Status
	}
	if p.DKIM != nil {
		all["dkim"] = p.DKIM.Status
		for i := range p.DKIM.Keys {
			all["dkim "+p.DKIM.Keys[i].Selector] = p.DKIM.Keys[i].Status
		}
	}
	if p.DMARC != nil {
		all["dmarc"] = p.DMARC.Status
	}
	if p.BIMI != nil {
		all["bimi"] = p.BIMI.Status
	}
	return all
}

// said is whether the report has a finding of the same rule, about the same host, that is as
// serious.
func said(r *report.Report, f *report.Finding) bool {
	return slices.ContainsFunc(r.Findings, func(g report.Finding) bool {
		return g.Rule == f.Rule && g.Host == f.Host && severityOrder[g.Severity] >= severityOrder[f.Severity]
	})
}
