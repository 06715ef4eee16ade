package mailbox

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"mailtrace/report"
)

func TestFromLine(t *testing.T) {
	for _, c := range []struct {
		line string
		want fromForm
	}{
		{"From a@example.org Thu Jan  1 00:00:01 1970", fromDated},         // qmail, RFC 4155
		{"From a@example.org  Wed May 16 00:40:34 2001", fromDated},        // two blanks
		{"From MAILER-DAEMON Fri Jul  8 12:08:34 2011", fromDated},         // no address
		{"From - Tue Nov 05 12:00:00 2024", fromDated},                     // Thunderbird
		{"From 1234567890123456789@xxx Tue Nov 05 12:00:00 +0000 2024", 2}, // Gmail Takeout
		{"From foo at example.com  Tue Nov  5 12:00:00 2002", fromDated},   // Pipermail
		{"From foo@example.com Tue Nov  5 12:00:00 2002 +0100", fromDated}, // zone behind
		{"From foo Tue Nov  5 12:00 MET DST 2002", fromDated},              // two words of zone, no seconds
		{"From foo Tue Nov  5 12:00:00 2002 remote from bar", fromDated},   // UUCP
		{"From ???@??? Wed Nov 12 10:00:00 1997", fromDated},               // Eudora
		{"From Tue Nov  5 12:00:00 2002", fromDated},                       // no sender
		{"From  Tue Nov  5 12:00:00 2002", fromDated},                      // the empty one
		{"From \"a b\"@example.org Tue Nov  5 2:5:9 2002", fromDated},      // quoted
		{"From a@example.org Tue, 5 Nov 2002 12:00:00 +0100", fromDated},   // the date of a field
		{"From a@example.org 2002-11-05 12:00:00 +0100", fromDated},        // ISO
		{"From 0123456789abcdef Mon Sep 17 00:00:00 2001", fromDated},      // git format-patch
		{"From -", fromBare},  // Evolution
		{"From - ", fromBare}, // with its blank
		{"From: a@example.org Tue Nov  5 12:00:00 2002", fromNone},            // a field
		{">From a@example.org Tue Nov  5 12:00:00 2002", fromNone},            // escaped
		{"from a@example.org Tue Nov  5 12:00:00 2002", fromNone},             // case
		{"From the beginning at 10:30 on Tue we were there", fromNone},        // prose
		{"From Tue Nov 5 on, 12:00 is the time", fromNone},                    // no year
		{"From a@example.org Tue Nov 99999 12:00:00 2002", fromNone},          // no day
		{"From a@example.org Foo Nov  5 12:00:00 2002", fromNone},             // no weekday
		{"From " + strings.Repeat("x ", 600) + "Tue Nov  5 12:00:00 2002", 0}, // too long
		{"From", fromNone},
		{"From ", fromNone},
	} {
		if got := fromLine([]byte(c.line)); got != c.want {
			t.Errorf("%q: %d, want %d", c.line, got, c.want)
		}
	}
}

const (
	fromA = "From a@example.org Tue Nov  5 12:00:00 2002\n"
	fromB = "From b at example.org  Wed Nov  6 12:00:00 2002\n"
	mailA = "From: a@example.org\nSubject: A\n"
	mailB = "From: b@example.org\nSubject: B\n\nbody of B\n"
)

