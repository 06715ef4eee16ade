package report

import "testing"

func TestJudged(t *testing.T) {
	of := func(endpoints ...Endpoint) *Report {
		r := New(KindProbe)
		r.Hosts = []Host{{Name: "mx.example.org", Endpoints: endpoints}}
		r.Findings = []Finding{{Rule: "dns.mx-order"}}
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
