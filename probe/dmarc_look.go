package probe

import (
	"context"
	"slices"
	"strings"
	"sync"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// dmarcSight is what was seen of DMARC: what receivers find for mail from the domain, and
// for mail from names below it that have no record of their own.
type dmarcSight struct {
	domain string
	own    *auth.DMARC
	sub    *auth.DMARC       // Of a subdomain that exists; nil where none can have a name.
	gone   *auth.DMARC       // Of one that does not.
	asked  map[string]lookup // By the domain whose _dmarc it is about.

	targets []*dmarcTarget
	why     string // Of a fault of ours.
}

// dmarcPrefix stands before a domain where its record is (RFC 7489 section 6.1).
const dmarcPrefix = "_dmarc."

// anySubdomain stands for any name below a domain. It is never asked for.
const anySubdomain = "mailtrace-any-subdomain"

func lookAtDMARC(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	if !s.ofSenders() {
		return nil
	}
	d := &dmarcSight{domain: s.domain, asked: map[string]lookup{}}
	wait := inBackground(func() { d.look(ctx, asks) })
	return func(r *report.Report) {
		d.why = wait()
		s.dmarc = d
		r.Policies.DMARC = d.report()
	}
}

// look finds the records as receivers do. All names are asked for at one time: who asks
// again gets the same answer.
func (d *dmarcSight) look(ctx context.Context, asks dns.Resolver) {
	var wg sync.WaitGroup
	for _, name := range auth.DMARCNames(d.domain) {
		wg.Go(func() { ask(ctx, asks, name, dns.TXT) })
	}
	wg.Wait()
	d.own = auth.CheckDMARC(ctx, asks, auth.DMARCInput{From: []string{d.domain}})
	for _, s := range d.own.Steps {
		if !s.TooLong {
			d.asked[s.Domain] = ask(ctx, asks, s.Name(), dns.TXT)
		}
	}
	if name := anySubdomain + "." + d.domain; domain.ASCII(name) == name {
		below := func(exists bool) *auth.DMARC {
			return auth.CheckDMARC(ctx, supposed{asks, name, exists}, auth.DMARCInput{From: []string{name}})
		}
		d.sub, d.gone = below(true), below(false)
	}
	d.lookForTargets(ctx, asks)
}

// supposed answers for one name that is only thought of, and has no record: it exists or
// does not. Nobody is asked for it.
type supposed struct {
	dns.Resolver
	name   string
	exists bool
}

func (r supposed) Lookup(ctx context.Context, name string, t dns.Type) (*dns.Answer, error) {
	switch asked := strings.TrimSuffix(strings.ToLower(name), "."); {
	case asked == r.name && r.exists:
		return &dns.Answer{Name: asked, Type: t, Status: dns.NoData}, nil
	case asked == r.name || strings.HasSuffix(asked, "."+r.name):
		return &dns.Answer{Name: asked, Type: t, Status: dns.NXDomain}, nil
	}
	return r.Resolver.Lookup(ctx, name, t)
}

// effective is the record that counts for the domain and where it stands; nil where there
// is none, or where it is not of this organisation.
func (d *dmarcSight) effective() (record *auth.DMARCRecord, at string) {
	if d == nil || d.own == nil {
		return nil, ""
	}
	for _, v := range [...]*auth.DMARCVerdict{&d.own.RFC9989, &d.own.RFC7489} {
		if v.Record != nil && d.ours(v.PolicyDomain) {
			return v.Record, v.PolicyDomain
		}
	}
	return nil, ""
}

// ours says whether a name is of the same organisation, as far as the Public Suffix List
// knows: what stands above is not the domain's to change.
func (d *dmarcSight) ours(name string) bool {
	return name == d.domain || domain.Org(name) != "" && domain.Org(name) == domain.Org(d.domain)
}

// usable says whether receivers apply the record, by the newer rules or by the older ones.
func usable(r *auth.DMARCRecord) bool {
	return r != nil && r.Unusable(auth.RFC9989) == "" && r.Unusable(auth.RFC7489) == ""
}

// several are the steps of the organisation that found more than one record.
func (d *dmarcSight) several() []*auth.DMARCStep {
	if d == nil || d.own == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.own.Steps), func(s *auth.DMARCStep) bool { return s.Count < 2 || !d.ours(s.Domain) })
}

// near are the steps of the organisation that found no record, and what was meant to be one.
func (d *dmarcSight) near() []*auth.DMARCStep {
	if d == nil || d.own == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.own.Steps), func(s *auth.DMARCStep) bool { return s.Count > 0 || s.Near == "" || !d.ours(s.Domain) })
}

// status says what there is for mail from the domain.
func (d *dmarcSight) status() (report.PolicyStatus, string) {
	if d.why != "" {
		return report.PolicyUnknown, d.why
	}
	v := &d.own.RFC9989
	switch {
	case v.Record == nil && v.Err != nil:
		return report.PolicyUnknown, d.unanswered()
	case v.Record == nil && len(d.several())+len(d.near()) > 0:
		return report.PolicyInvalid, v.Reason
	case v.Record == nil:
		return report.PolicyNone, ""
	case v.Record.Unusable(auth.RFC9989) != "":
		return report.PolicyInvalid, v.Record.Unusable(auth.RFC9989)
	}
	return report.PolicyFound, ""
}

// unanswered says which question has no answer.
func (d *dmarcSight) unanswered() string {
	for _, s := range d.own.Steps {
		if l := d.asked[s.Domain]; l.err != nil {
			return s.Name() + ": " + inWords(l.err)
		}
	}
	return d.own.RFC9989.Reason
}

// evidence is the records at _dmarc and the name, or all that is there instead.
func (d *dmarcSight) evidence(at string) []report.Evidence {
	l := d.asked[at]
	if l.answer == nil {
		return l.evidence()
	}
	var records []dns.Record
	for _, r := range l.answer.Records {
		if auth.ParseDMARC(string(r.Text)) != nil {
			records = append(records, r)
		}
	}
	if len(records) == 0 {
		return clippedEvidence(l.evidence())
	}
	return clippedEvidence(append(aliasEvidence(l.answer.Name, l.answer.Alias), recordEvidence(l.answer, records)...))
}

// evidenceOfAll is what was answered at each step.
func (d *dmarcSight) evidenceOfAll() []report.Evidence {
	var all []report.Evidence
	for _, s := range d.own.Steps {
		all = append(all, d.evidence(s.Domain)...)
	}
	return all
}

// verdict is what receivers that follow RFC 9989 find for mail from the domain, where that
// is a policy that is known; else nil.
func (d *dmarcSight) verdict() *auth.DMARCVerdict {
	if d == nil || d.own == nil || d.own.RFC9989.Policy == "" {
		return nil
	}
	return &d.own.RFC9989
}
