package auth

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
)

// Limits of an evaluation (RFC 7208 section 4.6.4).
const (
	MaxSPFLookups = 10   // Terms that ask: include, a, mx, ptr, exists, redirect; and %{p}.
	MaxSPFVoid    = 2    // Of these, such that there was nothing.
	maxSPFNames   = 10   // Names of one mx or ptr.
	maxSPFSteps   = 1000 // Steps that a trace keeps: a record of 64 KB has 20,000 terms.
)

// SPFIdentity is the name that SPF is asked about (RFC 7208 section 2).
type SPFIdentity string

const (
	SPFMailFrom SPFIdentity = "mailfrom"
	SPFHELO     SPFIdentity = "helo"
)

// SPFQuery is one connection, and what is asked about it.
type SPFQuery struct {
	IP       netip.Addr  // Of the client that handed the mail over.
	HELO     string      // What it called itself.
	MailFrom string      // The reverse-path; "" and "<>" are the null one.
	Identity SPFIdentity // "" is SPFMailFrom.
	Receiver string      // Who checked, for %{r}; "" is "unknown".
	Now      time.Time   // For %{t}; the zero Time is written as 0.

	// AllowMacros lets names be asked that hold the local part of the sender. Whoever
	// runs the servers of that name is told that this very mail is being looked at:
	// a sender who writes another reverse-path to each recipient learns whom he
	// reached.
	AllowMacros bool
}

// SPF is the result of one check, with every step that led to it.
type SPF struct {
	Status   Status // One of RFC 7208 section 2.6, or Undecided.
	Domain   string // That was checked: in A-labels where it could be asked.
	Identity SPFIdentity
	Sender   string // The address that the macros know: postmaster@ the HELO name for a null reverse-path.

	Matched     string    // The directive that decided, as written; "" when none did.
	MatchedIn   string    // The domain whose record it stands in: Domain, or where redirect led.
	Problem     string    // Why there is an error, nothing, or no decision; "" otherwise.
	Cause       dns.Cause // Of a question without an answer that made it temperror or undecided; "" otherwise.
	Explanation string    // What the domain says to those that fail (RFC 7208 section 6.2): a stranger's words, in visible ASCII.

	Lookups   int           // That count (RFC 7208 section 4.6.4).
	Void      int           // Of these, such that there was nothing.
	Questions []SPFQuestion // All that was asked, in order, the uncounted ones among them.
	Trace     []SPFStep     // Never empty; the last one is the result.
	LeftOut   int           // Steps that the trace does not hold, since there were too many.
	Notes     []SPFNote     // Oddnesses of the records.

	seen spfOddities
}

// CheckSPF evaluates the record of the domain that the query is about (RFC 7208
// section 4: check_host). It never fails: what cannot be told has a status too.
func CheckSPF(ctx context.Context, resolver dns.Resolver, q SPFQuery) *SPF {
	e := &spfCheck{resolver: resolver, query: q, out: &SPF{Identity: SPFMailFrom}}
	if q.Identity == SPFHELO {
		e.out.Identity = SPFHELO
	}
	e.out.Trace = make([]SPFStep, 0, 16)
	e.out.Questions = make([]SPFQuestion, 0, 8)
	if e.begin() {
		e.out.Status = e.record(ctx, e.out.Domain, 0)
	}
	if e.out.Status == Fail && e.exp != "" {
		e.explain(ctx)
	}
	e.finish()
	return e.out
}

// begin finds the domain (RFC 7208 sections 2.3, 2.4, 4.1 and 4.3), or the status
// where there is nothing to ask.
func (e *spfCheck) begin() bool {
	out, q := e.out, &e.query
	q.IP = q.IP.Unmap().WithZone("") // RFC 7208 section 5: an IPv4-mapped address is an IPv4 address.
	path := strings.TrimSuffix(strings.TrimPrefix(q.MailFrom, "<"), ">")
	local, name := "postmaster", q.HELO
	if path != "" && out.Identity == SPFMailFrom {
		at := strings.LastIndexByte(path, '@') // The last one: others are quoted.
		if at > 0 {
			local = path[:at]
			e.private = true
			e.saw(spfQuotedAt, strings.IndexByte(local, '@') >= 0)
		}
		name = path[at+1:]
		if at < 0 {
			name = ""
		}
	}
	e.saw(spfNoLocal, !e.private)
	switch {
	case len(path) > maxSPFValue || len(q.HELO) > maxSPFValue:
		return e.end(None, "the name is longer than any that can be asked")
	case name == "":
		return e.end(None, "there is no domain to check")
	case !q.IP.IsValid():
		return e.end(Undecided, "the address of the client is not known")
	}
	name = strings.TrimSuffix(strings.TrimSpace(name), ".")
	for i := range len(name) {
		if name[i] >= 0x80 {
			// RFC 7208 section 4.3: A-labels are asked.
			e.saw(spfUnicode, true)
			name = domain.ASCII(name)
			break
		}
	}
	out.Domain, e.local, e.domain = name, local, name
	out.Sender = local + "@" + name
	return true
}

