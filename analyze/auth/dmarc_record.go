package auth

import (
	"strconv"
	"strings"
)

// Bounds on what is read of one DMARC record. Domains publish a few hundred bytes.
const (
	MaxDMARCRecord   = 16 << 10 // Bytes of one record.
	MaxDMARCTags     = 128      // Tags of one record, known or not.
	MaxDMARCURIs     = 32       // Of one rua= or ruf=.
	MaxDMARCProblems = 32       // What is kept of what is wrong with one record.
)

// DMARCPolicy is what a domain asks for mail that fails.
type DMARCPolicy string

const (
	PolicyNone       DMARCPolicy = "none"       // Nothing is asked for.
	PolicyQuarantine DMARCPolicy = "quarantine" // It is suspicious.
	PolicyReject     DMARCPolicy = "reject"     // It is not from the domain.
)

// milder is one step below: RFC 9989 section 4.7 (t=y), RFC 7489 section 6.6.4 (pct=).
func (p DMARCPolicy) milder() DMARCPolicy {
	if p == PolicyReject {
		return PolicyQuarantine
	}
	return PolicyNone
}

// strictness orders policies.
func (p DMARCPolicy) strictness() int {
	switch p {
	case PolicyReject:
		return 3
	case PolicyQuarantine:
		return 2
	case PolicyNone:
		return 1
	}
	return 0
}

// DMARCMode says how near an identifier must be to the domain in From.
type DMARCMode string

const (
	AlignRelaxed DMARCMode = "r" // Of the same organisational domain.
	AlignStrict  DMARCMode = "s" // The very same domain.
)

// DMARCPSD says what kind of domain published a record (RFC 9989 section 4.7).
type DMARCPSD string

const (
	PSDYes     DMARCPSD = "y" // A public suffix.
	PSDNo      DMARCPSD = "n" // An organisational domain, for itself and all below it.
	PSDUnknown DMARCPSD = "u" // The record does not say.
)

// DMARCRecord is a DMARC record (RFC 9989 section 4.7, RFC 7489 section 6.3). Its
// fields have the names of the tags; what is absent or cannot be read has its default.
type DMARCRecord struct {
	Text string // As published, up to MaxDMARCRecord bytes.

	P, SP, NP DMARCPolicy // "" where absent or no policy.
	PSD       DMARCPSD
	T         bool
	ADKIM     DMARCMode
	ASPF      DMARCMode
	FO        []string // Of "0", "1", "d", "s".
	RUA, RUF  []DMARCURI

	// Of RFC 7489 alone.
	PCT int
	RF  []string
	RI  uint32

	Problems []DMARCProblem // In the order of the text; up to MaxDMARCProblems.

	tags  int    // How many were read.
	seen  uint16 // Known tags, by their place in dmarcTags.
	valid uint16 // Those with a value that can be used.
	twice string // The first tag that stands there twice.
}

// DMARCURI is where reports shall go.
type DMARCURI struct {
	URI  string // As written, without the size.
	Size string // "10m": reports may not be larger (RFC 7489 section 6.2); "" where not said.
}

// DMARCProblem is something in a record that RFC 9989 or RFC 7489 does not have so.
type DMARCProblem struct {
	Fault          DMARCFault
	Tag            string // In lower case; "" where it is about no tag.
	Value          string // As written.
	Offset, Length int    // Of the tag, in the record.
}

// DMARCFault is a kind of problem.
type DMARCFault string

const (
	DMARCNoPolicy  DMARCFault = "no-policy"   // There is no p=.
	DMARCBadValue  DMARCFault = "bad-value"   // Not one that the tag can have.
	DMARCNoValue   DMARCFault = "no-value"    // Nothing behind "=".
	DMARCDuplicate DMARCFault = "duplicate"   // A tag for the second time.
	DMARCNotATag   DMARCFault = "not-a-tag"   // Something without "=", or without a name.
	DMARCEmptyTag  DMARCFault = "empty-tag"   // Two semicolons with nothing between.
	DMARCBadURI    DMARCFault = "bad-uri"     // Of rua= and ruf=.
	DMARCTooLong   DMARCFault = "too-long"    // Longer than MaxDMARCRecord: the rest was not read.
	DMARCTooMany   DMARCFault = "too-many"    // Tags or URIs: the rest was not read.
	DMARCUnknown   DMARCFault = "unknown-tag" // Ignored, as it shall be.

	DMARCPlace    DMARCFault = "policy-place"   // p= not directly behind v=, where RFC 7489 wants it.
	DMARCRemoved  DMARCFault = "removed-tag"    // pct=, rf=, ri=: receivers that follow RFC 9989 ignore them.
	DMARCSize     DMARCFault = "size-limit"     // "!10m": likewise.
	DMARCFormat   DMARCFault = "unknown-format" // In rf=, another than afrf.
	DMARCNoTarget DMARCFault = "no-mailbox"     // A mailto: without a mailbox.
)

