package auth

import (
	"context"
	"slices"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
)

const (
	MaxDMARCFrom        = 4  // Domains in From that are looked at.
	MaxDMARCIdentifiers = 64 // Results of SPF and DKIM that are looked at.
	maxDMARCWalks       = 8  // Walks for other domains than that in From.
)

// DMARCInput is what DMARC rests on.
type DMARCInput struct {
	// The domains of all addresses in all From fields, as they stand there.
	From []string

	// What SPF and DKIM found. Of SPF only the identity of MAIL FROM counts (RFC 9989
	// section 4.4.2); for the null reverse-path that is the domain of HELO (RFC 7208
	// section 2.4).
	Identifiers []DMARCIdentifier
}

// DMARCIdentifier is a result of SPF or of one DKIM signature.
type DMARCIdentifier struct {
	Method string // "spf" or "dkim".
	Domain string // That it is about: of MAIL FROM, d=. "" where not known.
	Status Status
}

// DMARC is the result for one message: for receivers that follow RFC 9989, which is
// ours, and beside it for those that still follow RFC 7489.
type DMARC struct {
	Domain  string // In From; "" where there is none or more than one.
	RFC9989 DMARCVerdict
	RFC7489 DMARCVerdict

	Steps []*DMARCStep // All questions, in the order in which they were asked.

	// Each of several domains in From by itself; nil where there is one.
	Each []*DMARC
}

// DMARCVerdict is what a receiver finds that follows one RFC.
type DMARCVerdict struct {
	Rules  DMARCRules
	Status Status
	Reason string // One sentence.

	Organisation string // The organisational domain of that in From; "" where not known.
	PolicyDomain string // Where the record was found; "" for none.
	Record       *DMARCRecord

	Tag     string      // The tag that the policy was taken from: p, sp, np; "" for none.
	Policy  DMARCPolicy // That it holds, for the domain in From; "" where none, or not known.
	Applied DMARCPolicy // What the receiver is asked to do: Policy, or a step less while it is tested.

	// Whether the domain in From exists; nil where that was of no account. A name
	// exists unless the DNS says NXDOMAIN (RFC 9989 section 3.2, RFC 8020).
	Exists *bool

	Identifiers []DMARCAlignment // As handed in, up to MaxDMARCIdentifiers.

	// The answer that is missing: with temperror and undecided, and where np= may be
	// the policy and it is not known whether the domain exists.
	Err error
}

// DMARCAlignment says how an identifier is related to the domain in From.
type DMARCAlignment struct {
	DMARCIdentifier
	Mode         DMARCMode
	Organisation string // Of the identifier; "" where not known or of no account.
	Aligned      *bool  // Nil where it cannot be told.
	Err          error  // Why not.
}

// Status is the result by RFC 9989.
func (d *DMARC) Status() Status { return d.RFC9989.Status }

// CheckDMARC evaluates DMARC. It asks the resolver for what DMARCNames says, for the
// same of identifiers below the organisational domain, and once whether the domain
// in From exists. It has no error: a question that has no answer is in the result.
func CheckDMARC(ctx context.Context, resolver dns.Resolver, in DMARCInput) *DMARC {
	a := &dmarcAsker{ctx: ctx, resolver: resolver, steps: make([]*DMARCStep, 0, 4)}
	var from []string
	more := false
	for _, name := range in.From {
		// RFC 9989 section 5.3.1: a domain is taken as an A-label.
		if name = domain.ASCII(name); name == "" || slices.Contains(from, name) {
			continue
		}
		if more = len(from) == MaxDMARCFrom; more {
			break
		}
		from = append(from, name)
	}
	ids := a.identifiers(in.Identifiers)
	var out *DMARC
	switch len(from) {
	case 0:
		out = &DMARC{RFC9989: noAuthor(RFC9989, in), RFC7489: noAuthor(RFC7489, in)}
	case 1:
		out = a.evaluate(from[0], ids)
	default:
		out = a.several(from, more, ids)
	}
	out.Steps = a.steps
	return out
}

