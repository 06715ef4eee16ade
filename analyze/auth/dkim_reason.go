package auth

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

// settle gives the signature its status.
func (s *Signature) settle(m *mailbox.Message, at time.Time) {
	// The key of that time may be another than that of now, or gone since.
	old := at.IsZero() || s.KeyTime.Sub(at) > keyKept
	switch s.Outcome {
	case KeyUnknown, KeyMissing, KeyRevoked:
		open := old
		if s.Outcome == KeyUnknown {
			open = s.unasked == Undecided
		}
		if open && s.BodyHash.State == HashDiffers {
			s.was, s.Outcome = s.Outcome, BodyChanged // With no key it would hold.
		}
	}
	s.Status = s.Outcome.status()
	switch {
	case s.Outcome == KeyUnknown:
		s.Status = s.unasked
	case !old:
	case s.Outcome == KeyMissing, s.Outcome == KeyRevoked, s.Outcome == OtherKey,
		s.Outcome == HeaderChanged && s.keyType == "ed25519": // Which does not tell the two apart.
		s.Status = Undecided
	}
	if (s.Status == Fail || s.Outcome == Malformed) && s.altered(m) != "" {
		s.was, s.Outcome, s.Status = s.Outcome, InputAltered, Undecided
	}
}

// status is that of an outcome as far as that alone decides (RFC 8601 section 2.7.1).
func (o Outcome) status() Status {
	switch o {
	case Verified, VerifiedPart:
		return Pass
	case HeaderChanged, BodyChanged, BothChanged, BodyCut, OtherKey:
		return Fail
	case Expired:
		return Policy
	case KeyTooLarge, Malformed, Unsupported:
		return Neutral
	case KeyUnknown:
		return TempError
	case BodyMissing, InputAltered, NotTried, OverBudget:
		return Undecided
	}
	return PermError
}

// altered says why a failure on this input says nothing about what was received; ""
// when it does. A signature that holds, holds on any input.
func (s *Signature) altered(m *mailbox.Message) string {
	body := s.BodyHash.State == HashDiffers
	switch {
	case m.Rebuilt:
		return "the header was made of what Outlook kept"
	case m.Fidelity == report.Reserialised || m.Fidelity == report.PastedRepaired:
		if m.FidelityWhy == "" {
			return "it was written anew"
		}
		return m.FidelityWhy
	case len(m.Limits) > 0:
		return "it was too large to be read whole"
	case body && m.Escaped:
		return `a mailbox may have put a ">" before some lines of the body`
	}
	return ""
}

// explain says in one sentence how it came to the outcome.
func (s *Signature) explain(m *mailbox.Message, at time.Time) {
	switch s.Outcome {
	case InputAltered:
		changed := *s
		changed.Outcome = s.was
		s.Reason = "it does not hold on what is here (" + changed.sentence(at) + "), and that is not what was received: " + s.altered(m)
	default:
		s.Reason = s.sentence(at)
		if (s.Outcome == HeaderChanged || s.Outcome == OtherKey) && m.Fidelity == report.HeadersOnly {
			s.Reason += "; when the header was copied by hand, that may be why"
		}
	}
}

// signer is how sentences call who signed.
func (s *Signature) signer() string {
	if s.Domain == "" {
		return "the signer"
	}
	return s.Domain
}

func (s *Signature) sentence(at time.Time) string {
	d := s.signer()
	switch s.Outcome {
	case Verified:
		return s.holds()
	case VerifiedPart:
		return fmt.Sprintf("%s signed the header and the first %d octets of the body (l=), and they are unchanged; the %d octets behind them are not signed, and anyone can have added them", d, *s.Length, s.Appended)
	case HeaderChanged:
		if s.keyType == "ed25519" {
			return "the signed fields are not those that " + d + " signed, or it signed with another key than it publishes now" + s.bodyToo()
		}
		return "the signed fields are not those that " + d + " signed: one was changed, removed or added" + s.bodyToo()
	case BodyChanged:
		if s.HeaderHash.State != HashMatches {
			return "the body is not the one that was signed in the name of " + d + s.headerToo()
		}
		return "the body is not the one that " + d + " signed" + s.headerToo()
	case BothChanged:
		if s.HeaderHash.Given == nil {
			return "neither the signed fields nor the body are those that were signed in the name of " + d + ", or it was made with another key than " + d + " publishes now"
		}
		return "neither the signed fields nor the body are those that " + d + " signed"
	case BodyCut:
		return fmt.Sprintf("%s signed %d octets of the body (l=), and there are only %d", d, *s.Length, s.BodySize)
	case OtherKey:
		return "it was not made with the key that " + d + " publishes at " + s.keyName + ", or was damaged since" + s.bodyToo()
	case Expired:
		return fmt.Sprintf("it holds, but was to count until %s (x=), and the message came %s later", s.Expires.Format("2006-01-02 15:04:05 UTC"), span(at.Sub(*s.Expires)))
	case WeakHash:
		return "it uses rsa-sha1, which RFC 8301 forbids to count; " + s.would()
	case WeakKey:
		return fmt.Sprintf("its key has %d bits, and RFC 8301 forbids to count less than %d; %s", s.Key.Bits, MinKeyBits, s.would())
	case BodyMissing:
		return "the signed fields are as " + d + " signed them; whether the body is cannot be told, for it is not here"
	}
	return s.keySentence()
}

