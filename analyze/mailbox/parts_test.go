package mailbox

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"mailtrace/report"
)

var updateParts = flag.Bool("update-parts", false, "rewrite what testdata/parts wants")

// TestParts takes the messages of testdata/parts apart, as they are, with CRLF, and
// in pieces of a few bytes.
func TestParts(t *testing.T) {
	files, err := filepath.Glob("testdata/parts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			mail, want := archive.Files[0].Data, &archive.Files[1]
			got := describe(apart(t, rawOf(mail, len(mail)), mail), true)
			if *updateParts {
				want.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got != string(want.Data) {
				t.Errorf("got\n%swant\n%s", got, want.Data)
			}
			for n := 1; n < 8; n++ {
				if again := describe(apart(t, rawOf(mail, n), mail), true); again != got {
					t.Errorf("in pieces of %d: got\n%swant\n%s", n, again, got)
				}
			}
			crlf := bytes.ReplaceAll(mail, []byte("\n"), []byte("\r\n"))
			lf := describe(apart(t, rawOf(mail, len(mail)), mail), false)
			if got := describe(apart(t, rawOf(crlf, 100), crlf), false); got != lf {
				t.Errorf("with CRLF: got\n%swant\n%s", got, lf)
			}
		})
	}
}

// rawOf cuts bytes into chunks of n.
func rawOf(data []byte, n int) *Raw {
	w := &Raw{Name: "mail.eml", sum: sha256.Sum256(data), content: chunks{size: int64(len(data))}}
	for rest := data; len(rest) > 0; rest = rest[min(n, len(rest)):] {
		w.content.parts = append(w.content.parts, rest[:min(n, len(rest))])
	}
	return w
}

// apart returns the messages in w, whose bytes are data, and holds what is true of
// all of them.
func apart(t *testing.T, w *Raw, data []byte) (all []*Message) {
	t.Helper()
	broken := 0
	for m, err := range w.Messages() {
		if inner := (*AttachedError)(nil); errors.As(err, &inner) {
			if inner.Part != len(all)+broken {
				t.Errorf("broken part %d after %d", inner.Part, len(all)+broken)
			}
			broken++ // It has a number all the same.
			continue
		}
		if err != nil {
			return nil
		}
		if m.Part != len(all)+broken || (m.Part == 0) != (m.Carrier == nil) {
			t.Fatalf("part %d after %d, carrier %v", m.Part, len(all), m.Carrier)
		}
		all = append(all, m)
		bytesOf, err := io.ReadAll(m.content.from(0))
		if err != nil || int64(len(bytesOf)) != m.Size {
			t.Errorf("part %d: %d bytes of %d, %v", m.Part, len(bytesOf), m.Size, err)
		}
		if m.Damages == nil { // A text that was mended is not what stands there.
			check(t, m, bytesOf)
		}
		if m.Part == 0 {
			continue
		}
		if m.Carrier.Kind == "" || m.Carrier.Why == "" || m.Carrier.Message.Part >= m.Part {
			t.Errorf("part %d: %+v", m.Part, m.Carrier)
		}
		if !m.Carrier.decoded && m.Damages == nil && !bytes.Equal(data[m.Offset:m.Offset+m.Size], bytesOf) {
			t.Errorf("part %d is not at %d", m.Part, m.Offset)
		}
	}
	if len(all) > MaxAttached+1 {
		t.Errorf("%d messages", len(all))
	}
	return all
}

// describe writes down what was found.
func describe(all []*Message, offsets bool) string {
	var b strings.Builder
	for _, m := range all {
		fmt.Fprintf(&b, "part %d: %q", m.Part, m.subject())
		if offsets {
			fmt.Fprintf(&b, ", %d bytes at %d", m.Size, m.Offset)
		}
		fmt.Fprintf(&b, "\n  %s: %s\n", m.Fidelity, m.FidelityWhy)
		if c := m.Carrier; c != nil {
			fmt.Fprintf(&b, "  %s in part %d, %s: %s\n", c.Kind, c.Message.Part, c.ContentType, c.Why)
		}
		for _, r := range m.Repairs {
			fmt.Fprintf(&b, "  line %d: %s\n", r.Line, r.Text)
		}
		for _, l := range m.Limits {
			fmt.Fprintf(&b, "  %s: %s\n", l.Name, l.Text)
		}
	}
	return b.String()
}

const innerText = "From: a@example.org\nSubject: inner\n\ntext\n"