// identifiers are what was handed in, with the domains as the DNS has them. Of too
// many, each is taken once, and those that passed first.
func (a *dmarcAsker) identifiers(in []DMARCIdentifier) []DMARCIdentifier {
	ids := make([]DMARCIdentifier, 0, min(len(in), MaxDMARCIdentifiers))
	add := func(id DMARCIdentifier) {
		id.Domain = domain.ASCII(id.Domain)
		switch {
		case len(in) > MaxDMARCIdentifiers && slices.Contains(ids, id):
		case len(ids) < MaxDMARCIdentifiers:
			ids = append(ids, id)
		default:
			a.dropped = true
		}
	}
	if len(in) > MaxDMARCIdentifiers {
		for _, id := range in {
			if id.Status == Pass {
				add(id)
			}
		}
	}
	for _, id := range in {
		add(id)
	}
	return ids
}

func noAuthor(rules DMARCRules, in DMARCInput) DMARCVerdict {
	v := DMARCVerdict{Rules: rules, Status: None, Reason: "there is no From field with an address, so that there is no domain to ask for its policy"}
	if len(in.From) > 0 {
		v.Reason = "what stands in From has no domain that the DNS could be asked for"
	}
	return v
}

// evaluate does all of it for one domain.
func (a *dmarcAsker) evaluate(from string, ids []DMARCIdentifier) *DMARC {
	d := &DMARC{Domain: from}
	a.verdict9989(d, ids)
	a.verdict7489(d, ids)
	return d
}

// verdict9989 goes by RFC 9989 sections 4.10 and 5.3.
func (a *dmarcAsker) verdict9989(d *DMARC, ids []DMARCIdentifier) {
	v := &d.RFC9989
	v.Rules = RFC9989
	w := a.walk(d.Domain)
	v.Organisation = w.org
	own := a.ask(d.Domain)
	switch {
	case own.Err != nil:
		v.fail(own.Err)
	case own.Record != nil:
		v.use(own)
	case w.err != nil:
		v.fail(w.err)
	default:
		// RFC 9989 section 4.10.1: the organisational domain, else the public suffix.
		if s := a.ask(w.org); s.Record != nil {
			v.use(s)
		} else if w.psd != "" {
			v.use(a.ask(w.psd))
		}
	}
	if v.Status == "" && a.policy(v, d.Domain) {
		walks := 0
		a.align(v, d.Domain, ids, w.err, func(name string) (string, error) {
			if walks++; walks > maxDMARCWalks {
				return "", &dns.Error{Name: dmarcPrefix + name, Type: dns.TXT, Cause: dns.OverLimit}
			}
			w := a.walk(name)
			return w.org, w.err
		})
	}
	v.explain(d, a)
}

// verdict7489 goes by RFC 7489 section 6.6.
func (a *dmarcAsker) verdict7489(d *DMARC, ids []DMARCIdentifier) {
	v := &d.RFC7489
	v.Rules = RFC7489
	v.Organisation = organisation(d.Domain)
	s := a.ask(d.Domain)
	// Section 6.6.3, steps 3 to 5: several records end it, none leads to the
	// organisational domain.
	if s.Err == nil && s.Count == 0 && v.Organisation != d.Domain {
		s = a.ask(v.Organisation)
	}
	if s.Err != nil {
		v.fail(s.Err)
	} else if s.Record != nil {
		v.use(s)
	}
	if v.Status == "" && a.policy(v, d.Domain) {
		a.align(v, d.Domain, ids, nil, func(name string) (string, error) {
			if name == v.Organisation {
				return name, nil
			}
			return organisation(name), nil
		})
	}
	v.explain(d, a)
}

// use takes the record of a step.
func (v *DMARCVerdict) use(s *DMARCStep) {
	v.PolicyDomain, v.Record = s.Domain, s.Record
}

// fail ends the evaluation for want of an answer.
func (v *DMARCVerdict) fail(err error) {
	v.Status, v.Err = unanswered(err), err
}

