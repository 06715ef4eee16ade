package auth

import (
	"io"
	"slices"
	"strings"

	"mailtrace/analyze/mailbox"
)

// DKIMDifference is a class of known differences from emersion/go-msgauth v0.7.0.
type DKIMDifference string

const (
	SameDKIM        DKIMDifference = ""              // No difference, or nothing to compare.
	ExpiredDKIM     DKIMDifference = "expired"       // It compares x= with the clock, and not with the time of receipt.
	TimesDKIM       DKIMDifference = "times"         // It refuses times of 20 digits, and takes an x= before t= (RFC 6376 section 3.5).
	LengthDKIM      DKIMDifference = "length"        // It refuses every l=.
	IdentityDKIM    DKIMDifference = "identity"      // It compares i= by case and does not decode it, and takes one without "@".
	MethodDKIM      DKIMDifference = "query-method"  // It takes only q=dns/txt as it is written.
	ErasedDKIM      DKIMDifference = "erased-tag"    // It erases what follows any "b=", in z= and i= too, where RFC 6376 section 3.7 has the value of b= alone.
	OwnFieldDKIM    DKIMDifference = "own-field"     // Where h= has dkim-signature once more than there are others, it takes the signature itself for one.
	StrictDKIM      DKIMDifference = "strict-key"    // It does not know t=s in a key (RFC 6376 section 3.6.1).
	KeyBlanksDKIM   DKIMDifference = "key-blanks"    // It refuses a TAB in p= of a key.
	RecordsDKIM     DKIMDifference = "key-records"   // It refuses several records at the name of a key, where RFC 6376 section 6.1.2 lets each be tried.
	TagListDKIM     DKIMDifference = "tag-list"      // It takes lists with nothing between semicolons, names that are none, or control characters (RFC 6376 section 3.2).
	BareCRDKIM      DKIMDifference = "bare-cr"       // In relaxed form it takes a CR alone for a line end.
	NoVerdictDKIM   DKIMDifference = "no-verdict"    // It cannot read the message, or panics.
	UnexplainedDKIM DKIMDifference = "not-explained" // One of the two is wrong.
)

// What go-msgauth says of a hash.
const (
	saidBody      = "body hash did not verify"
	saidSignature = "signature did not verify"
)

// dkimClasses are the differences by what it said, up to a colon. Of several that hold
// the first is named.
var dkimClasses = [...]struct {
	said  string
	class DKIMDifference
	holds func(*Signature, *mailbox.Message) bool
}{
	{"", StrictDKIM, func(s *Signature, _ *mailbox.Message) bool {
		return s.Outcome == KeyUnfit && s.Key.Strict && !strings.EqualFold(s.identityDomain, s.Domain)
	}},
	{"", ExpiredDKIM, func(s *Signature, _ *mailbox.Message) bool { return s.Outcome == Expired }},
	{"", TimesDKIM, func(s *Signature, _ *mailbox.Message) bool {
		return s.Outcome == Malformed && s.Created != nil && s.Expires != nil && !s.Expires.After(*s.Created)
	}},
	{"", IdentityDKIM, func(s *Signature, _ *mailbox.Message) bool {
		return s.Outcome == Malformed && s.tags.has("i") && !strings.Contains(s.Identity, "@")
	}},
	{"", TagListDKIM, func(s *Signature, _ *mailbox.Message) bool {
		_, fault := parseTagList(s.field)
		if s.Outcome == KeyUnusable {
			_, fault = parseTagList(s.Key.Text)
		}
		return fault != "" && (s.Outcome == Malformed || s.Outcome == KeyUnusable)
	}},
	{"", BareCRDKIM, bareCR},
	{"signature has expired", ExpiredDKIM, func(s *Signature, _ *mailbox.Message) bool { return s.Expires != nil }},
	{"malformed time", TimesDKIM, func(s *Signature, _ *mailbox.Message) bool { return len(s.tags.value("t")) > 18 }},
	{"malformed expiration time", TimesDKIM, func(s *Signature, _ *mailbox.Message) bool { return len(s.tags.value("x")) > 18 }},
	{"message contains an insecure body length tag", LengthDKIM, func(s *Signature, _ *mailbox.Message) bool { return s.Length != nil }},
	{"domain mismatch", IdentityDKIM, func(s *Signature, _ *mailbox.Message) bool { return s.tags.has("i") }},
	{"unsupported public key query method", MethodDKIM, func(s *Signature, _ *mailbox.Message) bool { return s.tags.has("q") }},
	{"key syntax error", KeyBlanksDKIM, func(s *Signature, _ *mailbox.Message) bool {
		return s.Key != nil && strings.Contains(s.Key.Text, "\t")
	}},
	{"multiple TXT records found for key", RecordsDKIM, func(s *Signature, _ *mailbox.Message) bool { return s.Keys > 1 }},
	{saidSignature, ErasedDKIM, erased},
	{saidSignature, OwnFieldDKIM, func(s *Signature, _ *mailbox.Message) bool {
		return slices.Contains(s.OverSigned, "dkim-signature")
	}},
	{saidSignature, BareCRDKIM, bareCR},
	{saidBody, BareCRDKIM, bareCR},
}

