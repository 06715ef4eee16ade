package auth

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"mailtrace/probe/dns"
)

// spfCheck is one evaluation. Its nesting is bounded by MaxSPFLookups, since each
// include and redirect is a look-up.
type spfCheck struct {
	resolver dns.Resolver
	query    SPFQuery
	out      *SPF

	local   string // Of the sender.
	domain  string // Of the sender: %{o}.
	private bool   // The local part is the sender's, not "postmaster".

	exp   string // The domain-spec of exp= in the record that failed.
	expIn string // That record's domain, for %{d}.

	names     []string // Validated names of the client: RFC 7208 section 5.5.
	asked     bool     // They were looked for.
	limitless bool     // Explanations are expanded outside of the limits.
}

// spfStop is why the evaluation ends: a status and a problem, as an error.
type spfStop struct {
	status  Status
	problem string
	cause   dns.Cause // Of a question without an answer.
}

func (s *spfStop) Error() string { return s.problem }

func permError(problem string) error { return &spfStop{status: PermError, problem: problem} }

// halt takes an error as the result.
func (e *spfCheck) halt(err error) Status {
	if s := (*spfStop)(nil); errors.As(err, &s) {
		e.out.Problem, e.out.Cause = s.problem, s.cause
		return s.status
	}
	e.out.Problem = err.Error()
	return PermError
}

// step begins a step, and returns it as a number: the list moves while it grows. It
// is -1 where the trace is full.
func (e *spfCheck) step(s SPFStep) int {
	if len(e.out.Trace) >= maxSPFSteps {
		e.out.LeftOut++
		return -1
	}
	s.from = len(e.out.Questions)
	s.to = s.from
	e.out.Trace = append(e.out.Trace, s)
	return len(e.out.Trace) - 1
}

// done completes a step.
func (e *spfCheck) done(n int, outcome SPFOutcome, status Status, note string) {
	if n >= 0 {
		s := &e.out.Trace[n]
		s.Outcome, s.Status, s.Note = outcome, status, note
		s.Lookups, s.Void = e.out.Lookups, e.out.Void
	}
}

// target notes what a term expanded to, and the questions up to now.
func (e *spfCheck) target(n int, name string) {
	if n >= 0 {
		e.out.Trace[n].Target = name
		e.out.Trace[n].to = len(e.out.Questions)
	}
}

// record is check_host of RFC 7208 section 4, for a name.
func (e *spfCheck) record(ctx context.Context, name string, depth int) Status {
	n := e.step(SPFStep{Kind: SPFRecordStep, Depth: depth, Domain: name})
	text, s, problem := e.fetch(ctx, name)
	e.target(n, name)
	if s == "" {
		if n >= 0 {
			e.out.Trace[n].Term = text
		}
		r := SPFRecord{}
		err := r.parse(text)
		for _, note := range r.Notes {
			note.Domain = name
			e.out.Notes = append(e.out.Notes, note)
		}
		if err == nil {
			e.done(n, "", "", "")
			return e.terms(ctx, &r, name, depth)
		}
		e.saw(spfSyntax, true)
		s, problem = PermError, err.Error()
	}
	e.out.Problem = problem
	e.done(n, "", s, problem)
	return s
}

// fetch finds the record of a name (RFC 7208 sections 4.3 to 4.5), or the status
// where there is not exactly one.
func (e *spfCheck) fetch(ctx context.Context, name string) (text string, s Status, problem string) {
	asked, ok := askable(name)
	if !ok || strings.IndexByte(asked, '.') < 0 {
		e.saw(spfOddName, true)
		return "", None, shownSPF(name) + " is no domain name with more than one label"
	}
	answer, err := e.ask(ctx, asked, dns.TXT)
	if err != nil {
		if errors.Is(err, errNoName) {
			return "", None, asked + " cannot be asked"
		}
		s := e.halt(err)
		return "", s, e.out.Problem
	}
	if answer.Status == dns.NXDomain {
		return "", None, asked + " does not exist"
	}
	found := 0
	for i := range answer.Records {
		if t := answer.Records[i].Text; isSPF(t) {
			if found++; found == 1 {
				text = string(t)
			}
		}
	}
	switch found {
	case 0:
		return "", None, asked + " has no SPF record"
	case 1:
		return text, "", ""
	}
	return "", PermError, asked + " has " + strconv.Itoa(found) + " SPF records"
}

