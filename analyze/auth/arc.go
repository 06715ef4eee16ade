package auth

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mailtrace/analyze/mailbox"
)

// ARC is an Authenticated Received Chain (RFC 8617): hosts that hand a mail on each
// write down what they found (ARC-Authentication-Results), sign the mail as they hand
// it on (ARC-Message-Signature) and seal what they and those before them wrote
// (ARC-Seal). A chain that passes says that these domains wrote this, and no more: an
// unknown sealer vouches for nothing, since anyone can seal anything.
type ARC struct {
	Status     Status   // None without a chain.
	Reason     string   // One sentence.
	Sets       []ARCSet // Never nil. The oldest first; those of a broken chain as far as they can be told apart.
	OldestPass int      // Of a chain that passes, the oldest set whose signature still holds; 0: all hold (RFC 8617 section 5.2).
	Faults     []string // What is wrong with its structure, in a few words each. Never nil.
}

// ARCSet is what one host added.
type ARCSet struct {
	Instance  int        // i=, from 1, the oldest.
	CV        Status     // cv= of the seal, how the host found the chain before it: None, Pass or Fail, else what was written.
	Seal      *Signature // Its Domain is who sealed. Nil where the field is missing.
	Signature *Signature // Of the message as the host handed it on. Nil where the field is missing.
	Results   *Results   // What the host found; those of the first set are what was seen before the first change. Nil where the field is missing.
	Field     int        // Index of the field with these results in the message.
}

// maxChainFaults is how many faults of a chain are told.
const maxChainFaults = 20

// arcChain gathers the ARC fields of a message.
type arcChain struct {
	fields int
	sets   map[int]*ARCSet
	faults []string
}

