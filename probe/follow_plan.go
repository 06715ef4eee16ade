package probe

import (
	"fmt"

	"mailtrace/report"
)

// PlanFollow lists what Follow would ask and whom it would connect to, for a report on a
// message. It opens no socket.
func (p *Prober) PlanFollow(r *report.Report) []PlanStep {
	f := follows(r, p.now())
	l := planner{target: r.Target}
	for _, k := range f.keys {
		if !k.withheld {
			l.question("", "TXT "+k.name)
		}
	}
	for _, n := range f.of {
		if !n.withheld {
			l.question("", addressType(f.peer).String()+" "+n.name)
		}
	}
	if f.hop == nil {
		if len(l.steps) == 0 {
			l.add(PlanNothing, "", f.unknown)
		}
		return l.steps
	}
	l.addresses(p, "", f.border)
	if f.recipient != "" {
		l.question("", "MX "+f.recipient)
		l.addresses(p, "for each MX host", "its name")
		l.addresses(p, "if it has no MX record", f.recipient)
	}
	said := fmt.Sprintf("port %d of %s, at one address: greeting, EHLO, STARTTLS, EHLO, QUIT", p.mxPorts()[0], f.border)
	switch {
	case f.certain:
		l.add(PlanConnection, "", said)
	case f.recipient != "":
		l.add(PlanConnection, "if it takes mail for "+f.recipient, said)
	}
	return l.steps
}
