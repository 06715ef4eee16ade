package auth

import (
	"crypto"
	"fmt"
	"io"
	"slices"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

// Bounds on the autopsy of one message. They count work, not time, so that the same
// message gives the same answer on any machine.
const (
	MaxAutopsyBytes      = 64 << 20 // Bytes of candidate bodies that are hashed.
	MaxAutopsyHeader     = 32 << 20 // Bytes of candidate headers that are hashed.
	MaxAutopsyCandidates = 250_000  // Candidates, of all signatures together.
	MaxAutopsyBody       = 4 << 20  // Of a larger body only its beginnings are tried.
	MaxAutopsyStream     = 24 << 20 // A body beyond this is not looked at.
	MaxAdded             = 4 << 10  // Bytes of added text that are told.
	MaxLinks             = 20       // Links of it that are told.

	maxHeaderTries  = 4_000 // Headers that are tried for one RSA signature.
	maxEd25519Tries = 400   // As many for all of Ed25519: each costs a verification.
)

// Autopsy says what was done to a message after it was signed, as far as undoing it
// makes the signed hashes hold again. That proves which text was signed; it does not
// tell who made the change, and makes nothing that was added trustworthy.
type Autopsy struct {
	Body, Header PartAutopsy
	Tried        int // Candidates that were hashed for the message, for all of its signatures together.
}

// PartAutopsy is what became of the body or of the signed fields.
type PartAutopsy struct {
	State   AutopsyState
	Why     string   // For unjudged and unexplained: one sentence.
	Changes []Change // For explained: what, undone together, makes the hash hold. Never nil.

	// The signature was made with the key of the domain that it names, so that the
	// domain did sign this. Where that is not so, the hash of the body may be a
	// forger's: the words of the changes begin with an if.
	Proven bool
}

// AutopsyState is the result of the search for one of the two hashes.
type AutopsyState string

const (
	AutopsyHolds       AutopsyState = "holds"       // Nothing to search for: the hash is the one that was signed.
	AutopsyExplained   AutopsyState = "explained"   // With the changes undone it is the one that was signed.
	AutopsyUnexplained AutopsyState = "unexplained" // No change that was tried accounts for it: the text may have been forged.
	AutopsyUnjudged    AutopsyState = "unjudged"    // The input cannot tell.
)

// Change is one thing that was done to the message after it was signed.
type Change struct {
	Kind  ChangeKind
	Text  string   // One to three plain sentences. They name the signer and excuse nobody.
	Added string   // The text that nobody signed, as UTF-8, up to MaxAdded bytes; "" when nothing was added.
	Links []string // Those in all of the added text, each once, up to MaxLinks. Nil when there is none.
	Line  int      // Line of the message where it begins, from 1; 0 when that is not known.
	Field string   // Name of the header field it is about, as written; "" for the body.
}

// ChangeKind is a kind of change that the autopsy can undo.
type ChangeKind string

const (
	ChangeFooter            ChangeKind = "footer"                 // Text was added at the end of the body or of a part.
	ChangeBanner            ChangeKind = "banner"                 // Text was added at its beginning.
	ChangeTail              ChangeKind = "unsigned-tail"          // Only the beginning of the body was signed (l=).
	ChangeEmptyBody         ChangeKind = "empty-body"             // An empty body was signed: all text was added.
	ChangePartAdded         ChangeKind = "part-added"             // A MIME part was added to a multipart.
	ChangeMIMEWrapped       ChangeKind = "mime-wrapped"           // The body was made one part of a new multipart.
	ChangeTransferEncoding  ChangeKind = "transfer-encoding"      // 8bit, quoted-printable or base64 took the place of another, or it was wrapped anew.
	ChangeCharset           ChangeKind = "charset"                // The text was converted to another character set.
	ChangeLineEnds          ChangeKind = "line-ends"              // Other line ends.
	ChangeLinesWrapped      ChangeKind = "lines-wrapped"          // Long lines were cut.
	ChangeBlankLines        ChangeKind = "blank-lines"            // Empty lines were added or taken out.
	ChangeTrailingBlanks    ChangeKind = "trailing-blanks"        // Blanks at ends of lines were added or taken out.
	ChangeDotStuffing       ChangeKind = "dot-stuffing"           // A dot that SMTP doubles was left doubled (RFC 5321 section 4.5.2).
	ChangeMboxFrom          ChangeKind = "mbox-from"              // A mailbox put ">" before "From ".
	ChangeSubjectTag        ChangeKind = "subject-tag"            // [list], ***SPAM***.
	ChangeFieldAdded        ChangeKind = "field-added"            // A field that the signer did not see.
	ChangeFieldRemoved      ChangeKind = "field-removed"          // A field that the signer saw is gone.
	ChangeFieldOrder        ChangeKind = "field-order"            // Fields of one name stand in another order.
	ChangeRefolded          ChangeKind = "refolded"               // A field was folded, or its name or blanks written, in another way.
	ChangeRecipient         ChangeKind = "recipient-rewritten"    // To, Cc or Reply-To was written in another way.
	ChangeAuthor            ChangeKind = "author-rewritten"       // From or Sender was.
	ChangeFieldRewritten    ChangeKind = "field-rewritten"        // Another field was.
	ChangeOtherCanonization ChangeKind = "other-canonicalization" // Nothing was changed: the signer used another canonicalization than it says.
)

// Autopsy searches for the changes that broke the hashes of these signatures, which
// are those that Verify found on the message. Nobody is asked for anything. There is
// one entry for each signature; it is nil where both hashes hold, or where there is
// nothing to search for.
//
// Without any key only the commonest change is searched for, text at the end, unless
// the Verifier is to be thorough.
//
// It is deterministic: see the bounds. A change is told only when the hash of what is
// left after undoing it is the signed one.
func (v Verifier) Autopsy(m *mailbox.Message, signatures []Signature) []*Autopsy {
	out := make([]*Autopsy, len(signatures))
	bodies := &bodySearch{firstLine: BodyLine(m), quick: !v.Thorough && !slices.ContainsFunc(signatures, func(s Signature) bool { return s.Key != nil })}
	autopsies(out, signatures, bodies, &headerSearch{m: m, bodies: bodies})
	return out
}

// autopsies fills out, with these searches.
func autopsies(out []*Autopsy, signatures []Signature, bodies *bodySearch, headers *headerSearch) {
	for i := range signatures[:min(len(signatures), MaxSignatures)] {
		s := &signatures[i]
		// Without a hash that differs, there is nothing that could be searched for.
		if s.kind == kindSeal || s.BodyHash.State != HashDiffers && s.HeaderHash.State != HashDiffers && s.Outcome != VerifiedPart {
			continue
		}
		out[i] = &Autopsy{}
		if s.BodyHash.State == HashDiffers && len(s.BodyHash.Given) == s.hash.Size() {
			bodies.want(s)
		}
	}
	var why string
	if len(bodies.targets) > 0 {
		why = bodies.search(headers.m)
	}
	for i, a := range out {
		if a != nil {
			a.Body = bodies.result(headers.m, &signatures[i], why)
			a.Header = headers.result(&signatures[i])
			if signatures[i].Outcome == VerifiedPart {
				a.Body = tail(headers.m, &signatures[i])
			}
			a.prove(&signatures[i])
		}
	}
	for _, a := range out {
		if a != nil {
			a.Tried = bodies.tried + headers.tried
		}
	}
}

// prove says of what was found whether the domain signed it. The hash of the body is
// signed with the header: it is the domain's own only if the header holds, as it is or
// with its changes undone.
func (a *Autopsy) prove(s *Signature) {
	a.Header.Proven = (a.Header.State == AutopsyHolds || a.Header.State == AutopsyExplained) && s.counts()
	if a.Body.Proven = a.Header.Proven; a.Body.Proven {
		return
	}
	for _, part := range [...]*PartAutopsy{&a.Header, &a.Body} {
		for i := range part.Changes {
			c := &part.Changes[i]
			c.Text = fmt.Sprintf("If this signature is of %s, which is not proven: %s", s.signer(), c.Text)
		}
	}
}

// counts says whether a signature with its key and algorithm would be taken for the
// domain's, if it held. Of a key that is too short, anybody may have found the other half.
func (s *Signature) counts() bool {
	switch s.Outcome {
	case WeakHash, WeakKey, KeyUnfit, KeyRevoked, KeyUnusable, FromUnsigned, IdentityForeign:
		return false
	}
	return true
}

// search reads the body and tries what there is to try. It returns why not all was
// tried, "" when all was.
func (b *bodySearch) search(m *mailbox.Message) string {
	raw, err := io.ReadAll(io.LimitReader(m.Body(), MaxAutopsyStream+1))
	if err != nil || len(raw) > MaxAutopsyStream {
		return "the body is larger than what is searched"
	}
	body := unixLines(raw)
	b.whole = body
	e := entity{content: body}
	if f, ok := m.Field("Content-Type"); ok {
		e.contentType = f.Value
	}
	if f, ok := m.Field("Content-Transfer-Encoding"); ok {
		e.encoding = encodingName(f.Value)
	}
	b.sweepEntity(candidate{e, nil})
	if b.quick {
		return "no key is known, so that only its beginnings were tried"
	}
	if len(body) > MaxAutopsyBody {
		return "the body is large: only its beginnings were tried"
	}
	b.otherForm(body)
	b.bodies(e)
	if b.spent > MaxAutopsyBytes || b.tried > MaxAutopsyCandidates {
		return "the budget of the search was used up"
	}
	return ""
}

// result is what the search found for the body of one signature.
func (b *bodySearch) result(m *mailbox.Message, s *Signature, why string) PartAutopsy {
	p := PartAutopsy{Changes: []Change{}}
	switch s.BodyHash.State {
	case HashMatches:
		p.State = AutopsyHolds
		return p
	case HashUnchecked:
		p.State, p.Why = AutopsyUnjudged, "there is no body here to look at"
		return p
	}
	if t := b.find(s); t != nil && t.found {
		p.State = AutopsyExplained
		for _, e := range t.edits {
			p.Changes = append(p.Changes, e.change(s, b))
		}
		return p
	}
	p.State = AutopsyUnexplained
	p.Why = "none of the usual changes, undone, gives the text that " + s.signer() + " signed: it may have been rewritten or forged"
	if s.Length != nil && *s.Length > s.BodySize {
		p.Why = "a part of what " + s.signer() + " signed is not here: it was cut off"
	}
	if why != "" {
		p.Why += "; " + why
	}
	if altered := s.altered(m); altered != "" {
		p.State = AutopsyUnjudged
		p.Why = "what is here is not what was received: " + altered
	}
	return p
}

// BodyLine is the line of the message on which the body begins, 0 when that cannot
// be told.
func BodyLine(m *mailbox.Message) int {
	if len(m.Fields) == 0 || m.Fidelity == report.PastedRepaired {
		return 0
	}
	f := m.Fields[len(m.Fields)-1]
	gap := m.HeaderSize - f.Offset - int64(f.Length)
	if f.Mended || gap < 1 || gap > 2 {
		return 0
	}
	line, _ := f.Place(len(f.Value))
	return line + 2
}

// bodyTarget is a body hash that was signed, by one signature or more.
type bodyTarget struct {
	relaxed bool
	hash    crypto.Hash
	limit   int64
	sum     string

	found bool
	edits []edit
}

// want adds the body hash of a signature.
func (b *bodySearch) want(s *Signature) {
	if b.find(s) == nil {
		t := targetOf(s)
		b.targets = append(b.targets, &t)
	}
}

func targetOf(s *Signature) bodyTarget {
	t := bodyTarget{relaxed: s.BodyForm == Relaxed, hash: s.hash, limit: -1, sum: string(s.BodyHash.Given)}
	if s.Length != nil {
		t.limit = *s.Length
	}
	return t
}

func (b *bodySearch) find(s *Signature) *bodyTarget {
	want := targetOf(s)
	for _, t := range b.targets {
		if t.relaxed == want.relaxed && t.hash == want.hash && t.limit == want.limit && t.sum == want.sum {
			return t
		}
	}
	return nil
}