// splitCases is an mbox and the messages in it.
var splitCases = []struct {
	name, input string
	want        []string
}{
	{"one", fromA + mailA + "\nbody\n", []string{mailA + "\nbody\n"}},
	{"one, with the empty line behind it", fromA + mailA + "\nbody\n\n", []string{mailA + "\nbody\n"}},
	{"two", fromA + mailA + "\nbody\n\n" + fromB + mailB + "\n", []string{mailA + "\nbody\n", mailB}},
	{"CRLF", strings.ReplaceAll(fromA+mailA+"\nbody\n\n"+fromB+mailB+"\n", "\n", "\r\n"),
		[]string{strings.ReplaceAll(mailA+"\nbody\n", "\n", "\r\n"), strings.ReplaceAll(mailB, "\n", "\r\n")}},
	{"CR", strings.ReplaceAll(fromA+mailA+"\nbody\n\n"+fromB+mailB+"\n", "\n", "\r"),
		[]string{strings.ReplaceAll(mailA+"\nbody\n", "\n", "\r"), strings.ReplaceAll(mailB, "\n", "\r")}},
	{"no line end at the end", fromA + mailA + "\nbody\n\n" + fromB + mailA + "\nbody", []string{mailA + "\nbody\n", mailA + "\nbody"}},
	{"breaks off in a header", fromA + mailA + "\nbody\n\n" + fromB + "From: b@exam", []string{mailA + "\nbody\n", "From: b@exam"}},
	{"breaks off in a line From", fromA + mailA + "\nbody\n\nFrom b@exam", []string{mailA + "\nbody\n\nFrom b@exam"}},
	{"no body", fromA + mailA + "\n" + fromB + mailB, []string{mailA + "\n", mailB}},
	{"no body, and the empty line", fromA + mailA + "\n\n" + fromB + mailB, []string{mailA + "\n", mailB}},
	{"no empty line at all", fromA + mailA + fromB + mailB, []string{mailA, mailB}},
	{"no empty line before", fromA + mailA + "\nbody\n" + fromB + mailB, []string{mailA + "\nbody\n", mailB}},
	{"two empty lines before", fromA + mailA + "\nbody\n\n\n" + fromB + mailB, []string{mailA + "\nbody\n\n", mailB}},
	{"no date", "From - \n" + mailA + "\nbody\nFrom -\n" + mailB, []string{mailA + "\nbody\n", mailB}},
	{"empty lines in front", "\r\n\n" + fromA + mailA + "\nbody\n", []string{mailA + "\nbody\n"}},
	{"byte order mark", "\xef\xbb\xbf" + fromA + mailA + "\nbody\n", []string{mailA + "\nbody\n"}},
	{"old lines in front", fromA + ">From x 10:00\n" + mailA + "\nbody\n\n" + fromB + ">" + fromA + mailB,
		[]string{">From x 10:00\n" + mailA + "\nbody\n", ">" + fromA + mailB}},
	{"two lines in front", fromA + mailA + "\nbody\n\n" + fromB + fromA + mailB, []string{mailA + "\nbody\n", fromA + mailB}},
	{"escaped: mboxo, mboxrd", fromA + mailA + "\n>From x\n>>" + fromB + "A: b\n\n" + fromB + mailB,
		[]string{mailA + "\n>From x\n>>" + fromB + "A: b\n", mailB}},

	{"prose", fromA + mailA + "\nFrom here on it is 10:30 in 2002.\n\nFrom: now\n\nFrom Tue Nov 5 it is\nlate: 2002\n", nil},
	{"a line From, and prose", fromA + mailA + "\nlook:\n\n" + fromB + "is what was in the file\n", nil},
	{"a line From, and an empty line", fromA + mailA + "\nlook:\n\n" + fromB + "\nA: b\n", nil},
	{"a line From behind text, and one field", fromA + mailA + "\nlook:\n" + fromB + "A: b\n\n", nil},
	{"a line From, folded", fromA + mailA + "\nlook:\n\n" + fromB + " A: b\n\n", nil},

	{"mboxcl2: a message in the body", fromA + mailA + length(inner) + inner + "\n" + fromB + mailB, []string{mailA + length(inner) + inner, mailB}},
	{"mboxcl2: at the end", fromA + mailA + length(inner) + inner, []string{mailA + length(inner) + inner}},
	{"mboxcl2: at the end, and the empty line", fromA + mailA + length(inner) + inner + "\n", []string{mailA + length(inner) + inner}},
	{"mboxcl2: no empty line between", fromA + mailA + length(inner) + inner + fromB + mailB, []string{mailA + length(inner) + inner, mailB}},
	{"mboxcl2: the body ends in an empty line", fromA + mailA + length(inner+"\n") + inner + "\n" + fromB + mailB, []string{mailA + length(inner+"\n") + inner + "\n", mailB}},
	{"mboxcl: escaped, and a length", fromA + mailA + length(">"+inner) + ">" + inner + "\n" + fromB + mailB, []string{mailA + length(">"+inner) + ">" + inner, mailB}},
	{"mboxcl2, CRLF", strings.ReplaceAll(fromA+mailA+fmt.Sprintf("Content-Length: %d\n\n", len(inner)+4)+inner+"\n"+fromB+mailB, "\n", "\r\n"),
		[]string{strings.ReplaceAll(mailA+fmt.Sprintf("Content-Length: %d\n\n", len(inner)+4)+inner, "\n", "\r\n"), strings.ReplaceAll(mailB, "\n", "\r\n")}},
	{"length too small", fromA + mailA + "Content-Length: 2\n\nbody\n\n" + fromB + mailB, []string{mailA + "Content-Length: 2\n\nbody\n", mailB}},
	{"length too large by one", fromA + mailA + "Content-Length: 7\n\nbody\n\n" + fromB + mailB, []string{mailA + "Content-Length: 7\n\nbody\n", mailB}},
	{"length into the next message", fromA + mailA + "Content-Length: 99\n\nbody\n\n" + fromB + mailB, []string{mailA + "Content-Length: 99\n\nbody\n", mailB}},
	{"length beyond the end", fromA + mailA + "Content-Length: 99999\n\nbody\n\n" + fromB + mailB, []string{mailA + "Content-Length: 99999\n\nbody\n", mailB}},
	{"length far beyond the end", fromA + mailA + "Content-Length: 99999999\n\nbody\n\n" + fromB + mailB, []string{mailA + "Content-Length: 99999999\n\nbody\n", mailB}},
	{"length that is none", fromA + mailA + "Content-Length: -7\nContent-Length: 9e9\n\nbody\n\n" + fromB + mailB, []string{mailA + "Content-Length: -7\nContent-Length: 9e9\n\nbody\n", mailB}},
	{"length to a line From in prose", fromA + mailA + "Content-Length: 70\n\n" + inner + "From me\n\n" + fromB + mailB,
		[]string{mailA + "Content-Length: 70\n\n", "A: b\n\ninner body\n" + "From me\n", mailB}},
}

