package report

import (
	"net/netip"
	"time"
)

// Host is one server, by name, that takes mail for the domain.
type Host struct {
	Name       string     `json:"name"`    // In A-labels and lower case; as the DNS has it.
	Unicode    string     `json:"unicode"` // The same for people; "" where that is no other.
	Role       HostRole   `json:"role"`
	Preference *int       `json:"preference"` // Of its MX record, or the priority of its SRV record: the lower is tried first; null where there is none.
	Alias      []string   `json:"alias"`      // The CNAMEs that were followed to its addresses. An MX host must have none.
	Status     string     `json:"status"`     // Of its addresses in the DNS: "found", "nxdomain", "nodata", "failed", "reserved" (all of them are for private use), "address" (the name is an address).
	Cause      string     `json:"cause"`      // Why there is no answer on one of its address types: "timeout", "servfail" and others; "" when there is one on each.
	Endpoints  []Endpoint `json:"endpoints"`
}

// HostRole says why a server was looked at.
type HostRole string

const (
	RoleMX          HostRole = "mx"          // An MX record names it.
	RoleImplicitMX  HostRole = "implicit-mx" // The domain has no MX record and takes mail itself (RFC 5321 section 5.1).
	RoleSubmission  HostRole = "submission"  // _submission._tcp names it: for users, STARTTLS (RFC 6186).
	RoleSubmissions HostRole = "submissions" // _submissions._tcp names it: for users, TLS from the first byte (RFC 8314).
	RoleNamed       HostRole = "named"       // The user did.
)

// Endpoint is one address and port of a server, and how the conversation went there.
type Endpoint struct {
	Address      netip.Addr `json:"address"`
	Port         int        `json:"port"`
	RDNS         *RDNS      `json:"rdns"`         // Of the address; null where it was not looked at.
	Outcome      Outcome    `json:"outcome"`      // How the conversation ended.
	Phase        Phase      `json:"phase"`        // Where it ended; "quit" when it was had whole.
	Why          string     `json:"why"`          // What happened, in words; "" when it was had whole.
	Code         *int       `json:"code"`         // The reply code that ended it; null when none did.
	Milliseconds int64      `json:"milliseconds"` // From the first packet to the end.
	Times        []Step     `json:"times"`        // Of its phases, in order.
	Time         *time.Time `json:"time"`         // When it began; a server of many domains is spoken to once. Null when it did not begin.

	Greeting      string      `json:"greeting"` // The text of the first reply, its lines with "\n" between them.
	Hello         Hello       `json:"hello"`
	HelloName     string      `json:"hello_name"`     // What the server calls itself in its answer to EHLO or HELO.
	Extensions    []Extension `json:"extensions"`     // Offered before TLS.
	ExtensionsTLS []Extension `json:"extensions_tls"` // Offered inside TLS: only these count there (RFC 3207 section 4.2).
	Size          Size        `json:"size"`

	StartTLS     StartTLS      `json:"starttls"`
	TLS          *Handshake    `json:"tls"`          // Null when there was no TLS.
	Certificates []Certificate `json:"certificates"` // Of the server; several where it has one for each kind of key and --tls full was asked for.
	Handshakes   []Handshake   `json:"handshakes"`   // Further ones, of --tls full.

	Limits     []Limit    `json:"limits"`     // Bounds of ours that the server went beyond.
	Oddities   []Oddity   `json:"oddities"`   // Where it left the protocol, and was understood.
	Transcript []Exchange `json:"transcript"` // Every line, both ways.
}

// Outcome says how a network step ended.
type Outcome string

const (
	OutcomeOK        Outcome = "ok"
	OutcomeRefused   Outcome = "refused"   // The computer answered that nobody listens there (RST).
	OutcomeTimeout   Outcome = "timeout"   // Nothing, or not enough, came in the time that we wait.
	OutcomeClosed    Outcome = "closed"    // The other side closed the connection.
	OutcomeDeferred  Outcome = "deferred"  // A reply 4yz: not now.
	OutcomeRejected  Outcome = "rejected"  // A reply 5yz: no.
	OutcomeProtocol  Outcome = "protocol"  // What came was no SMTP, or went beyond a bound of ours.
	OutcomeTLS       Outcome = "tls"       // The TLS handshake failed.
	OutcomeNoRoute   Outcome = "no-route"  // From here no packet gets there.
	OutcomeForbidden Outcome = "forbidden" // Our own guard: the address is none of a public mail server.
	OutcomeUntried   Outcome = "untried"   // There was no need, no room in the budget, or no time.
)

// Phase is a step of the conversation.
type Phase string

