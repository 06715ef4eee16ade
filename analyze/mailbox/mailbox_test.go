package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"mailtrace/report"
)

// readCases is an input and what becomes of it: fields as "name=value" with "|"
// between them, body, lines of repairs, fidelity.
var readCases = []struct {
	name, input, fields, body, repairs string
	fidelity                           report.Fidelity
}{
	{"LF", "A: 1\nB: 2\n\nbody\n", "A= 1|B= 2", "body\n", "", report.AsReceived},
	{"CRLF", "A: 1\r\nB: 2\r\n\r\nbody\r\n", "A= 1|B= 2", "body\r\n", "", report.AsReceived},
	{"CR", "A: 1\r 2\rB: 2\r\rbody\r", "A= 1\r 2|B= 2", "body\r", "", report.AsReceived},
	{"CR, then the others", "A: 1\rB: 2\nC: 3\r\nD: 4\n\rbody", "A= 1|B= 2|C= 3|D= 4", "body", "", report.AsReceived},
	{"CR CR LF", "A: 1\r\r\nB: 2\r\r\n\r\r\nbody", "A= 1|B= 2", "body", "", report.AsReceived},
	{"LF and CRLF", "A: 1\nB: 2\r\nC: 3\n\r\nbody", "A= 1|B= 2|C= 3", "body", "", report.AsReceived},
	{"lone CR below LF is no line end", "A: 1\nB: 2\rReceived: x\n\nbody", "A= 1|B= 2\rReceived: x", "body", "2", report.AsReceived},
	{"lone CR in the first line", "A: 1\rx y\nB: 2\n\nbody", "A= 1\rx y|B= 2", "body", "1", report.AsReceived},
	{"folding", "A: 1\n\t2\n 3\nB:\n 4\n\nbody", "A= 1\n\t2\n 3|B=\n 4", "body", "", report.AsReceived},
	{"8-bit and NUL", "A: \xff\x00\x1b\nB: 2\n\nbody", "A= \xff\x00\x1b|B= 2", "body", "", report.AsReceived},
	{"empty value", "A:\nB: \n\nbody", "A=|B= ", "body", "", report.AsReceived},

	{"no empty line", "A: 1\nB: 2\n", "A= 1|B= 2", "", "", report.HeadersOnly},
	{"no line end", "A: 1\nB: 2", "A= 1|B= 2", "", "", report.HeadersOnly},
	{"half a CRLF", "A: 1\r\nB: 2\r", "A= 1|B= 2", "", "", report.HeadersOnly},
	{"nothing behind it", "A: 1\n\n\r\n\n", "A= 1", "\r\n\n", "", report.HeadersOnly},

	{"BOM", "\xef\xbb\xbfA: 1\n\nbody", "A= 1", "body", "1", report.AsReceived},
	{"mbox line", "From a@example.org Thu Jan  1 00:00:01 1970\nA: 1\n\nbody", "A= 1", "body", "", report.AsReceived},
	{"BOM and mbox line", "\xef\xbb\xbf>From a@example.org Thu Jan  1 00:00:01 1970\n x\nA: 1\n\nbody", "A= 1", "body", "1 1 2", report.PastedRepaired},
	{"mbox line inside", "A: 1\n>From a@example.org Thu Jan  1 00:00:01 1970\n\tB: 2\nC: 3\n\nbody", "A= 1|C= 3", "body", "2", report.AsReceived},
	{"From with a blank is no mbox line", "From : a@example.org 10:00\n\nbody", "From= a@example.org 10:00", "body", "1", report.AsReceived},
	{"empty lines in front", "\n \n\r\nA: 1\n\nbody", "A= 1", "body", "1", report.AsReceived},

	{"no colon", "A: 1\njunk\n more junk\nB: 2\n\nbody", "A= 1|B= 2", "body", "2", report.PastedRepaired},
	{"no colon, last", "A: 1\njunk\n\nbody", "A= 1", "body", "2", report.PastedRepaired},
	{"SMTP in front", "HELO example.org\nMAIL FROM:<a@example.org>\nDATA\nA: 1\n\nbody", "A= 1", "body", "1 2 3", report.PastedRepaired},
	{"blank before the colon", "A \t: 1\n\nbody", "A= 1", "body", "1", report.AsReceived},
	{"empty name", "A: 1\n: x\n y\nB: 2\n\nbody", "A= 1|B= 2", "body", "2", report.PastedRepaired},
	{"continuation in front", " x\nA: 1\n\nbody", "A= 1", "body", "1", report.PastedRepaired},
	{"web address", "A: 1\nhttp://x y: z\nhttps://example.org/\nB: 2\n\nbody", "A= 1|B= 2", "body", "2 3", report.PastedRepaired},
	{"odd names", "X-It's: 1\nX-C(C): 2\n1: no\n<b>no: x\n>no: x\na=b: no\nZ_9: 3\n\nbody", "X-It's= 1|X-C(C)= 2|Z_9= 3", "body", "3 4 5 6", report.PastedRepaired},

	{"blank line is folding", "A: 1\n \n\t\n 2\nB: 2\n \nC: 3\n\nbody", "A= 1\n \n\t\n 2|B= 2\n |C= 3", "body", "", report.AsReceived},
	{"blank line is the end", "A: 1\n \nHello you,\nB: 2\n\nbody", "A= 1", "Hello you,\nB: 2\n\nbody", "2", report.AsReceived},
	{"blank line is the end, and CR behind it", "A: 1\n \nHello\ryou\n", "A= 1", "Hello\ryou\n", "2", report.AsReceived},
	{"lost empty line, and CR behind it", "A: 1\n1\rx\n--x\nB: 2\n", "A= 1", "1\rx\n--x\nB: 2\n", "2", report.HeadersOnly},
	{"lost empty line", "A: 1\n1\n2\n3\n4\n5\n6\nB: 2\n\nbody", "A= 1", "1\n2\n3\n4\n5\n6\nB: 2\n\nbody", "2", report.HeadersOnly},
	{"lost empty line, to the end", "A: 1\nHello\n\tyou", "A= 1", "Hello\n\tyou", "2", report.HeadersOnly},
	{"MIME boundary", "A: 1\n--x\nB: 2\n\nbody", "A= 1", "--x\nB: 2\n\nbody", "2", report.HeadersOnly},
}

