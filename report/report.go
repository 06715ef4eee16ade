// Package report defines what mailtrace tells its user: every word, number and
// list of the JSON output is declared here or in received.Hop.
//
// A report is the answer to one question: where did this message come from, or
// how does this domain receive mail. Packages analyze and probe fill
// these types; report/text, monitors and stores only read them. The JSON is a
// contract: names are never changed and never given a second meaning, a key has
// one type, every key is always there, lists are never null, and a number or
// truth value that can be unknown is null where it is.
package report

import (
	"net/netip"
	"time"

	"mailtrace/received"
)

// Schema is the value of Report.Schema. It changes when a program that reads
// reports would have to.
const Schema = "mailtrace/1"

// Report is the answer to one question.
type Report struct {
	Schema    string    `json:"schema"` // "mailtrace/1".
	Kind      Kind      `json:"kind"`
	Target    string    `json:"target"` // Name of the input, or the domain.
	Made      time.Time `json:"made"`   // When the report was made, by the clock it was given.
	Error     string    `json:"error"`  // Why nothing, or not all, could be read. Empty when all was.
	DecidedOn DecidedOn `json:"decided_on"`
	Evidence  Source    `json:"evidence"`
	Message   Message   `json:"message"`
	Path      Path      `json:"path"`
	Fields    []Field   `json:"fields"` // The other fields that matter, and whose they are.
	Auth      []Auth    `json:"auth"`   // Results of authentication, and who says so.

	Hosts []Host `json:"hosts"` // The servers that take mail for the domain, the most preferred first.
	Cost  Cost   `json:"cost"`  // What looking at them cost others.

	Policies Policies  `json:"policies"` // What the domain says of how mail to it has to be sent.
	Verdicts []Verdict `json:"verdicts"` // What each kind of sender will experience; empty where that was not looked at.

	NameServers  []NameServer  `json:"name_servers"` // Those of the domain, where they were asked one by one.
	Sending      *Sending      `json:"sending"`      // The server that was looked at as one that sends; null for none.
	Listings     []Listing     `json:"listings"`     // What lists in the DNS say; empty where none was asked.
	Requirements []Requirement `json:"requirements"` // Of large mailbox providers, of those that send mail to them.

	Identities []Identity `json:"identities"` // Who the message says it is from, in all places where it does.
	Envelope   Envelope   `json:"envelope"`
	Accounts   []Account  `json:"accounts"` // Who can stop the sender, and by which key.

	Findings  []Finding   `json:"findings"`
	Undecided []Undecided `json:"undecided"` // Rules that could neither report nor clear.
	Rules     []Rule      `json:"rules"`     // Those that findings and undecided name, so that a report stands alone.
	DNS       []DNS       `json:"dns"`       // Every question that was asked, and its answer, sorted by name and type.
}

// Kind says what was looked at.
type Kind string

const (
	KindTrace Kind = "trace" // One message.
	KindProbe Kind = "probe" // The mail servers of one domain.
)

// DecidedOn is what the report was decided on beside the message itself: enough
// to run it again and get the same.
type DecidedOn struct {
	Version  string    `json:"version"` // Of mailtrace.
	Settings []Setting `json:"settings"`
	Data     []Data    `json:"data"` // Tables that come with mailtrace.
	Now      time.Time `json:"now"`  // The clock.
	Observer Observer  `json:"observer"`
}

// Observer is from where mailtrace looked.
type Observer struct {
	Address  string `json:"address"`  // From which mail servers were connected to, with ", " between several; "" when none was.
	HELO     string `json:"helo"`     // By which name; "" when none was.
	Resolver string `json:"resolver"` // The DNS servers that answered, with ", " between them; "" when none was asked.
}

// Setting is one thing that the user chose.
type Setting struct {
	Name  string `json:"name"` // Of the flag, without its dashes.
	Value string `json:"value"`
}

// Data is one table that the report was decided on.
type Data struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"` // Of the table, in hex; empty when it is part of a library of that version.
}

