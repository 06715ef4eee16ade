package mailbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"testing/iotest"
)

func TestMediaType(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{"text/plain", "text/plain"},
		{` Multipart/MIXED; boundary="a b"`, "multipart/mixed boundary=a b"},
		{"multipart/mixed;\r\n\tboundary=abc", "multipart/mixed boundary=abc"},
		{"multipart/mixed\r\n\tboundary=abc", "multipart/mixed boundary=abc"}, // lost semicolon
		{"multipart/mixed; boundary=a b", "multipart/mixed boundary=a b"},     // blanks without quotes
		{"multipart/mixed; boundary=a charset=b", "multipart/mixed boundary=a charset=b"},
		{"multipart/mixed; boundary=a==b; x=y", "multipart/mixed boundary=a==b x=y"},
		{"multipart/mixed; boundary=----=_Part_1", "multipart/mixed boundary=----=_Part_1"},
		{`multipart/mixed; boundary="abc`, "multipart/mixed boundary=abc"}, // unclosed
		{`multipart/mixed; boundary="abc; x=y`, "multipart/mixed boundary=abc x=y"},
		{`multipart/mixed (a (nested) "comment;"); (b) boundary (c) = (d) abc (e)`, "multipart/mixed boundary=abc"},
		{`(c) text/plain`, "text/plain"},
		{`"text/plain"; charset=x`, "text/plain charset=x"},
		{";; ; charset=x", " charset=x"},
		{"text/plain; junk; charset=x;", "text/plain charset=x"},
		{`x/y; name="a\"b\\c\d"`, `x/y name=a"b\c\d`}, // \d is a Windows path
		{"x/y; name*=utf-8'de'%C3%BC%2e", "x/y name=ü."},
		{"x/y; name*=iso-8859-1''%FC", "x/y name=ü"},
		{"x/y; name*0=a; name*1=b; name*3=d", "x/y name=ab"},
		{"x/y; name*1*=%62; name*0*=utf-8''%61; name*2=%63", "x/y name=ab%63"},
		{"x/y; name*0*=utf-8''%C3; name*1*=%BC", "x/y name=ü"}, // a character in two pieces
		{"x/y; name*x=1; name*-1=1; name*999=1; name**=1", "x/y"},
		{"x/y; name=a; name=b", "x/y name=a"},
		{"", ""},
	} {
		m := parseMediaType(c.value)
		got := m.name
		for _, name := range []string{"boundary", "charset", "name", "x"} {
			if v := m.get(name); v != "" {
				got += " " + name + "=" + v
			}
		}
		if got != c.want {
			t.Errorf("%q: got %q, want %q", c.value, got, c.want)
		}
	}
}

func TestEncodings(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"base64", "YWJj", "abc"},
		{"BASE64 (c)", "YW\r\nJ j*ZA==\r\n", "abcd"},
		{`"base64"`, "YQ==YmM=ZGVm", "abcdef"}, // several texts
		{"base64", "YWJjZ", "abc"},             // cut off
		{"base64", "YWJjZGU", "abcde"},         // padding lost
		{"quoted-printable", "a=3D=C3=bc=\r\nb=  \nc=x=", "a=übc=x="},
		{"Quoted-Printable;", "a=20\n", "a \n"},
		{"7-bit", "a=3D", "a=3D"},
		{"x-unknown", "YWJj", "YWJj"},
		{"", "YWJj", "YWJj"},
	} {
		e := parseEncoding(c.name)
		for _, r := range []io.Reader{e.decoder(strings.NewReader(c.text)), iotest.OneByteReader(e.decoder(iotest.OneByteReader(strings.NewReader(c.text))))} {
			if got, err := io.ReadAll(r); err != nil || string(got) != c.want {
				t.Errorf("%s: %q: got %q, %v, want %q", c.name, c.text, got, err, c.want)
			}
		}
	}
}

// FuzzDecode holds that what was encoded by the library comes out, and that nothing
// decodes to more than it was.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("text\r\nü=\x00 \n"))
	f.Add([]byte("YQ==YmM=ZGVm=C3=\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var b bytes.Buffer
		w := base64.NewEncoder(base64.StdEncoding, &b)
		_, _ = w.Write(data)
		_ = w.Close()
		if got, err := io.ReadAll(encodingBase64.decoder(&b)); err != nil || !bytes.Equal(got, data) {
			t.Errorf("base64: %q, %v", got, err)
		}
		b.Reset()
		q := quotedprintable.NewWriter(&b)
		q.Binary = true
		_, _ = q.Write(data)
		_ = q.Close()
		if got, err := io.ReadAll(encodingQuoted.decoder(&b)); err != nil || !bytes.Equal(got, data) {
			t.Errorf("quoted-printable: %q, %v", got, err)
		}
		for _, e := range []encoding{encodingBase64, encodingQuoted} {
			if got, err := io.ReadAll(e.decoder(bytes.NewReader(data))); err != nil || len(got) > len(data) {
				t.Errorf("%d bytes of %d, %v", len(got), len(data), err)
			}
		}
	})
}

// FuzzMediaType holds the parser against that of the library.
func FuzzMediaType(f *testing.F) {
	for _, s := range []string{`multipart/mixed; boundary="a b"`, "x/y (c); n*0*=utf-8''%61; n*1=b", `x/y; n="a\"`, "x/y; boundary=a b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := parseMediaType(s)
		if len(got.params) > maxParameter {
			t.Errorf("%d parameters", len(got.params))
		}
		for _, p := range got.params {
			if v := got.get(p.name); len(v) > 4*MaxParameters {
				t.Errorf("%d bytes", len(v))
			}
		}
	})
}

func TestSlice(t *testing.T) {
	const text = "0123456789abcdef"
	for n := 1; n <= len(text); n++ {
		c := rawOf([]byte(text), n).content
		for lo := range len(text) + 1 {
			for hi := lo; hi <= len(text)+1; hi++ {
				s := c.slice(int64(lo), int64(hi))
				got, _ := io.ReadAll(s.from(0))
				if want := text[lo:min(hi, len(text))]; string(got) != want || s.size != int64(len(want)) {
					t.Fatalf("pieces of %d, %d to %d: got %q of %d", n, lo, hi, got, s.size)
				}
				for _, p := range s.parts {
					if len(p) == 0 {
						t.Fatal("an empty piece")
					}
				}
			}
		}
		if c.at(-1) != 0 || c.at(3) != '3' || c.at(16) != 0 {
			t.Error("at")
		}
	}
}

// TestCursor holds that the lines with dashes are found wherever chunks end.
func TestCursor(t *testing.T) {
	const text = "--0\nx--\n-\n--1\n\n---\r\n- -\n--"
	for n := 1; n <= len(text); n++ {
		c := rawOf([]byte(text), n).content
		cur := c.cursor(0)
		got := ""
		for cur.dashes() {
			at := cur.at
			line, _ := cur.line(100)
			got += fmt.Sprintf("%d %s|", at, line)
		}
		if want := "0 --0|10 --1|15 ---|24 --|"; got != want {
			t.Errorf("pieces of %d: got %s, want %s", n, got, want)
		}
		cur = c.cursor(4)
		if line, ok := cur.line(2); string(line) != "x-" || !ok || cur.at != 8 {
			t.Errorf("pieces of %d: %q, then %d", n, line, cur.at)
		}
	}
}
