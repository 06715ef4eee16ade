package mailbox

import (
	"bytes"
	"fmt"
	"strings"
)

// stamp looks for the date of a Received field while its lines go by: behind the last
// semicolon a time of day and a zone (RFC 5322 section 3.6.7).
type stamp struct{ semicolon, time, zone bool }

func (s *stamp) feed(line []byte) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ';':
			*s = stamp{semicolon: true}
		case !s.semicolon || s.zone:
		case !s.time:
			s.time = c == ':' && i > 0 && i+2 < len(line) && isDigit(line[i-1]) && isDigit(line[i+1]) && isDigit(line[i+2])
		case c == '+' || c == '-':
			s.zone = i+4 < len(line) && isDigit(line[i+1]) && isDigit(line[i+4])
		case isUpper(c):
			s.zone = i+1 < len(line) && isUpper(line[i+1]) || i > 0 && line[i-1] == ' '
		}
	}
}

// complete says that the field needs nothing more.
func (s *stamp) complete() bool { return s.time && s.zone }

// zoneLike says whether a line can be what follows the time of a date that was broken.
func zoneLike(line []byte) bool {
	const longest = 40 // "-0500 (Eastern Standard Time)".
	return len(line) <= longest && (line[0] == '+' || line[0] == '-' || line[0] == '(' || len(line) > 1 && isUpper(line[0]) && isUpper(line[1]) || isDigit(line[0]))
}

// clauses begin the lines in which servers fold their Received fields.
var clauses = [...]string{"from", "by", "with", "id", "for", "via"}

// clauseLine says whether a line begins as those of a Received field do, and has what
// such lines have.
func clauseLine(line []byte) bool {
	n := bytes.IndexByte(line, ' ')
	if n < 0 {
		return false
	}
	for _, c := range clauses {
		if strings.EqualFold(string(line[:n]), c) {
			return !prose(line)
		}
	}
	return false
}

// prose says whether a line is a sentence, or a piece of one, or a name, rather than
// what programs write: words of letters only.
func prose(line []byte) bool {
	const look = 200 // Bytes.
	words := bytes.Fields(line[:min(len(line), look)])
	plain := 0
	for _, w := range words {
		w = bytes.TrimRight(w, ".,!?:")
		letters := 0
		for _, c := range w {
			if c|0x20 >= 'a' && c|0x20 <= 'z' || c == '\'' || c >= 0x80 {
				letters++
			}
		}
		if letters == len(w) {
			plain++
		}
	}
	if len(words) == 1 {
		return plain == 1 && !bytes.Equal(words[0], bytes.ToUpper(words[0]))
	}
	return plain == len(words) || len(words) > 4 && 5*plain >= 4*len(words) && !clauseStart(words[0])
}

func clauseStart(word []byte) bool {
	for _, c := range clauses {
		if string(word) == c {
			return true
		}
	}
	return false
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "this " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
