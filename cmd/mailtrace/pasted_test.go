package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestPasted holds what becomes of the bytes that a terminal sends. Between reads
// nothing means that they came at once, a dot that then there was silence, and two
// that it was long.
func TestPasted(t *testing.T) {
	const (
		begin = pasteBegin
		end   = pasteEnd
	)
	tests := []struct {
		name  string
		reads []string
		text  string
		want  outcome
	}{
		{"a paste, then Ctrl-D", []string{begin + "A: b\rC: d\r" + end, ".", "\x04", "."}, "A: b\nC: d\n", ended},
		{"all at once", []string{begin + "A: b\r" + end + "\x04", "."}, "A: b\n", ended},
		{"Ctrl-D has to be pressed", []string{begin + "A: b\r" + end, ".", "."}, "A: b\n", goOn},
		{"nothing at all", []string{"\x04", "."}, "", ended},
		{"given up", []string{begin + "A: b\r" + end, ".", "\x03", "."}, "A: b\n", gaveUp},
		{"given up at once", []string{begin + "A: b\r" + end + "\x03", "."}, "A: b\n", gaveUp},
		{"pieces", []string{begin + "A: b" + end, ".", begin + "c\r" + end, ".", "\x04", "."}, "A: bc\n", ended},
		{"pieces and what is typed", []string{begin + "A: b" + end, ".", "\r", ".", "x", "y", ".", "\r", ".", "\x04", "."}, "A: b\nxy\n", ended},

		{"every byte is text", []string{begin + "a\x00\x03\x04\x1a\x1c\x7f\x1b[A\x1b\tb" + end + "\x04", "."}, "a\x00\x03\x04\x1a\x1c\x7f\x1b[A\x1b\tb", ended},
		{"also when it comes slowly", []string{begin, ".", "\x04", ".", "\x03", ".", "\x1b", ".", "[", ".", "\x7f", ".", end, "\x04", "."}, "\x04\x03\x1b[\x7f", ended},
		{"the end in pieces", []string{begin + "a\x1b", "[2", ".", "01", "~", ".", "\x04", "."}, "a", ended},
		{"the begin in pieces", []string{"\x1b", "[200", "~a\x04b" + end, ".", "\x04", "."}, "a\x04b", ended},
		{"the begin in slow pieces", []string{"\x1b[2", ".", "00~a\x04b" + end, ".", "\x04", "."}, "a\x04b", ended},
		{"no end, but a long silence", []string{begin + "a\r", "..", "\x04", "."}, "a\n", ended},
		{"no end, given up", []string{begin + "a\r", "..", "\x03", "."}, "a\n", gaveUp},
		{"a long silence, then more", []string{begin + "a\r", "..", "\x04", "b", ".", end, "\x04", "."}, "a\n\x04b", ended},
		{"a long silence, then its end", []string{begin + "a\r", "..", "\x04" + end, "."}, "a\n\x04", goOn},
		{"the begin twice", []string{begin + "a" + begin + "b" + end + "\x04", "."}, "a" + begin + "b", ended},
		{"the end in the text", []string{begin + "a" + end + "b\r\x04\x03rm -rf\rc" + end, ".", "\x04", "."}, "a" + end + "b\n\x04\x03rm -rf\nc", ended},
		{"the end in the text, often", []string{begin + "a\r" + end + end, end + "\nb\r" + end, ".", "\x04", "."}, "a\n" + end + end + end + "\nb\n", ended},
		{"the end in the text, slowly", []string{begin + "a\r" + end, ".", "b" + end, ".", "\x04", "."}, "a\nb", ended},
		{"the end, no marks", []string{"a" + end + "b\r" + end, ".", "\x04", "."}, "a" + end + "b\n" + end, ended},
		{"the end, then typed at once", []string{begin + "a\r" + end + "\nb", ".", "\x04", "."}, "a\nb", ended},
		{"two pastes at once", []string{begin + "a" + end + begin + "b" + end, ".", "\x04", "."}, "ab", ended},

		{"no marks", []string{"A: b\rC: d\r", ".", "\x04", "."}, "A: b\nC: d\n", ended},
		{"no marks, a stray Ctrl-D", []string{"A: b\x04c\r", "d\x04", "e\r", ".", "\x04", "."}, "A: b\x04c\nd\x04e\n", ended},
		{"no marks, a stray Ctrl-C", []string{"A: b\x03c\r", "\x03", "e\r", ".", "\x04", "."}, "A: b\x03c\n\x03e\n", ended},
		{"no marks, Ctrl-D directly behind", []string{"A: b\r\x04", "."}, "A: b\n", ended},
		{"no marks, Ctrl-D twice", []string{"A: b\r", ".", "\x04", "\x04", "."}, "A: b\n", ended},
		{"no marks, an escape sequence", []string{"A: \x1b[31mb\x1b", "[0m\x7f\r", ".", "\x04", "."}, "A: \x1b[31mb\x1b[0m\x7f\n", ended},

		{"Backspace", []string{"a", "\xc3\xa9", "\x7f", "b", "\x08", "\x7f", "\x7f", "c\r", "\x7f", ".", "\x04", "."}, "c\n", ended},
		{"Backspace leaves a paste alone", []string{begin + "a" + end, "b", "\x7f", "\x7f", ".", "\x04", "."}, "a", ended},
		{"keys without a letter", []string{"a", "\x1b[A\x1b[A", "\x1bOP", "\x1b[15;5~", "\x0c", "\x1b", "[", "B", "\x1bx", "\x1b", ".", "b", ".", "\x04", "."}, "ab", ended},
		{"a key that nobody knows", []string{"\x1b[1", ".", "abc", ".", "\x04", "."}, "abc", ended},
		{"keys, then a paste", []string{"\x7f" + begin + "a" + end, ".", "\x04", "."}, "a", ended},

		{"Ctrl-D before raw mode, on Linux", []string{"A: b\n\x00", "."}, "A: b\n", ended},
		{"only that", []string{"\x00", "."}, "", ended},
		{"a NUL later", []string{"a\r", ".", "b\x00", ".", "\x04", "."}, "a\nb\x00", ended},

		{"line ends", []string{begin + "a\rb\r\nc\nd\r\r\re\r\n\r\n" + end + "\x04", "."}, "a\nb\nc\nd\n\n\ne\n\n", ended},
		{"CR LF in two reads", []string{begin + "a\r", "\nb\r", "\n" + end + "\x04", "."}, "a\nb\n", ended},
		{"CR LF as CR CR", []string{begin + "a\r", "\rb\r\r\r\rc" + end + "\x04", "."}, "a\nb\n\nc", ended},
		{"one line end that is single", []string{begin + "a\r\rb\r\rc\r" + end + "\x04", "."}, "a\n\nb\n\nc\n", ended},
	}
	for _, tt := range tests {
		p := pasted{limit: 1 << 20}
		got := goOn
		for _, r := range tt.reads {
			if got != goOn {
				t.Errorf("%s: ended before %q", tt.name, r)
			}
			switch r {
			case "..":
				got = p.quiet()
				p.stall()
			case ".":
				got = p.quiet()
			default:
				p.feed([]byte(r))
			}
		}
		lines := p.lines()
		text := string(p.message())
		if text != tt.text || got != tt.want {
			t.Errorf("%s: %q, %d; not %q, %d", tt.name, text, got, tt.text, tt.want)
		}
		want := strings.Count(text, "\n")
		if text != "" && !strings.HasSuffix(text, "\n") {
			want++
		}
		if lines != want {
			t.Errorf("%s: %d lines, not %d", tt.name, lines, want)
		}
	}
}