// policy finds what the record asks for, and whether it asks for anything.
func (a *dmarcAsker) policy(v *DMARCVerdict, from string) bool {
	r := v.Record
	if r == nil {
		v.Status = None
		return false
	}
	if r.Unusable(v.Rules) != "" {
		v.Status = PermError
		return false
	}
	switch {
	case !r.sound(v.Rules):
		// RFC 9989 section 4.10.1: with rua=, as if it were p=none.
		v.Tag, v.Policy = "p", PolicyNone
	case v.PolicyDomain == from:
		v.Tag, v.Policy = "p", r.P
	default:
		v.Tag, v.Policy = "p", r.P
		if r.SP != "" {
			v.Tag, v.Policy = "sp", r.SP
		}
		if v.Rules == RFC9989 && r.NP != "" && r.NP != v.Policy {
			a.nonExistent(v, from)
		}
	}
	v.Applied = v.Policy
	if v.Policy != "" && v.testing() {
		v.Applied = v.Policy.milder()
	}
	return true
}

// testing tells whether the domain only tries its policy out. RFC 9989 knows t=y and
// ignores pct=; RFC 7489 the other way round, and there pct=0 means the same.
func (v *DMARCVerdict) testing() bool {
	return v.Rules == RFC9989 && v.Record.T || v.Rules == RFC7489 && v.Record.PCT == 0
}

// nonExistent takes np= if the domain in From does not exist: RFC 9989 section 4.7.
// Any type will do for NXDOMAIN; the addresses are the likeliest to be known already.
func (a *dmarcAsker) nonExistent(v *DMARCVerdict, from string) {
	answer, err := a.lookup(from, dns.A)
	if err != nil {
		// Pass and fail do not hang on it, only what is asked for.
		v.Tag, v.Policy, v.Err = "", "", err
		return
	}
	exists := answer.Status != dns.NXDomain
	if v.Exists = &exists; !exists {
		v.Tag, v.Policy = "np", v.Record.NP
	}
}

// align compares the identifiers with the domain in From, and decides.
func (a *dmarcAsker) align(v *DMARCVerdict, from string, ids []DMARCIdentifier, orgErr error, org func(string) (string, error)) {
	v.Identifiers = make([]DMARCAlignment, len(ids))
	pass, open := false, Status("")
	for i, id := range ids {
		al := &v.Identifiers[i]
		al.DMARCIdentifier = id
		al.Mode = v.Record.ADKIM
		if id.Method == "spf" {
			al.Mode = v.Record.ASPF
		}
		al.align(v, from, orgErr, org)
		unknown := al.Aligned == nil
		switch {
		case !unknown && !*al.Aligned:
		case id.Status == Pass && !unknown:
			pass = true
		case id.Status == Pass:
			if s := unanswered(al.Err); open == "" || s == Undecided {
				open, v.Err = s, al.Err
			}
		case id.Status == Undecided, id.Status == TempError && open == "":
			open = id.Status
		}
	}
	switch {
	case pass:
		v.Status, v.Err = Pass, nil
	case a.dropped:
		v.Status = Undecided
	case open != "":
		// RFC 7489 section 6.6.2: what may pass later has not failed.
		v.Status = open
	default:
		v.Status = Fail
	}
}

// align finds out whether one identifier is aligned. It asks only for those whose
// alignment decides: an organisational domain is the domain itself or one above, so
// that nothing but subdomains of that of From can share it.
func (al *DMARCAlignment) align(v *DMARCVerdict, from string, orgErr error, org func(string) (string, error)) {
	yes, no := true, false
	al.Aligned = &no
	decides := al.Status == Pass || al.Status == TempError || al.Status == Undecided
	switch {
	case al.Domain == "":
		if al.Aligned = nil; al.Status == Pass { // Of a name that is none.
			al.Aligned = &no
		}
	case al.Domain == from:
		al.Aligned, al.Organisation = &yes, v.Organisation
	case al.Mode == AlignStrict:
	case orgErr != nil:
		if al.Aligned = nil; topLabel(al.Domain) != topLabel(from) {
			al.Aligned = &no // Whatever the organisation is, it is not of both.
		}
		al.Err = orgErr
	case al.Domain != v.Organisation && !below(al.Domain, v.Organisation):
	case !decides && v.Rules == RFC9989:
		al.Aligned = nil // Not worth a question.
	default:
		if al.Organisation, al.Err = org(al.Domain); al.Err != nil {
			al.Aligned = nil
		} else if al.Organisation == v.Organisation {
			al.Aligned = &yes
		}
	}
}

func topLabel(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
