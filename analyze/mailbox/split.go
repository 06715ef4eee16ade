package mailbox

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"slices"
)

// Source is an input to be cut into messages.
type Source struct {
	Name   string // What reports call it.
	Reader io.Reader
	Size   int64 // The bytes to expect, 0 or less when that is not known.

	// At reads the same bytes at any place; nil when that cannot be done. With it and
	// Size, ZIP archives of any size are read; without, small ones.
	At io.ReaderAt

	// Input is what is known of all of it, for messages taken out of a container:
	// its sum cannot be known before its end. See IsContainer.
	Input *Input
}

// HeadSize is how many bytes at the beginning of an input tell what it is.
const HeadSize = 4 << 10

const (
	// maxPreamble is how many bytes may stand before the first line that looks like
	// a field, in whatever dress: a ticket has pages of text before the header that
	// someone quotes in it. An input that goes on behind that without one is not
	// read to its end, which it may not have.
	maxPreamble = 1 << 20

	// maxPacked is how many archives may be in one another: a tar.gz in a ZIP is three.
	maxPacked = 4
)

// Split cuts an input into messages. It is Source.Split for an input of which no
// more is known.
func Split(name string, r io.Reader, size int64) iter.Seq2[*Raw, error] {
	return Source{Name: name, Reader: r, Size: size}.Split()
}

// Split cuts the input into messages, in their order. What it is, is told by its
// bytes: an mbox, an archive (gzip, bzip2, ZIP, tar) of messages or of more of these,
// an Outlook .msg file, and anything else is one message, or will be found to be none
// by Raw.Messages. It holds one message at a time.
//
// An error is an *InputError. It is about what stands at its place, and more
// messages may follow.
func (in Source) Split() iter.Seq2[*Raw, error] {
	return func(yield func(*Raw, error) bool) {
		s := &splitter{yield: yield, input: in.Input}
		s.split(spot{name: in.Name}, in.Reader, in.At, in.Size)
	}
}

// kind is what an input is.
type kind int

const (
	kindText kind = iota // Or not known.
	kindMbox
	kindMSG
	kindGzip
	kindBzip2
	kindZip
	kindTar
)

// IsContainer says of the beginning of an input, HeadSize bytes or all there are,
// whether messages are taken out of it: then the sum of a message is not that of
// the input, and whoever wants the latter has to give it to Source.
func IsContainer(head []byte) bool {
	k := recognise(head)
	return k != kindText && k != kindMSG
}

func recognise(head []byte) kind {
	head = head[:min(len(head), HeadSize)]
	// The "magic" of tar stands in the middle of its first block, at byte 257.
	const magic = 257
	switch {
	case isOLE(head):
		return kindMSG
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return kindGzip
	case bytes.HasPrefix(head, []byte("BZh")) && len(head) > 10 && string(head[4:10]) == "1AY&SY":
		return kindBzip2
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return kindZip
	case len(head) > magic+5 && string(head[magic:magic+5]) == "ustar" && bytes.IndexByte(head[:magic], 0) >= 0:
		return kindTar
	case isMbox(head):
		return kindMbox
	}
	return kindText
}

// splitter cuts one input.
type splitter struct {
	yield func(*Raw, error) bool
	input *Input

	in, out int64            // Bytes that came in, and bytes that they were unpacked to, at every level.
	members int              // Of all archives.
	names   map[uint64]int32 // Of members, see once: how many there are of each.
	seed    maphash.Seed
	over    error // Set when a bound on the whole input was reached: nothing follows.
}

// spot is a place in an input.
type spot struct {
	name       string
	containers []string
	packed     int // How many formats that pack are around it.
}

// within is the same place inside of a container.
func (p spot) within(container string) spot {
	p.containers = append(slices.Clip(p.containers), container)
	return p
}

func (s *splitter) fail(at spot, offset int64, err error) bool {
	return s.yield(nil, &InputError{Name: at.name, Offset: offset, Err: err})
}

// refuse fails with what was found in place of a message.
func (s *splitter) refuse(at spot, offset int64, what, hint string) bool {
	return s.fail(at, offset, &FormatError{Name: at.name, What: what, Hint: hint})
}

