package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var nameServerSilent = check{
	Rule: report.Rule{
		ID:    "dns.name-server-silent",
		Title: "A name server of the domain gives no answer",
		Max:   report.Warning,
		Explain: `This server was asked by itself and gave no answer that can be used, while another one of the domain did. Resolvers
lose time with it, and the domain is gone when the others fail too. It may have been away for a moment: ask again. If it stays
so, look at the server and at its firewall, for UDP and for TCP at port 53.`,
		Innocent: `A server that was just being restarted, one that limits how often it answers, or a network on the way.`,
		Measured: notMeasured + " It rests on asking each server by itself, twice where it was silent.",
		Refs:     []string{"RFC 1034 section 4.1", "RFC 1912 section 2.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.ns == nil {
			return nil, nil, nil
		}
		var found []report.Finding
		var undecided []report.Undecided
		for _, e := range s.ns.places {
			switch {
			case e.status == serverForbidden:
				undecided = append(undecided, report.Undecided{Host: e.name, Address: e.address, Why: "the name server was not asked: it has " + e.why})
			case e.status != serverFailed:
			case e.spoke() || s.ns.reached(e) && (e.fail.Cause == dns.Timeout || e.fail.Cause == dns.Network):
				f := s.finding(report.Warning, "the name server %s gives no answer for %s: %s", e.name, spelled(s.ns.zone), e.why)
				f.Host, f.Address, f.Evidence = e.name, e.address, s.ns.evidence(e)
				found = append(found, f)
			default:
				undecided = append(undecided, report.Undecided{Host: e.name, Address: e.address, Why: "whether the name server answers is not known: " + e.why})
			}
		}
		return found, undecided, nil
	},
}

// spoke says that the server sent something, which was no answer.
func (e *serverPlace) spoke() bool {
	return e.fail != nil && (e.fail.Cause == dns.ServFail || e.fail.Cause == dns.Malformed)
}
