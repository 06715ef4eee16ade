package main

import (
	"testing"

	"mailtrace/report"
)

// TestReach: that nobody answers at port 25 is said of a run once it has seen enough, and
// never where anybody did.
func TestReach(t *testing.T) {
	domain := func(port int, outcome report.Outcome, phase report.Phase) reach {
		r := report.New(report.KindProbe)
		r.Hosts = []report.Host{{Endpoints: []report.Endpoint{{Port: port, Outcome: outcome, Phase: phase}}}}
		return reachOf(r)
	}
	silent := domain(25, report.OutcomeTimeout, report.PhaseConnect)
	for name, c := range map[string]struct {
		of   []reach
		says bool
	}{
		"one domain":            {[]reach{silent}, false},
		"two domains":           {[]reach{silent, silent}, true},
		"refused, no route":     {[]reach{domain(25, report.OutcomeRefused, report.PhaseConnect), domain(25, report.OutcomeNoRoute, report.PhaseConnect)}, true},
		"one that answers":      {[]reach{silent, domain(25, report.OutcomeOK, report.PhaseQuit), silent}, false},
		"one that puts us off":  {[]reach{silent, domain(25, report.OutcomeDeferred, report.PhaseGreeting), silent}, false},
		"one that is mute":      {[]reach{silent, domain(25, report.OutcomeTimeout, report.PhaseGreeting), silent}, false},
		"none was asked":        {[]reach{domain(25, report.OutcomeForbidden, report.PhaseNone), domain(25, report.OutcomeUntried, report.PhaseNone)}, false},
		"another port":          {[]reach{domain(587, report.OutcomeTimeout, report.PhaseConnect), domain(2525, report.OutcomeRefused, report.PhaseConnect)}, false},
		"no server in the list": {[]reach{reachOf(report.New(report.KindProbe)), reachOf(report.New(report.KindProbe))}, false},
	} {
		var all reach
		for _, r := range c.of {
			all.add(r)
		}
		if got := all.warning() != nil; got != c.says {
			t.Errorf("%s: said %v, want %v", name, got, c.says)
		}
	}
}
