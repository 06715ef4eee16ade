package mailbox

import (
	"bytes"
	"errors"
	"fmt"
)

// InputError says that an input, or a part of one, could not be read. Split yields
// no other errors.
type InputError struct {
	Name   string // What reports call the input, or the member of an archive.
	Offset int64  // Where it stopped, in the input or in the innermost container; 0 when it is about all of it.
	Err    error  // A *FormatError when it is about what was found there.
}

func (e *InputError) Error() string {
	var format *FormatError
	switch {
	case errors.As(e.Err, &format):
		return fmt.Sprintf("%s: %s; %s", e.Name, format.What, format.Hint)
	case e.Offset > 0:
		return fmt.Sprintf("%s: %v (at byte %d)", e.Name, e.Err, e.Offset)
	}
	return fmt.Sprintf("%s: %v", e.Name, e.Err)
}

func (e *InputError) Unwrap() error { return e.Err }

// FormatError says that an input is no message that can be read, what it is, and
// what can be done.
type FormatError struct {
	Name string // Of the input.
	What string // What it is, e.g. "a ZIP archive, not a message".
	Hint string // What to do.
}

func (e *FormatError) Error() string { return fmt.Sprintf("%s: %s; %s", e.Name, e.What, e.Hint) }

// foreignFormats are kinds of file that people hand in for a message, by the bytes
// they begin with. None of these can be the beginning of a field.
var foreignFormats = []struct {
	magic, what, hint string
}{
	{"%PDF-", "a PDF document, not a message", "a printed mail has lost its header: ask for the original, saved as .eml"},
	{"\x78\x9f\x3e\x22", "a TNEF file (winmail.dat), not a message", "it is only an attachment: ask for the original, saved as .eml"},
	{"\xfd7zXZ\x00", "xz data, not a message", "unpack it first: xz -dc FILE | mailtrace trace"},
	{"\x28\xb5\x2f\xfd", "zstd data, not a message", "unpack it first: zstd -dc FILE | mailtrace trace"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive, not a message", "unpack it and name the message inside"},
	{"Rar!\x1a\x07", "a RAR archive, not a message", "unpack it and name the message inside"},
	{"\x89PNG\r\n", "a picture (PNG), not a message", "a screenshot has no header: ask for the original, saved as .eml"},
	{"\xff\xd8\xff", "a picture (JPEG), not a message", "a screenshot has no header: ask for the original, saved as .eml"},
	{"{\\rtf", "an RTF document, not a message", "ask for the original, saved as .eml or with its headers as plain text"},
	{"\x7fELF", "a program (ELF), not a message", "name the message itself"},
}

// foreign recognises an input that is something else than a message, by its first
// bytes. It returns nil for all others.
func foreign(head []byte) *FormatError {
	if len(head) == 0 {
		return &FormatError{What: "empty input", Hint: "save the original message with its headers, as .eml, and try again"}
	}
	for _, f := range foreignFormats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return &FormatError{What: f.what, Hint: f.hint}
		}
	}
	return nil
}

// noHeader explains why no field was found in the bytes at the beginning of an
// input.
func noHeader(name string, head []byte) *FormatError {
	const sample = 4 << 10
	head = head[:min(len(head), sample)]
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case isBinary(head):
		return &FormatError{name, "binary data, not a message", "name a message saved as .eml, or its headers as plain text"}
	case len(text) == 0 && len(head) < sample:
		return &FormatError{name, "nothing but blanks and empty lines", "save the original message with its headers, as .eml, and try again"}
	case len(text) > 0 && text[0] == '<':
		return &FormatError{name, "no header field found: this looks like HTML, a web page or only the body of a message",
			`in webmail choose "show original" or "download message", and save that`}
	}
	return &FormatError{name, `no header field found: a message starts with lines like "Received: ..."`,
		`in your mail program, take all that "show original" or "view source" shows`}
}