// split cuts what r has. It returns false when no more is asked for.
func (s *splitter) split(at spot, r io.Reader, random io.ReaderAt, size int64) bool {
	var c chunks
	// In most cases this is the one read of the one chunk of a message.
	ended, err := c.grow(r, min(c.next(size), maxPreamble))
	if c.size == size && err == nil {
		ended, r, err = atEnd(r)
	}
	kind := recognise(c.head(0))
	if kind == kindText || kind == kindMSG {
		w := &Raw{Name: at.name, Containers: at.containers, Input: s.input, content: c, whole: at.packed == 0}
		if kind == kindMSG {
			w.format, w.Containers = formatMSG, at.within("msg").containers
		}
		return s.one(at, w, r, size, ended, err)
	}
	if kind == kindMbox && ended && err == nil {
		return s.mbox(at.within("mbox"), &mbox{buf: c.parts[0], err: io.EOF, still: true})
	}
	if err != nil {
		r = failing{err}
	}
	if at.packed == 0 {
		s.in = c.size
		r = &counter{r, &s.in}
	}
	r = io.MultiReader(c.from(0), r)
	if kind == kindMbox {
		return s.mbox(at.within("mbox"), &mbox{r: r, buf: make([]byte, 0, mboxBuffer)})
	}
	if at.packed++; at.packed > maxPacked {
		return s.refuse(at, 0, fmt.Sprintf("an archive in %d others", maxPacked), "unpack the outer ones and name what is inside")
	}
	switch kind {
	case kindZip:
		return s.zip(at.within("zip"), r, random, size)
	case kindTar:
		return s.tar(at.within("tar"), r)
	}
	return s.unpack(at, kind, r)
}

// one yields what is one message, or is taken for one. The beginning was read.
func (s *splitter) one(at spot, w *Raw, r io.Reader, size int64, ended bool, err error) bool {
	c := &w.content
	for !ended && err == nil && c.size < maxPreamble {
		ended, err = c.grow(r, min(c.next(size), maxPreamble-c.size))
	}
	cut := false
	if !ended && err == nil {
		if w.format == formatText && !c.anyField() {
			return s.hopeless(at, c.head(maxPreamble))
		}
		if size > c.size {
			ended, err = c.enlarge(r, min(size, MaxMessage))
		}
		if !ended && err == nil {
			cut, err = c.fill(r, size, MaxMessage, nil)
		}
	}
	if cut {
		w.limit("mailbox.MaxMessage", MaxMessage, "the rest of the message was not read")
	}
	if err == nil {
		w.whole = w.whole && !cut
		return s.yield(w, nil)
	}
	err = fmt.Errorf("read message: %w", err)
	if at.packed == 0 || c.size == 0 || s.over != nil {
		return s.fail(at, 0, err)
	}
	// What could be unpacked has the header, as a rule.
	w.brokenOff()
	return s.yield(w, nil) && s.fail(at, c.size, err)
}

// brokenOff notes that the input ended in an error inside of the message.
func (w *Raw) brokenOff() {
	w.whole = false
	w.limit("end of input", w.content.size, "the input cannot be read beyond this byte: the rest of the message is missing")
}

// hopeless refuses an endless input by its beginning.
func (s *splitter) hopeless(at spot, head []byte) bool {
	what := foreign(head)
	if what == nil {
		what = noHeader(at.name, head)
	}
	what.Name = at.name
	return s.fail(at, 0, what)
}

// atEnd asks for one more byte: no reader knows that it is at its end before that.
func atEnd(r io.Reader) (bool, io.Reader, error) {
	probe := make([]byte, 1)
	n, err := full(r, probe)
	if n == 0 {
		return err == nil, r, err
	}
	return false, io.MultiReader(bytes.NewReader(probe), r), err
}

// counter counts the bytes that are read.
type counter struct {
	r io.Reader
	n *int64
}

func (c *counter) Read(buf []byte) (int, error) {
	n, err := c.r.Read(buf)
	*c.n += int64(n)
	return n, err
}

// failing is a reader that is at an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
