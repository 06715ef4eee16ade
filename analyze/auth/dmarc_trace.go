package auth

import (
	"strconv"
)

// Differences says in words where receivers that follow RFC 9989 find something else
// than those that still follow RFC 7489; empty where both find the same.
func (d *DMARC) Differences() []string {
	out := []string{}
	a, b := &d.RFC9989, &d.RFC7489
	add := func(what, one, other string) {
		if one != other {
			out = append(out, what+": receivers that follow RFC 9989 see "+one+", those that follow RFC 7489 see "+other)
		}
	}
	add("result", string(a.Status), string(b.Status))
	if d.Each != nil {
		return out
	}
	if a.Organisation != "" {
		add("organisational domain", a.Organisation, b.Organisation)
	}
	add("policy record", orNothing(a.PolicyDomain), orNothing(b.PolicyDomain))
	if a.Policy != "" && b.Policy != "" || a.Record == nil != (b.Record == nil) {
		add("policy", policyWords(a), policyWords(b))
		add("what is asked for", orNothing(string(a.Applied)), orNothing(string(b.Applied)))
	}
	for i := range min(len(a.Identifiers), len(b.Identifiers)) {
		x, y := &a.Identifiers[i], &b.Identifiers[i]
		if x.Aligned != nil && y.Aligned != nil {
			add(x.name()+forDomain(x.Domain), alignedWord(*x.Aligned), alignedWord(*y.Aligned))
		}
	}
	return out
}

func orNothing(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func policyWords(v *DMARCVerdict) string {
	if v.Policy == "" {
		return "none"
	}
	return string(v.Policy) + " (" + v.Tag + "=)"
}

func alignedWord(yes bool) string {
	if yes {
		return "it aligned"
	}
	return "it not aligned"
}

// Trace tells the whole evaluation, a line for each step.
func (d *DMARC) Trace() []string {
	out := make([]string, 0, 16)
	for _, s := range d.Steps {
		out = s.trace(out)
	}
	for _, e := range d.Each {
		out = e.RFC9989.trace(out, e.Domain)
		out = e.RFC7489.trace(out, e.Domain)
	}
	if d.Domain != "" {
		out = d.RFC9989.trace(out, d.Domain)
		out = d.RFC7489.trace(out, d.Domain)
	} else {
		out = append(out, d.RFC9989.result(), d.RFC7489.result())
	}
	return append(out, d.Differences()...)
}

func (v *DMARCVerdict) result() string {
	return string(v.Rules) + ": " + string(v.Status) + ": " + v.Reason
}

func (s *DMARCStep) trace(out []string) []string {
	line := s.Name() + ": "
	switch {
	case s.TooLong:
		return append(out, line+"not asked, it is longer than a name can be")
	case s.Err != nil:
		return append(out, line+"not known: "+whyUnanswered(s.Err))
	case s.Count > 1:
		return append(out, line+strconv.Itoa(s.Count)+" records, which all count for nothing")
	case s.Record == nil && s.Near != "":
		return append(out, line+"no record, though what is there looks like one: "+s.Near)
	case s.Record == nil:
		return append(out, line+"no record")
	}
	out = append(out, line+s.Record.Text)
	for _, p := range s.Record.Problems {
		out = append(out, "  at byte "+strconv.Itoa(p.Offset)+": "+p.String())
	}
	return out
}

func (v *DMARCVerdict) trace(out []string, from string) []string {
	head := string(v.Rules) + ": "
	org := v.Organisation
	if org == "" {
		org = "not known"
	}
	out = append(out, head+"organisational domain of "+from+": "+org)
	for i := range v.Identifiers {
		al := &v.Identifiers[i]
		line := head + al.name() + " " + string(al.Status) + forDomain(al.Domain)
		switch {
		case al.Aligned == nil && al.Err != nil:
			line += ", alignment not known: " + whyUnanswered(al.Err)
		case al.Domain == "":
			line += ", of no known domain"
		case al.Aligned == nil:
			line += ", alignment of no account"
		case *al.Aligned && al.Domain == from:
			line += ", aligned: the domain in From"
		case *al.Aligned:
			line += ", aligned: of the same organisation"
		case al.Mode == AlignStrict:
			line += ", not aligned: not the very domain, which is asked for"
		default:
			line += ", not aligned: of another organisation"
		}
		out = append(out, line)
	}
	if v.Record != nil && v.Status != PermError {
		out = append(out, head+v.policyLine(from))
	}
	return append(out, v.result())
}

// policyLine tells what is asked for, and why.
func (v *DMARCVerdict) policyLine(from string) string {
	line := "policy of " + v.PolicyDomain + " for " + from + ": "
	if v.Policy == "" {
		return line + "that of np= or another: whether " + from + " exists is not known"
	}
	line += string(v.Policy) + ", from " + v.Tag + "="
	if v.Exists != nil && *v.Exists {
		line += " (" + from + " exists)"
	} else if v.Exists != nil {
		line += " (" + from + " does not exist)"
	}
	switch {
	case v.Applied != v.Policy && v.Rules == RFC9989:
		line += "; t=y asks for a step less: " + string(v.Applied)
	case v.Applied != v.Policy:
		line += "; pct=0 asks for a step less: " + string(v.Applied)
	case v.Rules == RFC7489 && v.Record.PCT < 100 && v.Policy != PolicyNone:
		line += "; for " + strconv.Itoa(v.Record.PCT) + " % of the mail, a step less for the rest"
	}
	return line
}
