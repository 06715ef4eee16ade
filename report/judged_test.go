package report

import "testing"

func TestJudged(t *testing.T) {
	of := func(endpoints ...Endpoint) *Report {
		r := New(KindProbe)
		r.Hosts = []Host{{Name: "mx.example.org", Endpoints: endpoints}}
		r.Findings = []Finding{{Rule: "dns.mx-order"}}
		return r
	}
	open := func(rule string) *Report {
		r := of()
		r.Undecided = []Undecided{{Rule: rule, Why: "the DNS did not answer in time"}}
		return r
	}
	for name, test := range map[string]struct {
		r    *Report
		want bool
	}{
		"no hop":          {New(KindTrace), false},
		"a hop":           {&Report{Kind: KindTrace, Path: Path{Hops: make([]Hop, 1)}}, true},
		"no answer":       {New(KindProbe), false},
		"null MX":         {of(), true},
		"MX not known":    {open("dns.mx-not-known"), false},   // And yet no SRV record, says a finding.
		"no address":      {open("dns.mx-none-usable"), false}, // One host has none; of the other it is not known.
		"SPF not known":   {open("dns.null-mx-sends"), true},
		"silent":          {of(Endpoint{Outcome: OutcomeTimeout}, Endpoint{Outcome: OutcomeNoRoute}), false},
		"not now":         {of(Endpoint{Outcome: OutcomeDeferred, Phase: PhaseGreeting}), false},
		"refused":         {of(Endpoint{Outcome: OutcomeRefused, Phase: PhaseConnect}), false},
		"no service":      {of(Endpoint{Outcome: OutcomeRejected, Phase: PhaseGreeting}), true},
		"one of two":      {of(Endpoint{Outcome: OutcomeTimeout}, Endpoint{Outcome: OutcomeOK, Hello: HelloEHLO}), true},
		"broken later on": {of(Endpoint{Outcome: OutcomeTLS, Hello: HelloEHLO}), true},
	} {
		if got := test.r.Judged(); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
