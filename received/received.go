// Package received reads Received header fields and puts them in the order in
// which a message travelled.
//
// Every mail server that accepts a message writes one Received field on top of
// those already there (RFC 5321 section 4.4). Such a field says who handed the
// message over (from), who took it (by), over which protocol (with), under which
// queue name (id), for whom (for) and when. Read from the bottom up, the fields
// tell the route: a trace.
//
// The grammar of the RFC is the smaller part of what is found in mail. What
// matters most, the address of the peer and the name that the server found for
// it, stands in comments, and each server writes those in its own way: the same
// shape means opposite things. "a (b [192.0.2.1])" by Postfix is the name the
// client gave and the name the server found; "a (HELO b) (192.0.2.1)" by qmail is
// the reverse. So a field is split by the grammar first, and its comments are
// then read by a table of dialects, one entry per mail server family.
//
// A field is only the word of the host that wrote it, or of whoever pretends to
// be that host. Nothing here decides whether it is true, nothing fails on a bad
// one (what is not understood stays as text beside what is), and nothing touches
// the network.
package received

import (
	"net/netip"
	"time"
)

// Field is one Received header field as it stood in the message.
type Field struct {
	Line  int    // Line of the message on which the field begins, from 1.
	Value string // What follows the colon, folding and all. Any bytes.
}

// Hop is one Received field, read. Strings are parts of the field as written;
// empty means that the field does not say.
type Hop struct {
	Line int  `json:"line"` // Line of the message on which the field begins, from 1.
	Kind Kind `json:"kind"`

	From From   `json:"from"`
	By   By     `json:"by"`
	Via  string `json:"via"`  // Link, e.g. "TCP"; Exchange writes its component here.
	With string `json:"with"` // Protocol as written, e.g. "ESMTPS".

	// What the protocol name, and what the server wrote beside it, imply.
	Implies []Implied `json:"implies"`
	TLS     *TLS      `json:"tls"`  // Nil when the field does not speak of TLS beyond With.
	User    string    `json:"user"` // The account that authenticated, when recorded.

	ID      string     `json:"id"`
	IDTime  *time.Time `json:"id_time"`  // UTC; nil when the id is no clock of the dialect that wrote the field.
	IDClock string     `json:"id_clock"` // Name of the clock in the id, for Precision; "" when there is none.

	For          []string `json:"for"`           // Recipients, without angle brackets.
	EnvelopeFrom string   `json:"envelope_from"` // Reverse-path, without angle brackets; "<>" for the null one.

	Time          *time.Time `json:"time"`           // UTC; nil when no date could be read.
	TimeText      string     `json:"time_text"`      // The date as written, its zone name included.
	OffsetSeconds *int       `json:"offset_seconds"` // East of UTC, as written; nil when no zone was given.
	Zone          string     `json:"zone"`           // Zone name as written, in the date or in a comment behind it.

	Comments   []string   `json:"comments"` // Every comment outside of other comments, without its parentheses.
	Unparsed   []string   `json:"unparsed"` // Words that fit into no clause.
	Oddities   []Oddity   `json:"oddities"` // How the field departs from RFC 5321 and RFC 5322.
	Dialect    string     `json:"dialect"`  // Name in the table of dialects, Generic, or Unknown.
	Confidence Confidence `json:"confidence"`
	Raw        string     `json:"raw"` // The whole field body.

	Spans Spans `json:"-"`
}

// From is what the field says of the peer that handed the message over.
type From struct {
	Name        string     `json:"name"` // The word or words behind "from".
	HELO        string     `json:"helo"` // The name the peer gave in HELO, EHLO or LHLO.
	RDNS        string     `json:"rdns"` // The name the server found for the address.
	RDNSStatus  RDNSStatus `json:"rdns_status"`
	Address     netip.Addr `json:"address"`      // Never v4-mapped; may carry a zone. "" in JSON when not recorded.
	AddressText string     `json:"address_text"` // What stood in the place of the address where that is not an address.
	Port        *uint16    `json:"port"`
	Ident       string     `json:"ident"` // RFC 1413 answer, or what stands before "@" beside the address.
}

// By is what the field says of the host that wrote it.
type By struct {
	Name    string     `json:"name"`
	Address netip.Addr `json:"address"` // "" in JSON when not recorded.
	Product string     `json:"product"` // The software, as it names itself.
	Version string     `json:"version"`
}

// TLS is what the server recorded of the session.
type TLS struct {
	Version           string            `json:"version"` // As written: "TLS1_3", "TLSv1.3".
	Cipher            string            `json:"cipher"`
	Bits              *int              `json:"bits"`            // Key bits in use.
	ClientVerified    *bool             `json:"client_verified"` // Nil when no certificate was shown or nothing was recorded.
	ClientCertificate ClientCertificate `json:"client_certificate"`
}

// Kind says what happened at a hop.
type Kind string

const (
	Submission Kind = "submission" // An author's program handed in a new message (RFC 6409).
	Relay      Kind = "relay"      // One server passed it to another.
	Local      Kind = "local"      // A program on the same host handed it in: no network was involved.
	Delivery   Kind = "delivery"   // Into a mailbox, or on the last steps to it: LMTP, Exchange mailbox hops.
	List       Kind = "list"       // A mailing list sent it out again, under a new envelope.
	Forward    Kind = "forward"    // A recipient's host sent it on to another address.
	Fetch      Kind = "fetch"      // Pulled out of a mailbox by POP or IMAP, not pushed: a new beginning.
	Filter     Kind = "filter"     // A scanner on the same host or beside it took it and gave it back.
	Gateway    Kind = "gateway"    // It came from something that is not SMTP: a web form, an API, another mail system.
	Note       Kind = "note"       // A remark in the shape of a trace field: no transfer.
)