// deep is a message with multiparts n deep, and a message in the innermost.
func deep(n int) string {
	var b strings.Builder
	b.WriteString("From: a@example.org\n")
	for i := range n {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	b.WriteString("Content-Type: message/rfc822\n\n" + inner)
	for i := n - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "\n--b%d--\n", i)
	}
	return b.String()
}

// TestPartsBounds holds that no structure costs more than its size.
func TestPartsBounds(t *testing.T) {
	const mb = 1 << 20
	head := "From: a@example.org\nDate: Fri, 20 Nov 2026 08:00:00 +0000\nContent-Type: multipart/mixed; boundary=b\n\n"
	part := "--b\nContent-Type: message/rfc822\n\n" + innerText
	long := strings.Repeat("x", MaxBoundary)
	var alike strings.Builder
	alike.WriteString("A: b\n")
	for i := range MaxNesting {
		b := fmt.Sprintf("%s%02d", long[:MaxBoundary-2], i)
		fmt.Fprintf(&alike, "Content-Type: multipart/mixed; boundary=%s\n\n--%s\n", b, b)
	}
	alike.WriteString("\n")
	for _, c := range []struct {
		name, input string
		messages    int // With the carrier.
		limits      string
	}{
		{"50 deep", deep(MaxNesting), 2, ""},
		{"1,000 deep", deep(1000), 1, "MaxNesting"},
		{"20,000 deep", deep(20_000), 1, "MaxNesting"},
		{"boundary of 1 MB", "A: b\nContent-Type: multipart/mixed; boundary=\"" + strings.Repeat("x", mb) + "\"\n\n" + part, 1, "MaxBoundary"},
		{"boundary of 1,000", "A: b\nContent-Type: multipart/mixed; boundary=" + long + "\n\n--" + long + "\nContent-Type: message/rfc822\n\n" + innerText, 2, ""},
		{"10 MB of dashes", head + strings.Repeat("--\n", 10*mb/3) + part, 2, ""},
		{"10 MB of dashes in one line", head + strings.Repeat("-", 10*mb) + "\n" + part, 2, ""},
		{"2 MB of nearly boundaries", strings.Split(deep(40), "\n--b39--")[0] + strings.Repeat("\n--b1x", 2*mb/6), 2, ""},
		{"50 long boundaries", alike.String() + strings.Repeat("--"+long[:MaxBoundary-2]+"zz\n", 10*mb/MaxBoundary) + part, 1, ""},
		{"100 messages", head + strings.Repeat(part, 100), 101, ""},
		{"101 messages", head + strings.Repeat(part, 101), 101, "MaxAttached"},
		{"10,001 parts", head + strings.Repeat("--b\n\nx\n", MaxParts) + part, 1, "MaxParts"},
		{"part header of 1 MB", head + "--b\n" + strings.Repeat("A: b\n", mb/4) + "\n\n" + part, 2, "MaxPartHeader"},
		{"part header of one line", head + "--b\nContent-Type: text/plain; x=" + strings.Repeat("a", 10*mb) + "\n\n" + part, 2, "MaxPartHeader"},
		{"part header of short lines", head + strings.Repeat("--b\nContent-Type: text/plain;"+strings.Repeat("\n x;", 2000)+"\n\n", 100) + part, 2, ""},
		{"parameters without end", head + strings.Repeat("--b\nContent-Type: text/plain;"+strings.Repeat("n*0=\"(;", 1000)+"\n\n", 100) + part, 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			all := apart(t, rawOf([]byte(c.input), mb), []byte(c.input))
			if len(all) != c.messages || limits(all[0]) != c.limits {
				t.Errorf("%d messages, limits %q; want %d, %q", len(all), limits(all[0]), c.messages, c.limits)
			}
			t.Log(time.Since(start))
		})
	}
}

// TestPartsDepth holds the bounds of messages in messages.
func TestPartsDepth(t *testing.T) {
	// Each level is a message of type message/rfc822.
	input := strings.Repeat("From: a@example.org\nContent-Type: message/rfc822\n\n", 1000) + innerText
	all := apart(t, rawOf([]byte(input), 1000), []byte(input))
	if len(all) != MaxDepth+1 || limits(all[MaxDepth]) != "MaxDepth" {
		t.Errorf("%d messages, limits of the last %q", len(all), limits(all[len(all)-1]))
	}
	// Fifty messages with fifty each: those that the carrier has come first.
	level := "Content-Type: multipart/mixed; boundary=%s\n\n"
	one := "From: b@example.org\n" + fmt.Sprintf(level, "in") + strings.Repeat("--in\nContent-Type: message/rfc822\n\n"+innerText, 50) + "--in--\n"
	input = "From: a@example.org\n" + fmt.Sprintf(level, "out") + strings.Repeat("--out\nContent-Type: message/rfc822\n\n"+one, 50) + "--out--\n"
	all = apart(t, rawOf([]byte(input), 1000), []byte(input))
	outer, cut := 0, 0
	for _, m := range all[1:] {
		if m.Carrier.Message == all[0] {
			outer++
		}
		if limits(m) == "MaxAttached" {
			cut++
		}
	}
	if len(all) != MaxAttached+1 || outer != 50 || cut != 49 || len(all[0].Limits) > 0 {
		t.Errorf("%d messages, %d in the carrier itself, %d say that something was left out", len(all), outer, cut)
	}
}

