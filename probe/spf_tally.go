package probe

import (
	"fmt"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
)

// spfTally is what a record, or a term with all that is below it, costs a receiver where
// no address matches before.
type spfTally struct {
	asks  int  // Terms that ask, and %{p} (RFC 7208 section 4.6.4).
	void4 int  // Of them such that find nothing, where the client has an IPv4 address.
	void6 int  // And an IPv6 address.
	open  bool // There is more that is not known.
}

// spfCount is an evaluation for a client that nothing matches, to the end of all records,
// past whatever would end it.
type spfCount struct {
	spfTally
	ends     auth.Status // What such a client gets; "" where that is not known.
	stop     *spfStop    // What ends it before, with an IPv4 address, see halt; nil for nothing.
	eleventh *spfTerm    // The first look-up that is too many; nil for none.
	third4   *spfTerm    // The first void look-up that is too many, by family.
	third6   *spfTerm
	void     []*spfTerm // All that found nothing, with one of the families.
	maybe    []*spfTerm // Whether they find something hangs on the message, or could not be asked.
	crowded  []*spfTerm // Terms mx that name too many servers.

	decided bool // The client that nothing else matches got its result: what comes now is for others.
}

// spfStop is what ends an evaluation.
type spfStop struct {
	status auth.Status // PermError, TempError; Undecided where that is not known here.
	why    string
	at     *spfTerm // Nil where it is the record of the domain itself.
}

// tally counts the whole tree.
func (w *spfWalk) tally() *spfCount {
	c := &spfCount{}
	c.ends, _ = c.record(w.root)
	return c
}

// halt notes what ends the evaluation: the first that does, or may. Who gets no answer there
// either comes to nothing behind it (RFC 7208 section 5).
func (c *spfCount) halt(status auth.Status, at *spfTerm, format string, args ...any) {
	if c.stop == nil && !c.decided {
		c.stop = &spfStop{status, fmt.Sprintf(format, args...), at}
	}
}

// record counts a record and gives what it says of a client that nothing matches; always
// says that it says so of everybody.
func (c *spfCount) record(r *spfRecord) (ends auth.Status, always bool) {
	switch r.state {
	case spfRead:
		before, decided := c.spfTally, c.decided
		ends, always = c.directives(r)
		r.tally, c.decided = c.since(before), decided
		return ends, always
	case spfNone:
		if r.by != nil {
			c.halt(auth.PermError, r.by, "%s of %s leads to %s: %s", shortened(r.by.Text), spelled(r.by.in.name), spelled(r.name), r.why)
		}
	case spfSeveral, spfWrong:
		c.halt(auth.PermError, r.by, "%s: %s", spelled(r.name), r.why)
	case spfLoop:
		c.halt(auth.PermError, r.by, "the record of %s leads to itself", spelled(r.name))
		c.open = true
	case spfUnknown:
		status := auth.Undecided
		if err := r.answer.err; err != nil && err.Cause == dns.AliasLoop {
			status = auth.TempError
		}
		c.halt(status, r.by, "%s: %s", spelled(r.name), r.why)
		c.open = true
	}
	r.tally.open = c.open
	return "", false
}

// since is what was counted after before.
func (c *spfCount) since(before spfTally) spfTally {
	return spfTally{c.asks - before.asks, c.void4 - before.void4, c.void6 - before.void6, c.open}
}

// directives counts the terms of a record.
func (c *spfCount) directives(r *spfRecord) (ends auth.Status, always bool) {
	always = true
	for i := range r.terms {
		t := &r.terms[i]
		if t.dead != "" {
			continue
		}
		before := c.spfTally
		c.open = false
		c.look(t)
		result, everybody := c.term(t)
		t.tally = c.since(before)
		c.open = c.open || before.open
		if result != "" && ends == "" {
			ends = result
		}
		if everybody {
			for k := i + 1; k < len(r.terms); k++ {
				if rest := &r.terms[k]; rest.dead == "" {
					rest.dead = fmt.Sprintf("behind %q, which matches every address", shortened(t.Text))
				}
			}
			return ends, always && ends == auth.Pass
		}
		if result != "" {
			c.decided = true
		}
		if t.Mechanism == auth.MechRedirect {
			return ends, false
		}
		always = always && t.Qualifier == auth.Pass
	}
	if ends == "" {
		ends = auth.Neutral // RFC 7208 section 4.7.
	}
	return ends, false
}

