package mailbox

import (
	"iter"

	"mailtrace/report"
)

// Raw is what one message, or what stands for one, is in an input, before anyone
// looked into it. It holds its bytes, and is not changed once it was made.
type Raw struct {
	Name       string   // What reports call the input.
	Offset     int64    // Of the first byte, in the input or in the innermost container.
	Containers []string // What it was taken out of, the outermost first; see report.Source.
	Input      *Input   // The input that it was taken from; nil when that is a stream, of which only the beginning was read.

	format  format
	content chunks
	sum     [32]byte       // SHA-256 of content.
	storage *storage       // Of a message that lies in a .msg file and has no content of its own.
	limits  []report.Limit // What was cut off.
}

// Input is what is known of the whole of an input.
type Input struct {
	SHA256 [32]byte
	Size   int64
}

// format is what the bytes of a Raw are.
type format int

const (
	formatText    format = iota // A message, a header, or text with one of these in it.
	formatMailbox               // A message out of an mbox, without the line in front of it.
	formatMSG                   // An Outlook .msg file.
)

// Size is the number of bytes.
func (w *Raw) Size() int64 { return w.content.size }

// Messages takes the bytes apart: first comes the message itself (Part 0), then
// those attached to it, each before those that are attached to it in turn. An
// error is about the message itself, and nothing follows it.
func (w *Raw) Messages() iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		m, err := w.message()
		if !yield(m, err) || err != nil {
			return
		}
		part := 0
		m.descend(0, func(inner *Message) bool {
			part++
			inner.Part = part
			return yield(inner, nil)
		})
	}
}

// message reads the message itself.
func (w *Raw) message() (*Message, error) {
	if w.format == formatMSG {
		return readMSG(w)
	}
	return readText(w)
}