// Source is the message as it came in, and the input that it was taken from. Lines
// and offsets of evidence count from the first byte of the message, which stands at
// Offset of the input; in a message that was mended they are those of the input.
type Source struct {
	Name        string   `json:"name"`         // File name, "-" for standard input; of what stands in an archive, with the name in there behind a slash.
	SHA256      string   `json:"sha256"`       // Of all bytes of the message, in hex.
	Size        int64    `json:"size"`         // Bytes of the message.
	InputSHA256 string   `json:"input_sha256"` // Of all bytes of the input, in hex; empty where it is a stream that is reported on before it ends.
	InputSize   *int64   `json:"input_size"`   // Bytes of the input; null where that is not known.
	Containers  []string `json:"containers"`   // What the message was taken out of, the outermost first: "gzip", "bzip2", "zip", "tar", "mbox", "msg".
	Offset      int64    `json:"offset"`       // Of the message in the input, or in the innermost container, in bytes.
	Part        int      `json:"part"`         // 0 for what the input itself is; N for the Nth message attached to it, counted from the top of the file.
	Fidelity    Fidelity `json:"fidelity"`
	FidelityWhy string   `json:"fidelity_why"` // What the fidelity was decided on.
	Repairs     []Repair `json:"repairs"`      // What had to be stepped over or put right, in order of lines.
	Limits      []Limit  `json:"limits"`       // Bounds that cut something off: the report is not about all of the input.
	Carrier     *Carrier `json:"carrier"`      // What the message was attached to; null when Part is 0.
}

// Carrier is a message to which another one was attached. That the inner one is
// what its attacher received is the attacher's word.
type Carrier struct {
	Kind        CarrierKind `json:"kind"`
	Part        int         `json:"part"`         // Of the carrier: it may be attached itself.
	SHA256      string      `json:"sha256"`       // Of the carrier, in hex.
	ContentType string      `json:"content_type"` // Of the part that holds the message, e.g. "message/rfc822"; "" in .msg files.
	From        []Mailbox   `json:"from"`         // Who attached it, as the carrier says.
	Subject     string      `json:"subject"`      // Of the carrier.
	Mailer      string      `json:"mailer"`       // The program that the carrier says it was written with; "" when it says none.
	Why         string      `json:"why"`          // What Kind was decided on.
}

// CarrierKind says why a message is attached to another one.
type CarrierKind string

const (
	CarrierForward     CarrierKind = "forward"      // A person sends it on to the reader.
	CarrierBounce      CarrierKind = "bounce"       // It could not be delivered (RFC 3464).
	CarrierAbuseReport CarrierKind = "abuse-report" // Somebody complains about it (RFC 5965).
	CarrierDigest      CarrierKind = "digest"       // One of several of a mailing list (RFC 2046 section 5.1.5).
	CarrierAttachment  CarrierKind = "attachment"   // None of these is plain.
)

// Fidelity says how close the input is to what the last server wrote, and so
// what can be judged on it at all.
type Fidelity string

const (
	AsReceived     Fidelity = "as-received"     // No alteration was noticed. Not: there is none.
	Reserialised   Fidelity = "reserialised"    // A program took it apart and wrote it anew.
	HeadersOnly    Fidelity = "headers-only"    // There is no body.
	PastedRepaired Fidelity = "pasted-repaired" // Damaged by copying, and mended.
)

// Repair is one place where the input was not what a message is.
type Repair struct {
	Line int    `json:"line"` // From 1.
	Text string `json:"text"` // What was there and what was done.
}

// Limit is a bound that was reached.
type Limit struct {
	Name  string `json:"name"` // Of the constant, e.g. "mailbox.MaxHeader".
	Value int64  `json:"value"`
	Text  string `json:"text"` // What was cut off.
}

// Message is the fields of the author, as the message shows them. All of it is
// what the message says of itself.
type Message struct {
	From       []Mailbox  `json:"from"`
	Sender     []Mailbox  `json:"sender"`
	ReplyTo    []Mailbox  `json:"reply_to"`
	To         []Mailbox  `json:"to"`
	Cc         []Mailbox  `json:"cc"`
	Subject    string     `json:"subject"`     // Decoded (RFC 2047).
	MessageID  string     `json:"message_id"`  // With its angle brackets.
	Date       *time.Time `json:"date"`        // UTC; null when there is none that can be read.
	DateText   string     `json:"date_text"`   // As written.
	ReturnPath string     `json:"return_path"` // Without angle brackets; "<>" for the null reverse-path.
}

// Mailbox is one address of an address field.
type Mailbox struct {
	Name    string `json:"name"`    // Display name, decoded (RFC 2047).
	Address string `json:"address"` // Empty when what is there is none.
	Raw     string `json:"raw"`     // As written.
}