const (
	PhaseNone     Phase = "" // It did not begin.
	PhaseDNS      Phase = "dns"
	PhaseConnect  Phase = "connect"
	PhaseGreeting Phase = "greeting"
	PhaseEHLO     Phase = "ehlo"
	PhaseStartTLS Phase = "starttls"
	PhaseTLS      Phase = "tls"
	PhaseQuit     Phase = "quit"
)

// Step is how long a phase took. EHLO comes twice where there is TLS.
type Step struct {
	Phase        Phase `json:"phase"`
	Milliseconds int64 `json:"milliseconds"`
}

// Hello is the command by which a server was greeted with success.
type Hello string

const (
	HelloNone Hello = "" // With none.
	HelloEHLO Hello = "EHLO"
	HelloHELO Hello = "HELO" // It did not know EHLO.
)

// Extension is one line of the answer to EHLO (RFC 5321 section 4.1.1.1).
type Extension struct {
	Keyword string `json:"keyword"` // In upper case.
	Param   string `json:"param"`   // As written.
	Meaning string `json:"meaning"` // What it offers, in plain words; "" where the keyword is not registered.
}

// Size is how large a message may be (RFC 1870), as offered inside TLS where there
// is TLS.
type Size struct {
	State  SizeState `json:"state"`
	Octets *int64    `json:"octets"` // With "limit" alone; else null.
}

// Attachment is the largest file, in octets, that fits a message of so many octets:
// base64 makes a line of 76 characters and its end out of 57 octets (RFC 2045 section
// 6.8). What the header and the text of the message take is left out.
func Attachment(message int64) int64 { return message/78*57 + message%78*57/78 }

// SizeState says what a server says of the size of messages.
type SizeState string

const (
	SizeUnknown   SizeState = ""          // EHLO was not answered.
	SizeLimit     SizeState = "limit"     // Octets is the most.
	SizeUnlimited SizeState = "unlimited" // 0: no fixed limit.
	SizeUnstated  SizeState = "unstated"  // The extension without a number: there may be a limit.
	SizeAbsent    SizeState = "absent"    // The extension is not offered.
	SizeInvalid   SizeState = "invalid"   // What stands there is no number.
)

// StartTLS says what came of TLS.
type StartTLS string

const (
	StartTLSOK       StartTLS = "ok"
	StartTLSImplicit StartTLS = "implicit" // TLS from the first byte: there is no STARTTLS on this port.
	StartTLSAbsent   StartTLS = "absent"   // The answer to EHLO does not offer it.
	StartTLSDeferred StartTLS = "deferred" // STARTTLS was answered by 4yz.
	StartTLSRejected StartTLS = "rejected" // By 5yz, or by no SMTP.
	StartTLSFailed   StartTLS = "failed"   // It began, and the handshake failed.
	StartTLSUntried  StartTLS = "untried"  // The conversation ended before.
)

// Handshake is one TLS handshake.
type Handshake struct {
	Purpose    string  `json:"purpose"`     // What it was for; "" for that of the conversation.
	Outcome    Outcome `json:"outcome"`     // "ok", or how it failed.
	Why        string  `json:"why"`         // In words; "" when it did not fail.
	Version    string  `json:"version"`     // "TLS 1.3".
	Cipher     string  `json:"cipher"`      // As IANA names it.
	Group      string  `json:"group"`       // Of the key exchange: "X25519MLKEM768"; "" where RSA transports the key.
	KeyBits    *int    `json:"key_bits"`    // Of a finite-field Diffie-Hellman group; null elsewhere.
	Retry      bool    `json:"retry"`       // The server asked for another group (HelloRetryRequest).
	ServerName string  `json:"server_name"` // The name that was asked for (SNI); "" for none.
	Stapled    bool    `json:"stapled"`     // An OCSP response came with the certificate.
	SCTs       int     `json:"scts"`        // Signed certificate timestamps in the handshake.
}

