package mailbox

import (
	"bytes"
	"crypto/sha256"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"mailtrace/report"
)

// check holds a message against the input it was read from: whatever that is, these
// things are true.
func check(t *testing.T, m *Message, data []byte) {
	t.Helper()
	mbox := slices.Equal(m.Containers, []string{"mbox"})
	if mbox {
		data = data[m.Offset:]
	}
	switch {
	case m.Damages != nil:
		data = checkPlaces(t, m, data)
	case mbox:
		data = data[:m.Size]
	}
	if m.Size != int64(len(data)) || m.SHA256 != sha256.Sum256(data) {
		t.Errorf("%s: size or sum is not that of the input", m.Name)
	}
	body, err := io.ReadAll(m.Body())
	if err != nil || m.HeaderSize < 0 || m.HeaderSize+int64(len(body)) != m.Size || !bytes.Equal(body, data[m.HeaderSize:]) {
		t.Errorf("%s: header %d and body %d do not add up to %d (%v)", m.Name, m.HeaderSize, len(body), m.Size, err)
	}
	if m.Repairs == nil || m.Limits == nil || m.Fidelity == "" || m.FidelityWhy == "" || len(m.Fields) == 0 {
		t.Errorf("%s: incomplete: %+v", m.Name, m)
	}
	line := 0
	for _, r := range m.Repairs {
		if r.Line < line || r.Line < 1 || r.Text == "" || !utf8.ValidString(r.Text) {
			t.Errorf("%s: repair %+v after line %d", m.Name, r, line)
		}
		line = r.Line
	}
	end, line := int64(0), 0
	for _, f := range m.Fields {
		checkField(t, m, data, f)
		if f.Offset < end || f.Line < line || f.Line == line && m.Damages == nil {
			t.Errorf("%s: field %q at %d, line %d, overlaps the one before it (to %d, line %d)", m.Name, f.Name, f.Offset, f.Line, end, line)
		}
		end, line = f.Offset+int64(f.Length), f.Line
	}
	if end > m.HeaderSize {
		t.Errorf("%s: fields end at %d, behind the header (%d)", m.Name, end, m.HeaderSize)
	}
}

// checkPlaces holds that whatever is said of a mended message points into its input. It
// returns the mended text.
func checkPlaces(t *testing.T, m *Message, data []byte) []byte {
	t.Helper()
	lines := 1 + bytes.Count(data, []byte{'\n'}) + bytes.Count(data, []byte{'\r'})
	for _, f := range m.Fields {
		for i := range min(len(f.Value)+1, 4096) {
			line, offset := f.Place(i)
			if line < 1 || line > lines || line < f.Line || offset < 0 || offset > int64(len(data)) {
				t.Errorf("%s: byte %d of %q is at line %d, offset %d of %d lines, %d bytes", m.Name, i, f.Name, line, offset, lines, len(data))
			}
			if i < len(f.Value) && !f.Mended && m.Damages[0] != DamageUTF16 && m.Damages[0] != DamageHTML && !isSpace(f.Value[i]) && data[offset] != f.Value[i] {
				t.Errorf("%s: byte %d of %q, %q, is not at offset %d", m.Name, i, f.Name, f.Value[i], offset)
			}
		}
	}
	if m.Fidelity != report.PastedRepaired || len(m.Repairs) == 0 {
		t.Errorf("%s: mended, but %s with %d repairs", m.Name, m.Fidelity, len(m.Repairs))
	}
	return bytes.Join(m.content.parts, nil)
}

func checkField(t *testing.T, m *Message, data []byte, f Field) {
	t.Helper()
	if f.Name == "" || !bytes.HasPrefix(data[f.Offset:], []byte(f.Name)) || data[f.ValueOffset-1] != ':' {
		t.Errorf("%s: name %q is not at %d", m.Name, f.Name, f.Offset)
	}
	if !bytes.HasPrefix(data[f.ValueOffset:], []byte(f.Value)) {
		t.Errorf("%s: value of %q is not at %d", m.Name, f.Name, f.ValueOffset)
	}
	rest := data[f.ValueOffset+int64(len(f.Value)) : f.Offset+int64(f.Length)]
	if len(bytes.Trim(rest, "\r\n")) > 0 {
		t.Errorf("%s: field %q: %q was left out", m.Name, f.Name, rest)
	}
	if text := f.Text(); !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n") || len(text) > MaxText {
		t.Errorf("%s: text of %q: %q", m.Name, f.Name, text)
	}
	if f.Is("From") || f.Is("To") || f.Is("Cc") {
		checkMailboxes(t, f.Value, f.Mailboxes())
	}
}

func checkMailboxes(t *testing.T, value string, list []report.Mailbox) {
	t.Helper()
	if list == nil || len(list) > MaxMailboxes {
		t.Errorf("%d mailboxes of %q", len(list), value)
	}
	for _, b := range list {
		if !strings.Contains(value, b.Raw) && !strings.Contains(b.Raw, "@") || b.Raw == "" {
			t.Errorf("raw text %q is not in %q", b.Raw, value)
		}
		if !utf8.ValidString(b.Name) || !utf8.ValidString(b.Address) || strings.ContainsAny(b.Name+b.Address, "\r\n") {
			t.Errorf("%q of %q: not one line of UTF-8", b, value)
		}
	}
}
