package dns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Bounds of what one question may cost. Keys and signatures are written by strangers, who
// can make each of them cost all of the others (CVE-2023-50387, "KeyTrap"; CVE-2023-50868
// for the hashes of NSEC3). What is beyond a bound is bogus, as other validators have it.
const (
	maxSignatures = 8   // Of one set that are tried. Honest zones have one, two while a key changes.
	maxSameTag    = 4   // Keys with the tag of a signature that are tried.
	maxKeys       = 64  // Of a zone.
	maxDigests    = 16  // DS records of a zone.
	maxSigners    = 4   // Of one set.
	maxDenials    = 16  // NSEC or NSEC3 records of one message; eight are needed at most.
	maxIterations = 100 // Of NSEC3, see denial3.

	maxValidationQuestions = 160  // For one question, where nothing is known yet. A name has 127 labels.
	maxValidationChecks    = 512  // Signatures that are verified for one question.
	maxValidationHashes    = 1024 // Of names, for one question.

	maxLinks = 1 << 16 // Names of which the way from the root is kept.
)

// ValidationFailed is what stands beneath an Error that is Bogus, and before ": " and the
// reason where a Validator knows it.
const ValidationFailed = "DNSSEC validation failed"

// Validator is a Resolver that trusts nobody but the keys of the root: it asks its Client's
// servers for signatures and keys too, and validates itself (RFC 4035 section 5). Whoever
// is on the path to them, and they themselves, can withhold an answer, and forge none. It
// takes the place of a Client; the zero value with a Client works.
//
// Secure of an answer is SecureYes where signatures lead to it from the root, or to the
// proof that there is no such record; Insecure where it is proven that there are none, or
// none that we know (RFC 4035 section 5.2); and Unverified where keys could not be had, so
// that nobody can tell. A bogus answer is an Error with Cause ServFail and Secure Bogus, as
// of a Client, and says why.
type Validator struct {
	Client  *Client
	Now     func() time.Time // What signatures are held against; time.Now when nil.
	Anchors []Anchor         // What is trusted for the root; those of IANA when nil.

	mu     sync.Mutex
	links  map[string]*link
	making map[string]chan struct{} // Closed when the link was made, or not.
}

// validation is what one question may still cost.
type validation struct {
	*Validator
	questions, checks, hashes int
}

// Lookup asks and validates. Aliases are followed, each step validated.
func (v *Validator) Lookup(ctx context.Context, name string, t Type) (*Answer, error) {
	q, bad := newQuestion(name, t)
	if bad != nil {
		return nil, bad
	}
	w := &validation{v, maxValidationQuestions, maxValidationChecks, maxValidationHashes}
	a, fail := w.lookup(ctx, q)
	if fail != nil {
		fail.Name, fail.Type = q.name, q.typ
		if fail.Time.IsZero() {
			fail.Time = v.Client.now()
		}
		return nil, fail
	}
	return a, nil
}

func (v *Validator) now() time.Time {
	if v.Now != nil {
		return v.Now()
	}
	return time.Now()
}

// worth is what a set, or its absence, is worth.
type worth struct {
	secure      Secure
	why         string
	from, until time.Time // Of the signature; zero for none.
	ttl         time.Duration

	delegated bool // Of an absent DS record: there is a zone, and it is not signed.
}

func bogus(format string, args ...any) worth {
	return worth{secure: Bogus, why: fmt.Sprintf(format, args...)}
}

// lookup follows the aliases over one message or several.
func (w *validation) lookup(ctx context.Context, q question) (answer *Answer, fail *Error) {
	defer func() {
		if p := recover(); p != nil { // A fault of ours costs one answer.
			answer, fail = nil, q.fail("", Malformed, fmt.Errorf("validating it failed: %v", p))
		}
	}()
	a := &Answer{Name: q.name, Type: q.typ, Secure: SecureYes, TTL: -1}
	at := q.name
	for {
		p, fail := w.ask(ctx, question{at, q.typ})
		if fail != nil {
			return nil, fail
		}
		a.Server = p.server.String()
		for open := false; !open; {
			var done bool
			var fail *Error
			if at, done, fail = w.step(ctx, a, p, at); fail != nil {
				return nil, fail
			}
			if done {
				w.end(a)
				return a, nil
			}
			if len(a.Alias) > maxAliases {
				return nil, q.fail(a.Server, AliasLoop, errAliasLoop)
			}
			open = !p.tells(at, q.typ)
		}
	}
}

