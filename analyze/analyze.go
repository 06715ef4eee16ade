// Package analyze judges one message: it puts the route together from the
// Received fields, lets every rule look at it, and says what was found with the
// bytes that show it.
//
// A rule is a value (what it means, the innocent cause, what was measured) beside
// the code that looks for it, one file each. A rule speaks (a finding), is silent,
// or cannot tell (an undecided); it never decides alone whether a message is
// honest. Nothing here touches the network but by the resolver that is handed in.
package analyze

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"mailtrace/analyze/domain"
	"mailtrace/analyze/mailbox"
	"mailtrace/received"
	"mailtrace/report"
)

// Analyzer analyses messages. The zero Analyzer is ready to use, by any number of
// goroutines.
type Analyzer struct {
	Version  string           // Of mailtrace, for the report.
	Settings []report.Setting // What the user chose, for the report.
	Now      func() time.Time // The clock; time.Now when nil.

	Own   Hosts // The recipient's hosts: what they wrote is observed.
	Trust Hosts // Hosts that the user vouches for: what they wrote is attested.

	// Hosts that take mail only from users who authenticate: what such a host took
	// over is attested as soon as the recipient's side saw its address, and its peer
	// is an author's program.
	MSA Hosts

	// Authserv-ids (RFC 8601 section 2.5) of the recipient's: beside
	// results under one of them stands a host of the recipient's, if it is of the
	// same organisation.
	AuthServIDs []string

	// What a message is attached to is taken for a witness: for mailboxes into which
	// only people or programs of one's own forward.
	TrustCarrier bool

	// DNS gives what answers the questions for the message with that SHA-256, in
	// hexadecimal, and keeps the answers. Nil: nobody is asked. Its error becomes the
	// error of the report.
	DNS func(sha256 string) (DNS, error)

	AllowMacros bool // Names may be asked that hold the local part of the sender (see auth.SPFQuery).
	Thorough    bool // What was done to a message is searched for also where no key can prove it.
	RDNS        bool // Reverse names of the hosts on the path are looked up.

	// What large mailbox providers require is held against the message; for that, the
	// reverse name of the peer at the handover is looked up.
	Requirements bool

	// auth.SecondSPF and auth.SecondDKIM when nil; for the test of what is said where
	// the two programs differ.
	second     secondSPF
	secondDKIM secondDKIM
}

// Message reports on one message. It always returns a report: what could not be
// done stands in its Error and Undecided.
func (a *Analyzer) Message(ctx context.Context, m *mailbox.Message) (r *report.Report) {
	r = a.report(m.Name)
	r.Evidence = source(m)
	defer func() {
		if p := recover(); p != nil {
			r.Error = fmt.Sprintf("%s: the message could not be taken apart: %v; please report this to the authors of mailtrace", m.Name, p)
		}
	}()
	book := &addressBook{}
	r.Message = message(m, book)
	s := newSubject(m, r)
	s.book = book
	s.ids = a.AuthServIDs
	s.second, s.secondDKIM = a.second, a.secondDKIM
	s.thorough = a.Thorough
	s.stand(s.findBoundary(a), a)
	s.carried(a)
	s.origins()
	s.recorded()
	s.identities()
	s.envelope()
	s.authenticate(ctx, a)
	s.run(ctx, checks)
	s.revise()
	s.accounts()
	if a.Requirements {
		s.requirements()
	}
	r.Rules = named(r)
	return r
}

// Failed is the report on an input that could not be read.
func (a *Analyzer) Failed(name string, err error) *report.Report {
	r := a.report(name)
	r.Evidence.Name = name
	r.Error = err.Error()
	return r
}

func (a *Analyzer) report(target string) *report.Report {
	now := time.Now
	if a.Now != nil {
		now = a.Now
	}
	r := report.New(report.KindTrace)
	r.Target = target
	r.Made = now().UTC()
	r.DecidedOn.Version = a.Version
	r.DecidedOn.Settings = append(r.DecidedOn.Settings, a.Settings...)
	r.DecidedOn.Data = append(r.DecidedOn.Data, tables()...)
	r.DecidedOn.Now = r.Made
	return r
}

// subject is what a check looks at. Checks only read it.
type subject struct {
	message   *mailbox.Message
	received  []mailbox.Field // Of the hops: received[i] is hops[i], the oldest first.
	index     []int           // Where received[i] stands in message.Fields.
	hops      []report.Hop
	book      *addressBook
	marks     []mark   // What receivers wrote down of the peer, the topmost first.
	ids       []string // Authserv-ids that the user says are the recipient's.
	boundary  boundary
	byCarrier bool // Nothing in it was observed, see carried.
	orgs      domain.Memo
	checked   authentication // What mailtrace found out itself.
	second    secondSPF
	mu        sync.Mutex // Held by what authenticate does at one time, for the report.
	report    *report.Report

	secondDKIM secondDKIM
	thorough   bool
}

// check is a rule and the code that looks for it. An error, and a panic, become
// an undecided of the rule.
type check struct {
	report.Rule
	needs need
	asks  bool // It rests on answers of the DNS.
	run   func(context.Context, *subject) ([]report.Finding, []report.Undecided, error)
}

