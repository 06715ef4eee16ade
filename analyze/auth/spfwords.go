package auth

import (
	"fmt"
	"net/netip"
	"strings"
)

// Sentence says in words why the result for an address is what it is.
func (s *SPF) Sentence(ip netip.Addr) string {
	by := ""
	if s.Matched != "" {
		by = " (" + s.Matched
		if !strings.EqualFold(s.MatchedIn, s.Domain) {
			by += " of " + s.MatchedIn
		}
		by += ")"
	}
	switch s.Status {
	case Pass:
		return fmt.Sprintf("%s allows %s%s", s.Domain, ip, by)
	case Fail:
		return fmt.Sprintf("%s does not allow %s%s", s.Domain, ip, by)
	case SoftFail:
		return fmt.Sprintf("%s says that %s is probably not allowed%s", s.Domain, ip, by)
	case Neutral:
		return fmt.Sprintf("%s does not say whether %s is allowed%s", s.Domain, ip, by)
	}
	if s.Cause != "" {
		return fmt.Sprintf("what %s allows is not known: %s", s.Domain, WhyUnanswered(s.Cause))
	}
	return s.Problem
}

// Lines tell the evaluation step by step, for people: the trace, what the domain explains,
// and the notes.
func (s *SPF) Lines() []string {
	lines := make([]string, 0, len(s.Trace)+2)
	for i := range s.Trace {
		lines = append(lines, s.Trace[i].String())
	}
	if s.LeftOut > 0 {
		lines = append(lines, fmt.Sprintf("%d more steps", s.LeftOut))
	}
	if s.Explanation != "" {
		lines = append(lines, fmt.Sprintf("%s explains (exp=): %q", s.Domain, s.Explanation))
	}
	for _, n := range s.Notes {
		lines = append(lines, fmt.Sprintf("note on %s: %s: %s", n.Domain, n.Term, n.Text))
	}
	return lines
}