// end is a result without a record.
func (e *spfCheck) end(s Status, problem string) bool {
	e.out.Status, e.out.Problem = s, problem
	return false
}

// finish writes the last step and hands the questions out.
func (e *spfCheck) finish() {
	out := e.out
	note := out.Problem
	if out.Matched != "" {
		note = "by " + out.Matched + " of " + out.MatchedIn
	}
	out.Trace = append(out.Trace, SPFStep{Kind: SPFResult, Domain: out.Domain, Status: out.Status, Note: note, Lookups: out.Lookups, Void: out.Void, from: len(out.Questions), to: len(out.Questions)})
	for i := range out.Trace {
		// Only now, for the list of questions moves while it grows.
		s := &out.Trace[i]
		s.Questions = out.Questions[s.from:s.to:s.to]
	}
}

// SPFStepKind says what a step is about.
type SPFStepKind string

const (
	SPFRecordStep SPFStepKind = "record"      // A record was fetched and read.
	SPFTermStep   SPFStepKind = "term"        // A term was looked at.
	SPFExpStep    SPFStepKind = "explanation" // exp= was fetched and expanded.
	SPFResult     SPFStepKind = "result"      // The end.
)

// SPFOutcome says how a term ended.
type SPFOutcome string

const (
	SPFMatch   SPFOutcome = "match"
	SPFNoMatch SPFOutcome = "no match"
	SPFError   SPFOutcome = "error"   // The evaluation ends here.
	SPFGoes    SPFOutcome = "goes on" // redirect: the other record decides.
	SPFIgnored SPFOutcome = "ignored" // A modifier that does nothing here.
)

// SPFStep is one step of an evaluation. The steps of the record that an include or
// a redirect leads to stand behind it, one deeper.
type SPFStep struct {
	Kind      SPFStepKind
	Depth     int           // 0 for the record of the domain itself.
	Domain    string        // Whose record it is.
	Term      string        // As written; of a record its text, of exp= the fetched text.
	Target    string        // What it expanded to: a name, or a network.
	Questions []SPFQuestion // What was asked for it.
	Outcome   SPFOutcome    // Of a term.
	Status    Status        // Of a record, an include, a redirect and the result; of a match what it means.
	Note      string        // Why, in words; which address it was.
	Lookups   int           // Counted up to here, this step with it.
	Void      int

	from, to int // Of the list of questions.
}

// SPFQuestion is a question, and what the DNS said.
type SPFQuestion struct {
	Name   string
	Type   dns.Type
	Answer *dns.Answer // Nil when there was none.
	Cause  dns.Cause   // Why there was none.
}

func (q SPFQuestion) String() string {
	s := shownSPF(q.Name) + " " + q.Type.String() + " "
	if q.Answer == nil {
		return s + string(q.Cause)
	}
	if n := len(q.Answer.Records); q.Answer.Status == dns.Found {
		return s + "found " + strconv.Itoa(n)
	}
	return s + string(q.Answer.Status)
}

// String is the step in one line, indented by its depth. It is in visible ASCII.
func (s SPFStep) String() string {
	var b strings.Builder
	b.WriteString(strings.Repeat("  ", s.Depth))
	switch s.Kind {
	case SPFTermStep:
		b.WriteString(shownSPF(s.Term))
		if s.Target != "" && !strings.HasSuffix(s.Term, ":"+s.Target) && !strings.HasSuffix(s.Term, "="+s.Target) {
			b.WriteString(" -> " + shownSPF(s.Target))
		}
	case SPFResult:
		b.WriteString("result")
	default:
		b.WriteString(string(s.Kind) + " " + shownSPF(s.Target))
	}
	for i, q := range s.Questions {
		b.WriteString([...]string{"; ", ", "}[min(i, 1)] + q.String())
	}
	if s.Kind != SPFTermStep && s.Term != "" {
		b.WriteString("; " + strconv.QuoteToASCII(s.Term[:min(len(s.Term), maxSPFShown)]))
	}
	sep := ": "
	for _, word := range []string{string(s.Outcome), string(s.Status), s.Note} {
		if word != "" {
			b.WriteString(sep + shownSPF(word))
			sep = ", "
		}
	}
	if s.Kind != SPFExpStep {
		b.WriteString(" (look-ups " + strconv.Itoa(s.Lookups) + ", void " + strconv.Itoa(s.Void) + ")")
	}
	return b.String()
}

// maxSPFShown are the bytes of one text that a line shows.
const maxSPFShown = 500

// shownSPF is a text for a line: as it is where it is visible ASCII, else quoted.
func shownSPF(s string) string {
	long := len(s) > maxSPFShown
	if long {
		s = s[:maxSPFShown]
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 127 {
			s = strconv.QuoteToASCII(s)
			break
		}
	}
	if long {
		s += "..."
	}
	return s
}
