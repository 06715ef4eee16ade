package dns

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A recording is JSON Lines: for each message a Header, and after it an Entry for each
// question that was asked about it. Recordings can be written one after the other.

// recordingSchema stands in every header.
const recordingSchema = "mailtrace-dns/1"

// Bounds of a recording. It may come from someone else, together with a message.
const (
	maxRecording = 256 << 20 // Bytes.

	// maxEntry is for one line: 64 KiB of answer, of which each octet is \\255 at
	// worst, and the names of its aliases.
	maxEntry = 1 << 20
)

// Header is the first line of what was recorded for one message.
type Header struct {
	Schema  string    `json:"schema"`
	Message string    `json:"message"` // Its SHA-256, in hexadecimal.
	Made    time.Time `json:"made"`
	Asked   int       `json:"asked"` // How many entries follow.
}

// Save writes what was kept for the message with that SHA-256.
func (r *Recorder) Save(w io.Writer, message string, made time.Time) error {
	entries := r.Entries()
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	h := Header{recordingSchema, strings.ToLower(message), made.UTC().Round(0), len(entries)}
	if err := enc.Encode(h); err != nil {
		return fmt.Errorf("write the DNS recording: %w", err)
	}
	for i := range entries {
		if err := enc.Encode(&entries[i]); err != nil {
			return fmt.Errorf("write the DNS recording: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the DNS recording: %w", err)
	}
	return nil
}

// Recording is what Load has read: a Replay for each message.
type Recording struct {
	replays []*Replay
}

// Replay answers from what was recorded for one message, and asks nobody.
type Replay struct {
	Header Header

	kept map[question]outcome
}

// Load reads what Save has written, once or several times.
func Load(r io.Reader) (*Recording, error) {
	limited := &io.LimitedReader{R: r, N: maxRecording + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, maxEntry)
	rec := &Recording{}
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		if err := rec.read(line); err != nil {
			return nil, fmt.Errorf("DNS recording, line %d: %w", number, err)
		}
	}
	switch err := lines.Err(); {
	case limited.N == 0:
		return nil, fmt.Errorf("DNS recording: longer than %d bytes", maxRecording)
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("DNS recording, line %d: longer than %d bytes", number+1, maxEntry)
	case err != nil:
		return nil, fmt.Errorf("DNS recording: %w", err)
	}
	if err := rec.complete(); err != nil {
		return nil, fmt.Errorf("DNS recording: %w", err)
	}
	return rec, nil
}

// read takes one line.
func (rec *Recording) read(line []byte) error {
	var v struct {
		Header
		Entry
	}
	if err := json.Unmarshal(line, &v); err != nil {
		return fmt.Errorf("it is not JSON as --dns-record writes it: %w", err)
	}
	if v.Schema != "" {
		if v.Schema != recordingSchema {
			return fmt.Errorf("the schema is %q, and %q is read here", v.Schema, recordingSchema)
		}
		if err := rec.complete(); err != nil && len(rec.replays) > 0 {
			return err
		}
		v.Message = strings.ToLower(v.Message)
		rec.replays = append(rec.replays, &Replay{Header: v.Header, kept: map[question]outcome{}})
		return nil
	}
	if len(rec.replays) == 0 {
		return errors.New("it does not begin with a header; give a file that --dns-record wrote")
	}
	q, o, err := v.Entry.outcome()
	if err != nil {
		return fmt.Errorf("%s %s: %w", shown(v.Name), shown(v.Type), err)
	}
	r := rec.replays[len(rec.replays)-1]
	if _, twice := r.kept[q]; twice {
		return fmt.Errorf("%s %s stands twice in it", q.name, q.typ)
	}
	r.kept[q] = o
	return nil
}

// complete finds out whether the end is missing of what was read last: half of the
// answers would make another report.
func (rec *Recording) complete() error {
	if len(rec.replays) == 0 {
		return errors.New("there is nothing in it; give a file that --dns-record wrote")
	}
	r := rec.replays[len(rec.replays)-1]
	if len(r.kept) != r.Header.Asked {
		return fmt.Errorf("it should hold %d answers and holds %d: a part is missing", r.Header.Asked, len(r.kept))
	}
	return nil
}

