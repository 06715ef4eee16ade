package report

import "net/netip"

// Policies is what a domain says of how mail to it has to be sent, and of the mail that it
// sends. They are records and files of the domain itself: whether its servers keep to them is what findings say.
type Policies struct {
	MTASTS *MTASTS `json:"mta_sts"` // Null when it was not looked at.
	TLSRPT *TLSRPT `json:"tlsrpt"`  // Null when it was not looked at.
	DANE   []DANE  `json:"dane"`    // Of each MX host.
	CAA    []CAA   `json:"caa"`     // Of each MX host that showed a certificate.

	// Of the mail that the domain itself sends; null where that was not looked at.
	SPF   *SPF   `json:"spf"`
	DKIM  *DKIM  `json:"dkim"`
	DMARC *DMARC `json:"dmarc"`
	BIMI  *BIMI  `json:"bimi"`
}

// PolicyStatus says whether there is a policy.
type PolicyStatus string

const (
	PolicyNone    PolicyStatus = "none"    // None is published.
	PolicyFound   PolicyStatus = "found"   // It is there and can be understood.
	PolicyInvalid PolicyStatus = "invalid" // It is there, and senders have to act as if it was not.
	PolicyUnknown PolicyStatus = "unknown" // It could not be looked at.
)

// MTASTS is the policy of MTA-STS (RFC 8461).
type MTASTS struct {
	Status     PolicyStatus `json:"status"`
	Why        string       `json:"why"`         // What is wrong, or why it is not known; "" with "found" and "none".
	Record     string       `json:"record"`      // The TXT record; "" where there is none.
	ID         string       `json:"id"`          // Of this edition of the policy.
	URL        string       `json:"url"`         // Where the policy was asked for; "" when it was not.
	Outcome    Outcome      `json:"outcome"`     // How that ended.
	HTTPStatus *int         `json:"http_status"` // Of the answer; null when none came.
	Mode       string       `json:"mode"`        // "enforce", "testing", "none"; "" where no policy was read.
	MaxAge     *int64       `json:"max_age"`     // Seconds that senders keep it; null where no policy was read.
	MX         []string     `json:"mx"`          // Its patterns, in order.
	Unmatched  []string     `json:"unmatched"`   // MX hosts that no pattern allows.
	Unused     []string     `json:"unused"`      // Patterns that allow no MX host.
}

// TLSRPT is the record of TLS reporting (RFC 8460).
type TLSRPT struct {
	Status PolicyStatus `json:"status"`
	Why    string       `json:"why"`
	Record string       `json:"record"`
	RUA    []string     `json:"rua"` // Where reports go.
}

// DANE is what the DNS says of the keys of one host (RFC 7672).
type DANE struct {
	Host    string       `json:"host"`
	Name    string       `json:"name"` // Of the TLSA records: "_25._tcp.mx.example.org".
	Status  DANEStatus   `json:"status"`
	Why     string       `json:"why"` // In words; "" where Status says it all.
	Records []TLSA       `json:"records"`
	Results []DANEResult `json:"results"` // Of each endpoint that showed a certificate.
}

// DANEStatus says what a sender that honours DANE makes of a host.
type DANEStatus string

const (
	DANENone       DANEStatus = "none"       // No records, and that is proven or the zone is not signed: as if there was no DANE.
	DANEUsable     DANEStatus = "usable"     // Records that can be trusted and used: the server has to match one.
	DANEUnusable   DANEStatus = "unusable"   // Records that can be trusted, none of which can be used: TLS is forced, nobody is authenticated.
	DANEInsecure   DANEStatus = "insecure"   // Records, or the way to them, are not signed: they do not count.
	DANEFailed     DANEStatus = "failed"     // The DNS gave no answer, or a bogus one: such a sender passes the host over.
	DANEUnverified DANEStatus = "unverified" // Whether the answers are signed is not known here: no resolver was asked that can be believed.
)

// TLSA is one TLSA record (RFC 6698 section 2.1).
type TLSA struct {
	Usage    int    `json:"usage"`
	Selector int    `json:"selector"`
	Matching int    `json:"matching"`
	Data     string `json:"data"`   // In hex.
	Usable   bool   `json:"usable"` // A sender of mail looks at it.
}

// DANEResult is how one endpoint does by the records.
type DANEResult struct {
	Address netip.Addr `json:"address"`
	Port    int        `json:"port"`
	Match   *bool      `json:"match"`  // Null where there is nothing to match by.
	Record  *int       `json:"record"` // Which record matched, from 0; null for none.
	Depth   *int       `json:"depth"`  // Of the certificate that matched, 0 for the server's own; null for none.
	Why     string     `json:"why"`    // Why not; "" with a match.
}

// Verdict is what happens to the mail of one kind of sender.
type Verdict struct {
	Sender  Sender     `json:"sender"`
	Result  Delivery   `json:"result"`
	Host    string     `json:"host"`    // Through which it goes; "" where it goes through none.
	Address netip.Addr `json:"address"` // Of it.
	Why     string     `json:"why"`     // In a sentence.
	Rules   []string   `json:"rules"`   // Of the findings that decide; empty where nothing is wrong.
}

// Sender is a kind of server that sends mail.
type Sender string

const (
	SenderOpportunistic Sender = "opportunistic" // TLS where it can be had, clear text where not; certificates are not looked at.
	SenderPKIX          Sender = "pkix"          // TLS with a certificate that holds, or not at all.
	SenderMTASTS        Sender = "mta-sts"       // As the domain's MTA-STS policy has it.
	SenderDANE          Sender = "dane"          // As the TLSA records have it.
	SenderRequireTLS    Sender = "requiretls"    // Mail that must not go without REQUIRETLS (RFC 8689).
	SenderIPv4          Sender = "ipv4-only"     // Opportunistic, without IPv6.
	SenderIPv6          Sender = "ipv6-only"     // Opportunistic, without IPv4.
	SenderNoTLS         Sender = "no-tls"        // Clear text alone.
)

// Delivery is what becomes of mail.
type Delivery string

const (
	DeliveredVerified  Delivery = "delivered-verified"  // By TLS, to a server that proved who it is.
	DeliveredEncrypted Delivery = "delivered-encrypted" // By TLS.
	DeliveredClear     Delivery = "delivered-clear"
	DeliveryDeferred   Delivery = "deferred"  // It waits at the sender, and comes back after some days if nothing changes.
	DeliveryBounced    Delivery = "bounced"   // It comes back at once.
	DeliveryUndecided  Delivery = "undecided" // It could not be found out.
)
