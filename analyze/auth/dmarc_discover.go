package auth

import (
	"context"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
)

const (
	maxWalk     = 8   // Questions of one walk: RFC 9989 section 4.10.
	maxWalkTail = 7   // Labels that a longer name is cut down to.
	maxAsked    = 253 // Bytes of a name: RFC 1035 section 2.3.4, in text.

	dmarcPrefix = "_dmarc."
)

// DMARCRules says by whose rules a receiver works. RFC 9989 took the place of RFC 7489
// in 2026; receivers follow the one or the other.
type DMARCRules string

const (
	RFC9989 DMARCRules = "RFC 9989" // Finds the organisational domain by walking up the DNS.
	RFC7489 DMARCRules = "RFC 7489" // Finds it in the Public Suffix List.
)

// DMARCStep is one question that was asked to find a policy or an organisational
// domain, and what came back.
type DMARCStep struct {
	Domain  string       // The question was for _dmarc. and this.
	Count   int          // Records that begin with v=DMARC1.
	Record  *DMARCRecord // The one there is; nil for none, and for several, which all count for nothing.
	Near    string       // The first text that is no record and was meant to be one; "" for none.
	TooLong bool         // With _dmarc. before it, it is longer than a name can be: nobody can publish there.
	Err     error        // There is no answer: nothing is known.
}

// Name is what was asked for.
func (s *DMARCStep) Name() string { return dmarcPrefix + s.Domain }

// dmarcAsker asks each question of one evaluation once.
type dmarcAsker struct {
	ctx      context.Context
	resolver dns.Resolver
	steps    []*DMARCStep
	dropped  bool // There are more identifiers than are looked at.
}

func (a *dmarcAsker) ask(name string) *DMARCStep {
	for _, s := range a.steps {
		if s.Domain == name {
			return s
		}
	}
	s := &DMARCStep{Domain: name}
	a.steps = append(a.steps, s)
	if len(dmarcPrefix)+len(name) > maxAsked {
		s.TooLong = true
		return s
	}
	answer, err := a.lookup(dmarcPrefix+name, dns.TXT)
	if err != nil {
		s.Err = err
		return s
	}
	var one string
	for i := range answer.Records {
		text := answer.Records[i].Text
		if dmarcVersion(text) >= 0 {
			if s.Count++; s.Count == 1 {
				one = string(text)
			}
		} else if s.Near == "" && nearDMARC(text) {
			s.Near = dmarcExcerpt(string(text))
		}
	}
	// RFC 9989 section 4.10: several records are all discarded.
	if s.Count == 1 {
		s.Record = ParseDMARC(one)
	}
	return s
}

// lookup asks, and has neither answers that are none nor a resolver that is none.
func (a *dmarcAsker) lookup(name string, qtype dns.Type) (*dns.Answer, error) {
	return lookUp(a.ctx, a.resolver, name, qtype)
}

// lookUp asks a resolver. Whatever it does, there is an answer or an error.
func lookUp(ctx context.Context, resolver dns.Resolver, name string, qtype dns.Type) (*dns.Answer, error) {
	if resolver == nil {
		return nil, &dns.Error{Name: name, Type: qtype, Cause: dns.Offline}
	}
	answer, err := resolver.Lookup(ctx, name, qtype)
	if err == nil && (answer == nil || answer.Status == dns.Failed) {
		err = &dns.Error{Name: name, Type: qtype, Cause: dns.Malformed}
	}
	return answer, err
}

// DMARCNames are the names that DMARC asks the DNS for, as TXT, for a domain in From;
// so that they can be asked for at one time. There are eight of them at most.
func DMARCNames(from string) []string {
	name := domain.ASCII(from)
	if name == "" {
		return nil
	}
	targets, n := dmarcTargets(name)
	out := make([]string, 0, n)
	for _, t := range targets[:n] {
		if len(dmarcPrefix)+len(t) <= maxAsked {
			out = append(out, dmarcPrefix+t)
		}
	}
	return out
}

// dmarcTargets are the domains of a walk, the longest first: RFC 9989 section 4.10,
// steps 1, 4 and 7.
func dmarcTargets(name string) (targets [maxWalk]string, n int) {
	targets[0], n = name, 1
	labels := strings.Count(name, ".") + 1
	for labels > 1 {
		name = name[strings.IndexByte(name, '.')+1:]
		// A name of eight labels and more is cut to seven after the first question.
		if labels--; labels <= maxWalkTail {
			targets[n] = name
			n++
		}
	}
	return targets, n
}

// dmarcWalk is what a walk found.
type dmarcWalk struct {
	org string // The organisational domain; "" with an error.
	psd string // The public suffix that said psd=y; "" for none.
	err error
}

// walk finds the organisational domain of a domain: RFC 9989 section 4.10.2.
func (a *dmarcAsker) walk(start string) (w dmarcWalk) {
	targets, n := dmarcTargets(start)
	w.org = start
	for _, target := range targets[:n] {
		step := a.ask(target)
		if step.Err != nil {
			// Whether this or a higher domain is the organisational one is not known.
			return dmarcWalk{err: step.Err}
		}
		if step.Record == nil {
			continue
		}
		w.org = target // The last one has the fewest labels.
		switch step.Record.PSD {
		case PSDNo:
			return w
		case PSDYes:
			if target != start {
				w.org = oneLabelMore(start, target)
			}
			w.psd = target
			return w
		}
	}
	return w
}

// oneLabelMore is the domain one label below suffix, on the way to name.
func oneLabelMore(name, suffix string) string {
	rest := name[:len(name)-len(suffix)-1]
	return name[strings.LastIndexByte(rest, '.')+1:]
}

// below tells whether name is a subdomain of parent.
func below(name, parent string) bool {
	n := len(name) - len(parent)
	return n > 0 && name[n-1] == '.' && name[n:] == parent
}

// organisation is the organisational domain by the Public Suffix List (RFC 7489
// section 3.2): the domain itself where it is a suffix.
func organisation(name string) string {
	if org := domain.Org(name); org != "" {
		return org
	}
	return name
}
