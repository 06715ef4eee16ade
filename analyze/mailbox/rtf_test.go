package mailbox

import (
	"encoding/binary"
	"strings"
	"testing"
)

// packedRTF is RTF in the form that is not compressed.
func packedRTF(rtf string) string { return rtfHead(len(rtf), 0x414C454D) + rtf }

func rtfHead(size int, kind uint32) string {
	head := make([]byte, 16)
	binary.LittleEndian.PutUint32(head[4:], uint32(size))
	binary.LittleEndian.PutUint32(head[8:], kind)
	return string(head)
}

func TestDecompressRTF(t *testing.T) {
	if n := len(rtfDictionary); n != 207 {
		t.Fatalf("the dictionary has %d bytes", n)
	}
	const lzfu = 0x75465A4C
	for _, c := range []struct{ name, data, want, err string }{
		// MS-OXRTFCP section 4.1.1 and 4.1.2.
		{"example", "\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125B2\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0",
			"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", ""},
		{"a reference into what it writes", "\x1a\x00\x00\x00\x1c\x00\x00\x00LZFu\xe2\xd4\x4b\x51\x41\x00\x04\x20WXYZ\x0d\x6e}\x01\x0e\xb0",
			"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}", ""},
		{"not compressed", packedRTF("{}"), "{}", ""},
		{"longer than it says", rtfHead(1, 0x414C454D) + "{}", "{", ""},
		{"no head", "LZFu", "", "no head"},
		{"another kind", rtfHead(2, 7) + "{}", "", "not known"},
		{"cut off", rtfHead(100, lzfu) + "\x00{}", "{}", "cut off"},
		{"cut off in a reference", rtfHead(100, lzfu) + "\x01\x00", "", "cut off"},
		{"nothing in it", rtfHead(100, lzfu), "", "cut off"},
	} {
		got, err := decompressRTF([]byte(c.data))
		if string(got) != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	// Each two bytes stand for 17.
	bomb := []byte(rtfHead(1<<32-1, lzfu))
	for i := range 1 << 20 {
		if i%8 == 0 {
			bomb = append(bomb, 0xff)
		}
		at := len(rtfDictionary) + 17*i
		bomb = binary.BigEndian.AppendUint16(bomb, uint16(at+1)<<4|0xf)
	}
	if got, err := decompressRTF(bomb); len(got) != MaxRTF || err != nil {
		t.Errorf("%d bytes of %d, %v", len(got), len(bomb), err)
	}
}

func TestReadRTF(t *testing.T) {
	for _, c := range []struct{ rtf, want string }{
		{`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}}{\colortbl\red0;}{\*\generator x;}\pard Hello\par wor\b ld\b0\tab\'e4\~x\}\\}`,
			"Hello\r\nworld\tä\u00a0x}\\"},
		{`{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\*\htmltag18 <html>}\htmlrtf {\htmlrtf0 {\*\htmltag64 <p class="x">}a{\*\htmltag84 &lt;}\htmlrtf <\htmlrtf0 \lquote\htmlrtf\par}\htmlrtf0 {\*\mhtmltag64 <q>}{\*\htmltag27 </html>\par}}`,
			"<html><p class=\"x\">a&lt;&lsquo;</html>\r\n"},
		{`{\rtf1\ansi\ansicpg1252\fromtext a\line b}`, "a\r\nb"},
		{`{\rtf1\ansi\uc1 \u8364?\u-10179?\u-8704?x\u26085\'93\'fa}`, "€\U0001F600x日ú"},
		{`{\rtf1\ansi\uc2 \u26085\'93\'fax}`, "日x"},
		{`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset128 B;}{\f2\fcharset204 C;}}\f1 \'93\'fa\f2\'cf\f0\'e9{\f1\'93\'fa}\'e9}`, "日Пé日é"},
		{`{\rtf1 a\bin3 }}}b}c`, "ab"},
		{`{\rtf1 {\pict ffff}a{\*\unknown b}c`, "ac"},
		{`{\rtf1 \'zz\`, "zz"},
		{"{\\rtf1 a\r\nb\\\r\nc}", "ab\r\nc"},
		{`no rtf`, ""},
		{`{\rtf1 ` + strings.Repeat("{", 2*maxRTFGroups) + "x", ""},
	} {
		if got, _ := readRTF([]byte(c.rtf)); got != c.want {
			t.Errorf("%.100s:\n%q\nwant\n%q", c.rtf, got, c.want)
		}
	}
}
