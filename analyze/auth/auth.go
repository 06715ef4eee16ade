// Package auth is about what speaks for a sender: the mechanisms by which a
// domain takes responsibility for a mail, and the fields in which a receiver
// writes down what it found.
//
// SMTP lets anyone write any name. Four mechanisms were laid over it, and each
// vouches for another name:
//
//   - SPF (RFC 7208): a domain publishes the addresses that may send for it. What
//     passes is the domain of MAIL FROM, or of HELO: names that no reader sees.
//     It is about one connection, so it breaks when a mail is forwarded.
//   - DKIM (RFC 6376): a domain signs fields and body. What passes is the domain
//     in d= of the signature: any domain may sign any mail. It survives forwarding
//     and breaks when a list changes the message; and a signed mail can be sent
//     again to others, by anyone.
//   - DMARC (RFC 9989, before it RFC 7489): the domain that the reader sees in From says what to do
//     when neither an SPF pass nor a DKIM pass is about that domain. Only here
//     does a pass mean something for the name the reader sees.
//   - ARC (RFC 8617): a host that changes a mail seals what it found before it did.
//     It is as good as the trust in who sealed.
//
// The receiver writes what it found into Authentication-Results (RFC 8601), an ARC
// host into ARC-Authentication-Results, and many write Received-SPF (RFC 7208
// section 9.1). These fields are read here, as they are written in the world. They
// are plain text: a sender can write them as well, and nothing in the field tells
// who did. Whether a field is the recipient's is decided by its place, in package
// analyze; here it is only read, and a "pass" in it is a word.
//
// Methods, keywords and status words are returned in lower case, since RFC 8601
// section 2.2 compares them so; all other text is as it was written, unfolded and
// without its quotes. The writers put names into these fields that the sender
// chose, some of them without quotes: text out of a field is hostile, and Faults
// says where a field could be read in more than one way.
package auth

// Bounds on what is read of one field. Mail servers write a few hundred bytes;
// what is beyond these numbers was written to hurt.
const (
	MaxField    = 32 << 10 // Bytes of one field.
	MaxResults  = 64       // Results of one field.
	MaxProps    = 256      // Properties of all results of one field, or pairs of a Received-SPF.
	MaxComments = 256      // Comments of one field.
	MaxDepth    = 32       // Comments within comments.
	maxOpen     = 4        // Comments or quotes that are never closed, before "(" or the quote is taken for a blank.
	maxParts    = 4        // Words that make one name, with comments between: dkim (c) / (c) 1.
	maxFaults   = 24       // Kinds of faults: more than there are.
)

// Status is the result of a mechanism (RFC 8601 section 2.7). What a field says is
// in lower case, and can be any word: the constants are those that are defined.
type Status string

const (
	None      Status = "none"      // There was nothing to check: no record, no signature.
	Pass      Status = "pass"      // Authorised, or verified.
	Fail      Status = "fail"      // Not authorised, or not verified.
	SoftFail  Status = "softfail"  // SPF: probably not authorised (RFC 7208 section 2.6.5).
	Neutral   Status = "neutral"   // SPF: the domain does not say. DKIM: the signature could not be used.
	Policy    Status = "policy"    // Verified, but the receiver does not accept it.
	TempError Status = "temperror" // A lookup failed and may succeed later.
	PermError Status = "permerror" // What the domain published cannot be used.

	// Ours: not asked, or cannot be judged on what was handed in. No field says so.
	Undecided Status = "undecided"
)

// Defined tells whether RFC 8601 section 2.7 has the word. Seen as well, among
// others: hardfail (RFC 5451), bestguesspass (Microsoft: would have passed had
// there been a DMARC record), timeout, skipped and declined (BIMI), discard and
// unknown (ADSP), error (RFC 4408).
func (s Status) Defined() bool {
	switch s {
	case None, Pass, Fail, SoftFail, Neutral, Policy, TempError, PermError:
		return true
	}
	return false
}

// Fault is a departure from the grammar of the field that was seen and stepped
// over.
type Fault string

const (
	NoAuthServID       Fault = "no-authserv-id"       // Microsoft 365 writes none.
	AuthServIDRepeated Fault = "authserv-id-repeated" // Between results, as Microsoft writes it.
	EncodedField       Fault = "encoded-field"        // An encoded word (RFC 2047) in place of the field.
	UnknownVersion     Fault = "unknown-version"      // Not 1, which is the only one there is.
	NoResult           Fault = "no-result"            // Neither a result nor "none".
	NoneAmongResults   Fault = "none-among-results"   // "none" beside results.
	NotAResult         Fault = "not-a-result"         // Behind a semicolon, something of the shape a=b that is no result.
	UnknownStatus      Fault = "unknown-status"       // A method of RFC 8601 with a word that Status does not have.
	MissingSemicolon   Fault = "missing-semicolon"    // Before a result, or between pairs.
	EmptyResult        Fault = "empty-result"         // Semicolons with nothing between.
	TrailingSemicolon  Fault = "trailing-semicolon"   // At the end.
	SplitResult        Fault = "split-result"         // A semicolon before a property.
	NoPtype            Fault = "no-ptype"             // A property without a type: action=none.
	EmptyValue         Fault = "empty-value"          // Nothing behind "=".
	UnquotedValue      Fault = "unquoted-value"       // A value that should stand in quotes.
	QuotedKey          Fault = "quoted-key"           // Quotes around a name that must have none.
	UnclosedQuote      Fault = "unclosed-quote"
	UnclosedComment    Fault = "unclosed-comment"
	UnopenedComment    Fault = "unopened-comment"  // A ")" too many.
	StrayText          Fault = "stray-text"        // Words that belong to nothing.
	ControlCharacter   Fault = "control-character" // Other than the blanks and line ends of folding.
	TooLong            Fault = "too-long"          // Longer than MaxField: the rest was not read.
	TooManyParts       Fault = "too-many-parts"    // More than one of the other bounds: the rest was not kept.
)
