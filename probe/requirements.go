package probe

import (
	"mailtrace/analyze/bulk"
	"mailtrace/report"
)

// reportRequirements holds what the report shows of the domain against what large mailbox
// providers require of those that send mail to them. It comes behind all else: it rests on
// the policies, on the server that sends (where one was looked at) and on the findings.
func (p *Prober) reportRequirements(r *report.Report) {
	if !p.Requirements {
		return
	}
	r.Requirements = bulk.Judge(bulk.OfDomain(r))
	r.DecidedOn.Data = append(r.DecidedOn.Data, bulk.Data())
}
