package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// DKIMSecond is what emersion/go-msgauth says of one signature: a second opinion.
type DKIMSecond struct {
	Status     Status         // Undecided where it was not asked, or gave no verdict.
	Problem    string         // In its words, or why it was not asked; "" for none.
	Difference DKIMDifference // Its class.
}

// Bounds on what go-msgauth is given. It looks through all fields for every name of
// h=, copies a field again for each of its lines, and a run of blank lines for each
// piece of the body that it reads.
const (
	maxSecondHeader = 256 << 10 // Bytes of header.
	maxSecondFields = 2_000
	maxSecondNames  = 200       // Of one h=.
	maxSecondBlanks = 64 << 10  // Bytes of a body with nothing but blanks and line ends.
	maxSecondPicks  = 1 << 20   // Names times fields, over all signatures.
	maxSecondFolds  = 256 << 20 // Bytes of a field times its lines, over all fields and signatures.
	maxSecondBodies = 16 << 20  // Bytes of body, over all signatures.
	maxSecondWords  = 200       // Bytes of its words that are kept: it quotes the message.
)

// SecondDKIM lets go-msgauth judge each signature of a message on the answers that the
// first check got: it cannot ask anyone. There is one opinion for each of first.DKIM.
func SecondDKIM(m *mailbox.Message, first *Signatures) []DKIMSecond {
	out := make([]DKIMSecond, len(first.DKIM))
	w := newSecondDKIM(m, first)
	for i := range out {
		s := &first.DKIM[i]
		why := w.refusal
		if why == "" {
			why = w.afford(s)
		}
		if why != "" {
			out[i] = DKIMSecond{Status: Undecided, Problem: "not asked: " + why}
			continue
		}
		out[i] = w.judge(s)
	}
	return out
}

// secondDKIM is the work on one message.
type secondDKIM struct {
	m       *mailbox.Message
	header  []byte // The bytes before the body.
	keys    keptKeys
	refusal string // Why nothing is asked; "" when it is.

	folds                int // Of one reading of the header.
	picks, folded, bytes int // Spent so far.
}

func newSecondDKIM(m *mailbox.Message, first *Signatures) *secondDKIM {
	w := &secondDKIM{m: m, keys: keptKeys{}}
	switch {
	case len(first.DKIM) == 0:
		return w
	case m.Fidelity != report.AsReceived:
		w.refusal = "the message is not as it was received"
	case len(m.Limits) > 0:
		w.refusal = "the message was too large to be read whole"
	case m.HeaderSize > maxSecondHeader || len(m.Fields) > maxSecondFields:
		w.refusal = "the header is too large for it"
	case m.Size-m.HeaderSize > maxSecondBodies:
		w.refusal = "the body is too large for it"
	case m.Size-m.HeaderSize > maxSecondBlanks && blankRun(m.Body()) > maxSecondBlanks:
		w.refusal = "the body has too many blank lines for it"
	}
	if w.refusal != "" {
		return w
	}
	w.header = make([]byte, m.HeaderSize)
	// No read fails.
	_, _ = io.ReadFull(m.Raw(), w.header)
	for i := range m.Fields {
		w.folds += m.Fields[i].Length * strings.Count(m.Fields[i].Value, "\n")
	}
	for i := range first.DKIM {
		if s := &first.DKIM[i]; s.kept != nil {
			w.keys[s.keyName] = s.kept
		}
	}
	return w
}

// afford says why one more signature is not asked about; "" when it is.
func (w *secondDKIM) afford(s *Signature) string {
	names := s.names
	if names == "" {
		names = s.field // It may find an h= where none was found here.
	}
	count := strings.Count(names, ":") + 1
	if count > maxSecondNames {
		return "the signature names too many fields for it (h=)"
	}
	if s.kept != nil && s.kept.err == nil {
		for i := range s.kept.answer.Records {
			if len(s.kept.answer.Records[i].Text) > MaxKeyRecord || i < len(s.kept.keys) && s.kept.keys[i].Bits > MaxKeyBits {
				return "the key is too large for it"
			}
		}
	}
	w.picks += count * len(w.m.Fields)
	w.folded += w.folds
	w.bytes += int(w.m.Size - w.m.HeaderSize)
	if w.picks > maxSecondPicks || w.folded > maxSecondFolds || w.bytes > maxSecondBodies {
		return "the signatures of this message are too much work for it"
	}
	return ""
}

// judge asks about one signature. A panic in go-msgauth is no end of ours; with several
// signatures at a time it would be in a goroutine, where nobody can recover it.
func (w *secondDKIM) judge(s *Signature) (out DKIMSecond) {
	defer func() {
		if p := recover(); p != nil {
			out = DKIMSecond{Undecided, firstWords(fmt.Sprint("panic: ", p)), NoVerdictDKIM}
		}
	}()
	missing := false
	given, err := msgauth.VerifyWithOptions(w.message(s), &msgauth.VerifyOptions{
		MaxVerifications: 1,
		LookupTXT: func(name string) ([]string, error) {
			name = strings.TrimSuffix(lower(name), ".")
			missing = w.keys[name] == nil
			return dns.NetResolver{Resolver: w.keys}.LookupTXT(context.Background(), name)
		},
	})
	switch {
	case missing:
		return DKIMSecond{Status: Undecided, Problem: "not asked: its key was not asked for"}
	case err != nil && !errors.Is(err, msgauth.ErrTooManySignatures):
		return DKIMSecond{Undecided, firstWords(err.Error()), NoVerdictDKIM}
	case len(given) != 1:
		return DKIMSecond{Undecided, "it finds no signature", NoVerdictDKIM}
	}
	out.Status = Pass
	if err := given[0].Err; err != nil {
		out.Problem = firstWords(strings.TrimPrefix(err.Error(), "dkim: "))
		switch {
		case msgauth.IsTempFail(err):
			out.Status = TempError
		case msgauth.IsPermFail(err):
			out.Status = PermError
		default:
			out.Status = Fail
		}
	}
	out.Difference = s.difference(w.m, out)
	return out
}

// message is the fields as they are, that signature on top, and the body: it judges
// the first signature only. The order of fields counts among those of one name, and a
// signature does not sign itself as a field.
func (w *secondDKIM) message(s *Signature) io.Reader {
	b := make([]byte, 0, len(w.header)+16)
	add := func(f *mailbox.Field) {
		b = append(b, w.header[f.Offset:f.Offset+int64(f.Length)]...)
		if !bytes.HasSuffix(b, []byte("\n")) {
			b = append(b, crlf...)
		}
	}
	add(&w.m.Fields[s.Field])
	for i := range w.m.Fields {
		if i != s.Field {
			add(&w.m.Fields[i])
		}
	}
	b = append(b, crlf...)
	return io.MultiReader(bytes.NewReader(b), w.m.Body())
}

func firstWords(s string) string { return s[:min(len(s), maxSecondWords)] }

// keptKeys answers from what was asked before, by name.
type keptKeys map[string]*keyAnswer

func (k keptKeys) Lookup(_ context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	a := k[name]
	if a == nil {
		return nil, &dns.Error{Name: name, Type: qtype, Cause: dns.NotKept}
	}
	return a.answer, a.err
}

// blankRun is the length of the longest run of blanks and line ends.
func blankRun(r io.Reader) (longest int) {
	run := 0
	buf := make([]byte, canonBuffer)
	for {
		n, err := r.Read(buf)
		for _, c := range buf[:n] {
			if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
				run = 0
				continue
			}
			run++
			longest = max(longest, run)
		}
		if err != nil {
			return longest
		}
	}
}