// difference finds the class of a verdict.
func (s *Signature) difference(m *mailbox.Message, second DKIMSecond) DKIMDifference {
	if s.agrees(second) {
		return SameDKIM
	}
	return s.dkimClass(m, second)
}

func (s *Signature) dkimClass(m *mailbox.Message, second DKIMSecond) DKIMDifference {
	said := second.said()
	for i := range dkimClasses {
		if c := &dkimClasses[i]; c.said == said && c.holds(s, m) {
			return c.class
		}
	}
	return UnexplainedDKIM
}

// said is what it said, without the details.
func (d DKIMSecond) said() string {
	said, _, _ := strings.Cut(d.Problem, ": ")
	return said
}

// agrees tells whether both let the signature count, or neither does; why it does not
// is compared only in what both looked at, the body.
func (s *Signature) agrees(second DKIMSecond) bool {
	said := second.said()
	switch {
	case said == saidBody && s.BodyHash.State == HashMatches, said == saidSignature && s.BodyHash.State == HashDiffers:
		return false
	case s.Outcome == OverBudget:
		return true // Nothing was found out here.
	}
	switch s.Status {
	case Pass:
		return second.Status == Pass
	case Undecided, TempError:
		return second.Status != Pass // On the same answers it cannot hold.
	}
	return second.Status == Fail || second.Status == PermError
}

// erased tells whether another tag than b= has a "b=" with something behind it.
func erased(s *Signature, _ *mailbox.Message) bool {
	for i := range s.tags {
		t := &s.tags[i]
		if t.Name == "b" {
			continue
		}
		for rest := t.Name + "=" + t.Value; ; {
			b := strings.IndexByte(rest, 'b')
			if b < 0 {
				break
			}
			rest = rest[b+1:]
			if after := trimBlanks(rest); len(after) > 1 && after[0] == '=' {
				return true
			}
		}
	}
	return false
}

// bareCR tells whether what is signed in relaxed form has a CR that ends no line.
func bareCR(s *Signature, m *mailbox.Message) bool {
	var c crFinder
	if s.HeaderForm == Relaxed {
		for _, i := range append([]int{s.Field}, s.Covered...) {
			_, _ = c.Write([]byte(m.Fields[i].Value))
			_, _ = c.Write([]byte(crlf))
		}
	}
	if s.BodyForm == Relaxed {
		_, _ = io.Copy(&c, m.Body())
	}
	return c.found || c.cr
}

// crFinder looks for a CR without an LF behind it.
type crFinder struct{ cr, found bool }

func (c *crFinder) Write(p []byte) (int, error) {
	for _, b := range p {
		c.found = c.found || c.cr && b != '\n'
		c.cr = b == '\r'
	}
	return len(p), nil
}