func TestRead(t *testing.T) {
	for _, c := range readCases {
		t.Run(c.name, func(t *testing.T) {
			m := read(t, c.input)
			check(t, m, []byte(c.input))
			var fields, repairs []string
			for _, f := range m.Fields {
				fields = append(fields, f.Name+"="+f.Value)
			}
			for _, r := range m.Repairs {
				repairs = append(repairs, fmt.Sprint(r.Line))
			}
			body, _ := io.ReadAll(m.Body())
			got := fmt.Sprintf("%q %q [%s] %s", strings.Join(fields, "|"), body, strings.Join(repairs, " "), m.Fidelity)
			want := fmt.Sprintf("%q %q [%s] %s", c.fields, c.body, c.repairs, c.fidelity)
			if got != want {
				t.Errorf("\n got %s\nwant %s\n%v", got, want, m.Repairs)
			}
			// One byte at a time, and with the size known: the same.
			again, err := Read("x", iotest.OneByteReader(strings.NewReader(c.input)), int64(len(c.input)))
			if err != nil || fmt.Sprint(again.Fields) != fmt.Sprint(m.Fields) {
				t.Errorf("read byte by byte: %v, %v", again, err)
			}
		})
	}
}

func read(t *testing.T, input string) *Message {
	t.Helper()
	m, err := Read("mail.eml", strings.NewReader(input), 0)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPlaces(t *testing.T) {
	m := read(t, "\nFrom x 10:00\nReceived: a\n b\nreceived : c\n\nbody")
	for i, want := range []Field{
		{Name: "Received", Key: "received", Value: " a\n b", Line: 3, Offset: 14, Length: 15, ValueOffset: 23},
		{Name: "received", Key: "received", Value: " c", Line: 5, Offset: 29, Length: 13, ValueOffset: 39},
	} {
		if m.Fields[i] != want {
			t.Errorf("got %+v, want %+v", m.Fields[i], want)
		}
	}
	n := 0
	for f := range m.All("RECEIVED") {
		n += f.Line
	}
	if f, ok := m.Field("received"); n != 8 || !ok || f.Line != 3 {
		t.Errorf("All: lines add up to %d; Field: %+v, %v", n, f, ok)
	}
	if _, ok := m.Field("x"); ok {
		t.Error("found a field that is not there")
	}
}

func TestRefuse(t *testing.T) {
	for _, c := range []struct{ input, want string }{
		{"", "empty input; save the original"},
		{"\n \r\n", "nothing but blanks and empty lines; "},
		{"just a line\nand one more\n", `no header field found: a message starts with lines like "Received: ..."; in your mail`},
		{strings.Repeat("text without a colon\n", 100), "no header field found"},
		{"1\n2\n3\n4\n5\n6\nA: b\n", "no header field found"}, // Too much in front.
		{"<!DOCTYPE html>\n<p>x</p>", "this looks like HTML"},
		{strings.Repeat("\x00\x01\x02ab", 1000), "binary data, not a message; "},
		{"\x1f\x8b\x08\x00", "gzip data that cannot be unpacked (the data breaks off); get"},
		{"PK\x03\x04A: b\n\n", "a ZIP archive that cannot be read"},
		{"7z\xbc\xaf\x27\x1cA: b\n\n", "a 7z archive"},
		{"%PDF-1.7\n", "a PDF document"},
	} {
		_, err := Read("mail.eml", strings.NewReader(c.input), int64(len(c.input)))
		var format *FormatError
		if !errors.As(err, &format) || !strings.HasPrefix(err.Error(), "mail.eml: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: %v, want %q", c.input, err, c.want)
		}
	}
}