// keySentence is for the outcomes in which nothing was verified.
func (s *Signature) keySentence() string {
	d := s.signer()
	switch s.Outcome {
	case KeyMissing:
		if s.Status == Undecided {
			return "there is no key at " + s.keyName + " any more, or there never was one: too much time has passed since the message came to tell"
		}
		return "there is no key at " + s.keyName
	case KeyRevoked:
		if s.Status == Undecided {
			return "the key at " + s.keyName + " has been withdrawn, perhaps since the message came"
		}
		return d + " has withdrawn the key at " + s.keyName + " (empty p=)"
	case KeyUnusable:
		return "what is at " + s.keyName + " cannot be used: it " + s.why
	case KeyUnfit:
		return "the key at " + s.keyName + " must not be used here: it " + s.why
	case KeyTooLarge:
		return fmt.Sprintf("the key at %s has %d bits: more than %d are not tried", s.keyName, s.Key.Bits, MaxKeyBits)
	case KeyUnknown:
		return "the key at " + s.keyName + " is not known: " + s.why
	case FromUnsigned:
		return "it does not sign the field From, so it says nothing about who wrote the message"
	case IdentityForeign:
		return "it speaks for " + inQuotes(s.identityDomain) + " (i=), which is not within " + d + " (d=)"
	case NotTried:
		return "it was not verified: the chain is not whole"
	case OverBudget:
		return s.why
	}
	return "it cannot be read: it " + s.why // Malformed, Unsupported.
}

// holds is the sentence of a signature that does.
func (s *Signature) holds() string {
	switch {
	case s.kind == kindSeal:
		return "the ARC fields are as " + s.signer() + " sealed them"
	case s.Length != nil:
		return "the header and all " + strconv.FormatInt(*s.Length, 10) + " octets of the body are as " + s.signer() + " signed them (l=)"
	}
	return "header and body are as " + s.signer() + " signed them"
}

// bodyToo says how the body is beside a header that was changed.
func (s *Signature) bodyToo() string {
	switch {
	case s.kind == kindSeal:
		return ""
	case s.BodyHash.State == HashMatches:
		return "; the body is as it was signed"
	case s.BodyHash.State == HashUnchecked:
		return "; there is no body to check"
	}
	return "; the body was changed too"
}

// headerToo says how the header is beside a body that was changed.
func (s *Signature) headerToo() string {
	switch {
	case s.HeaderHash.State == HashMatches:
		return "; the signed fields are unchanged"
	case s.was == KeyUnknown:
		return ", whatever its key is: " + s.why
	case s.was != "":
		return ", whatever its key was: there is none any more"
	}
	return "; whether the header is cannot be told: it was not made with the key that is published now"
}

// would says whether a signature that must not count holds.
func (s *Signature) would() string {
	var wrong []string
	if s.HeaderHash.State != HashMatches {
		wrong = append(wrong, "the signed fields")
	}
	if s.kind != kindSeal && s.BodyHash.State != HashMatches {
		wrong = append(wrong, "the body")
	}
	if len(wrong) == 0 {
		return "otherwise it would hold"
	}
	return "it would not hold anyway, by " + strings.Join(wrong, " and ")
}

// span writes a duration in its largest unit.
func span(d time.Duration) string {
	n, unit := int64(d/time.Second), "second"
	switch {
	case d >= 48*time.Hour:
		n, unit = int64(d/(24*time.Hour)), "day"
	case d >= 2*time.Hour:
		n, unit = int64(d/time.Hour), "hour"
	case d >= 2*time.Minute:
		n, unit = int64(d/time.Minute), "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return strconv.FormatInt(n, 10) + " " + unit
}

// maxQuoted is how much of a stranger's text a sentence holds.
const maxQuoted = 80

// inQuotes is a stranger's text in a sentence of ours: in quotation marks when it is more
// than a name, so that he cannot go on with the sentence.
func inQuotes(text string) string {
	cut := text[:min(len(text), maxQuoted)]
	name := strings.IndexFunc(cut, func(c rune) bool {
		return c > 0x7e || c < '!' || c == '"' || c == ',' || c == ':' || c == ';' || c == '(' || c == ')'
	}) < 0
	switch {
	case len(cut) < len(text):
		return strconv.Quote(cut + "…")
	case name && text != "":
		return text
	}
	return strconv.Quote(text)
}
