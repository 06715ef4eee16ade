package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// spfSight is what was seen of SPF.
type spfSight struct{}

func lookAtSPF(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	return nil
}