// Harmless tells whether receivers that follow RFC 9989 read the record the same
// without what was found.
func (f DMARCFault) Harmless() bool {
	switch f {
	case DMARCUnknown, DMARCPlace, DMARCRemoved, DMARCSize, DMARCFormat, DMARCNoTarget:
		return true
	}
	return false
}

// words say what the fault is, of the tag and value that stand before and behind.
func (f DMARCFault) words() string {
	switch f {
	case DMARCNoPolicy:
		return "there is no p="
	case DMARCBadValue:
		return "is a value that the tag cannot have"
	case DMARCNoValue:
		return "has no value"
	case DMARCDuplicate:
		return "stands there a second time"
	case DMARCNotATag:
		return "is no tag"
	case DMARCEmptyTag:
		return "there is nothing between two semicolons"
	case DMARCBadURI:
		return "is no URI that reports can be sent to"
	case DMARCTooLong:
		return "the record is too long; the rest was not read"
	case DMARCTooMany:
		return "there is too much in the record; the rest was not read"
	case DMARCUnknown:
		return "is a tag that is not known, and ignored"
	case DMARCPlace:
		return "does not stand directly behind v=, where RFC 7489 wants it"
	case DMARCRemoved:
		return "is ignored by receivers that follow RFC 9989"
	case DMARCSize:
		return "has a limit of size, which receivers that follow RFC 9989 ignore"
	case DMARCFormat:
		return "is a format that nobody writes"
	case DMARCNoTarget:
		return "names no mailbox"
	}
	return string(f)
}

// String says in words what is wrong. It holds text of the record.
func (p DMARCProblem) String() string {
	switch {
	case p.Tag != "" && p.Value != "":
		return p.Tag + "=" + dmarcExcerpt(p.Value) + " " + p.Fault.words()
	case p.Tag != "" && p.Fault != DMARCNoPolicy:
		return p.Tag + "= " + p.Fault.words()
	case p.Value != "":
		return "“" + dmarcExcerpt(p.Value) + "” " + p.Fault.words()
	}
	return p.Fault.words()
}

// dmarcExcerpt is the beginning of hostile text.
func dmarcExcerpt(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// Unusable says why a record asks for nothing that can be done, or "". Receivers
// differ in what they make of such records; RFC 9989 section 4.10.1 and RFC 7489
// section 6.6.3 have them apply no DMARC.
func (r *DMARCRecord) Unusable(rfc DMARCRules) string {
	switch {
	case r.twice != "":
		// The grammar is that of RFC 6376 section 3.2, where a tag that stands there
		// twice makes the whole list invalid.
		return "the tag " + r.twice + "= stands there twice, so that nobody can tell which counts"
	case len(r.RUA) > 0 || r.sound(rfc):
		return ""
	case r.P == "" && !r.Has("p"):
		return "it has no p=, and no rua= that reports could go to"
	case r.P == "":
		return "its p= is no policy, and it has no rua= that reports could go to"
	}
	return "its sp= or np= is no policy, and it has no rua= that reports could go to"
}

// sound tells whether p= is valid, and so is the rest of the policies.
func (r *DMARCRecord) sound(rfc DMARCRules) bool {
	return r.P != "" && (r.SP != "" || !r.Has("sp")) && (rfc == RFC7489 || r.NP != "" || !r.Has("np"))
}

// String writes the record anew: the tags that were there and could be read, in the
// order of RFC 7489's grammar.
func (r *DMARCRecord) String() string {
	b := make([]byte, 0, 128)
	b = append(b, "v=DMARC1"...)
	for i, tag := range dmarcTags {
		if r.valid&(1<<i) == 0 {
			continue
		}
		b = append(b, "; "+tag+"="...)
		switch tag {
		case "p":
			b = append(b, r.P...)
		case "sp":
			b = append(b, r.SP...)
		case "np":
			b = append(b, r.NP...)
		case "psd":
			b = append(b, r.PSD...)
		case "t":
			b = append(b, map[bool]string{true: "y", false: "n"}[r.T]...)
		case "adkim":
			b = append(b, r.ADKIM...)
		case "aspf":
			b = append(b, r.ASPF...)
		case "fo":
			b = append(b, strings.Join(r.FO, ":")...)
		case "rf":
			b = append(b, strings.Join(r.RF, ":")...)
		case "rua":
			b = appendURIs(b, r.RUA)
		case "ruf":
			b = appendURIs(b, r.RUF)
		case "pct":
			b = strconv.AppendInt(b, int64(r.PCT), 10)
		case "ri":
			b = strconv.AppendUint(b, uint64(r.RI), 10)
		}
	}
	return string(b)
}

func appendURIs(b []byte, list []DMARCURI) []byte {
	for i, u := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, u.URI...)
		if u.Size != "" {
			b = append(b, "!"+u.Size...)
		}
	}
	return b
}
