package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// listSight is what lists in the DNS say of the addresses.
type listSight struct{}

func lookAtLists(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	return nil
}