// TestPastedLimit holds that a paste takes no more memory than is allowed, and that
// it can be ended all the same.
func TestPastedLimit(t *testing.T) {
	p := pasted{limit: 10}
	p.feed([]byte(pasteBegin + "12345678"))
	p.feed([]byte("90ABC" + pasteEnd))
	p.feed([]byte("DEF"))
	p.feed([]byte{ctrlD})
	if got := p.quiet(); got != ended || p.beyond != 6 {
		t.Errorf("%d, %d bytes beyond", got, p.beyond)
	}
	if got := count(&p); got != "1 line, 10 bytes (full, the rest is dropped)" {
		t.Error(got)
	}
	if got := string(p.message()); got != "1234567890" {
		t.Error(got)
	}

	p = pasted{limit: 10}
	p.feed([]byte(pasteBegin + "12345678" + pasteEnd))
	p.quiet()
	p.feed([]byte("90"))
	if got := string(p.message()); got != "1234567890" || p.beyond != 0 {
		t.Errorf("%s, %d bytes beyond", got, p.beyond)
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1,000 bytes", 268435457: "268,435,457 bytes"} {
		if got := plural(n, "byte"); got != want {
			t.Errorf("%d: %s, not %s", n, got, want)
		}
	}
}

// FuzzPasted holds, for every way in which bytes can come, that what stands between
// the marks is kept to the byte, that no more is kept than is allowed, and that
// there is always a way out.
func FuzzPasted(f *testing.F) {
	for _, s := range []string{
		"A: b\r\x04", pasteBegin + "a\x04" + pasteEnd + "b\x7f", "\x1b[2", "\x00\x03", strings.Repeat("\x04", 200),
		"\x1b[200\xff~", "a\r\r\xffb\r\r", "\r3\xff\x7f\xff\n*", pasteBegin, "\x1bO\x1b[;;;;", "\x7f\xff\x7f",
	} {
		f.Add([]byte(s), byte(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, size byte) {
		const limit = 1000
		p := pasted{limit: limit}
		// 0xff is silence here.
		for i, piece := range bytes.Split(data, []byte{0xff}) {
			if i > 0 {
				p.quiet()
			}
			for len(piece) > 0 {
				n := min(len(piece), int(size)+1)
				p.feed(piece[:n])
				piece = piece[n:]
				if len(p.text) > limit || len(p.held) > maxKeys {
					t.Fatalf("%d bytes of text, %d held", len(p.text), len(p.held))
				}
			}
		}
		p.quiet()
		p.stall()
		p.feed([]byte{ctrlC})
		if got := p.quiet(); got != gaveUp && !(got == ended && !p.inside) {
			t.Errorf("Ctrl-C: %d", got)
		}
		if n, m := p.lines(), bytes.Count(p.message(), []byte("\n")); n != m && n != m+1 {
			t.Errorf("%d lines, not %d", n, m)
		}

		// In a bracketed paste nothing has a meaning but its end.
		if bytes.Contains(data, []byte(pasteEnd[1:])) {
			return
		}
		p = pasted{limit: len(data)}
		p.feed([]byte(pasteBegin))
		for piece := data; len(piece) > 0; {
			n := min(len(piece), int(size)+1)
			p.feed(piece[:n])
			if got := p.quiet(); got != goOn {
				t.Fatalf("inside of a paste: %d", got)
			}
			piece = piece[n:]
		}
		p.feed([]byte(pasteEnd))
		if !bytes.Equal(p.text, data) || p.inside {
			t.Errorf("%q, not %q", p.text, data)
		}
	})
}
