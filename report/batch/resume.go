package batch

import (
	"bufio"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"unicode/utf8"

	"mailtrace/report"
)

// Progress is what an earlier run wrote, for one that goes on from there. Of every
// message it keeps some thirty bytes, whatever the length of its report.
//
// A run over messages writes reports in the order of its input, and those on the messages
// attached to one right behind it. So all but the last message are done, and the
// last one may lack some of its parts. A message is known by target and offset; the
// same twice (a file that is named twice, or a directory and a file in it) are two
// messages, and counted.
//
// A run over domains writes one report on each, in any order, so a domain that has one
// is done; Probed says so.
type Progress struct {
	Reports int   // Whole reports in the output.
	Failed  int   // Those of them with an error: the exit code of the whole run depends on them.
	Whole   int64 // Bytes from the beginning that are whole lines. What follows was torn off: the file is to be cut there.

	seeds [2]maphash.Seed
	left  map[key]int32 // Messages that Next was not asked for yet.

	probed map[key]struct{} // Domains and servers.

	last      key
	lastParts map[int64]bool // Nil: there is no report.
}

// key stands for target and offset of a message: a hash of 128 bits, with seeds of
// this process, so that nobody can write two inputs that have the same one.
type key [2]uint64

// Done reads the JSON Lines that an earlier run wrote. A last line that has no end
// was torn off when that run was killed, and is left out; anything else that is no
// report is an error, with its line.
func Done(r io.Reader) (*Progress, error) { return done(r, report.MaxReport) }

// done is Done with the bytes that a line may have.
func done(r io.Reader, most int) (*Progress, error) {
	p := &Progress{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, left: map[key]int32{}, probed: map[key]struct{}{}}
	in := bufio.NewReaderSize(r, 256<<10)
	var long []byte
	for number := 1; ; number++ {
		line, err := readLine(in, &long, most)
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil && !errors.Is(err, errTooLong) {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		var h head
		if err == nil {
			h, err = readHead(line[:len(line)-1])
		}
		if err != nil {
			return nil, resumeError(number, err)
		}
		p.add(h)
		p.Whole += int64(len(line))
	}
}

// readLine reads a line with its end; io.EOF is also the error where there is none.
// Long is for lines that do not fit into the buffer of in.
func readLine(in *bufio.Reader, long *[]byte, most int) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err == nil {
		return line, nil
	}
	*long = (*long)[:0]
	for errors.Is(err, bufio.ErrBufferFull) {
		if *long = append(*long, line...); len(*long) > most {
			return nil, errTooLong
		}
		line, err = in.ReadSlice('\n')
	}
	if *long = append(*long, line...); err == nil && len(*long) > most+1 {
		err = errTooLong
	}
	return *long, err
}

// ResumeError says that a line of an output is no report.
type ResumeError struct {
	Line int    // From 1.
	What string // What is wrong with it.
	Hint string // What to do.

	err error
}

func (e *ResumeError) Error() string { return fmt.Sprintf("line %d: %s; %s", e.Line, e.What, e.Hint) }
func (e *ResumeError) Unwrap() error { return e.err }

func resumeError(line int, err error) *ResumeError {
	hint := "name the file that mailtrace wrote with --json, as it was written, or begin anew with another file"
	switch {
	case errors.Is(err, errIndented):
		hint = "a run can go on only from one report per line: --json >OUTPUT writes that"
	case errors.Is(err, errForeign):
		hint = "go on with the mailtrace that wrote it, or begin anew with another file"
	}
	return &ResumeError{Line: line, What: err.Error(), Hint: hint, err: err}
}

func (p *Progress) key(target string, offset int64) key {
	if !utf8.ValidString(target) {
		target = string([]rune(target)) // As JSON holds it, see report.WriteJSON: U+FFFD for each byte.
	}
	var k key
	for i := range k {
		var h maphash.Hash
		h.SetSeed(p.seeds[i])
		_, _ = h.WriteString(target) // It has no errors.
		maphash.WriteComparable(&h, offset)
		k[i] = h.Sum64()
	}
	return k
}

func (p *Progress) add(h head) {
	p.Reports++
	if h.failed {
		p.Failed++
	}
	k := p.key(h.target, h.offset)
	if h.kind == string(report.KindProbe) {
		p.probed[k] = struct{}{}
		return
	}
	if p.lastParts == nil || k != p.last || p.lastParts[h.part] {
		p.last, p.lastParts = k, map[int64]bool{}
		p.left[k]++
	}
	p.lastParts[h.part] = true
}

// Written is what an earlier run wrote of one message.
type Written struct {
	some, all bool
	parts     map[int64]bool
}

// Next is what was written of the next message of a run. It has to be asked for every
// message once, in the order of the input, before any work on the message is done;
// by one goroutine. An input that failed is a message at the offset of its report.
func (p *Progress) Next(target string, offset int64) Written {
	k := p.key(target, offset)
	n := p.left[k]
	switch {
	case n == 0:
		return Written{}
	case n > 1:
		p.left[k] = n - 1
	default:
		delete(p.left, k)
	}
	// The last message of the output is the last one of its name.
	if n == 1 && k == p.last {
		return Written{some: true, parts: p.lastParts}
	}
	return Written{some: true, all: true}
}

// Probed says whether there is a report on a domain or server of that name.
func (p *Progress) Probed(target string) bool {
	_, is := p.probed[p.key(target, 0)]
	return is
}

// All says that nothing is left to do for the message.
func (w Written) All() bool { return w.all }

// Started says that at least one report on the message was written.
func (w Written) Started() bool { return w.some }

// Has says whether the report on a part was written.
func (w Written) Has(part int) bool { return w.all || w.parts[int64(part)] }

// Left is how many messages of the earlier run Next was not asked for. At the end of
// a run there are none, unless its input is another one than that of the earlier run.
func (p *Progress) Left() int {
	n := 0
	for _, count := range p.left {
		n += int(count)
	}
	return n
}
