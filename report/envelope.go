package report

// Envelope is what is known of the addresses with which servers handed the
// message on, as opposed to those that its author wrote for the reader.
type Envelope struct {
	Addresses []EnvelopeAddress `json:"addresses"`
	Addressed *bool             `json:"addressed"` // Whether a recipient of the envelope stands in To or Cc; null when none is known.
	Way       EnvelopeWay       `json:"way"`
	Why       string            `json:"why"` // What Way was inferred from.
}

// EnvelopeAddress is one address of the envelope, and where it was written down.
type EnvelopeAddress struct {
	Role     EnvelopeRole `json:"role"`
	Address  string       `json:"address"`  // "<>" for the null reverse-path.
	Line     int          `json:"line"`     // Of the field.
	Hop      *int         `json:"hop"`      // Number of the hop that wrote it down; null when it stands in a field of its own.
	Standing Standing     `json:"standing"` // Of that line: whose word it is that this was the address.
	Form     string       `json:"form"`     // Name of the coding in which it is written, e.g. "srs0"; "" when in none that is known.
	Decoded  string       `json:"decoded"`  // The address in it; "" when there is none.
	Meaning  string       `json:"meaning"`  // What it says, in plain words; "" when it says itself.
}

// EnvelopeRole says what an address of the envelope is.
type EnvelopeRole string

const (
	EnvelopeReturnPath  EnvelopeRole = "return-path"   // Where bounces go, as the final delivery wrote it.
	EnvelopeFrom        EnvelopeRole = "envelope-from" // The same, as recorded at the handover.
	EnvelopeDeliveredTo EnvelopeRole = "delivered-to"
	EnvelopeOriginalTo  EnvelopeRole = "x-original-to"
	EnvelopeTo          EnvelopeRole = "envelope-to"
	EnvelopeForwardedTo EnvelopeRole = "x-forwarded-to"
	EnvelopeFor         EnvelopeRole = "for" // The clause of a hop that is observed.
)

// EnvelopeWay says how a message came to its recipient.
type EnvelopeWay string

const (
	WayUnknown EnvelopeWay = ""        // No recipient of the envelope is known.
	WayDirect  EnvelopeWay = "direct"  // The recipient stands in To or Cc.
	WayList    EnvelopeWay = "list"    // Over a mailing list.
	WayForward EnvelopeWay = "forward" // Sent on from another address.
	WayHidden  EnvelopeWay = "hidden"  // Neither: a blind copy, or an alias that left no trace.
)

// Account is a key by which the operator of a service finds the customer that sent
// the message. One from a claimed line may accuse a bystander.
type Account struct {
	What     string   `json:"what"` // What the key is, in plain words.
	Key      string   `json:"key"`
	Field    string   `json:"field"` // Name of the field in which it was read.
	Line     int      `json:"line"`
	Hop      *int     `json:"hop"`      // Number of the hop, where the field is Received; else null.
	Standing Standing `json:"standing"` // Of that line; empty while no boundary is known.
}
