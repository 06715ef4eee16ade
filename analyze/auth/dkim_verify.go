package auth

import (
	"bytes"
	"context"
	"hash"
	"io"
	"time"

	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// Verifier checks the signatures of messages.
type Verifier struct {
	DNS dns.Resolver // Nil: nobody is asked, and what needs a key is undecided.

	// Thorough lets Autopsy search for all it knows also where no key is known, so that
	// nothing can be proven. It takes up to a hundred times as long as a verification.
	Thorough bool
}

// Signatures are those of one message.
type Signatures struct {
	DKIM     []Signature // Never nil. In the order of the message: the topmost first.
	DKIMLeft int         // How many there are beyond MaxSignatures.
	ARC      ARC
}

// Verify checks all signatures of a message as of the time at which the recipient's
// side took it; the zero time says that this is not known. The body is read once,
// and each key asked for once. The context is for the questions to the DNS.
func (v Verifier) Verify(ctx context.Context, m *mailbox.Message, at time.Time) Signatures {
	out := Signatures{DKIM: []Signature{}, ARC: ARC{Status: None, Sets: []ARCSet{}, Faults: []string{}}}
	w := verification{m: m, at: at}
	var chain arcChain
	for i := range m.Fields {
		switch f := &m.Fields[i]; f.Key {
		case "dkim-signature":
			if len(w.dkim) == MaxSignatures {
				out.DKIMLeft++
				continue
			}
			w.dkim = append(w.dkim, parseSignature(kindDKIM, f, i))
		case "arc-seal", "arc-message-signature", "arc-authentication-results":
			chain.add(f, i)
		}
	}
	if len(w.dkim) == 0 && chain.fields == 0 {
		return out
	}
	w.arc = chain.signatures(&out.ARC)
	w.run(ctx, v.DNS)
	for _, s := range w.dkim {
		out.DKIM = append(out.DKIM, *s)
	}
	if chain.fields > 0 {
		chain.judge(&out.ARC)
	}
	return out
}

// verification is the work on one message.
type verification struct {
	m      *mailbox.Message
	at     time.Time
	dkim   []*Signature
	arc    []*Signature // Those of sets that are whole, the newest first.
	picker *picker
	bodies bodySums
	spent  int // Bytes of header that were hashed.
	buf    []byte
}

// run hashes, asks for the keys, and judges.
func (w *verification) run(ctx context.Context, resolver dns.Resolver) {
	ring := newKeyRing(resolver, w.dkim, w.arc)
	w.buf = make([]byte, 0, canonBuffer)
	for _, list := range [][]*Signature{w.dkim, w.arc} {
		for _, s := range list {
			w.hashes(s)
		}
	}
	if len(w.bodies.sums) > 0 {
		w.bodies.begin()
		// No read fails, and no write does.
		_, _ = io.Copy(&w.bodies, w.m.Body())
		w.bodies.finish()
	}
	ring.ask(ctx)
	for _, list := range [][]*Signature{w.dkim, w.arc} {
		for _, s := range list {
			w.judge(s, ring.answers[s.keyName])
		}
	}
}

// hashes hashes what the signature signs of the header, and asks for the hash of the
// body.
func (w *verification) hashes(s *Signature) {
	s.HeaderHash.State, s.BodyHash.State = HashUnchecked, HashUnchecked
	if !s.ready {
		return
	}
	if s.kind != kindSeal { // The chain has told what a seal covers.
		if w.picker == nil {
			w.picker = newPicker(w.m.Fields)
		}
		s.Covered, s.OverSigned = w.picker.pick(s.names, s.Field)
		limit := int64(-1)
		if s.Length != nil {
			limit = *s.Length
		}
		s.sum = w.bodies.want(s.BodyForm, s.hash, limit)
	}
	for _, i := range s.Covered {
		w.spent += len(w.m.Fields[i].Value)
	}
	if w.spent += len(s.field); w.spent > MaxHeaderWork {
		s.ready = false
		s.end(OverBudget, "the signatures of this message sign more header than is looked at")
		return
	}
	s.HeaderHash.Computed = hashHeader(s, w.m.Fields, s.Covered, &w.buf)
}

// hashHeader returns the hash of the fields with these indexes, and of the signature
// itself, in the form that the signature names (RFC 6376 section 3.7). The buffer is
// only to save memory.
func hashHeader(s *Signature, fields []mailbox.Field, covered []int, buffer *[]byte) []byte {
	h := newHash(s.hash)
	buf := (*buffer)[:0]
	for _, i := range covered {
		buf = spill(h, canonField(buf, s.HeaderForm, &fields[i], fields[i].Value))
		buf = append(buf, crlf...)
	}
	// Its own b= counts as empty, with the blanks around it, and nothing else does:
	// "b=" may well stand in z= or i= too.
	own := s.field
	if b, ok := s.tags.get("b"); ok {
		own = own[:b.start] + own[b.end:]
	}
	buf = canonField(buf, s.HeaderForm, &fields[s.Field], own)
	h.Write(buf)
	*buffer = buf
	return h.Sum(nil)
}

// spill hashes a buffer that has become long.
func spill(h hash.Hash, buf []byte) []byte {
	if len(buf) < canonBuffer/2 {
		return buf
	}
	h.Write(buf)
	return buf[:0]
}

// judge decides what became of a signature.
func (w *verification) judge(s *Signature, keys *keyAnswer) {
	s.kept = keys
	if s.ready {
		s.judgeBody(w.m)
		s.judgeKey(keys)
		s.judgeHashes()
		s.judgeTimes(w.at)
	}
	s.settle(w.m, w.at)
	s.explain(w.m, w.at)
}

// judgeBody compares the hashes of the body.
func (s *Signature) judgeBody(m *mailbox.Message) {
	if s.sum == nil {
		return
	}
	s.BodySize, s.BodyHash.Computed = s.sum.size, s.sum.sum
	s.BodyHash.State = HashDiffers
	if bytes.Equal(s.BodyHash.Given, s.BodyHash.Computed) {
		s.BodyHash.State = HashMatches
	} else if m.Fidelity == report.HeadersOnly {
		// Nothing may be all there was: then it matches.
		s.BodyHash = Hash{State: HashUnchecked, Given: s.BodyHash.Given}
		return
	}
	if s.Length != nil {
		s.Appended = max(s.BodySize-*s.Length, 0)
	}
}

// judgeKey picks the key out of those at its name, and tries it.
func (s *Signature) judgeKey(keys *keyAnswer) {
	if keys == nil || !keys.found() {
		s.keyless(keys)
		return
	}
	s.KeyTime, s.Keys = keys.answer.Time, len(keys.answer.Records)
	// RFC 6376 section 6.1.2 allows to try one record after the other.
	best, reason := -1, ""
	for _, k := range keys.keys {
		rank, why := k.rank(s)
		ok := false
		var signed []byte
		if k.rsa != nil || k.ed25519 != nil {
			ok, signed = k.verify(s.hash, s.HeaderHash.Computed, s.signature)
		}
		if ok {
			rank += len(keyOutcomes)
		}
		if rank <= best {
			continue
		}
		best = rank
		s.Key = k
		s.HeaderHash.Given = signed
		switch {
		case ok:
			s.HeaderHash.State = HashMatches
		case signed != nil || k.ed25519 != nil:
			s.HeaderHash.State = HashDiffers
		default:
			s.HeaderHash.State = HashUnchecked
		}
		reason = why
	}
	if o := keyOutcomes[best%len(keyOutcomes)]; o != "" {
		s.end(o, reason)
	}
}

// keyOutcomes are what can be the matter with a key, from bad to good.
var keyOutcomes = [...]Outcome{KeyUnusable, KeyRevoked, KeyTooLarge, KeyUnfit, WeakKey, ""}

// rank says how far a key can serve the signature, as an index of keyOutcomes.
func (k *Key) rank(s *Signature) (rank int, why string) {
	switch {
	case k.Fault != "":
		return 0, k.Fault
	case k.Revoked:
		return 1, ""
	case k.Type == "rsa" && k.Bits > MaxKeyBits:
		return 2, ""
	}
	if why := k.unfit(s); why != "" {
		return 3, why
	}
	if k.Type == "rsa" && k.Bits < MinKeyBits {
		return 4, ""
	}
	return 5, ""
}

// keyless is for a signature without a key.
func (s *Signature) keyless(keys *keyAnswer) {
	switch {
	case keys == nil:
		s.end(OverBudget, "the signatures of this message need more keys than are asked for")
	case keys.err != nil:
		s.end(KeyUnknown, keys.cause())
		s.unasked = keys.status()
	default:
		s.KeyTime = keys.answer.Time
		s.end(KeyMissing, "")
	}
}

// judgeHashes decides on the hashes, when nothing was in the way.
func (s *Signature) judgeHashes() {
	header, body := s.HeaderHash.State, s.BodyHash.State
	if s.kind == kindSeal {
		body = HashMatches
	}
	if s.hashName == "sha1" {
		s.end(WeakHash, "")
	}
	switch {
	case s.Length != nil && *s.Length > s.BodySize && body != HashUnchecked:
		s.end(BodyCut, "")
	case body == HashDiffers && header == HashDiffers:
		s.end(BothChanged, "")
	case body == HashDiffers:
		s.end(BodyChanged, "")
	case header == HashDiffers:
		s.end(HeaderChanged, "")
	case header == HashUnchecked:
		s.end(OtherKey, "")
	case body == HashUnchecked:
		s.end(BodyMissing, "")
	case s.Appended > 0:
		s.end(VerifiedPart, "")
	default:
		s.end(Verified, "")
	}
}

// judgeTimes looks at t= and x= as of the time of receipt, and at what else is to be
// told of a signature that was checked.
func (s *Signature) judgeTimes(at time.Time) {
	passed := s.Outcome == Verified || s.Outcome == VerifiedPart
	if s.Expires != nil && !at.IsZero() && at.After(*s.Expires) && passed {
		s.Outcome = Expired
	}
	if s.Expires != nil && at.IsZero() && passed {
		s.note("it has a time after which it does not count (x=), and when the message came is not known")
	}
	if s.Created != nil && !at.IsZero() && s.Created.Sub(at) > clockAhead {
		s.note("by its own word (t=) it was made " + span(s.Created.Sub(at)) + " after the message came")
	}
	if s.Keys > 1 {
		s.note("there are several records at the name of the key; RFC 6376 section 3.6.2.2 does not say which counts")
	}
	if s.Key != nil && s.Key.Test {
		s.note("the domain says that it only tries DKIM out (t=y in the key): RFC 6376 section 3.6.1 has the message treated as if it were not signed")
	}
}

func (s *Signature) note(text string) { s.Notes = append(s.Notes, text) }
