package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// bimiSight is what was seen of BIMI.
type bimiSight struct{}

func lookAtBIMI(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	return nil
}
