package auth

import (
	"crypto"
	"time"
)

// Bounds on signatures and keys. A mail has one to three signatures of 500 bytes,
// with keys of 400; what is beyond these numbers was written to hurt.
const (
	MaxSignatures = 20        // DKIM signatures of one message that are looked at, the topmost.
	MaxSets       = 50        // ARC sets (RFC 8617 section 4.2.1).
	MaxSignature  = 256 << 10 // Bytes of one signature field.
	MaxSigned     = 500       // Names of h= that are told; all are used.
	MaxKeyRecord  = 16 << 10  // Bytes of one key record.
	MaxKeyRecords = 8         // Records at one name that are tried.
	MaxKeys       = 40        // Names that one message makes us ask for keys.
	MinKeyBits    = 1024      // RFC 8301 section 3.2: a smaller RSA key must not count.
	MaxKeyBits    = 4096      // RFC 8301 section 3.2: larger ones need not be taken.
	maxAsking     = 8         // Keys asked for at a time.

	// MaxHeaderWork is how many bytes of header are hashed for one message: each of
	// many signatures can sign all of a large header.
	MaxHeaderWork = 64 << 20

	// keyKept is how long after a message came its key can be expected to be there
	// still. RFC 6376 names no time; RFC 5863 section 3.4 has it that keys are kept
	// until what they signed has been delivered, for which a server tries for days
	// (RFC 5321 section 4.5.4.1). What is older is often signed by a key that has
	// been changed since.
	keyKept = 7 * 24 * time.Hour

	// clockAhead is by how much the signer's clock may be ahead before it is told.
	clockAhead = time.Hour
)

// Signature is a DKIM-Signature field (RFC 6376 section 3.5), an
// ARC-Message-Signature, or an ARC-Seal, and what became of it. A domain says by it
// that it answers for what is signed. It does not say that the message is harmless,
// and a signed message can be sent again to others.
type Signature struct {
	Field   int // Its index in the Fields of the message.
	Status  Status
	Outcome Outcome
	Reason  string   // One sentence.
	Notes   []string // What else there is to tell, each one sentence; it decides nothing.

	Domain     string // d=, who signed.
	Selector   string // s=, which of his keys.
	Identity   string // i=, decoded; "" where there is none, which stands for "@" and the domain.
	Algorithm  string // a=.
	HeaderForm Canon  // c=.
	BodyForm   Canon

	Signed     []string // h=, as written: up to MaxSigned names.
	SignedMore int      // How many there are beyond these.
	Covered    []int    // Indexes of the fields that are signed, in the order in which they are hashed.
	OverSigned []string // Names of h= that stand for no field (any more), in lower case: none may be added.

	Created  *time.Time // t=.
	Expires  *time.Time // x=.
	Length   *int64     // l=: how many octets of the body are signed.
	BodySize int64      // Octets of the body in its canonical form.
	Appended int64      // Octets behind those that are signed.

	// Each is checked for itself, also when the other fails.
	HeaderHash Hash
	BodyHash   Hash

	Key     *Key      // The record that was used, or the one that comes next to it; nil when there is none.
	Keys    int       // Records at its name. More than one is a fault of the domain.
	KeyTime time.Time // When the DNS said so.

	Unknown []string // Names of tags that RFC 6376 does not have, which are ignored.
	Copied  string   // z=: the header as the signer saw it, as written.

	kind           sigKind
	field          string // Its value.
	tags           tagList
	why            string  // Details of the outcome.
	was            Outcome // What InputAltered stands for.
	unasked        Status  // What KeyUnknown stands for.
	hash           crypto.Hash
	hashName       string // sha256
	keyType        string // rsa
	keyName        string
	identityDomain string
	names          string // h=
	signature      []byte // b=
	ready          bool   // It can be checked.
	sum            *bodySum
	kept           *keyAnswer // Of the DNS to keyName; nil where it was not asked.
}

// Outcome says what became of a signature, finer than its Status.
type Outcome string

const (
	Verified        Outcome = "verified"         // Pass.
	VerifiedPart    Outcome = "verified-part"    // Pass, of the beginning of the body only (l=): there is more behind.
	HeaderChanged   Outcome = "header-changed"   // Fail: a signed field is another, or gone, or one was added.
	BodyChanged     Outcome = "body-changed"     // Fail.
	BothChanged     Outcome = "both-changed"     // Fail.
	BodyCut         Outcome = "body-cut"         // Fail: l= is more than there is.
	OtherKey        Outcome = "other-key"        // Fail: not made with the key that is published now; undecided for what came long ago.
	Expired         Outcome = "expired"          // Policy: it holds, and x= was past when the message came.
	WeakHash        Outcome = "weak-hash"        // Permerror: rsa-sha1 (RFC 8301 section 3.1).
	WeakKey         Outcome = "weak-key"         // Permerror: RSA of less than MinKeyBits (RFC 8301 section 3.2).
	KeyMissing      Outcome = "key-missing"      // Permerror; undecided for what came long ago.
	KeyRevoked      Outcome = "key-revoked"      // Permerror; undecided for what came long ago.
	KeyUnusable     Outcome = "key-unusable"     // Permerror: what is published is no key.
	KeyUnfit        Outcome = "key-unfit"        // Permerror: its owner excludes this use.
	KeyTooLarge     Outcome = "key-too-large"    // Neutral: beyond MaxKeyBits, not tried.
	KeyUnknown      Outcome = "key-unknown"      // Temperror when the DNS did not answer; undecided when it was not asked.
	FromUnsigned    Outcome = "from-unsigned"    // Permerror (RFC 6376 section 5.4).
	IdentityForeign Outcome = "identity-foreign" // Permerror: i= is not within d=.
	Malformed       Outcome = "malformed"        // Neutral: the field cannot be read.
	Unsupported     Outcome = "unsupported"      // Neutral: a version, algorithm or way that is not known.
	BodyMissing     Outcome = "body-missing"     // Undecided: the header holds, and there is no body to look at.
	InputAltered    Outcome = "input-altered"    // Undecided: it fails, and the input is not what was received.
	NotTried        Outcome = "not-tried"        // Undecided: of an ARC chain that is not whole.
	OverBudget      Outcome = "over-budget"      // Undecided: one of the bounds was reached before it.
)

// Hash is the comparison of a hash that was signed with that of what is there.
type Hash struct {
	State    HashState
	Given    []byte // bh=; of the header the one that was signed, which an RSA signature tells that was made with the key; else nil.
	Computed []byte // nil where it was not.
}

// HashState is the result of such a comparison.
type HashState string

const (
	HashUnchecked HashState = "unchecked" // No key, no body, or a signature that cannot be read.
	HashMatches   HashState = "matches"
	HashDiffers   HashState = "differs"
)

// sigKind is which of the three fields a signature is.
type sigKind uint8

const (
	kindDKIM sigKind = iota
	kindAMS          // ARC-Message-Signature (RFC 8617 section 4.1.2).
	kindSeal         // ARC-Seal (RFC 8617 section 4.1.3).
)