// Certificate is one end-entity certificate, its chain, and what is wrong with it.
type Certificate struct {
	PKIX   *bool   `json:"pkix"`   // Whether it passes for the name of the host, by the authorities of this computer; null when that could not be judged.
	Faults []Fault `json:"faults"` // All of them; empty when there is none.

	Subject      string             `json:"subject"`
	CommonName   string             `json:"common_name"`
	Names        []string           `json:"names"`       // Its subject alternative names: DNS names and addresses.
	NamesTotal   int                `json:"names_total"` // How many there are; Names holds the first of them.
	Issuer       string             `json:"issuer"`
	NotBefore    time.Time          `json:"not_before"`
	NotAfter     time.Time          `json:"not_after"`
	DaysLeft     *int               `json:"days_left"`     // Whole days until NotAfter; negative since then. Null where the dates make no sense.
	LifetimeLeft *float64           `json:"lifetime_left"` // DaysLeft as a share of the whole lifetime, 1 to 0; negative since then.
	Key          string             `json:"key"`           // "RSA 2048", "ECDSA P-256", "Ed25519".
	Signature    string             `json:"signature"`     // "SHA256-RSA".
	Usage        []string           `json:"usage"`         // Extended key usage, by its names or numbers.
	MustStaple   bool               `json:"must_staple"`   // It demands a stapled OCSP response (RFC 7633).
	SCTs         int                `json:"scts"`          // Signed certificate timestamps in it.
	SHA256       string             `json:"sha256"`        // Of the certificate, in hex.
	SPKISHA256   string             `json:"spki_sha256"`   // Of its public key, in hex.
	Chain        []ChainCertificate `json:"chain"`         // As sent, this certificate left out.
	ChainTotal   int                `json:"chain_total"`   // How many were sent with it; Chain holds the first of them.
	Built        []string           `json:"built"`         // Subjects from this certificate to the authority, as mailtrace built the chain; empty when there is none.
	Why          string             `json:"why"`           // What verification said, in words; "" when it passed.
}

// ChainCertificate is one certificate of a chain.
type ChainCertificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Key       string    `json:"key"`
	Signature string    `json:"signature"`
	SHA256    string    `json:"sha256"` // In hex.
}

// Fault is one thing that is wrong with a certificate.
type Fault string

const (
	FaultExpired             Fault = "expired"
	FaultNotYetValid         Fault = "not-yet-valid"
	FaultNameMismatch        Fault = "name-mismatch" // None of its names is that of the host.
	FaultSelfSigned          Fault = "self-signed"
	FaultUnknownAuthority    Fault = "unknown-authority" // The chain ends at an authority that is not known here.
	FaultIncompleteChain     Fault = "incomplete-chain"  // The certificate of the issuer was not sent.
	FaultExpiredIntermediate Fault = "expired-intermediate"
	FaultWeakKey             Fault = "weak-key"       // RSA below 2048 bits (RFC 9325 section 4.5), or a curve below 224.
	FaultWeakSignature       Fault = "weak-signature" // SHA-1, MD5 (RFC 9325 section 4.5).
	FaultNoSAN               Fault = "no-san"         // No subject alternative name: a common name does not count (RFC 8461 section 4.2).
	FaultWrongUsage          Fault = "wrong-usage"    // It is none for servers.
)

// Oddity is one place where a server left the protocol.
type Oddity struct {
	Kind OddityKind `json:"kind"`
	Line int        `json:"line"` // Of the transcript, from 1.
	Text string     `json:"text"` // What was seen.
}

// OddityKind says in which way.
type OddityKind string

const (
	OddBareLF       OddityKind = "bare-lf"       // A line ends in LF alone.
	OddCodes        OddityKind = "codes-differ"  // The lines of one reply have several codes.
	OddCode         OddityKind = "code-unknown"  // The code is outside 200 to 599.
	OddLong         OddityKind = "line-long"     // More than 512 octets (RFC 5321 section 4.5.3.1.5).
	OddControl      OddityKind = "control"       // Octets that are no text.
	OddInjected     OddityKind = "injected"      // Text behind the reply to STARTTLS, before TLS.
	OddTooEarly     OddityKind = "too-early"     // A reply to nothing: more came than was asked for.
	OddQuit         OddityKind = "no-goodbye"    // QUIT was not answered by 221.
	OddCloseNotify  OddityKind = "no-close"      // TLS was cut off, not closed.
	OddSlowGreeting OddityKind = "slow-greeting" // The greeting came late on purpose: tarpit, greet delay.
	OddSlow         OddityKind = "slow"          // A reply came byte by byte.
)

// Exchange is one line of a conversation.
type Exchange struct {
	Client       bool   `json:"client"`       // Mailtrace sent it.
	TLS          bool   `json:"tls"`          // Inside TLS.
	Milliseconds int64  `json:"milliseconds"` // Since the connection was opened.
	Text         string `json:"text"`         // Without its line end; "" where Text64 stands.
	TextBase64   string `json:"text_base64"`  // The octets, where they are not UTF-8.
	Cut          int    `json:"cut"`          // Octets of the line that were not kept.
}

// Cost is what looking cost others.
type Cost struct {
	Connections  int   `json:"connections"` // That were opened for this report, or for an earlier one of the run that shares them.
	Questions    int   `json:"questions"`   // That the DNS was asked.
	Fetches      int   `json:"fetches"`     // Files that web servers were asked for: policies.
	Milliseconds int64 `json:"milliseconds"`
}