// end puts in order what came together.
func (w *validation) end(a *Answer) {
	if a.Secure != SecureYes {
		a.Signed, a.Expires = time.Time{}, time.Time{}
	}
	a.TTL = max(a.TTL, 0)
	a.Time = w.Client.now()
}

// step takes what the message has at a name: the records, an alias, or that there are none.
func (w *validation) step(ctx context.Context, a *Answer, p *page, at string) (next string, done bool, fail *Error) {
	if s := p.answer[setKey{at, uint16(a.Type)}]; s != nil {
		if p.nxdomain {
			return "", false, p.malformed(errors.New("the message says that there is no such name, and has its records"))
		}
		if fail := w.weigh(a, p, w.judge(ctx, s, p)); fail != nil {
			return "", false, fail
		}
		for _, rr := range s.records {
			r, err := recordFrom(rr)
			if err != nil {
				return "", false, p.malformed(fmt.Errorf("a record of type %s: %w", a.Type, err))
			}
			a.Records = append(a.Records, r)
		}
		a.Status = Found
		return "", true, nil
	}
	if s := p.answer[setKey{at, dns.TypeCNAME}]; s != nil && a.Type != CNAME {
		target, err := canonical(s.records[0].(*dns.CNAME).Target)
		if err != nil {
			return "", false, p.malformed(err)
		}
		if d := p.synthesized(at, target); d != nil && len(s.signatures) == 0 {
			s = d // RFC 4035 section 3.2.3: such an alias has no signature of its own.
		}
		fail := w.weigh(a, p, w.judge(ctx, s, p))
		a.Alias = append(a.Alias, target)
		return target, false, fail
	}
	a.Status = NoData
	if p.nxdomain {
		a.Status = NXDomain // Of the name at the end of the aliases (RFC 6604 section 2).
	}
	fail = w.weigh(a, p, w.absence(ctx, p, at, uint16(a.Type)))
	if soa := p.negative(); fail == nil && soa >= 0 {
		a.atMost(soa)
	} else {
		a.TTL = 0
	}
	return "", true, fail
}

// weigh puts what a part is worth to the whole.
func (w *validation) weigh(a *Answer, p *page, part worth) *Error {
	if part.secure == Bogus {
		return &Error{Server: p.server.String(), Cause: ServFail, Secure: Bogus, Err: errors.New(ValidationFailed + ": " + part.why)}
	}
	a.Secure = weaker(a.Secure, part.secure)
	if part.secure == a.Secure {
		a.Why = cmp.Or(a.Why, part.why)
	}
	a.atMost(part.ttl)
	if !part.until.IsZero() && (a.Expires.IsZero() || part.until.Before(a.Expires)) {
		a.Signed, a.Expires = part.from, part.until
	}
	return nil
}

// ask has the Client ask for something, with its signatures.
func (w *validation) ask(ctx context.Context, q question) (*page, *Error) {
	if w.questions--; w.questions < 0 {
		return nil, q.fail("", OverLimit, fmt.Errorf("%d questions were asked to validate one answer, more are not allowed", maxValidationQuestions))
	}
	r, fail := w.Client.ask(ctx, q, validated)
	if fail != nil {
		fail.Time = w.Client.now()
		return nil, fail
	}
	p := &page{question: q, server: r.server, nxdomain: r.rcode == dns.RcodeNameError}
	var err error
	if p.answer, err = setsOf(r.message.Answer); err == nil {
		p.authority, err = setsOf(r.message.Ns)
	}
	if err != nil {
		return nil, p.malformed(err)
	}
	return p, nil
}
