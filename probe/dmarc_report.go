package probe

import (
	"mailtrace/analyze/auth"
	"mailtrace/report"
)

// report is what stands in the report.
func (d *dmarcSight) report() *report.DMARC {
	r := &report.DMARC{}
	r.Status, r.Why = d.status()
	if d.own == nil {
		return r
	}
	v := &d.own.RFC9989
	r.Organisation, r.Domain = v.Organisation, v.PolicyDomain
	if v.Record != nil {
		r.Record = clipped(v.Record.Text, maxRecord)
	}
	for _, s := range d.own.Steps {
		r.Steps = append(r.Steps, d.step(s))
	}
	for _, c := range [...]struct {
		who   string
		found *auth.DMARC
	}{{"domain", d.own}, {"subdomain", d.sub}, {"non-existent", d.gone}} {
		if c.found == nil || c.found.RFC9989.Record == nil && c.found.RFC7489.Record == nil {
			continue
		}
		for _, v := range [...]*auth.DMARCVerdict{&c.found.RFC9989, &c.found.RFC7489} {
			if v.Err != nil {
				continue // Not known, or not which of its policies counts.
			}
			r.Policies = append(r.Policies, report.DMARCPolicy{
				For: c.who, Rules: string(v.Rules), Tag: v.Tag, Policy: string(v.Policy), Applied: string(v.Applied),
			})
		}
	}
	for _, t := range d.targets {
		r.Targets = append(r.Targets, t.report())
	}
	return r
}

// step is a question of the walk.
func (d *dmarcSight) step(s *auth.DMARCStep) report.DMARCStep {
	out := report.DMARCStep{Name: s.Name(), Status: report.PolicyNone}
	switch {
	case s.TooLong:
		out.Why = "it is longer than a name can be, and was not asked for"
	case s.Err != nil:
		out.Status, out.Why = report.PolicyUnknown, "there is no answer"
		if l := d.asked[s.Domain]; l.err != nil {
			out.Why = inWords(l.err)
		}
	case s.Count > 1:
		out.Status, out.Why = report.PolicyInvalid, "there are several records, which all count for nothing"
	case s.Record != nil:
		out.Status, out.Record = report.PolicyFound, clipped(s.Record.Text, maxRecord)
		if out.Why = s.Record.Unusable(auth.RFC9989); out.Why != "" {
			out.Status = report.PolicyInvalid
		}
	case s.Near != "":
		out.Status, out.Why, out.Record = report.PolicyInvalid, `it does not begin with "v=DMARC1;"`, s.Near
	}
	return out
}