// inner is a body with an unescaped line "From " in it, which looks like the
// beginning of a message.
const inner = fromB + "A: b\n\ninner body\n"

func length(body string) string { return fmt.Sprintf("Content-Length: %d\n\n", len(body)) }

// cuts returns what an input is cut into.
func cuts(t *testing.T, name string, r io.Reader, size int64) (list []*Raw, errs []error) {
	t.Helper()
	for w, err := range Split(name, r, size) {
		switch {
		case (w == nil) == (err == nil):
			t.Fatalf("%v with %v", w, err)
		case err != nil:
			if in := (*InputError)(nil); !errors.As(err, &in) || in.Name == "" || !strings.HasPrefix(err.Error(), in.Name+": ") {
				t.Errorf("error without its place: %#v", err)
			}
			errs = append(errs, err)
		default:
			list = append(list, w)
		}
	}
	return list, errs
}

func (w *Raw) text() string {
	data, _ := io.ReadAll(w.content.from(0))
	return string(data)
}

func TestSplitMbox(t *testing.T) {
	for _, c := range splitCases {
		t.Run(c.name, func(t *testing.T) {
			if c.want == nil {
				_, rest, _ := strings.Cut(c.input, "\n")
				c.want = []string{strings.TrimSuffix(rest, "\n")}
				if !strings.HasSuffix(rest, "\n\n") {
					c.want = []string{rest}
				}
			}
			for _, r := range []io.Reader{strings.NewReader(c.input), iotest.OneByteReader(strings.NewReader(c.input))} {
				for _, size := range []int64{-1, int64(len(c.input))} {
					list, errs := cuts(t, "in", r, size)
					var got []string
					for _, w := range list {
						got = append(got, w.text())
						if c.input[w.Offset:][:w.Size()] != w.text() || !slices.Equal(w.Containers, []string{"mbox"}) {
							t.Errorf("offset %d, containers %q", w.Offset, w.Containers)
						}
					}
					if len(errs) > 0 || !slices.Equal(got, c.want) {
						t.Errorf("size %d:\n got %q, %v\nwant %q", size, got, errs, c.want)
					}
					r = iotest.HalfReader(strings.NewReader(c.input))
				}
			}
		})
	}
}