// TestPartsMemory holds that what is not encoded is not copied.
func TestPartsMemory(t *testing.T) {
	head := "From: a@example.org\nDate: Fri, 20 Nov 2026 08:00:00 +0000\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n" +
		"From: b@example.org\nDate: Fri, 20 Nov 2026 07:00:00 +0000\n\n"
	data := []byte(head + strings.Repeat("0123456789 0123456789\n", 1<<20) + "--b--\n")
	w := rawOf(data, maxChunk)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := 0
	for _, err := range w.Messages() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; n != 2 || got > 256<<10 {
		t.Errorf("%d messages; %d bytes allocated for %d", n, got, len(data))
	}
}

// TestPartsDecoded holds the bound of what is decoded.
func TestPartsDecoded(t *testing.T) {
	m := read(t, "From: a@example.org\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nRnJvbTogYQoKdGV4dAoK\n"+
		strings.Repeat("dGV4dGV4dGV4dGV4\n", 1000))
	for _, limit := range []int64{100, 12_015, 12_014, MaxDecoded} {
		a := *m.embedded[0]
		a.decode(limit)
		inner, err := a.raw.message()
		if err != nil || inner.Size != min(limit, 12_015) || (limits(inner) == "MaxDecoded") != (limit < 12_015) {
			t.Errorf("%d: %d bytes, limits %q, %v", limit, inner.Size, limits(inner), err)
		}
	}
}

func TestOLE(t *testing.T) {
	m := read(t, "From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/vnd.ms-outlook; name=x.msg\n"+
		"Content-Transfer-Encoding: base64\n\n0M8R4KGxGuEAAA==\n--b\nContent-Disposition: attachment; filename=y.msg\n\nno OLE2 file\n--b--\n")
	n := 0
	for a := range m.attachments() {
		n++
		if a.raw.format != formatMSG || a.raw.Size() != 10 || a.raw.sum != sha256.Sum256([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00")) {
			t.Errorf("%+v", a.raw)
		}
	}
	if n != 1 {
		t.Errorf("%d attached", n)
	}
}

func TestCarrierOfMSG(t *testing.T) {
	// What the reader of .msg files attached comes out as it is.
	w := rawOf([]byte(innerText), 3)
	m := &Message{embedded: []*attachment{{raw: *w, carrier: Carrier{Kind: report.CarrierAttachment, Why: "x"}}}}
	for a := range m.attachments() {
		if a.raw.sum != w.sum || a.raw.content.size != w.content.size {
			t.Errorf("%+v", a)
		}
	}
}

func FuzzParts(f *testing.F) {
	files, err := filepath.Glob("testdata/parts/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data, 7)
	}
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		if n < 1 || n > 1<<20 || len(data) == 0 {
			return
		}
		got := describe(apart(t, rawOf(data, len(data)), data), true)
		if again := describe(apart(t, rawOf(data, n), data), true); again != got {
			t.Errorf("in pieces of %d: got\n%swant\n%s", n, again, got)
		}
		if m, err := rawOf(data, n).message(); err == nil {
			m.Inline()
		}
	})
}

// BenchmarkParts reads a message of 1 MB with one attachment, and the text that
// nearly all mail is.
func BenchmarkParts(b *testing.B) {
	head := "From: a@example.org\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: "
	for _, c := range []struct{ name, input string }{
		{"text", head + "text/plain\n\n" + strings.Repeat("text of a message\n", 100)},
		{"multipart", head + "multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n" +
			strings.Repeat(strings.Repeat("A", 76)+"\n", 1<<20/77) + "--b--\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			w := rawOf([]byte(c.input), len(c.input))
			m, err := readText(w)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(c.input)))
			b.ReportAllocs()
			for b.Loop() {
				m.findAttached()
			}
		})
	}
}
