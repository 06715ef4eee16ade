package mailbox

import (
	"mailtrace/report"
)

// MaxDepth is how deep messages are looked for in messages.
const MaxDepth = 8

// Carrier is how a message is attached to another one.
type Carrier struct {
	Message     *Message
	Kind        report.CarrierKind
	Why         string // What Kind was decided on.
	ContentType string // Of the part, e.g. "message/rfc822"; "" in .msg files.
}

// attachment is a part of a message that is, or holds, a message.
type attachment struct {
	raw     Raw
	carrier Carrier
}

// descend reads the messages attached to m, depth first, until yield says no.
func (m *Message) descend(depth int, yield func(*Message) bool) bool {
	if depth == MaxDepth {
		return true
	}
	for a := range m.attachments() {
		inner, err := a.raw.message()
		if err != nil {
			continue
		}
		inner.Carrier = &a.carrier
		if !yield(inner) || !inner.descend(depth+1, yield) {
			return false
		}
	}
	return true
}
