package mailbox

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// repeat reads s again and again, n bytes in all, out of no memory.
func repeat(s string, n int64) io.Reader {
	return io.LimitReader(&endless{s: strings.Repeat(s, 32<<10/len(s))}, n)
}

type endless struct {
	s  string
	at int
}

func (e *endless) Read(buf []byte) (n int, err error) {
	for n < len(buf) {
		k := copy(buf[n:], e.s[e.at:])
		e.at = (e.at + k) % len(e.s)
		n += k
	}
	return n, nil
}

func limits(m *Message) string {
	var names []string
	for _, l := range m.Limits {
		names = append(names, strings.TrimPrefix(l.Name, "mailbox."))
	}
	return strings.Join(names, " ")
}

func TestBounds(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		name   string
		r      io.Reader
		fields int // -1: refused.
		limits string
	}{
		{"100 MB of one line", repeat("a", 100*mb), -1, ""},
		{"100 MB of one field", io.MultiReader(strings.NewReader("A: b\nSubject: "), repeat("a", 100*mb)), 2, "MaxHeader"},
		{"100 MB of empty lines", repeat("\n", 100*mb), -1, ""},
		{"200,000 Received fields", repeat("Received: from a.example.org\n", 29*200_000), MaxFields, "MaxFields"},
		{"header without end", repeat("A: b\n c\n", 100*mb), MaxFields, "MaxHeader MaxFields"},
		{"header without end, CR", repeat("A: b\r c\r", 20*mb), MaxFields, "MaxHeader MaxFields"},
		{"folding without end", io.MultiReader(strings.NewReader("A: b\n"), repeat(" \n", 20*mb)), 1, "MaxHeader"},
		{"stray lines", repeat("A: b\nx\n", 7*1000), 1000, "MaxRepairs"},
		{"bare CR", io.MultiReader(strings.NewReader("A: b\n"), repeat("A:\r\rb\r\n", 7*1000)), 1001, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Read("x", c.r, 0)
			switch {
			case c.fields < 0:
				if err == nil {
					t.Errorf("read: %d fields", len(m.Fields))
				}
			case err != nil:
				t.Error(err)
			case len(m.Fields) != c.fields || limits(m) != c.limits || len(m.Repairs) > MaxRepairs || m.HeaderSize > MaxHeader:
				t.Errorf("%d fields, %d repairs, header %d, limits %q; want %d, %q",
					len(m.Fields), len(m.Repairs), m.HeaderSize, limits(m), c.fields, c.limits)
			}
		})
	}
}

// TestMemory holds that a message is kept once, whether its size is known or not.
func TestMemory(t *testing.T) {
	const size = 50 << 20
	for _, known := range []int64{0, size, size / 2, size * 2} {
		var c chunks
		var sum [32]byte
		cut, err := c.fill(repeat("0123456789\n", size), known, MaxMessage, &sum)
		if err != nil || cut || c.size != size {
			t.Fatalf("%d bytes, cut %v, %v", c.size, cut, err)
		}
		reserved := int64(0)
		for _, p := range c.parts {
			reserved += int64(cap(p))
		}
		if reserved > max(known, size+maxChunk) {
			t.Errorf("size given as %d: %d bytes reserved for %d", known, reserved, int64(size))
		}
		if known == size && len(c.parts) != 1 {
			t.Errorf("%d chunks, though the size was known", len(c.parts))
		}
	}
}

func TestMaxMessage(t *testing.T) {
	var c chunks
	var sum [32]byte
	for _, n := range []int64{99_999, 100_000, 100_001, 200_000} {
		c = chunks{}
		cut, err := c.fill(repeat("x", n), 0, 100_000, &sum)
		if err != nil || cut != (n > 100_000) || c.size != min(n, 100_000) {
			t.Errorf("%d bytes: %d kept, cut %v, %v", n, c.size, cut, err)
		}
	}
}

func TestBody(t *testing.T) {
	input := "A: b\n\n" + strings.Repeat("0123456789abcde\n", 200_000)
	m, err := Read("x", strings.NewReader(input), 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.content.parts) < 5 {
		t.Fatalf("only %d chunks", len(m.content.parts))
	}
	for range 2 {
		var b bytes.Buffer
		if _, err := io.Copy(&b, m.Body()); err != nil || b.String() != input[6:] {
			t.Errorf("WriteTo: not the body (%v)", err)
		}
		data, err := io.ReadAll(struct{ io.Reader }{m.Body()})
		if err != nil || string(data) != input[6:] {
			t.Errorf("Read: not the body (%v)", err)
		}
	}
}
