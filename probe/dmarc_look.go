package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// dmarcSight is what was seen of DMARC.
type dmarcSight struct{}

func lookAtDMARC(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	return nil
}
