package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// look is something that is looked at beside the conversations with the servers. It begins
// in goroutines of its own and returns at once; nothing is written to the subject or the
// report before the function that it gives, which waits for the end, puts what was seen into
// both. A look contains its own panics, as inBackground does. Nil: there is nothing to look at.
type look func(p *Prober, ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report)

// looks are all of them, in the order in which their results are put into the report.
var looks = []look{
	lookAtRDNS,
	lookAtCAA,
	lookAtSPF,
	lookAtDKIM,
	lookAtDMARC,
	lookAtBIMI,
	lookAtNameServers,
	lookAtLists,
}

// lookBeside begins all looks and gives what waits for them.
func (p *Prober) lookBeside(ctx context.Context, asks dns.Resolver, s *subject) func(*report.Report) {
	if p.NoPolicies {
		return func(*report.Report) {}
	}
	var ends []func(*report.Report)
	for _, l := range looks {
		if end := l(p, ctx, asks, s); end != nil {
			ends = append(ends, end)
		}
	}
	return func(r *report.Report) {
		for _, end := range ends {
			end(r)
		}
	}
}

// inBackground runs what is looked at, and returns at once. What it gives waits for the end, and says
// in words what fault of ours ended it; "" for none.
func inBackground(look func()) (wait func() string) {
	fault := ""
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				fault = failedHere(v)
			}
		}()
		look()
	}()
	return func() string { <-done; return fault }
}
