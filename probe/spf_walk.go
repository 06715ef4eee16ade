package probe

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
)

// Bounds of one walk. Whoever writes the records of one domain writes where the walk goes:
// what an honest receiver asks for ends after ten terms.
const (
	maxSPFQuestions = 60     // That are asked, each once.
	maxSPFDepth     = 11     // Records one inside of the other: the eleventh look-up leads to the last one.
	maxSPFRecords   = 100    // Times that a record is come to.
	maxSPFTerms     = 10_000 // Above which no further record is read. One of 64 KB has 32,000.
)

// spfState is what became of a record.
type spfState string

const (
	spfRead    spfState = "read"    // It is there, and right.
	spfNone    spfState = "none"    // There is none.
	spfSeveral spfState = "several" // There are more than one, which is a permerror.
	spfWrong   spfState = "wrong"   // Its syntax is, which is a permerror.
	spfLoop    spfState = "loop"    // It is one of those that lead to it.
	spfUnknown spfState = "unknown" // The DNS gave no answer, or a bound of ours was reached.
)

// spfRecord is the record of a name, at one place of the tree.
type spfRecord struct {
	name   string
	depth  int      // 0 for the domain itself.
	by     *spfTerm // The include or redirect that led here; nil for the domain itself.
	answer lookup   // About TXT.
	found  []dns.Record
	state  spfState
	why    string // In words, where state is none of spfRead.

	wrong *auth.SPFSyntaxError // With spfWrong.
	read  *auth.SPFRecord      // With spfRead.
	terms []spfTerm            // The directives in order, then a redirect that counts.

	tally spfTally // See tally.
}

// spfTerm is a term at one place of the tree.
type spfTerm struct {
	*auth.SPFTerm
	in *spfRecord
	to auth.SPFTarget // Of a term with a name.

	below   *spfRecord // Of include and redirect; nil where that hangs on the message.
	a, aaaa *lookup    // Of a, and exists (a alone); nil where it was not asked.
	mx      *lookup
	hosts   []spfHost // Of mx, at most auth.MaxSPFNames.
	cut     bool      // A bound of ours kept it, or a part of it, from being asked.

	dead  string   // Why no receiver comes to it; "" where they do.
	tally spfTally // With all that is below it.
}

// spfHost is a mail server of a term mx.
type spfHost struct {
	name    string
	a, aaaa *lookup
}

// asking tells whether the term is a look-up (RFC 7208 section 4.6.4).
func (t *spfTerm) asking() bool {
	switch t.Mechanism {
	case auth.MechInclude, auth.MechA, auth.MechMX, auth.MechPTR, auth.MechExists, auth.MechRedirect:
		return true
	}
	return false
}

// spfWalk follows the record of a domain.
type spfWalk struct {
	*spfAsker
	domain  string
	records int
	terms   int
	root    *spfRecord
}

// walkSPF asks for the record of the domain and for all that it leads to: first the
// records, level by level, then what the terms a, mx and exists ask for, so that a bound
// costs the least, and the same each time.
func walkSPF(ctx context.Context, asks dns.Resolver, s *servers) *spfWalk {
	w := &spfWalk{spfAsker: newSPFAsker(ctx, asks, s), domain: s.domain}
	w.root = &spfRecord{name: s.domain}
	for level := []*spfRecord{w.root}; len(level) > 0; {
		level = w.level(level)
	}
	w.addresses()
	return w
}

// level asks for the records of one level and gives those that they lead to.
func (w *spfWalk) level(level []*spfRecord) []*spfRecord {
	asked := make([]*lookup, len(level))
	for i, r := range level {
		if w.may(r) {
			if asked[i] = w.want(r.name, dns.TXT); asked[i] == nil {
				r.state, r.why = spfUnknown, w.bound()
			}
		}
	}
	w.wait()
	var next []*spfRecord
	for i, r := range level {
		if asked[i] == nil {
			continue
		}
		r.answer = *asked[i]
		if w.terms > maxSPFTerms {
			r.state, r.why = spfUnknown, tooMuchSPF()
			continue
		}
		if r.choose(); r.state == spfRead {
			next = append(next, w.open(r)...)
		}
	}
	return next
}

// may tells whether the record may be asked for, and says why not.
func (w *spfWalk) may(r *spfRecord) bool {
	w.records++
	switch {
	case r.loops():
		r.state, r.why = spfLoop, "it leads to itself"
	case r.by != nil && !r.by.to.Askable:
		r.state, r.why = spfNone, "it is no name that can be asked for"
	case strings.IndexByte(r.name, '.') < 0:
		r.state, r.why = spfNone, "a name of one label has no SPF record" // RFC 7208 section 4.3.
	case r.depth > maxSPFDepth:
		r.state, r.why = spfUnknown, fmt.Sprintf("more than %d terms, one inside of the other, lead to it", auth.MaxSPFLookups)
	case w.records > maxSPFRecords || w.terms > maxSPFTerms:
		r.state, r.why = spfUnknown, tooMuchSPF()
	default:
		return true
	}
	return false
}