// checks is every check, in the order in which a report lists its findings.
var checks = []check{
	addressImpossible,
	dateImpossible,
	weekdayWrong,
	queueIDClock,
	exchangeBuild,
	productShape,
	marksDisagree,
	zoneMismatch,
	timeBackwards,
	linkBroken,
	anachronism,
	heloForeignAddress,
	heloIsReceiver,
	ratwareTemplate,
	envelopeFromDiffers,
	broughtPass,
	sesOutgoing,
	belowAuthorFields,
	notUnderstood,
	headerDateImpossible,
	headerDateWeekday,
	headerDateFarOff,
	headerDateMissing,
	headerDuplicateFields,
	headerThreadIndex,
	headerMailerGrammar,
	headerForwardedInline,
	identityDisplayNameAddress,
	identityLookAlike,
	identityMixedScript,
	identityInvisible,
	identitySeveralFrom,
	identityReplyTo,
	envelopeRecipientHidden,
	signedAfterReceipt,
	dkimReplay,
	dkimUnsignedParts,
	differsNow,
	suffixRecord,
	rulesDiffer,
	spfSecondOpinion,
	providerWithoutSignature,
	unrelatedSigner,
	dkimUnsignedText,
	dkimSecondOpinion,
}

// Rules documents every rule, in the order in which reports list their findings.
func Rules() []report.Rule {
	rules := make([]report.Rule, len(checks))
	for i, c := range checks {
		rules[i] = c.documented()
	}
	return rules
}

// newSubject puts the path together.
func newSubject(m *mailbox.Message, r *report.Report) *subject {
	s := &subject{message: m, report: r, marks: marks(m)}
	var fields []received.Field
	for i, f := range m.Fields {
		if !f.Is("Received") {
			continue
		}
		s.received = append(s.received, f)
		s.index = append(s.index, i)
		fields = append(fields, received.Field{Line: f.Line, Value: f.Value})
	}
	path := received.NewPath(fields, s.house)
	if path.Omitted > 0 {
		r.Evidence.Limits = append(r.Evidence.Limits[:len(r.Evidence.Limits):len(r.Evidence.Limits)], report.Limit{
			Name: "received.MaxHops", Value: received.MaxHops,
			Text: fmt.Sprintf("the %d oldest Received fields were not read", path.Omitted),
		})
	}
	s.received, s.index = s.received[:len(path.Steps)], s.index[:len(path.Steps)]
	slices.Reverse(s.received)
	slices.Reverse(s.index)
	r.Path = reportPath(&path)
	s.hops = r.Path.Hops
	return s
}

// reportPath is the path as the report shows it.
func reportPath(path *received.Path) report.Path {
	p := report.Path{Hops: make([]report.Hop, len(path.Steps)), Segments: make([]report.Segment, len(path.Segments))}
	for i := range path.Steps {
		s := &path.Steps[i]
		p.Hops[i] = report.Hop{
			Number: i + 1, Hop: s.Hop, Link: s.Link, DelaySeconds: seconds(s.Delay),
			ClockOffsetSeconds: seconds(s.ClockOffset), ClockOffsetBasis: s.ClockBasis,
		}
	}
	for i, g := range path.Segments {
		p.Segments[i] = report.Segment{Kind: g.Kind, First: g.First, Last: g.Last, Why: g.Why}
	}
	return p
}

func seconds(d *time.Duration) *float64 {
	if d == nil {
		return nil
	}
	s := d.Seconds()
	return &s
}

// run lets every check look at the subject and puts what it says into the report.
func (s *subject) run(ctx context.Context, checks []check) {
	for i := range checks {
		c := &checks[i]
		found, undecided, err := s.ask(ctx, c)
		for _, f := range found {
			f.Rule = c.ID
			s.report.Findings = append(s.report.Findings, f)
		}
		for _, u := range undecided {
			u.Rule = c.ID
			s.report.Undecided = append(s.report.Undecided, u)
		}
		if err != nil {
			s.report.Undecided = append(s.report.Undecided, report.Undecided{Rule: c.ID, Why: err.Error()})
		}
	}
}

// safely runs the check and turns a panic into an error: one bad rule never costs
// the report.
func (c *check) safely(ctx context.Context, s *subject) (found []report.Finding, undecided []report.Undecided, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the check failed: %v", p)
		}
	}()
	if ctx.Err() != nil {
		return nil, nil, errors.New("stopped before this check")
	}
	return c.run(ctx, s)
}

// named returns the documentation of the rules that the report names.
func named(r *report.Report) []report.Rule {
	rules := []report.Rule{}
	for _, c := range checks {
		if names(r, c.ID) {
			rules = append(rules, c.documented())
		}
	}
	return rules
}

func names(r *report.Report, id string) bool {
	for i := range r.Findings {
		if r.Findings[i].Rule == id {
			return true
		}
	}
	for i := range r.Undecided {
		if r.Undecided[i].Rule == id {
			return true
		}
	}
	return false
}
