// Package report defines what mailtrace tells its user: every word, number and
// list of the JSON output is declared here or in received.Hop.
//
// A report is the answer to one question: where did this message come from, or
// (later) how does this domain receive mail. Packages analyze and probe fill
// these types; report/text, monitors and stores only read them. The JSON is a
// contract: names are never changed and never given a second meaning, a key has
// one type, every key is always there, lists are never null, and a number or
// truth value that can be unknown is null where it is.
package report

import (
	"time"

	"mailtrace/received"
)

// Schema is the value of Report.Schema. It changes when a program that reads
// reports would have to.
const Schema = "mailtrace/1"

// Report is the answer to one question.
type Report struct {
	Schema    string      `json:"schema"` // "mailtrace/1".
	Kind      Kind        `json:"kind"`
	Target    string      `json:"target"` // Name of the input.
	Made      time.Time   `json:"made"`   // When the report was made, by the clock it was given.
	Error     string      `json:"error"`  // Why nothing, or not all, could be read. Empty when all was.
	DecidedOn DecidedOn   `json:"decided_on"`
	Evidence  Source      `json:"evidence"`
	Message   Message     `json:"message"`
	Path      Path        `json:"path"`
	Findings  []Finding   `json:"findings"`
	Undecided []Undecided `json:"undecided"` // Rules that could neither report nor clear.
	Rules     []Rule      `json:"rules"`     // Those that findings and undecided name, so that a report stands alone.
}

// Kind says what was looked at.
type Kind string

const (
	KindTrace Kind = "trace" // One message.
)

// DecidedOn is what the report was decided on beside the message itself: enough
// to run it again and get the same.
type DecidedOn struct {
	Version  string    `json:"version"` // Of mailtrace.
	Settings []Setting `json:"settings"`
	Data     []Data    `json:"data"` // Tables that come with mailtrace.
	Now      time.Time `json:"now"`  // The clock.
}

// Setting is one thing that the user chose.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Data is one table that the report was decided on.
type Data struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"` // Of the table, in hex; empty when it is part of a library of that version.
}

// Source is the input as it came in.
type Source struct {
	Name        string   `json:"name"`   // File name, "-" for standard input.
	SHA256      string   `json:"sha256"` // Of all bytes of the message, in hex.
	Size        int64    `json:"size"`   // Bytes.
	Offset      int64    `json:"offset"` // Of the message in the input, in bytes.
	Fidelity    Fidelity `json:"fidelity"`
	FidelityWhy string   `json:"fidelity_why"` // What the fidelity was decided on.
	Repairs     []Repair `json:"repairs"`      // What had to be stepped over or put right, in order of lines.
	Limits      []Limit  `json:"limits"`       // Bounds that cut something off: the report is not about all of the input.
}

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
}

// Hop is one Received field: what it says, and what became of that.
type Hop struct {
	Number   int      `json:"number"` // From 1 = oldest.
	Standing Standing `json:"standing"`

	received.Hop

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

// Boundary is the oldest hop that the recipient's own hosts stamped.
type Boundary struct {
	Hop        int                 `json:"hop"`
	Confidence received.Confidence `json:"confidence"`
}

// Finding is one thing that a rule has to say.
type Finding struct {
	Rule      string     `json:"rule"` // Rule.ID, e.g. "received.time-backwards".
	Severity  Severity   `json:"severity"`
	Weight    Weight     `json:"weight"`
	Disproves Disproves  `json:"disproves"` // Only with weight proof, else empty.
	Text      string     `json:"text"`      // What was seen, with the values that were seen.
	Hop       *int       `json:"hop"`       // Number of the hop it is about; null when it is about none.
	Evidence  []Evidence `json:"evidence"`  // Never empty.
}

// Undecided names a rule that could neither report nor clear its subject.
type Undecided struct {
	Rule string `json:"rule"`
	Why  string `json:"why"`
	Hop  *int   `json:"hop"`
}

// Evidence points at the bytes that a finding rests on.
type Evidence struct {
	Source     EvidenceSource `json:"source"`
	Line       int            `json:"line"`        // Line of the message, from 1.
	Offset     int64          `json:"offset"`      // Bytes from the start of the message.
	Length     int            `json:"length"`      // Bytes.
	Text       string         `json:"text"`        // The bytes, where they are UTF-8.
	TextBase64 string         `json:"text_base64"` // The bytes, where they are not.
}

// EvidenceSource says where evidence was read.
type EvidenceSource string

const (
	SourceHeader EvidenceSource = "header" // The message: only as true as its writer.
)

// Severity orders findings by what they ask of the reader.
type Severity string

const (
	Info     Severity = "info"     // Nothing to do.
	Warning  Severity = "warning"  // Look.
	Critical Severity = "critical" // Act.
)

// Weight says what a finding about a message is worth.
type Weight string

const (
	Ordinary Weight = "ordinary" // An oddness of honest mail, explained so that nobody chases it.
	Strong   Weight = "strong"   // Rare in honest mail; the innocent cause is printed.
	Proof    Weight = "proof"    // No honest software writes this.
)

// Disproves says what a proof is against.
type Disproves string

const (
	DisprovesNothing Disproves = ""
	DisprovesHop     Disproves = "hop"     // The hop did not take place as told.
	DisprovesDate    Disproves = "date"    // The date is not the true one.
	DisprovesAltered Disproves = "altered" // The message was changed after it was written.
)

// Rule documents one kind of finding. It is data: the code that looks for the
// finding stands beside it, in package analyze.
type Rule struct {
	ID       string   `json:"id"` // Area, dot, kebab-words. Never renamed, never reused.
	Title    string   `json:"title"`
	Max      Severity `json:"max"`      // The most serious finding it may report.
	Explain  string   `json:"explain"`  // What it means and what to do next, for a reader without the RFC.
	Innocent string   `json:"innocent"` // The honest cause.
	Measured string   `json:"measured"` // On what, and how often it spoke there.
	Refs     []string `json:"refs"`     // "RFC 5321 section 4.4".
}