// Implied is a property of the session that the field states.
type Implied string

const (
	ImpliesTLS   Implied = "tls"   // The session was encrypted (RFC 3848).
	ImpliesAuth  Implied = "auth"  // The client authenticated (RFC 3848).
	ImpliesLMTP  Implied = "lmtp"  // RFC 2033: the last step before a mailbox.
	ImpliesHTTP  Implied = "http"  // Webmail, or a programming interface.
	ImpliesLocal Implied = "local" // No network.
	ImpliesUTF8  Implied = "utf8"  // SMTPUTF8 was in use (RFC 6531 section 4.3).
	ImpliesFetch Implied = "fetch" // POP or IMAP: pulled, not pushed.
)

// RDNSStatus says what is known about the reverse name of the peer.
type RDNSStatus string

const (
	RDNSUnset       RDNSStatus = ""              // No peer address in the field, or no telling what its words mean.
	RDNSRecorded    RDNSStatus = "recorded"      // The server wrote a reverse name.
	RDNSNone        RDNSStatus = "none"          // The server wrote that it found none that holds.
	RDNSForged      RDNSStatus = "may-be-forged" // It found one that does not lead back to the address.
	RDNSFailed      RDNSStatus = "failed"        // It could not look: a temporary error.
	RDNSNotRecorded RDNSStatus = "not-recorded"  // This kind of server does not write one. That is not "no reverse name".
)

// ClientCertificate says what became of the client's certificate.
type ClientCertificate string

const (
	CertificateUnset        ClientCertificate = ""
	CertificateNotRequested ClientCertificate = "not-requested"
	CertificateNotPresented ClientCertificate = "not-presented"
	CertificateVerified     ClientCertificate = "verified"
	CertificateUnverified   ClientCertificate = "unverified" // One was shown, and nobody vouches for it.
)

// Confidence says how sure the dialect is.
type Confidence string

const (
	Certain Confidence = "certain" // The field names the product.
	Likely  Confidence = "likely"  // Host name and shape agree.
	Guess   Confidence = "guess"   // Shape only.
)

// Names of Hop.Dialect that are not in the table of dialects.
const (
	Generic = "generic" // Only the grammar of RFC 5321 was recognised.
	Unknown = "unknown" // Not even that.
)

// Oddity is a departure from RFC 5321 and RFC 5322 that was seen and stepped over.
type Oddity string

const (
	NoWeekday         Oddity = "no-weekday"        // Allowed by RFC 5322 section 3.3, rare today.
	NoSemicolon       Oddity = "no-semicolon"      // No ";" before the date.
	EarlySemicolon    Oddity = "early-semicolon"   // A ";" before clauses.
	TrailingClause    Oddity = "trailing-clause"   // Clauses behind the date.
	NoDate            Oddity = "no-date"           // No date at all.
	BadDate           Oddity = "bad-date"          // Something where a date belongs that is none.
	ImpossibleDate    Oddity = "impossible-date"   // A date or time that no calendar or clock has.
	WrongWeekday      Oddity = "wrong-weekday"     // The weekday is not that of the date.
	ImpossibleOffset  Oddity = "impossible-offset" // An offset that no zone ever had.
	FractionalSeconds Oddity = "fractional-seconds"
	MonotonicText     Oddity = "monotonic-text"      // Go's "m=+1.5".
	ObsoleteZone      Oddity = "obsolete-zone"       // A zone name in place of an offset (RFC 5322 section 4.3).
	AmbiguousZone     Oddity = "ambiguous-zone"      // A zone name that stands for several offsets, or for none known.
	ZoneMismatch      Oddity = "zone-mismatch"       // The zone name never had the offset beside it.
	NoZone            Oddity = "no-zone"             // Taken as UTC.
	TwoDigitYear      Oddity = "two-digit-year"      // RFC 5322 section 4.3.
	TwelveHourClock   Oddity = "twelve-hour-clock"   // AM or PM.
	ForeignDateFormat Oddity = "foreign-date-format" // ISO 8601, asctime and the like.
	AmbiguousDate     Oddity = "ambiguous-date"      // Day and month could be the other way round: not read.
	LocalisedDate     Oddity = "localised-date"      // Names of days or months in another language than English.
	DateInAddress     Oddity = "date-in-address"     // A date where the address belongs.
	ImpossibleAddress Oddity = "impossible-address"  // Digits in the place of the address that are none.
	UnusualAddress    Oddity = "unusual-address"     // Leading zeros and the like.
	MappedAddress     Oddity = "mapped-address"      // ::ffff:192.0.2.1.
	RepeatedClause    Oddity = "repeated-clause"     // E.g. two "with".
	UnclosedComment   Oddity = "unclosed-comment"
	ControlCharacter  Oddity = "control-character" // Other than the blanks and line ends of folding.
	TooLong           Oddity = "too-long"          // Longer than MaxField: the rest was not read.
	TooManyParts      Oddity = "too-many-parts"    // More than MaxTokens or MaxDepth: the rest was not read.
)

// Span is a part of Hop.Raw, in bytes. The zero Span means: not in the field.
type Span struct {
	Offset, Length int32
}

// In is the text of s in raw.
func (s Span) In(raw string) string {
	if s.Length <= 0 || int(s.Offset)+int(s.Length) > len(raw) {
		return ""
	}
	return raw[s.Offset : s.Offset+s.Length]
}

// Spans says where in Hop.Raw each value was read.
type Spans struct {
	From, HELO, RDNS, Address, Port, Ident Span // Address is the slot: also where it holds no address.
	By, ByAddress, Product, Version        Span
	Via, With, TLSVersion, Cipher, User    Span
	ID, For, EnvelopeFrom                  Span // For is the first recipient.
	Time, Zone                             Span
}
