package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// nameServerSight is what the name servers of the domain say, each by itself.
type nameServerSight struct{}

func lookAtNameServers(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	return nil
}
