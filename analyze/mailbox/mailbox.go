// Package mailbox takes whatever a person has in hand apart into messages.
//
// Mail is handed in as it can be had: copied out of a window that wraps and quotes,
// saved by Outlook in a format of its own, attached to the mail of somebody who
// asks what it is, a million at a time in a mailbox. So an input is first cut into
// messages (Source.Split: mbox, archives, .msg, or one message), each of these is
// read, mended where copying had damaged it (Message.Damages), and the messages that
// are attached to it are taken out (Raw.Messages). What was done to the bytes on the
// way is told with them (Message.Fidelity, Repairs, Limits), for what a program wrote
// anew is no evidence of what a server wrote.
//
// A message is a header and a body with an empty line between them
// (RFC 5322 section 2.1). The header is a list of fields, and for someone who asks
// where a message came from the list is everything: its order (each server puts
// its own fields on top), its bytes (signatures and habits of software show in
// blanks, line ends and case) and the place of each byte in the file, since a
// finding that cannot be looked up is worth nothing. Libraries for reading mail
// keep none of these, and refuse the whole message for one bad line. So the
// header is read here, by a reader that keeps everything and refuses nothing that
// can be stepped over, and says what it stepped over (Message.Repairs) and what
// was too large to be kept (Message.Limits).
//
// What was written by a stranger stays as it was written: names and values are
// the bytes of the file, 8-bit and NUL bytes included. Only Field.Text and
// Field.Mailboxes decode, and they return valid UTF-8, but may well return control
// characters and bidirectional overrides: escaping is left to whoever prints.
//
// The package does not decide whether anything in a message is true.
package mailbox

import (
	"fmt"
	"io"
	"iter"
	"strings"

	"mailtrace/report"
)

// Bounds. What lies beyond one of the first four is left out with a
// report.Limit; the others are stated where they apply.
const (
	// MaxMessage is how many bytes of one message are read. Providers stop at
	// 150 MiB and less.
	MaxMessage = 256 << 20

	// MaxHeader is how many bytes the header may have; what follows counts as body.
	// Mail servers stop at 64 KiB to 1 MiB.
	MaxHeader = 8 << 20

	// MaxFields is how many fields are kept, the topmost.
	MaxFields = 10_000

	// MaxRepairs is how many repairs are told one by one.
	MaxRepairs = 100

	// MaxStray is how many lines in a row may be no field and still be followed by
	// the rest of the header. A longer run is the body of a message that lost its
	// empty line.
	MaxStray = 5

	// MaxText is how many bytes of a value Field.Text looks at, and how many it
	// returns.
	MaxText = 64 << 10

	// MaxMailboxes is how many mailboxes Field.Mailboxes returns.
	MaxMailboxes = 1_000

	// MaxAddressList is how many bytes of a value Field.Mailboxes looks at. Ten
	// thousand recipients fit in.
	MaxAddressList = 1 << 20
)

// Message is one message, or the header of one. It is not changed once it was
// read: any number of goroutines may use it.
type Message struct {
	Name        string   // What reports call the input.
	Offset      int64    // Of the message, as in Raw.
	Containers  []string // As in Raw.
	Input       *Input   // The input that it was taken from; nil when that is a stream, of which only the beginning was read.
	Part        int      // 0 for what the input itself is, N for the Nth message attached to it.
	Carrier     *Carrier // What it is attached to; nil when Part is 0.
	Fields      []Field  // In the order of the file: the topmost first.
	HeaderSize  int64    // Bytes before the body: the header with the empty line, and what was stepped over before it.
	Size        int64    // Bytes of the message, header and body; of a mended one as it was read after mending.
	SHA256      [32]byte // Of these bytes.
	Rebuilt     bool     // There was no header: one was made of what Outlook kept.
	Escaped     bool     // As in Raw.
	Fidelity    report.Fidelity
	FidelityWhy string          // One sentence.
	Damages     []Damage        // What copying had done to it, and was put right; nil for a message that was read as it is.
	Repairs     []report.Repair // Never nil. In order of lines.
	Limits      []report.Limit  // Never nil.

	content  chunks
	embedded []*attachment // The messages attached to it, found when it was read.
	closed   bool          // The last boundary of its multipart is there: nothing was cut off.
}

// Read reads one message from r, and none of those attached to it. The name is
// what reports and errors call the input; size is the number of bytes to expect, 0
// or less when that is not known: it saves memory, nothing depends on it.
//
// What is no message gives a *FormatError; any other error is r's. A damaged
// message is not an error: see Message.Repairs.
func Read(name string, r io.Reader, size int64) (*Message, error) {
	for w, err := range Split(name, r, size) {
		if err != nil {
			return nil, err
		}
		return w.message()
	}
	what := foreign(nil)
	what.Name = name
	return nil, what
}

