package mailbox

import (
	"fmt"

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

	decoded bool // The message was encoded in the carrier, or the carrier was: see attachment.open.
}

// attachment is a part of a message that is, or holds, a message.
type attachment struct {
	raw     Raw
	carrier Carrier

	// Of a part that was found in a MIME structure; zero in those of a .msg file.
	part     part
	encoding encoding
	less     string // Why it is less than the message; "" when nothing says so.
	rewrote  string // Why the attached bytes are not the original's; "" when nothing says so.
}

// walk goes through messages in messages.
type walk struct {
	left  int // How many more may be reported.
	yield func(*Message, error) bool
}

// descend reads the messages attached to m, depth first, until yield says no. Each
// level scans its part of the input anew, so the work is that of MaxDepth scans.
func (m *Message) descend(depth int, yield func(*Message, error) bool) bool {
	w := walk{left: MaxAttached - len(m.embedded), yield: yield}
	return w.down(m, depth)
}

func (w *walk) down(m *Message, depth int) bool {
	if depth == MaxDepth {
		return true
	}
	for a := range m.attachments() {
		inner, err := a.raw.message()
		if err != nil {
			if !w.yield(nil, err) {
				return false
			}
			continue
		}
		inner.Carrier = &a.carrier
		a.judge(inner)
		w.trim(inner, depth+1)
		if !w.yield(inner, nil) || !w.down(inner, depth+1) {
			return false
		}
	}
	return true
}

// trim leaves out what is attached to m beyond the bounds. What stays has its
// place among MaxAttached: so m can tell what was left out before it is reported,
// and nothing that it holds is left out later.
func (w *walk) trim(m *Message, depth int) {
	n := len(m.embedded)
	switch {
	case n == 0:
	case depth == MaxDepth:
		m.embedded = nil
		m.limit("mailbox.MaxDepth", MaxDepth, fmt.Sprintf("messages attached to this one are too deep in others and were left out: %d", n))
	case n > w.left:
		m.embedded = m.embedded[:max(w.left, 0)]
		m.limit("mailbox.MaxAttached", MaxAttached, fmt.Sprintf("%d more attached messages were left out", n-len(m.embedded)))
	}
	w.left -= len(m.embedded)
}
