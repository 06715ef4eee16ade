package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"mailtrace/report"
)

// MaxDepth is how deep JSON may be nested: a report has eight levels.
const MaxDepth = 64

// head is what is read of a report to know it again.
type head struct {
	schema, kind, target string
	offset, part         int64
	failed               bool
}

var (
	errTorn      = errors.New("it does not end as a report does")
	errNoReport  = errors.New("this is no report of mailtrace")
	errIndented  = errors.New("this is indented JSON")
	errForeign   = errors.New("this is a report of another version of mailtrace")
	errNoKey     = errors.New("the report has no target, offset and part")
	errTooLong   = errors.New("longer than a report may be")
	errTooDeep   = errors.New("nested deeper than a report is")
	errEmptyLine = errors.New("there is nothing in it")
)

// scanner walks over one line of JSON, and looks only at the keys that make a
// report known: it is several times as fast as a decoder, which is felt with
// outputs of a gigabyte. It is not a validator. What it does hold to is that the
// line is one object from its first byte to its last, so that no line made of two
// torn ones passes.
type scanner struct {
	b []byte
	i int
}

// readHead reads the head of a report from a line without its end.
func readHead(line []byte) (head, error) {
	var h head
	var seen struct{ target, offset, part bool }
	s := &scanner{b: line}
	evidence := func(key []byte) (err error) {
		switch string(key) {
		case "offset":
			h.offset, err = s.number()
			seen.offset = true
		case "part":
			h.part, err = s.number()
			seen.part = true
		default:
			err = s.skip()
		}
		return err
	}
	err := s.object(func(key []byte) (err error) {
		switch string(key) {
		case "schema":
			h.schema, err = s.text()
		case "kind":
			h.kind, err = s.text()
		case "target":
			h.target, err = s.text()
			seen.target = true
		case "error":
			var why string
			why, err = s.text()
			h.failed = why != ""
		case "evidence":
			err = s.object(evidence)
		default:
			err = s.skip()
		}
		return err
	})
	switch {
	case len(bytes.TrimSpace(line)) == 0:
		return h, errEmptyLine
	case err != nil && indented(line):
		return h, errIndented
	case err != nil:
		return h, err
	case s.next() != 0 || s.i != len(line):
		return h, errTorn
	case h.schema == "" || h.kind == "":
		return h, errNoReport
	case h.schema != report.Schema:
		return h, errForeign
	case !seen.target || !seen.offset || !seen.part:
		return h, errNoKey
	}
	return h, nil
}

// indented says whether a line is one of many of a report: the first, which is a
// bare bracket, or one of those behind it.
func indented(line []byte) bool {
	return bytes.Equal(bytes.TrimRight(line, "\r"), []byte("{")) || bytes.HasPrefix(line, []byte("  \""))
}

// object calls each with the keys of an object. Each has to step over the value.
func (s *scanner) object(each func(key []byte) error) error {
	if s.next() != '{' {
		return errNoReport
	}
	s.i++
	if s.next() == '}' {
		s.i++
		return nil
	}
	for {
		key, err := s.quoted()
		if err != nil {
			return err
		}
		if s.next() != ':' {
			return errTorn
		}
		s.i++
		if err := each(key); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.i++
		case '}':
			s.i++
			return nil
		default:
			return errTorn
		}
	}
}

// next is the next byte that is no blank; 0 at the end.
func (s *scanner) next() byte {
	for ; s.i < len(s.b); s.i++ {
		if c := s.b[s.i]; c != ' ' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// quoted steps over a string and gives what stands between its quotes.
func (s *scanner) quoted() ([]byte, error) {
	if s.next() != '"' {
		return nil, errTorn
	}
	start := s.i + 1
	for i := start; ; {
		n := bytes.IndexByte(s.b[i:], '"')
		if n < 0 {
			return nil, errTorn
		}
		i += n
		slashes := 0
		for s.b[i-1-slashes] == '\\' { // Ends at the first quote.
			slashes++
		}
		if i++; slashes%2 == 0 {
			s.i = i
			return s.b[start : i-1], nil
		}
	}
}

func (s *scanner) text() (string, error) {
	raw, err := s.quoted()
	if err != nil {
		return "", err
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw), nil
	}
	var text string
	if err := json.Unmarshal(s.b[s.i-len(raw)-2:s.i], &text); err != nil {
		return "", errTorn
	}
	return text, nil
}

func (s *scanner) number() (int64, error) {
	s.next()
	start := s.i
	for s.i < len(s.b) && bytes.IndexByte([]byte("-0123456789.eE+"), s.b[s.i]) >= 0 {
		s.i++
	}
	n, err := strconv.ParseInt(string(s.b[start:s.i]), 10, 64)
	if err != nil {
		return 0, errNoKey
	}
	return n, nil
}

// skip steps over a value. In objects and lists it only counts brackets, and looks
// that nothing stands outside of strings that cannot: where a line was torn inside of
// a string, in and out are the other way round behind it.
func (s *scanner) skip() error {
	switch s.next() {
	case '"':
		_, err := s.quoted()
		return err
	case '{', '[':
	default:
		start := s.i
		for s.i < len(s.b) && bytes.IndexByte([]byte(",}] \t\r"), s.b[s.i]) < 0 {
			s.i++
		}
		if !json.Valid(s.b[start:s.i]) { // Torn in the middle of null, the next line stands behind it.
			return errTorn
		}
		return nil
	}
	var open [MaxDepth]byte
	depth := 0
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; c {
		case '"':
			if _, err := s.quoted(); err != nil {
				return err
			}
			s.i--
		case '{', '[':
			if depth == MaxDepth {
				return errTooDeep
			}
			open[depth] = c
			depth++
		case '}', ']':
			if depth--; open[depth] != c-2 { // In ASCII, a bracket closes the one two before it.
				return errTorn
			}
			if depth == 0 {
				s.i++
				return nil
			}
		case ' ', '\t', '\r', ',', ':', '-', '+', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
			't', 'r', 'u', 'e', 'f', 'a', 'l', 's', 'n', 'E':
		default:
			return errTorn
		}
	}
	return errTorn
}