// readText reads a message that is text.
func readText(w *Raw) (*Message, error) {
	m := &Message{
		Name: w.Name, Offset: w.Offset, Containers: w.Containers, Input: w.Input,
		SHA256: w.sum, Size: w.content.size, content: w.content, Escaped: w.Escaped,
		Repairs: []report.Repair{}, Limits: append([]report.Limit{}, w.limits...),
	}
	if what := foreign(m.content.head(0)); what != nil {
		what.Name = w.Name
		return nil, what
	}

	h := header{m: m}
	win := h.read()
	h.mbox = h.mbox || w.format == formatMailbox
	h.name(win)
	// What Outlook keeps was not copied by hand; what looks so in it was sent so.
	if w.format != formatMSG && h.size <= MaxMend && h.suspicious() {
		plain := h // So that h need not be allocated for every message.
		if mended := mend(w, &plain); mended != nil {
			mended.findAttached()
			return mended, nil
		}
	}
	if len(m.Fields) == 0 {
		return nil, noHeader(w.Name, win)
	}
	h.judge()
	m.findAttached()
	return m, nil
}

func (m *Message) limit(name string, value int64, text string) {
	m.Limits = append(m.Limits, report.Limit{Name: name, Value: value, Text: text})
}

func (w *Raw) limit(name string, value int64, text string) {
	w.limits = append(w.limits, report.Limit{Name: name, Value: value, Text: text})
}

// Body reads the bytes behind the header, undecoded. They are held in memory:
// every call starts anew, and no read fails.
func (m *Message) Body() io.Reader { return m.content.from(m.HeaderSize) }

// Raw reads all bytes of the message, header and body, as Body does.
func (m *Message) Raw() io.Reader { return m.content.from(0) }

// Field returns the topmost field of that name, in any case.
func (m *Message) Field(name string) (Field, bool) {
	for _, f := range m.Fields {
		if f.Is(name) {
			return f, true
		}
	}
	return Field{}, false
}

// All goes through the fields of that name, in any case, the topmost first.
func (m *Message) All(name string) iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for _, f := range m.Fields {
			if f.Is(name) && !yield(f) {
				return
			}
		}
	}
}

// Field is one header field as it stands in the file. In a message that was mended,
// Line and Place tell where it stands in the input, the other places are those in the
// mended text.
type Field struct {
	Name        string // As written, without blanks behind it. Printable ASCII.
	Key         string // Name in lower case.
	Value       string // What follows the colon, folding and all, without the last line end. Any bytes.
	Line        int    // From 1. Several fields may stand on one line of a mended message.
	Offset      int64  // Of the first byte of the field in the message. No two fields have the same.
	Length      int    // Bytes of the whole field, with the last line end.
	ValueOffset int64  // Of the first byte of Value in the message.
	Mended      bool   // Its line ends or its text were put right, so nothing rests on its exact form.

	places *lineMap // Nil in a message that was not mended.
}

// Place is where a byte of Value stands: its line, from 1, and its offset. In a
// mended message that is the place in the input; where the line does not stand there
// as it was read, it is the beginning of the line.
func (f Field) Place(i int) (line int, offset int64) {
	if f.places != nil {
		return f.places.place(f.ValueOffset + int64(i))
	}
	return f.Line + lineEnds(f.Value[:i]), f.ValueOffset + int64(i)
}

// lineEnds counts line ends: LF, CRLF, or CR alone.
func lineEnds(s string) int {
	n := strings.Count(s, "\n")
	for i := range len(s) {
		if s[i] == '\r' && (i+1 == len(s) || s[i+1] != '\n') {
			n++
		}
	}
	return n
}

// Is says whether the field has that name. Case does not matter
// (RFC 5322 section 1.2.2); nothing outside of ASCII is folded.
func (f Field) Is(name string) bool {
	if len(f.Name) != len(name) {
		return false
	}
	for i := range len(name) {
		a, b := f.Name[i], name[i]
		if a != b && (a|0x20 != b|0x20 || a|0x20 < 'a' || a|0x20 > 'z') {
			return false
		}
	}
	return true
}

// excerpt quotes the beginning of a line for a repair.
func excerpt(line []byte) string {
	const most = 60
	if len(line) > most {
		return fmt.Sprintf("%q and %d bytes more", line[:most], len(line)-most)
	}
	return fmt.Sprintf("%q", line)
}

func trimBlanks(s string) string { return strings.Trim(s, " \t\r\n") }