// Path is the route that the Received fields tell, the oldest hop first.
type Path struct {
	Hops     []Hop     `json:"hops"`
	Segments []Segment `json:"segments"`
	Boundary *Boundary `json:"boundary"` // Null while no hop is known to be of the recipient.
	Handover *Handover `json:"handover"` // Null as long as Boundary is.
}

// Hop is one Received field: what it says, and what became of that.
type Hop struct {
	Number   int      `json:"number"` // From 1 = oldest.
	Standing Standing `json:"standing"`

	received.Hop

	HangsOn            *int          `json:"hangs_on"`             // Number of a newer hop that is disproved: this one is known only through it.
	Link               received.Link `json:"link"`                 // How it continues the hop before it.
	DelaySeconds       *float64      `json:"delay_seconds"`        // Since the hop before; negative when stamps run backwards.
	ClockOffsetSeconds *float64      `json:"clock_offset_seconds"` // To be added to the stamps of this host; null without evidence.
	ClockOffsetBasis   string        `json:"clock_offset_basis"`
}

// Standing says how far a hop can be relied on. It is empty while no boundary
// is known.
type Standing string

const (
	Observed     Standing = "observed"     // Stamped by the recipient's own hosts.
	Attested     Standing = "attested"     // By a host that the user, or evidence that is named, vouches for.
	Claimed      Standing = "claimed"      // Only the sender's word.
	Inconsistent Standing = "inconsistent" // Something strong speaks against it.
	Fictitious   Standing = "fictitious"   // Disproved.
)

// Segment is a run of hops that belong together: the legs of the journey.
type Segment struct {
	Kind  received.Kind `json:"kind"`
	First int           `json:"first"` // Number of its oldest hop.
	Last  int           `json:"last"`  // Number of its newest hop.
	Why   string        `json:"why"`
}

// Boundary is the line between what the recipient's own hosts stamped and what
// was only told to them.
type Boundary struct {
	Hop          int                 `json:"hop"` // Number of the oldest hop that is observed.
	Confidence   received.Confidence `json:"confidence"`
	Basis        []Basis             `json:"basis"`        // What it rests on, in the order in which it was found.
	Alternatives []Alternative       `json:"alternatives"` // Other readings, for the user to choose.
}

// Basis is one reason for the boundary.
type Basis struct {
	Why  string `json:"why"`
	Line int    `json:"line"` // Line of the message that shows it; 0 when it is not in the message.
}

// Alternative is a boundary further down: one that holds if a service in front of
// the recipient is taken for the recipient's own.
type Alternative struct {
	Through  string   `json:"through"` // The service.
	Hop      int      `json:"hop"`     // Its oldest hop.
	Handover Handover `json:"handover"`
}

// Handover is the peer that gave the message to the recipient's side, as the
// oldest observed hop recorded it. The address was seen; what the peer called
// itself is the peer's word.
type Handover struct {
	Hop          int           `json:"hop"`
	Address      netip.Addr    `json:"address"` // "" when the host did not record one.
	HELO         string        `json:"helo"`
	RDNS         string        `json:"rdns"`
	By           string        `json:"by"`
	Time         *time.Time    `json:"time"` // UTC.
	TLS          *received.TLS `json:"tls"`
	User         string        `json:"user"`          // The account that authenticated to the recipient's host.
	EnvelopeFrom string        `json:"envelope_from"` // As recorded there; "" when it was not.
}

// Field is a field other than Received, and whose word it is.
type Field struct {
	Name    string `json:"name"` // As written.
	Line    int    `json:"line"` // From 1.
	Origin  Origin `json:"origin"`
	Meaning string `json:"meaning"` // What its values say, in plain words; "" when they say it themselves.
}

// Origin says who wrote a field, by where it stands.
type Origin string

const (
	FromRecipient Origin = "recipient"   // The recipient's side.
	Brought       Origin = "brought"     // It came with the message: the sender's word.
	FromAttested  Origin = "attested"    // The recipient's side, by the word of whoever attached the message to another one.
	CannotTell    Origin = "cannot-tell" // No boundary is known, or the place says nothing.
)