// terms evaluates a record (RFC 7208 sections 4.6 and 4.7).
func (e *spfCheck) terms(ctx context.Context, r *SPFRecord, name string, depth int) Status {
	for i := range r.Terms {
		t := &r.Terms[i]
		if t.Qualifier == "" {
			continue
		}
		n := e.step(SPFStep{Kind: SPFTermStep, Depth: depth, Domain: name, Term: t.Text})
		match, note, err := e.match(ctx, t, name, depth, n)
		switch {
		case err != nil:
			s := e.halt(err)
			e.done(n, SPFError, s, e.out.Problem)
			return s
		case match:
			e.out.Problem = ""
			e.done(n, SPFMatch, t.Qualifier, note)
			e.out.Matched, e.out.MatchedIn = t.Text, name
			e.exp, e.expIn = r.Exp, name
			return t.Qualifier
		}
		e.done(n, SPFNoMatch, "", note)
	}
	if r.Redirect != "" && !r.All {
		return e.redirect(ctx, r, name, depth)
	}
	n := e.step(SPFStep{Kind: SPFTermStep, Depth: depth, Domain: name, Term: "(end of the record)"})
	e.done(n, "", Neutral, "no directive matches")
	e.out.Problem = "no directive of the record matches"
	return Neutral
}

// redirect goes on in the record of another domain (RFC 7208 section 6.1).
func (e *spfCheck) redirect(ctx context.Context, r *SPFRecord, name string, depth int) Status {
	text := ""
	for i := range r.Terms {
		if r.Terms[i].Mechanism == MechRedirect {
			text = r.Terms[i].Text
		}
	}
	n := e.step(SPFStep{Kind: SPFTermStep, Depth: depth, Domain: name, Term: text})
	err := e.count(text)
	to := ""
	if err == nil {
		to, err = e.expand(ctx, r.Redirect, name)
	}
	e.target(n, to)
	if err != nil {
		s := e.halt(err)
		e.done(n, SPFError, s, e.out.Problem)
		return s
	}
	e.done(n, SPFGoes, "", "")
	s := e.record(ctx, to, depth+1)
	if s == None {
		s = PermError
		e.out.Problem = "redirect: " + e.out.Problem
	}
	if n >= 0 {
		e.out.Trace[n].Status = s
	}
	return s
}

// match evaluates one directive; note says which address matched, or why none can.
func (e *spfCheck) match(ctx context.Context, t *SPFTerm, name string, depth, n int) (match bool, note string, err error) {
	switch t.Mechanism {
	case MechAll:
		return true, "", nil
	case MechIP4, MechIP6:
		if n >= 0 {
			e.out.Trace[n].Target = t.Text[strings.IndexByte(t.Text, ':')+1:]
		}
		e.saw(spfMapped, t.Network.Addr().Is4In6())
		// An address of the other family is never contained.
		return t.Network.Contains(e.query.IP), "", nil
	}
	if err := e.count(t.Text); err != nil {
		return false, "", err
	}
	to := name
	if t.Spec != "" {
		to, err = e.expand(ctx, t.Spec, name)
	}
	e.target(n, to)
	if err != nil {
		return false, "", err
	}
	if t.Mechanism == MechInclude {
		return e.include(ctx, to, depth)
	}
	asked, ok := askable(to)
	if !ok {
		// RFC 7208 section 4.8 leaves open what becomes of such a name: as if there
		// was none.
		e.saw(spfOddName, true)
		return false, "no name that can be asked", nil
	}
	switch t.Mechanism {
	case MechA:
		match, note, err = e.matchA(ctx, t, asked)
	case MechMX:
		match, note, err = e.matchMX(ctx, t, asked)
	case MechPTR:
		match, note, err = e.matchPTR(ctx, asked)
	case MechExists:
		match, err = e.matchExists(ctx, asked)
	}
	if errors.Is(err, errNoName) {
		match, note, err = false, "no name that can be asked", nil
	}
	e.target(n, asked)
	return match, note, err
}

// include is RFC 7208 section 5.2: only a pass matches.
func (e *spfCheck) include(ctx context.Context, to string, depth int) (bool, string, error) {
	s := e.record(ctx, to, depth+1)
	// RFC 7208 section 6.2: what an included record explains is not ours.
	e.exp, e.out.Matched = "", ""
	switch s {
	case Pass:
		return true, "its record gives pass", nil
	case Fail, SoftFail, Neutral:
		e.out.Problem = ""
		return false, "its record gives " + string(s), nil
	case None:
		return false, "", permError("include: " + e.out.Problem)
	}
	return false, "", &spfStop{s, e.out.Problem, e.out.Cause}
}

// contains tells whether the client's address is in the network of an address of
// the same family.
func (e *spfCheck) contains(t *SPFTerm, addr netip.Addr) bool {
	bits := int(t.Bits4)
	if addr.Is6() {
		bits = int(t.Bits6)
	}
	if addr.BitLen() != e.query.IP.BitLen() {
		return false
	}
	if bits == addr.BitLen() {
		return addr == e.query.IP
	}
	p, err := addr.Prefix(bits)
	return err == nil && p.Contains(e.query.IP)
}