func TestReadFails(t *testing.T) {
	bad := errors.New("disk on fire")
	for _, r := range []io.Reader{iotest.ErrReader(bad), io.MultiReader(strings.NewReader("A: b\n"), iotest.ErrReader(bad))} {
		if _, err := Read("mail.eml", r, 0); !errors.Is(err, bad) || !strings.HasPrefix(err.Error(), "mail.eml: read message: ") {
			t.Error(err)
		}
	}
	if _, err := Read("x", idle{}, 0); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestText(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{" Hello ", "Hello"},
		{" a\r\n b\n\tc\r\n", "a b\tc"},
		{" a\rb\nc", "a b c"},
		{" =?utf-8?q?J=C3=BCrgen?=", "Jürgen"},
		{" x =?ISO-8859-1?Q?J=FCrgen_K?= y", "x Jürgen K y"},
		{" =?utf-8?b?SsO8cmdlbg==?=", "Jürgen"},
		{" =?utf-8?b?SsO8cmdlbg?=", "Jürgen"}, // padding lost
		{" =?utf-8?q?a?=\r\n =?utf-8?q?b?=  =?iso-8859-1?q?c?= d", "abc d"},
		{" =?utf-8?q?=C3?= =?UTF-8?q?=BC?=", "ü"}, // a character over two words
		{" =?utf-8*de?q?a?=", "a"},                // RFC 2231 section 5
		{" =?cp932?b?g2U=?=", "テ"},
		{" =?iso-2022-jp?b?GyRCJUYbKEI=?=", "テ"},
		{" =?x-none?q?a?= =?utf-8?q?b?= c", "=?x-none?q?a?= b c"}, // charset not known
		{" =?utf-8?q?=?= =?utf-8?b?!?= =?utf-8?x?a?=", "=?utf-8?q?=?= =?utf-8?b?!?= =?utf-8?x?a?="},
		{" =?utf-8?q?a b?=", "a b"}, // blank inside
		{" =?utf-8?q?a=0D=0Ab=0Ac?=", "a b c"},
		{" a=?utf-8?q?b?=c =? =?? =?a?", "abc =? =?? =?a?"},
		{" J\xfcrgen", "J\uFFFDrgen"},
		{" \x00\x1b[31m\u202e", "\x00\x1b[31m\u202e"}, // escaping is left to whoever prints
		{strings.Repeat("ü", MaxText), strings.Repeat("ü", MaxText/2)},
	} {
		if got := (Field{Value: c.value}).Text(); got != c.want {
			t.Errorf("%.60q: got %.60q, want %.60q", c.value, got, c.want)
		}
	}
}

func TestIs(t *testing.T) {
	f := Field{Name: "X-k_@9"}
	for name, want := range map[string]bool{"x-K_@9": true, "X-K_`9": false, "X-k_@": false, "X-\u212a_@9": false, "X\rk_@9": false} {
		if f.Is(name) != want {
			t.Errorf("Is(%q) = %v", name, !want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range readCases {
		f.Add([]byte(c.input))
	}
	for _, s := range sample(f) {
		f.Add([]byte(s[:min(len(s), 6000)]))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read("x", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		check(t, m, data)
		if len(m.Containers) > 0 || m.Damages != nil {
			return
		}
		// The chunks in which it came make no difference.
		again := &Message{Name: "x", content: chunks{parts: [][]byte{data[:1], data[1:]}, size: m.Size}, Size: m.Size}
		h := header{m: again}
		h.name(h.read())
		again.findAttached()
		if len(again.Fields) != len(m.Fields) || again.HeaderSize != m.HeaderSize || len(again.Repairs) != len(m.Repairs) {
			t.Errorf("in two chunks: %d fields, header %d, not %d, %d", len(again.Fields), again.HeaderSize, len(m.Fields), m.HeaderSize)
		}
	})
}

// BenchmarkRead reads the first 1,000 messages of mails/ from memory.
func BenchmarkRead(b *testing.B) {
	dir, rows := index(b)
	var messages [][]byte
	total := int64(0)
	for _, r := range rows[:min(len(rows), 1000)] {
		data, err := os.ReadFile(filepath.Join(dir, r.Path))
		if err != nil {
			b.Fatal(err)
		}
		messages = append(messages, data)
		total += int64(len(data))
	}
	b.SetBytes(total / int64(len(messages)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		data := messages[i%len(messages)]
		if _, err := Read("x", bytes.NewReader(data), int64(len(data))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHeader reads the header of a message of 4 KB with 30 fields, without the
// sum and the reading of bytes.
func BenchmarkHeader(b *testing.B) {
	m := &Message{}
	field := "X-Field: " + strings.Repeat("v", 50) + "\r\n\t" + strings.Repeat("w", 62) + "\r\n"
	if _, err := m.content.fill(strings.NewReader(strings.Repeat(field, 30)+"\r\nbody"), 0, MaxMessage, &m.SHA256); err != nil {
		b.Fatal(err)
	}
	m.Size = m.content.size
	b.ReportAllocs()
	for b.Loop() {
		m.Fields = nil
		h := header{m: m}
		h.name(h.read())
		h.judge()
	}
}
