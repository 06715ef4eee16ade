package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// dkimSight is what was seen of DKIM.
type dkimSight struct{}

func lookAtDKIM(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	return nil
}