// For gives what was recorded for the message with that SHA-256, in hexadecimal. Of
// several answers to one question about it the first counts: one that was attached
// may be asked about otherwise than one that came by itself.
func (rec *Recording) For(message string) (*Replay, error) {
	var found *Replay
	for _, r := range rec.replays {
		switch {
		case !strings.EqualFold(r.Header.Message, message):
		case found == nil:
			found = &Replay{r.Header, maps.Clone(r.kept)}
		default:
			for q, o := range r.kept {
				if _, ok := found.kept[q]; !ok {
					found.kept[q] = o
				}
			}
		}
	}
	if found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("the DNS answers were recorded for another message (sha256 %s), not for this one (%s)",
		shown(rec.replays[0].Header.Message), shown(message))
}

// Lookup answers what was asked then.
func (r *Replay) Lookup(_ context.Context, name string, t Type) (*Answer, error) {
	q, bad := newQuestion(name, t)
	if bad != nil {
		return nil, bad
	}
	o, ok := r.kept[q]
	if !ok {
		return nil, q.fail("", NotKept, nil)
	}
	return o.result()
}

// outcome reads an entry again.
func (e *Entry) outcome() (question, outcome, error) {
	t, ok := ParseType(e.Type)
	if !ok {
		return question{}, outcome{}, errors.New("it is no record type that is known here")
	}
	q, bad := newQuestion(e.Name, t)
	switch {
	case bad != nil:
		return question{}, outcome{}, bad.Err
	case len(e.Answers) > maxRecords || len(e.Alias) > 2*maxAliases:
		return question{}, outcome{}, errors.New("it has more records than an answer can have")
	case e.Status == Failed:
		f, err := e.failure(q)
		return q, outcome{fail: f}, err
	}
	a, err := e.answer(q)
	return q, outcome{answer: a}, err
}

func (e *Entry) failure(q question) (*Error, error) {
	if !slices.Contains(causes, e.Cause) {
		return nil, fmt.Errorf("%q is no cause of a failure", shown(string(e.Cause)))
	}
	f := q.fail(e.Server, e.Cause, nil)
	f.Time = e.Time.UTC()
	if e.Secure == Bogus {
		f.Secure = Bogus
	}
	if e.Error != "" {
		f.Err = errors.New(printable(e.Error))
	}
	return f, nil
}

var causes = []Cause{Timeout, ServFail, Refused, Malformed, Network, Canceled, AliasLoop, BadName, Offline, NotKept, OverLimit, Withheld}

func (e *Entry) answer(q question) (*Answer, error) {
	a := &Answer{Name: q.name, Type: q.typ, Status: e.Status, Secure: e.Secure, Server: e.Server, Time: e.Time.UTC(), Signed: e.Signed.UTC(), Expires: e.Expires.UTC(), Why: printable(e.Why)}
	switch {
	case e.Status != Found && e.Status != NXDomain && e.Status != NoData:
		return nil, fmt.Errorf("%q is no status", shown(string(e.Status)))
	case (e.Status == Found) != (len(e.Answers) > 0):
		return nil, fmt.Errorf("it is %q with %d answers", e.Status, len(e.Answers))
	case e.Secure != SecureYes && e.Secure != Insecure && e.Secure != Unverified:
		return nil, fmt.Errorf("%q is no word for what DNSSEC says of an answer", shown(string(e.Secure)))
	case e.TTL < 0 || e.TTL > 1<<31-1:
		return nil, fmt.Errorf("%d is no time to live", e.TTL)
	}
	a.TTL = time.Duration(e.TTL) * time.Second
	for _, alias := range e.Alias {
		name, err := canonical(alias)
		if err != nil {
			return nil, err
		}
		a.Alias = append(a.Alias, name)
	}
	for _, s := range e.Answers {
		r, err := parseRecord(q.typ, s)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", shown(s), err)
		}
		a.Records = append(a.Records, r)
	}
	return a, nil
}

// printable makes what is beneath an error fit for JSON. It is our own text, or that of
// the system.
func printable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return escape([]byte(s))
}
