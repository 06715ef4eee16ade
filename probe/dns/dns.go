// Package dns asks the Domain Name System, and keeps what it was told.
//
// Nearly everything that is checked about mail rests on DNS answers: who may send
// for a domain, which key signs for it, where its servers are. An answer is evidence
// only together with who gave it, when, and whether the path to him can be trusted;
// and "there is no such record" is another thing than "nobody answered". So an Answer
// keeps all that, and an error always means that the question was not answered.
//
// This is the only package that knows the wire format. Others use a Resolver: a
// Client asks servers, a Zone answers from text, a Recorder keeps what passed through
// it, a Replay gives that back; a Cache, a Budget and a Breaker stand before any of them.
// For one report they are stacked so that the recording holds what the report rests on:
//
//	Recorder{Budget{Cache{Breaker{Client}}}}
//
// No question is asked recursively by ourselves, and no zone is transferred. What a
// validating resolver says of DNSSEC is told on, if it can be believed; where there is
// none, a Validator takes the place of the Client, and looks at the signatures itself.
package dns

import (
	"context"
	"net/netip"
	"time"
)

// Resolver answers questions. The name is in A-labels, without or with the dot at its
// end, and absolute: nothing is ever appended to it. Case does not matter. A backslash
// escapes, as in a zone file (RFC 1035 section 5.1). The root is ".". It is safe for
// use by many goroutines.
//
// An error, which is an *Error, says that there is no answer: nobody may take it for
// the absence of a record.
type Resolver interface {
	Lookup(ctx context.Context, name string, qtype Type) (*Answer, error)
}

// Type is a record type (RFC 1035 section 3.2.2), by its number.
type Type uint16

const (
	A     Type = 1
	NS    Type = 2
	CNAME Type = 5
	SOA   Type = 6
	PTR   Type = 12
	MX    Type = 15
	TXT   Type = 16
	AAAA  Type = 28
	SRV   Type = 33
	TLSA  Type = 52
	CAA   Type = 257
)

// Status says what an answer says.
type Status string

const (
	Found    Status = "found"
	NXDomain Status = "nxdomain" // There is no such name (RFC 8020: and nothing below it).
	NoData   Status = "nodata"   // There is the name, and no record of that type.
	Failed   Status = "failed"   // There is no answer: time-out, SERVFAIL, refused, lame, a loop of aliases.
)

// Secure says what DNSSEC says of an answer.
type Secure string

const (
	SecureYes  Secure = "secure"     // Validated, by a Validator or by a resolver the path to which can be trusted.
	Insecure   Secure = "insecure"   // Either says that the zone is not signed.
	Bogus      Secure = "bogus"      // Either says that validation failed. There is no answer then, but an Error.
	Unverified Secure = "unverified" // Neither was asked, or the keys could not be had.
)

// Answer is what the DNS said to one question. It is not changed once it was made.
type Answer struct {
	Name   string // As asked: in lower case, without the dot at its end.
	Type   Type
	Status Status
	Alias  []string // The CNAMEs that were followed, from Name to the owner of Records; nil for none.

	Records []Record // Of Type, of the name at the end of Alias. In the order of the answer.
	Secure  Secure
	Server  string        // Who said so: "192.0.2.53:53", "zone"; in a replay the one who said so then.
	Time    time.Time     // When, in UTC.
	TTL     time.Duration // The least of its records, or of the absence (RFC 2308 section 5); 0 when not known.

	// Signed and Expires are when its signatures began to hold and when they end: of all
	// that the answer rests on, those that end first. Zero where they were not seen: a
	// Validator sees those of what is secure, and nobody else.
	Signed, Expires time.Time

	// Why says why Secure is not SecureYes, where a Validator knows; else "".
	Why string
}

// Record is one record of an Answer. Which of the fields are set depends on the type.
type Record struct {
	Address  netip.Addr // A, AAAA.
	Target   string     // MX, NS, CNAME, PTR, SRV, SOA (the primary): in lower case, without the dot at its end; "" is the root.
	Priority uint16     // MX (preference), SRV.
	Weight   uint16     // SRV.
	Port     uint16     // SRV.
	Serial   uint32     // SOA.
	Text     []byte     // TXT: its strings joined, as bytes. CAA: the value.
	Tag      string     // CAA.
	Flags    uint8      // CAA.
	TLSA     TLSARecord // TLSA.
}

// TLSARecord is the data of a TLSA record (RFC 6698 section 2.1).
type TLSARecord struct {
	Usage, Selector, Matching uint8
	Data                      []byte
}

// Texts are the TXT records, each with its strings joined without blanks (RFC 7208
// section 3.3).
func (a *Answer) Texts() [][]byte {
	texts := make([][]byte, len(a.Records))
	for i := range a.Records {
		texts[i] = a.Records[i].Text
	}
	return texts
}

// Addresses are those of A and AAAA records.
func (a *Answer) Addresses() []netip.Addr {
	addresses := make([]netip.Addr, len(a.Records))
	for i := range a.Records {
		addresses[i] = a.Records[i].Address
	}
	return addresses
}

// Targets are the names that MX, NS, PTR, CNAME and SRV records lead to.
func (a *Answer) Targets() []string {
	targets := make([]string, len(a.Records))
	for i := range a.Records {
		targets[i] = a.Records[i].Target
	}
	return targets
}

// Error says why there is no answer.
type Error struct {
	Name   string
	Type   Type
	Server string    // Who was asked last; "" when nobody was.
	Time   time.Time // When, in UTC; zero when nobody was.
	Cause  Cause
	Secure Secure // Bogus when that is why; else "".
	Err    error  // Where there is one beneath.
}

// Cause is a way in which a question is left without an answer. All but the last
// five may be otherwise in a minute.
type Cause string

const (
	Timeout   Cause = "timeout" // Also when the context's deadline came first.
	ServFail  Cause = "servfail"
	Refused   Cause = "refused"      // Or the server is not one for this name (lame).
	Malformed Cause = "malformed"    // What came back was no answer to the question.
	Network   Cause = "network"      // No server could be reached.
	Canceled  Cause = "canceled"     // The caller gave up.
	AliasLoop Cause = "alias-loop"   // CNAMEs lead in a circle, or on and on.
	BadName   Cause = "bad-name"     // It cannot be asked: RFC 1035 section 2.3.4.
	Offline   Cause = "offline"      // Nobody may be asked.
	NotKept   Cause = "not-recorded" // A replay has no answer to this question.
	OverLimit Cause = "over-limit"   // The budget is used up.
	Withheld  Cause = "withheld"     // Asking would tell somebody what he must not know.
)

func (e *Error) Error() string {
	s := "look up " + e.Name + " " + e.Type.String() + ": " + string(e.Cause)
	if e.Server != "" {
		s += " (" + e.Server + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Temporary says whether the same question may be answered later.
func (e *Error) Temporary() bool {
	switch e.Cause {
	case AliasLoop, BadName:
		return false
	}
	return true
}
