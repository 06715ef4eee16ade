package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// rdnsSight is what was seen of RDNS.
type rdnsSight struct{}

func lookAtRDNS(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	return nil
}