func (c *arcChain) fault(format string, args ...any) {
	if len(c.faults) < maxChainFaults {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

// add takes one of the three fields. Of two that claim the same place the topmost is
// kept.
func (c *arcChain) add(f *mailbox.Field, index int) {
	if c.fields++; c.fields > 3*MaxSets {
		if c.fields == 3*MaxSets+1 {
			c.fault("it has more than %d sets", MaxSets)
		}
		return
	}
	var results Results
	var s *Signature
	n := 0
	switch f.Key {
	case "arc-authentication-results":
		results = ParseResults(f.Value)
		n = results.Instance
	case "arc-seal":
		s = parseSignature(kindSeal, f, index)
		n = s.instance()
	default:
		s = parseSignature(kindAMS, f, index)
		n = s.instance()
	}
	if n == 0 {
		// RFC 8617 section 4.2.1; of the results it is the very beginning.
		c.fault("an %s has no number between i=1 and i=%d", f.Name, MaxSets)
		return
	}
	if c.sets == nil {
		c.sets = map[int]*ARCSet{}
	}
	set := c.sets[n]
	if set == nil {
		set = &ARCSet{Instance: n, Field: -1}
		c.sets[n] = set
	}
	var twice bool
	switch {
	case s == nil:
		if twice = set.Results != nil; !twice {
			set.Results, set.Field = &results, index
		}
	case s.kind == kindSeal:
		if twice = set.Seal != nil; !twice {
			set.Seal, set.CV = s, Status(dropBlanks(s.tags.value("cv")))
		}
	default:
		if twice = set.Signature != nil; !twice {
			set.Signature = s
		}
	}
	if twice {
		c.fault("set %d has the field %s twice", n, f.Name)
	}
}

// instance is i=, 0 where there is none.
func (s *Signature) instance() int {
	n, ok := digits(s.tags.value("i"), 76)
	if !ok || n < 1 || n > MaxSets {
		return 0
	}
	return int(n)
}

// signatures puts the sets in order, looks at their structure, and returns what is to
// be verified of them, the newest first: nothing when sets are not whole, since then
// it cannot be told what a seal is about.
func (c *arcChain) signatures(out *ARC) []*Signature {
	before := 0
	for n := 1; n <= MaxSets; n++ {
		set := c.sets[n]
		if set == nil {
			continue
		}
		if n != before+1 {
			c.fault("set %d is missing", n-1)
		}
		before = n
		if set.Results == nil {
			c.fault("set %d has no ARC-Authentication-Results", n)
		}
		if set.Signature == nil {
			c.fault("set %d has no ARC-Message-Signature", n)
		}
		if set.Seal == nil {
			c.fault("set %d has no ARC-Seal", n)
		}
		out.Sets = append(out.Sets, *set)
	}
	if len(c.faults) > 0 || len(out.Sets) == 0 {
		for i := range out.Sets {
			out.Sets[i].Seal.leave()
			out.Sets[i].Signature.leave()
		}
		return nil
	}
	c.order(out.Sets)
	list := make([]*Signature, 0, 2*len(out.Sets))
	for i := len(out.Sets) - 1; i >= 0; i-- {
		list = append(list, out.Sets[i].Signature, out.Sets[i].Seal)
	}
	return list
}

// leave is for a signature that is not verified, since its chain is not whole.
func (s *Signature) leave() {
	if s == nil {
		return
	}
	s.HeaderHash.State, s.BodyHash.State = HashUnchecked, HashUnchecked
	s.end(NotTried, "")
	s.Status = s.Outcome.status()
	s.Reason = s.sentence(time.Time{})
}

// order looks at what the hosts say of the chain before them, and tells each seal what
// it covers.
func (c *arcChain) order(sets []ARCSet) {
	covered := make([]int, 0, 3*len(sets))
	for i := range sets {
		set := &sets[i]
		// RFC 8617 section 5.2, step 3.
		want := Pass
		if i == 0 {
			want = None
		}
		switch set.CV {
		case want:
		case Fail:
			c.fault("%s, which sealed set %d, says that the chain was broken when it got it (cv=fail)", set.Seal.signer(), i+1)
		default:
			c.fault("the seal of set %d says cv=%s, where cv=%s belongs", i+1, excerptWord(string(set.CV)), want)
		}
		// RFC 8617 section 5.1.1.
		covered = append(covered, set.Field, set.Signature.Field)
		set.Seal.Covered = covered[:len(covered):len(covered)]
		if set.CV == Fail {
			// RFC 8617 section 5.1.2: it seals only its own set.
			set.Seal.Covered = covered[len(covered)-2 : len(covered) : len(covered)]
		}
		covered = append(covered, set.Seal.Field)
	}
}

// judge decides about the chain (RFC 8617 section 5.2), when its signatures have been
// verified.
func (c *arcChain) judge(out *ARC) {
	out.Faults = append(out.Faults, c.faults...)
	if len(c.faults) > 0 {
		out.Status = Fail
		out.Reason = "the chain is broken: " + strings.Join(c.faults[:min(len(c.faults), 3)], "; ")
		if more := len(c.faults) - 3; more > 0 {
			out.Reason += "; and " + strconv.Itoa(more) + " more"
		}
		return
	}
	newest := len(out.Sets)
	last := out.Sets[newest-1].Signature
	links := []*Signature{last}
	for i := newest - 1; i >= 0; i-- {
		links = append(links, out.Sets[i].Seal)
	}
	out.Status = Pass
	for i, s := range links {
		what := "the signature of set " + strconv.Itoa(newest)
		if i > 0 {
			what = "the seal of set " + strconv.Itoa(newest-i+1)
		}
		switch s.Status {
		case Pass:
			continue
		case TempError, Undecided:
			// Goes on: another may fail, and that is certain then.
			if out.Status == Pass || out.Status == Undecided && s.Status == TempError {
				out.Status, out.Reason = s.Status, "of "+what+": "+s.Reason
			}
			continue
		}
		out.Status, out.Reason = Fail, what+" does not hold: "+s.Reason
		return
	}
	if out.Status == Pass {
		c.oldest(out)
	}
}

// excerptWord shortens a word that a stranger wrote.
func excerptWord(s string) string {
	if len(s) > 20 {
		return s[:20] + "…"
	}
	return s
}

// oldest finds how far back the message is as it was.
func (c *arcChain) oldest(out *ARC) {
	for i := len(out.Sets) - 1; i >= 0; i-- {
		if s := out.Sets[i].Signature; s.Status != Pass {
			out.OldestPass = i + 2 // The newest holds: i is below it.
			out.Reason = fmt.Sprintf("all %d seals hold; the message is not as it was handed on in the name of %s (set %d), or that cannot be told", len(out.Sets), s.signer(), i+1)
			return
		}
	}
	out.Reason = fmt.Sprintf("all %d sets hold, and the message is as %s handed it on", len(out.Sets), out.Sets[0].Signature.signer())
	if len(out.Sets) == 1 {
		out.Reason = "its one set holds, and the message is as " + out.Sets[0].Signature.signer() + " handed it on"
	}
}