// Auth is one result of SPF, DKIM, DMARC, ARC or the like.
type Auth struct {
	Method   string   `json:"method"` // Of RFC 8601 section 2.7: "spf", "dkim", "dmarc", "arc", "iprev" and others.
	Status   Status   `json:"status"`
	Outcome  string   `json:"outcome"`  // Of a DKIM signature that mailtrace checked, finer than Status: "verified", "verified-part", "header-changed", "body-changed", "other-key" and others; else "".
	Domain   string   `json:"domain"`   // That the result is about.
	Identity string   `json:"identity"` // The address or name that was checked.
	Property string   `json:"property"` // Where Identity stands, as RFC 8601 section 2.7 has it: "smtp.mailfrom", "smtp.helo", "header.d", "header.from", "policy.iprev"; "" when that was not written.
	Selector string   `json:"selector"` // Of a DKIM key; "" when it is none or was not written.
	Aligned  *bool    `json:"aligned"`  // Whether Domain is of the organisation in From; null when one of the two is not known.
	By       AuthBy   `json:"by"`
	Server   string   `json:"server"` // The authserv-id; "" when none was written.
	Reason   string   `json:"reason"`
	Line     int      `json:"line"`    // Of the field that says so, or of the signature that it is about; 0 when it is about none.
	Trace    []string `json:"trace"`   // How mailtrace came to it, step by step; empty for what others say.
	Changes  []Change `json:"changes"` // What was done to the message since it was signed: undone, the signature holds.
}

// Change is something that was done to a message after it was signed. Nobody vouches
// for it, and who did it is not known.
type Change struct {
	Kind  string   `json:"kind"`  // E.g. "footer", "subject-tag"; package analyze/auth has them all.
	Text  string   `json:"text"`  // What was done, in a sentence.
	Field string   `json:"field"` // Name of the field that was changed; "" for the body.
	Added string   `json:"added"` // Text that nobody signed; "" when none was added.
	Links []string `json:"links"` // In Added.
	Line  int      `json:"line"`  // Where it begins; 0 when that is not known.

	// Whether the domain did sign the rest: the signature was made with its key, and the
	// key may be used. Else the hash of a body may be a forger's.
	Proven bool `json:"proven"`
}

// DNS is a question to the Domain Name System, and what came of it.
type DNS struct {
	Name    string     `json:"name"`
	Type    string     `json:"type"`    // "TXT".
	Status  string     `json:"status"`  // "found", "nxdomain" (no such name), "nodata" (no record of this type), "failed" (no answer).
	Cause   string     `json:"cause"`   // Why there is no answer: "timeout", "servfail", "offline" and others; "" when there is one.
	Answers []string   `json:"answers"` // As a zone file has them.
	Alias   []string   `json:"alias"`   // The CNAMEs that were followed.
	Secure  string     `json:"secure"`  // What DNSSEC says: "secure", "insecure", "bogus", or "unverified" when that cannot be believed.
	Server  string     `json:"server"`  // Who said so.
	Time    *time.Time `json:"time"`    // When, in UTC; null when nobody was asked.
}

// AuthBy says whose word a result is.
type AuthBy string

const (
	ByUs        AuthBy = "us"        // Mailtrace checked it.
	ByRecipient AuthBy = "recipient" // The recipient's side wrote it down.
	ByAttested  AuthBy = "attested"  // The recipient's side, by the word of whoever attached the message to another one.
	ByBrought   AuthBy = "brought"   // It came with the message: no evidence for the sender.
	ByUnknown   AuthBy = "cannot-tell"
)

// Status is a result as RFC 8601 section 2.7 has it; words that others write are
// kept as they are.
type Status string

// Identity is one place in which a message says whose it is.
type Identity struct {
	Role         IdentityRole `json:"role"`
	Address      string       `json:"address"`      // "" where the place holds a domain only.
	Domain       string       `json:"domain"`       // In lower case; "" when there is none.
	Organisation string       `json:"organisation"` // The organisational domain; "" when there is none.
	SameAsFrom   *bool        `json:"same_as_from"` // Whether it is of the organisation in the topmost From; null when one of the two is not known.
	Line         int          `json:"line"`
}

// IdentityRole says in which place an identity stands.
type IdentityRole string

const (
	IdentityFrom       IdentityRole = "from"
	IdentitySender     IdentityRole = "sender"
	IdentityReplyTo    IdentityRole = "reply-to"
	IdentityReturnPath IdentityRole = "return-path"
	IdentityDKIM       IdentityRole = "dkim"       // The tag d of a DKIM-Signature: a claim until it is verified.
	IdentityList       IdentityRole = "list"       // List-Id.
	IdentityMessageID  IdentityRole = "message-id" // What stands behind the "@".
)
