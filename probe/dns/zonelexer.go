package dns

import (
	"errors"
	"fmt"
)

// entry is a line of a zone, with those that parentheses join to it.
type entry struct {
	fields []string // Escapes are still in them.
	quoted []bool
	blank  bool // It begins with a blank: the owner is that of the line before.
}

// zoneLexer cuts the text of a zone into entries.
type zoneLexer struct {
	text  string
	at    int
	line  int // Of at.
	begin int // Of the entry that was read last.
}

// next gives the next entry, nil at the end.
func (l *zoneLexer) next() (*entry, error) {
	for l.at < len(l.text) {
		l.begin = l.line
		e := &entry{blank: l.text[l.at] == ' ' || l.text[l.at] == '\t'}
		if err := l.read(e); err != nil {
			return nil, err
		}
		if len(e.fields) > 0 {
			return e, nil
		}
	}
	return nil, nil
}

// read takes fields up to the end of the line, or beyond it in parentheses.
func (l *zoneLexer) read(e *entry) error {
	open := false
	for l.at < len(l.text) {
		switch c := l.text[l.at]; c {
		case '\n':
			l.at++
			l.line++
			if !open {
				return nil
			}
		case ' ', '\t', '\r':
			l.at++
		case ';':
			for l.at < len(l.text) && l.text[l.at] != '\n' {
				l.at++
			}
		case '(', ')':
			if open == (c == '(') {
				return errors.New("parentheses do not match")
			}
			open = !open
			l.at++
		default:
			if len(e.fields) == maxFields {
				return fmt.Errorf("more than %d fields", maxFields)
			}
			field, err := l.field(c == '"')
			if err != nil {
				return err
			}
			e.fields = append(e.fields, field)
			e.quoted = append(e.quoted, c == '"')
		}
	}
	if open {
		return errors.New("parentheses do not match")
	}
	return nil
}

// field reads a word, or what stands in quotation marks.
func (l *zoneLexer) field(quoted bool) (string, error) {
	if quoted {
		l.at++
	}
	begin := l.at
	for ; l.at < len(l.text); l.at++ {
		switch c := l.text[l.at]; {
		case c == '\\' && l.at+1 < len(l.text) && l.text[l.at+1] != '\n':
			l.at++
		case quoted && c == '"':
			l.at++
			return l.text[begin : l.at-1], nil
		case c == '\n' && quoted:
			return "", errors.New("quotation marks are not closed on their line")
		case !quoted && (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' || c == '(' || c == ')' || c == '"'):
			return l.text[begin:l.at], nil
		}
	}
	if quoted {
		return "", errors.New("quotation marks are not closed on their line")
	}
	return l.text[begin:], nil
}
