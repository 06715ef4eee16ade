package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"
)

// MaxReport is how many bytes of JSON one report may have to be read again: a
// hundred times what a header of 500 Received fields of the usual length gives.
const MaxReport = 64 << 20

// MaxSchemaName is how much of a foreign schema name an error repeats.
const MaxSchemaName = 64

// usualReport is how many bytes of JSON hold most reports: room for them is made at
// once.
const usualReport = 32 << 10

// WriteJSON writes r as JSON and a line end: on one line, or indented for
// people. Lists are never null, "<" and "&" stay as they are, and bytes that are
// not UTF-8 become U+FFFD (evidence keeps them, see NewEvidence). One call is one
// Write, so reports that several goroutines write to one pipe stay whole.
func (r *Report) WriteJSON(w io.Writer, indent bool) error {
	var b []byte
	if memory, ok := w.(*bytes.Buffer); ok && !indent {
		memory.Grow(usualReport)
		b = memory.AvailableBuffer() // The Write below then finds its bytes in place.
	} else {
		b = make([]byte, 0, usualReport)
	}
	b = r.AppendJSON(b)
	if indent {
		var lines bytes.Buffer
		if err := json.Indent(&lines, b, "", "  "); err != nil {
			return fmt.Errorf("report as JSON: %w", err)
		}
		b = quietJSON(lines.Bytes())
	}
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("report as JSON: %w", err)
	}
	return nil
}

// quietJSON escapes what a terminal would obey or turn around and JSON lets stand: DEL,
// the C1 controls, and the marks of direction. Indented JSON is for people, at a
// terminal; the value is the same.
func quietJSON(b []byte) []byte {
	out, done := []byte(nil), 0
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == 0x7f || 0x80 <= r && r <= 0x9f || r == 0x200e || r == 0x200f || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 {
			out = fmt.Appendf(append(out, b[done:i]...), `\u%04x`, r)
			done = i + size
		}
		i += size
	}
	if done == 0 {
		return b
	}
	return append(out, b[done:]...)
}

// Read reads one report. Keys that it does not know are left out: a later
// mailtrace may have added them.
func Read(data []byte) (*Report, error) {
	if len(data) > MaxReport {
		return nil, errTooLong
	}
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, notJSON(err)
	}
	if head.Schema == nil {
		return nil, fmt.Errorf(`JSON, but no mailtrace report: it has no "schema"; %s`, hintMake)
	}
	if *head.Schema != Schema {
		name := *head.Schema
		if len(name) > MaxSchemaName {
			name = name[:MaxSchemaName]
		}
		return nil, fmt.Errorf("schema is %+q, and this mailtrace reads only %q; make the report anew with it, or use the mailtrace that wrote it",
			name, Schema)
	}
	r := new(Report)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, notJSON(err)
	}
	*r = r.complete()
	return r, nil
}

// ReadAll reads reports one after another, as "mailtrace trace --json" writes
// them for several messages: each on its line, or indented. JSON that is no
// report is an error, and reading goes on behind it; after an error of syntax or
// of reading there is no going on. It holds one report at a time, of at most
// MaxReport bytes.
func ReadAll(r io.Reader) iter.Seq2[*Report, error] {
	return readAll(&bounded{r: r, most: MaxReport})
}

func readAll(in *bounded) iter.Seq2[*Report, error] {
	return func(yield func(*Report, error) bool) {
		d := json.NewDecoder(in)
		for {
			in.start = d.InputOffset()
			var data json.RawMessage
			err := d.Decode(&data)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, notJSON(err))
				return
			}
			if !yield(Read(data)) {
				return
			}
		}
	}
}

// bounded stops a json.Decoder that has taken in the most bytes beyond start
// that a report may have, without finding its end.
type bounded struct {
	r     io.Reader
	most  int64
	read  int64 // Bytes so far.
	start int64 // Where the report being read begins.
}

func (b *bounded) Read(p []byte) (int, error) {
	room := b.start + b.most + 1 - b.read
	if room <= 0 {
		return 0, errTooLong
	}
	n, err := b.r.Read(p[:min(int64(len(p)), room)])
	b.read += int64(n)
	return n, err
}

const hintMake = "make one with: mailtrace trace --json MESSAGE >report.json"

var errTooLong = fmt.Errorf("longer than a report may be (%d MiB): is it one?", MaxReport>>20)

// notJSON says what is wrong with JSON that cannot be read, and what to do. The
// errors of encoding/json quote what they saw, so nothing raw gets through.
func notJSON(err error) error {
	if errors.Is(err, errTooLong) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("no whole report: it ends too early; %s", hintMake)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("no JSON, so no report: %w (byte %d); %s", err, syntax.Offset, hintMake)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("no mailtrace report: %q is a %+q; %s", kind.Field, kind.Value, hintMake)
	}
	return fmt.Errorf("report: %w", err)
}