// look counts the look-ups of the term itself.
func (c *spfCount) look(t *spfTerm) {
	if !t.asking() {
		return
	}
	for range 1 + t.to.PMacros {
		if c.asks++; c.asks == auth.MaxSPFLookups+1 {
			c.eleventh = t
			c.halt(auth.PermError, t, "%s of %s is look-up %d, and receivers stop after %d", shortened(t.Text), spelled(t.in.name), auth.MaxSPFLookups+1, auth.MaxSPFLookups)
		}
	}
}

// term counts the rest of a term; the result is of a client that nothing else matches, ""
// where the evaluation goes on; everybody says that it ends here for every client.
func (c *spfCount) term(t *spfTerm) (result auth.Status, everybody bool) {
	switch t.Mechanism {
	case auth.MechAll:
		return t.Qualifier, true
	case auth.MechInclude, auth.MechRedirect:
		if t.below == nil {
			c.open = true
			c.halt(auth.Undecided, t, "where %s of %s leads hangs on the message", shortened(t.Text), spelled(t.in.name))
			return "", false
		}
		ends, always := c.record(t.below)
		if t.Mechanism == auth.MechRedirect {
			return ends, always
		}
		if ends == auth.Pass {
			return t.Qualifier, always
		}
		return "", false
	case auth.MechA, auth.MechMX, auth.MechExists, auth.MechPTR:
		return c.names(t)
	}
	return "", false
}

// names counts a term that asks for addresses.
func (c *spfCount) names(t *spfTerm) (result auth.Status, everybody bool) {
	switch {
	case t.to.Message || t.Mechanism == auth.MechPTR || t.cut:
		c.maybe = append(c.maybe, t)
	case !t.to.Askable:
	case t.Mechanism == auth.MechMX:
		c.servers(t)
	case t.Mechanism == auth.MechExists:
		c.voids(t, nothing(t.a), nothing(t.a))
		c.fails(t, t.a)
		if t.everybody() {
			return t.Qualifier, true
		}
	default:
		c.fails(t, t.a)
		if t.aaaa.err != nil && t.a.err == nil {
			c.maybe = append(c.maybe, t)
		}
		c.voids(t, nothing(t.a), nothing(t.aaaa))
	}
	return "", false
}

// servers counts a term mx.
func (c *spfCount) servers(t *spfTerm) {
	c.fails(t, t.mx)
	if t.mx.answer == nil {
		return
	}
	c.voids(t, nothing(t.mx), nothing(t.mx))
	if n := len(t.mx.answer.Records); n > auth.MaxSPFNames {
		c.crowded = append(c.crowded, t)
		c.halt(auth.PermError, t, "%s of %s leads to %d mail servers, and receivers take no more than %d", shortened(t.Text), spelled(t.in.name), n, auth.MaxSPFNames)
	}
	for i := range t.hosts {
		if err := t.hosts[i].a.err; err != nil && err.Cause != dns.BadName {
			c.halt(temporary(err), t, "%s: %s", spelled(err.Name), inWords(err))
		}
	}
}

// fails notes a question without an answer.
func (c *spfCount) fails(t *spfTerm, l *lookup) {
	if l.err == nil || l.err.Cause == dns.BadName {
		return
	}
	c.maybe = append(c.maybe, t)
	c.halt(temporary(l.err), t, "%s: %s", spelled(l.err.Name), inWords(l.err))
}

// temporary is what a question without an answer means to receivers: what failed here may
// be answered there, but for a loop of aliases.
func temporary(err *dns.Error) auth.Status {
	if err.Cause == dns.AliasLoop {
		return auth.TempError
	}
	return auth.Undecided
}

// voids counts look-ups that found nothing.
func (c *spfCount) voids(t *spfTerm, four, six bool) {
	if four {
		if c.void4++; c.void4 == auth.MaxSPFVoid+1 {
			c.third4 = t
			c.halt(auth.PermError, t, "%s of %s finds nothing, as do %d terms before it, and receivers stop after %d", shortened(t.Text), spelled(t.in.name), auth.MaxSPFVoid, auth.MaxSPFVoid)
		}
	}
	if six {
		if c.void6++; c.void6 == auth.MaxSPFVoid+1 {
			c.third6 = t
		}
	}
	if four || six {
		c.void = append(c.void, t)
	}
}

// nothing tells whether there is an answer, and nothing in it.
func nothing(l *lookup) bool {
	return l.answer != nil && (l.answer.Status != dns.Found || len(l.answer.Records) == 0)
}
