package mailbox

import (
	"bytes"
	"fmt"
)

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
	{"\x1f\x8b", "gzip data, which this version does not read", "unpack it first: gunzip -c FILE | mailtrace trace"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Outlook .msg file (or another OLE2 file), which this version does not read",
		"save the message as .eml, or copy its internet headers (in Outlook: File, Properties) into a text file"},
	{"PK\x03\x04", "a ZIP archive, not a message", "unpack it and name the message inside"},
	{"%PDF-", "a PDF document, not a message", "a printed mail has lost its header: ask for the original, saved as .eml"},
	{"\x78\x9f\x3e\x22", "a TNEF file (winmail.dat), not a message", "it is only an attachment: ask for the original, saved as .eml"},
	{"BZh91AY&SY", "bzip2 data, not a message", "unpack it first: bunzip2 -c FILE | mailtrace trace"},
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
	const (
		sample = 4 << 10
		share  = 10 // Percent. Text in any charset of mail has next to none.
	)
	head = head[:min(len(head), sample)]
	control := 0
	for _, b := range head {
		if b < ' ' && b != '\t' && b != '\r' && b != '\n' || b == 0x7f {
			control++
		}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case 100*control > share*len(head):
		return &FormatError{name, "binary data, not a message", "name a message saved as .eml, or its headers as plain text"}
	case len(text) == 0 && len(head) < sample:
		return &FormatError{name, "nothing but blanks and empty lines", "save the original message with its headers, as .eml, and try again"}
	case len(text) > 0 && text[0] == '<':
		return &FormatError{name, "no header field found: this looks like HTML, a web page or only the body of a message",
			`in webmail choose "show original" or "download message", and save that`}
	}
	return &FormatError{name, `no header field found: a message starts with lines like "Received: ..."`,
		"save the original with its headers"}
}
