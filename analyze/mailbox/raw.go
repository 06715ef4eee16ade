package mailbox

import (
	"fmt"
	"iter"

	"mailtrace/report"
)

// Raw is what one message, or what stands for one, is in an input, before anyone
// looked into it. It holds its bytes. One goroutine may use it, whichever that is.
type Raw struct {
	Name       string   // What reports call the input.
	Offset     int64    // Of the first byte, in the input or in the innermost container.
	Containers []string // What it was taken out of, the outermost first; see report.Source.
	Input      *Input   // The input that it was taken from, as far as Source told. That of its messages is known also when it is the whole input.

	// Escaped says that the body has lines like ">From ". In an mbox some program may
	// have put the ">" there, and then a signature over the body fails; or it may not:
	// the bytes are left as they are.
	Escaped bool

	format  format
	content chunks
	sum     [32]byte       // SHA-256 of content; zero until message is called.
	whole   bool           // It is all of the input.
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
// *AttachedError is about one of these, and more may follow; any other error is about
// the message itself, and nothing follows it.
func (w *Raw) Messages() iter.Seq2[*Message, error] {
	return func(yield func(*Message, error) bool) {
		m, err := w.message()
		if !yield(m, err) || err != nil {
			return
		}
		part := 0
		m.descend(0, func(inner *Message, err error) bool {
			part++
			if err != nil {
				return yield(nil, &AttachedError{Part: part, Err: err})
			}
			inner.Part = part
			return yield(inner, nil)
		})
	}
}

// AttachedError says that a message which is attached to another one cannot be read.
type AttachedError struct {
	Part int // As in Message.
	Err  error
}

func (e *AttachedError) Error() string { return fmt.Sprintf("part %d: %v", e.Part, e.Err) }
func (e *AttachedError) Unwrap() error { return e.Err }

// message reads the message itself. The sum is made here and not where the input
// is cut: one goroutine cuts, many read.
func (w *Raw) message() (*Message, error) {
	if w.sum == [32]byte{} {
		w.sum = w.content.sum()
	}
	if w.whole && w.Input == nil {
		w.Input = &Input{SHA256: w.sum, Size: w.content.size}
	}
	if w.format == formatMSG {
		return readMSG(w)
	}
	return readText(w)
}