func tooMuchSPF() string {
	return fmt.Sprintf("mailtrace reads no more than %d records and %d terms", maxSPFRecords, maxSPFTerms)
}

// loops tells whether the record is one of those that lead to it.
func (r *spfRecord) loops() bool {
	for up := r.by; up != nil; up = up.in.by {
		if up.in.name == r.name {
			return true
		}
	}
	return false
}

// choose takes the record from the answer (RFC 7208 sections 4.4 and 4.5).
func (r *spfRecord) choose() {
	switch err := r.answer.err; {
	case err != nil && err.Cause == dns.BadName:
		r.state, r.why = spfNone, inWords(err)
		return
	case err != nil:
		r.state, r.why = spfUnknown, inWords(err)
		return
	case r.answer.answer.Status == dns.NXDomain:
		r.state, r.why = spfNone, "there is no such name"
		return
	}
	for _, t := range r.answer.answer.Records {
		if auth.IsSPF(t.Text) {
			r.found = append(r.found, t)
		}
	}
	switch len(r.found) {
	case 0:
		r.state, r.why = spfNone, "it has no SPF record"
	case 1:
		r.parse(string(r.found[0].Text))
	default:
		r.state, r.why = spfSeveral, fmt.Sprintf("it has %d SPF records", len(r.found))
	}
}

func (r *spfRecord) parse(text string) {
	read, err := auth.ParseSPFRecord(text)
	if err == nil {
		r.state, r.read = spfRead, read
		return
	}
	r.state, r.why = spfWrong, err.Error()
	if wrong, ok := err.(*auth.SPFSyntaxError); ok {
		r.wrong = wrong
		r.why = fmt.Sprintf("%s is wrong: %s", shortened(wrong.Term), wrong.Why)
		if wrong.Term == "" {
			r.why = "its record is wrong: " + wrong.Why
		}
	}
}

// open makes the terms of the record, and gives the records that they lead to.
func (w *spfWalk) open(r *spfRecord) []*spfRecord {
	var below []*spfRecord
	all := ""
	r.terms = make([]spfTerm, 0, len(r.read.Terms))
	redirect := -1
	for i := range r.read.Terms {
		t := &r.read.Terms[i]
		if t.Mechanism == auth.MechRedirect {
			redirect = i
		}
		if t.Qualifier == "" {
			continue
		}
		w.term(r, t, all)
		if t.Mechanism == auth.MechAll && all == "" {
			all = t.Text
		}
	}
	if redirect >= 0 {
		w.term(r, &r.read.Terms[redirect], all)
	}
	w.terms += len(r.terms)
	for i := range r.terms {
		t := &r.terms[i]
		if t.dead != "" || t.Mechanism != auth.MechInclude && t.Mechanism != auth.MechRedirect || t.to.Message {
			continue
		}
		t.below = &spfRecord{name: t.to.Name, depth: r.depth + 1, by: t}
		below = append(below, t.below)
	}
	return below
}

// term adds a term; all is the "all" that stands before it.
func (w *spfWalk) term(r *spfRecord, written *auth.SPFTerm, all string) {
	t := spfTerm{SPFTerm: written, in: r}
	switch {
	case all != "" && t.Mechanism == auth.MechRedirect:
		t.dead = fmt.Sprintf("ignored, since the record has %q", all)
	case all != "":
		t.dead = fmt.Sprintf("behind %q, which matches every address", all)
	case t.Spec != "":
		t.to = auth.TargetOf(t.Spec, r.name, w.domain)
	case t.asking():
		t.to = auth.SPFTarget{Name: r.name, Askable: true}
	}
	r.terms = append(r.terms, t)
}

// each goes over all terms in the order of evaluation, the dead ones among them. Those of
// an include stand behind it.
func (r *spfRecord) each(visit func(*spfTerm)) {
	for i := range r.terms {
		t := &r.terms[i]
		visit(t)
		if t.below != nil {
			t.below.each(visit)
		}
	}
}

// every goes over all records in that order.
func (r *spfRecord) every(visit func(*spfRecord)) {
	visit(r)
	for i := range r.terms {
		if below := r.terms[i].below; below != nil {
			below.every(visit)
		}
	}
}

// redirect is the term of a redirect that counts; nil for none.
func (r *spfRecord) redirect() *spfTerm {
	if last := len(r.terms) - 1; last >= 0 && r.terms[last].Mechanism == auth.MechRedirect && r.terms[last].dead == "" {
		return &r.terms[last]
	}
	return nil
}

// everybody tells whether the term matches every address, whoever asks.
func (t *spfTerm) everybody() bool {
	return t.Mechanism == auth.MechAll || t.Mechanism == auth.MechExists && t.a != nil && t.a.answer != nil && !nothing(t.a)
}