// TestSplitFidelity holds that a message out of an mbox is the same as if it was
// saved alone, but for where it came from.
func TestSplitFidelity(t *testing.T) {
	list, _ := cuts(t, "in", strings.NewReader(fromA+mailA+"\n>From x\n\n"+fromB+mailB), -1)
	if len(list) != 2 || !list[0].Escaped || list[1].Escaped {
		t.Fatalf("%+v", list)
	}
	m, err := list[1].message()
	if err != nil || m.SHA256 != sha256.Sum256([]byte(mailB)) || m.Fidelity != report.AsReceived || !strings.Contains(m.FidelityWhy, "mail store") ||
		len(m.Repairs) > 0 || m.Input != nil {
		t.Errorf("%+v, %v", m, err)
	}
	alone := read(t, mailB)
	if alone.Input == nil || alone.Input.SHA256 != m.SHA256 || alone.Input.Size != m.Size || len(alone.Containers) > 0 {
		t.Errorf("alone: %+v", alone)
	}
	input := &Input{Size: 7}
	for w, err := range (Source{Name: "in", Reader: strings.NewReader(fromA + mailB), Input: input}).Split() {
		if m, err2 := w.message(); err != nil || err2 != nil || m.Input != input {
			t.Errorf("%+v, %v, %v", m, err, err2)
		}
	}
}

// bigMbox has messages that are larger than the buffers: n messages of about size
// bytes.
func bigMbox(n, size int) ([]byte, []string) {
	var b bytes.Buffer
	var want []string
	for i := range n {
		mail := mailA + fmt.Sprintf("X-Number: %d\n\n", i) + strings.Repeat(fmt.Sprintf("body From %d\n>From x\n", i), 1+size/21)
		if i%3 == 0 {
			body := strings.Repeat(inner, 1+size/len(inner))
			mail = mailA + length(body) + body
		}
		want = append(want, mail)
		b.WriteString(fromA + mail + "\n")
	}
	return b.Bytes(), want
}

func TestSplitLarge(t *testing.T) {
	for _, size := range []int{100, 70_000, 300_000, 700_000, 3_000_000} {
		data, want := bigMbox(min(40, 30_000_000/size), size)
		list, errs := cuts(t, "in", bytes.NewReader(data), int64(len(data)))
		if len(errs) > 0 || len(list) != len(want) {
			t.Fatalf("%d bytes: %d messages, not %d; %v", size, len(list), len(want), errs)
		}
		for i, w := range list {
			if w.text() != want[i] || w.Escaped != (i%3 != 0) {
				t.Errorf("%d bytes: message %d of %d bytes differs", size, i, w.Size())
			}
		}
	}
}

// TestSplitBreaks holds that what was read before an error is not lost.
func TestSplitBreaks(t *testing.T) {
	bad := errors.New("disk on fire")
	r := io.MultiReader(strings.NewReader(fromA+mailA+"\nbody\n\n"+fromB+mailB), iotest.ErrReader(bad))
	list, errs := cuts(t, "in", r, -1)
	if len(list) != 2 || len(errs) != 1 || !errors.Is(errs[0], bad) || len(list[0].limits) > 0 || len(list[1].limits) != 1 {
		t.Fatalf("%v, %v", list, errs)
	}
	var in *InputError
	if errors.As(errs[0], &in); in.Offset != int64(len(fromA+mailA+"\nbody\n\n"+fromB+mailB)) {
		t.Error(errs[0], in.Offset)
	}
	n := 0
	for range Split("in", bytes.NewReader(bytes.Repeat([]byte(fromA+mailB), 10)), -1) {
		if n++; n == 3 {
			break
		}
	}
}

