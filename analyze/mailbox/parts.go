package mailbox

import "iter"

// attachments goes through the parts of a message that are messages.
func (m *Message) attachments() iter.Seq[*attachment] {
	return func(yield func(*attachment) bool) {}
}
