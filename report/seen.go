package report

import "net/netip"

// RDNS is what the DNS says of the name of an address: a name, which leads back to it.
type RDNS struct {
	Names  []string `json:"names"`  // Of the PTR records, in the order of the answer.
	Name   string   `json:"name"`   // The first of them that leads back; "" for none.
	Status Status   `json:"status"` // As of iprev (RFC 8601 section 3): "pass" where one leads back, "fail", "temperror", "permerror"; "undecided" where it was not looked at.
	Why    string   `json:"why"`
}

// Sending is a server that sends mail, as those see it that receive it.
type Sending struct {
	Address  netip.Addr `json:"address"`
	HELO     string     `json:"helo"`      // "" where none was named.
	MailFrom string     `json:"mail_from"` // The domain; "" where none was named.
	RDNS     *RDNS      `json:"rdns"`
}

// Listing is what a list in the DNS says of an address or domain (RFC 5782).
type Listing struct {
	List   string        `json:"list"`   // Its zone.
	Target string        `json:"target"` // The address or domain.
	Result ListingResult `json:"result"`
	Codes  []string      `json:"codes"` // The addresses that were answered: what they mean is the list's.
	Text   string        `json:"text"`  // Of its TXT record; "" for none.
	Why    string        `json:"why"`   // Why the result is no more; "" with "listed" and "not-listed".
}

// ListingResult is what came of a question to a list.
type ListingResult string

const (
	Listed          ListingResult = "listed"
	NotListed       ListingResult = "not-listed"
	ListingRefused  ListingResult = "refused"  // The list answers that it does not serve who asks: that is no listing.
	ListingUnusable ListingResult = "unusable" // It failed the test of itself (RFC 5782 section 5): no answer of it can be believed.
	ListingUnknown  ListingResult = "unknown"  // It did not answer.
)

// NameServer is an authoritative server of the domain, asked by itself.
type NameServer struct {
	Name    string         `json:"name"`
	Address netip.Addr     `json:"address"`
	Status  string         `json:"status"` // "answered", "not-authoritative", "failed", "forbidden" (our own guard).
	Why     string         `json:"why"`
	Serial  *int64         `json:"serial"`  // Of its SOA record; null where it did not tell.
	Answers []ServerAnswer `json:"answers"` // To the same questions at each.
}

// ServerAnswer is what one server says.
type ServerAnswer struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Status  string   `json:"status"`  // "found", "nxdomain", "nodata", "failed".
	Answers []string `json:"answers"` // Sorted.
}

// Requirement is something that a large mailbox provider asks of those that send mail to
// it, and whether it is met, as far as can be seen from here.
type Requirement struct {
	Provider string            `json:"provider"` // "google", "yahoo", "microsoft".
	ID       string            `json:"id"`       // "spf", "dmarc-alignment" and others; package analyze/bulk has them all.
	Text     string            `json:"text"`     // What is asked for, in a sentence.
	Bulk     bool              `json:"bulk"`     // It is asked only of who sends much.
	Status   RequirementStatus `json:"status"`
	Why      string            `json:"why"`    // What that was decided on.
	Source   string            `json:"source"` // Where the provider says so: a link.
	Rules    []string          `json:"rules"`  // Of the findings that it rests on; empty for none.
}

// RequirementStatus says whether a requirement is met.
type RequirementStatus string

const (
	RequirementMet    RequirementStatus = "met"
	RequirementMissed RequirementStatus = "missed"
	RequirementUnseen RequirementStatus = "cannot-be-seen" // From here.
)
