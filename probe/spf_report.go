package probe

import (
	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// maxSPFShown is how many terms stand in a report.
const maxSPFShown = 300

// report is what stands in the report.
func (l *spfSight) report() *report.SPF {
	out := &report.SPF{Status: report.PolicyUnknown, Why: l.why, Terms: []report.SPFTerm{}}
	if l.walk == nil {
		return out
	}
	root := l.walk.root
	if l.octets > 0 {
		out.Answer = &l.octets
	}
	if len(root.found) > 0 {
		out.Record = clipped(string(root.found[0].Text), maxRecord)
	}
	if root.state != spfRead {
		out.Why = root.why
		switch root.state {
		case spfNone:
			out.Status = report.PolicyNone
			if root.answer.answer != nil {
				out.Why = ""
			}
		case spfSeveral, spfWrong:
			out.Status = report.PolicyInvalid
		}
		return out
	}
	l.counted(out)
	root.each(func(t *spfTerm) {
		if len(out.Terms) < maxSPFShown {
			out.Terms = append(out.Terms, t.report())
		}
	})
	return out
}

// counted fills in what was counted.
func (l *spfSight) counted(out *report.SPF) {
	c := l.count
	out.Status, out.Default = report.PolicyFound, report.Status(c.ends)
	if stop := c.stop; stop != nil {
		out.Why = stop.why
		if stop.status == auth.PermError {
			out.Status, out.Default = report.PolicyInvalid, ""
		}
	}
	if !c.open {
		out.Lookups = &c.asks
	}
	if !c.open && len(c.maybe) == 0 {
		out.Void = &c.void4
	}
	if n, ok := l.v4.pass.size(); ok && len(l.v4.open) == 0 {
		out.IPv4 = &n
	}
	if n, ok := l.v6.pass.size(); ok && len(l.v6.open) == 0 {
		out.IPv6 = &n
	}
}

func (t *spfTerm) report() report.SPFTerm {
	out := report.SPFTerm{Depth: t.in.depth, Domain: t.in.name, Term: shortened(t.Text), Why: t.dead}
	if t.dead != "" {
		return out
	}
	if !t.tally.open {
		out.Lookups = &t.tally.asks
	}
	switch {
	case t.to.Message:
		out.Why = "it hangs on the message"
	case t.cut:
		out.Why = "mailtrace did not ask for all of it: there are too many questions"
	case t.asking() && !t.to.Askable:
		out.Why = "it leads to no name that can be asked for"
	case t.below != nil:
		out.Status, out.Why = statusOf(&t.below.answer), t.below.why
	case t.Mechanism == auth.MechMX:
		out.Status, out.Why = statusOf(t.mx), unanswered(t.mx)
	case t.Mechanism == auth.MechA || t.Mechanism == auth.MechExists:
		out.Status, out.Why = statusOf(t.a), unanswered(t.a)
		if six := t.aaaa; six != nil && out.Status != string(dns.Found) && (six.err != nil || !nothing(six)) {
			out.Status, out.Why = statusOf(six), unanswered(six)
		}
	}
	return out
}

// statusOf is what came of a question, in a word; "" where it was not asked.
func statusOf(l *lookup) string {
	switch {
	case l.err != nil:
		return string(dns.Failed)
	case l.answer != nil:
		return string(l.answer.Status)
	}
	return ""
}

// unanswered is why there is no answer.
func unanswered(l *lookup) string {
	if l.err != nil {
		return inWords(l.err)
	}
	return ""
}
