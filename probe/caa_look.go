package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// caaSight is what was seen of CAA.
type caaSight struct{}

func lookAtCAA(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	return nil
}
