package report

import (
	"net/netip"
	"strings"
)

// Finding is one thing that a rule has to say.
type Finding struct {
	Rule      string     `json:"rule"` // Rule.ID, e.g. "received.time-backwards".
	Severity  Severity   `json:"severity"`
	Weight    Weight     `json:"weight"`
	Disproves Disproves  `json:"disproves"` // Only with weight proof, else empty.
	Text      string     `json:"text"`      // What was seen, with the values that were seen.
	Hop       *int       `json:"hop"`       // Number of the hop it is about; null when it is about none.
	Host      string     `json:"host"`      // Name of the host it is about; "" when it is about none, or about all.
	Address   netip.Addr `json:"address"`   // Of the endpoint it is about; "" when it is about no single one.
	Port      *int       `json:"port"`      // Of the endpoint; null when it is about no single one.
	Evidence  []Evidence `json:"evidence"`  // Never empty.
}

// OfSending says of a finding about a domain that it is about the mail that the domain
// sends: it costs no mail to the domain.
func (f *Finding) OfSending() bool {
	area, _, _ := strings.Cut(f.Rule, ".")
	return area == "spf" || area == "dkim" || area == "dmarc" || strings.HasPrefix(f.Rule, "policy.bimi")
}

// Undecided names a rule that could neither report nor clear its subject.
type Undecided struct {
	Rule    string     `json:"rule"`
	Why     string     `json:"why"`
	Hop     *int       `json:"hop"`     // Number of the hop; null when it is about none.
	Host    string     `json:"host"`    // As in a finding.
	Address netip.Addr `json:"address"` // As in a finding.
	Port    *int       `json:"port"`    // As in a finding.
}

// Evidence points at the bytes that a finding rests on.
type Evidence struct {
	Source     EvidenceSource `json:"source"`
	Line       int            `json:"line"`        // Line of the message, or of the transcript of the endpoint, from 1.
	Offset     int64          `json:"offset"`      // Bytes from the start of the message.
	Length     int            `json:"length"`      // Bytes.
	Text       string         `json:"text"`        // The bytes, where they are UTF-8.
	TextBase64 string         `json:"text_base64"` // The bytes, where they are not.
}

// EvidenceSource says where evidence was read.
type EvidenceSource string

const (
	SourceHeader EvidenceSource = "header"      // The header of the message: only as true as its writer.
	SourceBody   EvidenceSource = "body"        // What follows the header: only as true as the author.
	SourceSMTP   EvidenceSource = "smtp"        // A line of the transcript of the endpoint, or how it ended.
	SourceCert   EvidenceSource = "certificate" // A certificate or a TLS handshake of the endpoint.
	SourcePolicy EvidenceSource = "policy"      // A line of a policy that was fetched.
	SourceDNS    EvidenceSource = "dns"         // An answer of the DNS: a name, a type and a record; it has no line.
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
