package main

import (
	"fmt"

	"mailtrace/report"
)

// reach is how far a run got through at the port of mail servers. One domain that does
// not answer says little; when none does, the network here is the likely cause: many
// let nobody out to port 25. Nobody else is asked whether that is so.
type reach struct {
	silent int // Domains of which servers were tried at port 25, and none answered.
	heard  int // Those of which one did.
}

// fewSilent is from how many domains on their silence says something.
const fewSilent = 2

// reachOf is what one report says of it.
func reachOf(r *report.Report) reach {
	tried := false
	for i := range r.Hosts {
		for k := range r.Hosts[i].Endpoints {
			e := &r.Hosts[i].Endpoints[k]
			if e.Port != smtpPort {
				continue
			}
			switch e.Outcome {
			case report.OutcomeTimeout, report.OutcomeRefused, report.OutcomeNoRoute:
				if e.Phase != report.PhaseConnect {
					return reach{heard: 1}
				}
				tried = true
			case report.OutcomeForbidden, report.OutcomeUntried:
			default:
				return reach{heard: 1}
			}
		}
	}
	if tried {
		return reach{silent: 1}
	}
	return reach{}
}

func (a *reach) add(b reach) { a.silent, a.heard = a.silent+b.silent, a.heard+b.heard }

// warning is what to say at the end of a run; nil for nothing.
func (a *reach) warning() *failure {
	if a.heard > 0 || a.silent < fewSilent {
		return nil
	}
	return &failure{
		err:  fmt.Errorf("no server of %d domains answered at port 25: most likely the network here lets nobody out to it", a.silent),
		hint: "ask from another network; the reports say of these servers only that they could not be judged",
	}
}

// smtpPort is where mail servers are spoken to by others (RFC 5321 section 4.5.4.2).
const smtpPort = 25