// TestSplitHostile are mboxes that would cost a careless reader much time.
func TestSplitHostile(t *testing.T) {
	for name, c := range map[string]struct {
		unit  string
		apart bool // Each is a message.
	}{
		"lines From only":             {fromA, false},
		"lengths far ahead":           {fromA + "A: b\nContent-Length: 8000000\n\nbody\n\n", true},
		"headers without end":         {fromA + "A: b\n" + strings.Repeat(" c\n", 1000), true},
		"lines From without line end": {strings.TrimSuffix(fromA, "\n"), false},
		"quotes":                      {">>>>>>>>>>>>>>>>From x\n", false},
	} {
		n := 0
		size := 5 << 20
		data := append([]byte(fromA+mailA+"\nbody\n\n"), bytes.Repeat([]byte(c.unit), 1+size/len(c.unit))...)
		for _, err := range Split("in", bytes.NewReader(data), -1) {
			if n++; err != nil {
				t.Error(name, err)
			}
		}
		if want := 2 + size/len(c.unit); c.apart && n != want {
			t.Errorf("%s: %d messages, want %d", name, n, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, c := range splitCases {
		f.Add([]byte(c.input))
	}
	for _, c := range archives(f) {
		f.Add(c.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		end, n := int64(0), 0
		for w, err := range Split("in", bytes.NewReader(data), -1) {
			if n++; n > len(data)+2 {
				t.Fatalf("%d yields of %d bytes", n, len(data))
			}
			if err != nil {
				if in := (*InputError)(nil); !errors.As(err, &in) || in.Name == "" {
					t.Errorf("error without its place: %#v", err)
				}
				continue
			}
			if slices.Equal(w.Containers, []string{"mbox"}) {
				checkCut(t, data, end, w)
				end = w.Offset + w.Size()
			}
		}
		for range Split("in", bytes.NewReader(data), int64(len(data))) {
			break // No more may come.
		}
		if end > 0 && len(bytes.Trim(data[end:], "\r\n")) > 0 {
			t.Errorf("lost at the end: %q", data[end:])
		}
	})
}

// checkCut holds that between two messages nothing was left out but an empty line
// and a line "From ".
func checkCut(t *testing.T, data []byte, end int64, w *Raw) {
	t.Helper()
	if w.Offset < end || w.text() != string(data[w.Offset:][:w.Size()]) {
		t.Errorf("%d bytes are not at %d, behind %d", w.Size(), w.Offset, end)
		return
	}
	between := bytes.TrimPrefix(data[end:w.Offset], []byte("\xef\xbb\xbf"))
	empty := len(between) - len(bytes.TrimLeft(between, "\r\n"))
	line := chop(between[empty:])
	if fromLine(bytes.TrimRight(line, "\r")) == fromNone || bytes.IndexByte(line, '\n') >= 0 || end > 0 && empty > 4 {
		t.Errorf("lost before %d: %q", w.Offset, between)
	}
}

// BenchmarkSplit cuts an mbox of 64 MB out of memory, messages of 4 KB and of 64 KB.
func BenchmarkSplit(b *testing.B) {
	for _, size := range []int{4 << 10, 64 << 10} {
		body := strings.Repeat("A line of text as it stands in mail, From here to there, of usual length.\n", size/74)
		data := bytes.Repeat([]byte(fromA+mailA+"\n"+body+"\n"), (64<<20)/size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range Split("x", bytes.NewReader(data), -1) {
					if n++; err != nil {
						b.Fatal(err)
					}
				}
				if n != (64<<20)/size {
					b.Fatal(n)
				}
			}
		})
	}
}

// TestMboxWithoutEnd holds that a message that never ends does not keep a stream
// waiting for ever.
func TestMboxWithoutEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 4 GiB")
	}
	var got []string
	for w, err := range Split("in", io.MultiReader(strings.NewReader(fromA+mailA+"\n"), repeat("x", 1<<40)), -1) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, fmt.Sprint(w.Size()))
	}
	want := []string{fmt.Sprint(MaxMessage), "in: a message that does not end within 4 GiB: nothing behind it was read; if that is an mbox, cut it in front of the next message, and name the rest"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
