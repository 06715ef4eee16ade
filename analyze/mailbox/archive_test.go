package mailbox

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

type file struct{ name, content string }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func gzipped(tb testing.TB, content []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(content)
	must(tb, err)
	must(tb, z.Close())
	return b.Bytes()
}

func zipped(tb testing.TB, files ...file) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.name)
		must(tb, err)
		_, err = io.WriteString(w, f.content)
		must(tb, err)
	}
	must(tb, z.Close())
	return b.Bytes()
}

func tarred(tb testing.TB, files ...file) []byte {
	var b bytes.Buffer
	z := tar.NewWriter(&b)
	must(tb, z.WriteHeader(&tar.Header{Name: "dir/", Typeflag: tar.TypeDir, Mode: 0o700}))
	must(tb, z.WriteHeader(&tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}))
	for _, f := range files {
		must(tb, z.WriteHeader(&tar.Header{Name: f.name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(f.content))}))
		_, err := io.WriteString(z, f.content)
		must(tb, err)
	}
	must(tb, z.Close())
	return b.Bytes()
}

const mboxAB = fromA + mailA + "\nbody\n\n" + fromB + mailB

type archiveCase struct {
	name string
	data []byte
	want string // Name, containers and offset of each message; "!" and the error.
}

func archives(tb testing.TB) []archiveCase {
	// printf 'From: b@example.org\nSubject: B\n\nbody of B\n' | bzip2 | base64
	bzip2, err := base64.StdEncoding.DecodeString("QlpoOTFBWSZTWWRJ5iMAAAdfgAAQQAEAEFEACAA/ltZgIAAxQADQMmQRTNNTJo2iaH6nqjI8WeBuPL1SiGJWYA7U1KheW9ff7WnP4u5IpwoSDIk8xGA=")
	must(tb, err)
	files := []file{
		{"dir/", ""}, {"dir/a.eml", mailB}, {"__MACOSX/dir/._a.eml", "x"}, {"dir/.DS_Store", "x"}, {"../../etc/b.mbox", mboxAB}, {"/c.eml", ""}, {"d\xff.gz", string(gzipped(tb, []byte(mailB)))},
	}
	const members = "in/dir/a.eml %[1]s 0|in/../../etc/b.mbox %[1]s,mbox 44|in/../../etc/b.mbox %[1]s,mbox %[2]d|in//c.eml %[1]s 0|in/d\uFFFD.gz %[1]s,gzip 0"
	second := len(mboxAB) - len(mailB)
	whole := gzipped(tb, []byte(mboxAB))
	encrypted := bytes.Clone(zipped(tb, file{"a", mailB}, file{"b", mailB}))
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1
	method := bytes.Clone(zipped(tb, file{"a", mailB}, file{"b", mailB}))
	method[bytes.Index(method, []byte("PK\x01\x02"))+10] = 14
	damaged := bytes.Clone(zipped(tb, file{"a", mailB}, file{"b", mailB}))
	damaged[35] ^= 0xff
	before := bytes.Clone(zipped(tb, file{"a", mailB}))
	before = append(before[:20], before[28:]...)
	shared := sharing(tb)
	deep := []byte(mailB)
	for range 5 {
		deep = gzipped(tb, deep)
	}
	return []archiveCase{
		{"gzip", gzipped(tb, []byte(mailB)), "in gzip 0"},
		{"gzip of an mbox", whole, fmt.Sprintf("in gzip,mbox 44|in gzip,mbox %d", second)},
		{"gzip, two in a row", append(gzipped(tb, []byte(mboxAB[:50])), gzipped(tb, []byte(mboxAB[50:]))...), fmt.Sprintf("in gzip,mbox 44|in gzip,mbox %d", second)},
		{"gzip of nothing", gzipped(tb, nil), "in gzip 0"},
		{"gzip, cut", whole[:len(whole)-4], fmt.Sprintf("in gzip,mbox 44|in gzip,mbox %d|!in: read mbox: unpack gzip: the data breaks off (at byte %d)", second, len(mboxAB))},
		{"gzip of one message, cut", gzipped(tb, []byte(mailB))[:40], "in gzip 0|!in: read message: unpack gzip: the data breaks off (at byte 29)"},
		{"bzip2", bzip2, "in bzip2 0"},
		{"zip", zipped(tb, files...), fmt.Sprintf(members, "zip", second)},
		{"zip of nothing", zipped(tb), "!in: a ZIP archive in which no file can be a message; look what is in it; a message is a file ending in .eml, .msg or .mbox, as a rule"},
		{"zip, one name for several", zipped(tb, file{"a", mailB}, file{"a (2)", mailB}, file{"a", mailB}, file{"a", mailB}, file{"\xff", mailB}, file{"\xfe", mailB}),
			"in/a zip 0|in/a (2) zip 0|in/a (3) zip 0|in/a (4) zip 0|in/\uFFFD zip 0|in/\uFFFD (2) zip 0"},
		{"zip, one name by two ways", zipped(tb, file{"b/a", mailB}, file{"b", string(zipped(tb, file{"a", mailB}))}), "in/b/a zip 0|in/b/a (2) zip,zip 0"},
		{"zip, members share their bytes", shared, "in/a zip 0|in/a (2) zip 0|in/a (3) zip 0|in/a (4) zip 0|in/a (5) zip 0|in/a (6) zip 0|!in/a (7): a member of a ZIP archive whose members have more bytes than the archive: no more are read; no program packs so: take it for a decompression bomb"},
		{"tar, one name for several", tarred(tb, file{"a", mailB}, file{"a", mailB}), "in/a tar 0|in/a (2) tar 0"},
		{"tar of nothing", tarred(tb), "!in: a tar archive in which no file can be a message; look what is in it; a message is a file ending in .eml, .msg or .mbox, as a rule"},
		{"gzip of an mbox, cut in front of a message", cutGzip(tb, []byte(mboxAB[:second])), fmt.Sprintf("in gzip,mbox 44|!in: read mbox: unpack gzip: the data breaks off (at byte %d)", second)},
		{"zip in a zip", zipped(tb, file{"a.zip", string(zipped(tb, file{"b.eml", mailB}))}), "in/a.zip/b.eml zip,zip 0"},
		{"zip, encrypted", encrypted, "!in/a: an encrypted member of a ZIP archive; unpack it with its password and name the messages|in/b zip 0"},
		{"zip, other compression", method, "!in/a: a member of a ZIP archive, compressed by method 14, which is not known here; unpack it and name the messages|in/b zip 0"},
		{"zip, damaged", damaged, "in/a zip 0|!in/a: read message: unpack zip: zip: checksum error (at byte 42)|in/b zip 0"},
		{"zip, a place before the beginning", before, "!in/a: a member of a ZIP archive that cannot be read (unexpected EOF); get the archive again: it is damaged"},
		{"tar", tarred(tb, files[1:]...), fmt.Sprintf(members, "tar", second)},
		{"tar.gz", gzipped(tb, tarred(tb, file{"a", mailB}, file{"b", mailB})), "in/a gzip,tar 0|in/b gzip,tar 0"},
		{"tar, cut", tarred(tb, file{"a", mailB}, file{"b", mailB})[:1024+512+512+512+20], "in/a tar 0|in/b tar 0|!in/b: read message: unpack tar: the data breaks off (at byte 20)|!in: read tar archive: the data breaks off (at byte 2580)"},
		{"five deep", deep, "!in: an archive in 4 others; unpack the outer ones and name what is inside"},
		{"msg", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), "in msg 0"},
	}
}

// sharing is an archive with eight entries in its list for one member.
func sharing(tb testing.TB) []byte {
	const entries = 8
	z := zipped(tb, file{"a", mailB})
	list, end := bytes.Index(z, []byte("PK\x01\x02")), bytes.Index(z, []byte("PK\x05\x06"))
	tail := bytes.Clone(z[end:])
	tail[8], tail[10] = entries, entries
	binary.LittleEndian.PutUint32(tail[12:], uint32(entries*(end-list)))
	return slices.Concat(z[:list], bytes.Repeat(z[list:end], entries), tail)
}

// cutGzip is compressed data of which only the end is missing.
func cutGzip(tb testing.TB, content []byte) []byte {
	z := gzipped(tb, content)
	return z[:len(z)-4]
}

func TestArchives(t *testing.T) {
	for _, c := range archives(t) {
		t.Run(c.name, func(t *testing.T) {
			for _, in := range []Source{
				{Name: "in", Reader: bytes.NewReader(c.data)},
				{Name: "in", Reader: bytes.NewReader(c.data), At: bytes.NewReader(c.data), Size: int64(len(c.data))},
			} {
				var got []string
				for w, err := range in.Split() {
					if err != nil {
						got = append(got, "!"+err.Error())
						continue
					}
					got = append(got, fmt.Sprintf("%s %s %d", w.Name, strings.Join(w.Containers, ","), w.Offset))
					if content := w.text(); w.Size() > 0 && w.format != formatMSG && len(w.limits) == 0 && content != mailB && content != mailA+"\nbody\n" {
						t.Errorf("content %q", content)
					}
				}
				if list := strings.Join(got, "|"); list != c.want {
					t.Errorf("\n got %s\nwant %s", list, c.want)
				}
			}
		})
	}
}

// bomb makes gzip data of n bytes.
func bomb(tb testing.TB, unit string, n int) []byte {
	return gzipped(tb, bytes.Repeat([]byte(unit), n/len(unit)))
}

func TestBombs(t *testing.T) {
	const mb = 1 << 20
	mail := fromA + "A: b\n\n" + strings.Repeat("x", 1000) + "\n\n"
	inner := string(bomb(t, mail, 60*mb))
	for name, data := range map[string][]byte{
		"gzip":            bomb(t, mail, 60*mb),
		"gzip in gzip":    gzipped(t, bomb(t, mail, 60*mb)),
		"zip":             zipped(t, file{"a", string(bytes.Repeat([]byte(mail), 60*mb/len(mail)))}),
		"gzip in zip":     zipped(t, file{"a", inner}, file{"b", inner}),
		"many in a zip":   zipped(t, file{"a", string(bytes.Repeat([]byte(mail), 30*mb/len(mail)))}, file{"b", string(bytes.Repeat([]byte(mail), 30*mb/len(mail)))}),
		"gzip in tar.gz":  gzipped(t, tarred(t, file{"a", inner}, file{"b", inner})),
		"one large, gzip": gzipped(t, append([]byte(mailB), make([]byte, 60*mb)...)),
	} {
		size, n, last := int64(0), 0, error(nil)
		for w, err := range Split("in", bytes.NewReader(data), -1) {
			if err != nil {
				n, last = n+1, err
				continue
			}
			size += w.Size()
		}
		var format *FormatError
		if !errors.As(last, &format) || !strings.Contains(last.Error(), "in") || !strings.Contains(last.Error(), "200 times") || n != 1 || size > 40*mb {
			t.Errorf("%s: %d bytes, %d errors, the last: %v", name, size, n, last)
		}
	}
}

// TestManyMembers holds that the list of a ZIP archive is bounded: it is held in
// memory.
func TestManyMembers(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 5000 {
		_, err := z.Create(fmt.Sprintf("%04d%s", i, strings.Repeat("x", 4000)))
		must(t, err)
	}
	must(t, z.Close())
	_, errs := cuts(t, "in", bytes.NewReader(b.Bytes()), -1)
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "list of members has more than 16 MiB") {
		t.Error(errs)
	}
	_, errs = cuts(t, "in", io.MultiReader(strings.NewReader("PK\x03\x04"), repeat("x", maxArchive)), -1)
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "64 MiB in a stream") {
		t.Error(errs)
	}
}

// TestEndless holds that only the beginning is read of what is no message.
func TestEndless(t *testing.T) {
	for unit, want := range map[string]string{
		"y\n":                        "no header field found",
		"\x00":                       "binary data",
		"\n":                         "no header field found",
		"12:00 ":                     "no header field found",
		"\x7fELF\x00\x01:\x00\x02a:": "a program",
	} {
		n := int64(0)
		_, errs := cuts(t, "in", &counter{repeat(unit, 1<<30), &n}, -1)
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), want) || n > 2*maxPreamble {
			t.Errorf("%q: %d bytes read, %v", unit, n, errs)
		}
	}
	// What may yet be a message is read on.
	text := strings.Repeat("text of a ticket\n", maxPreamble/17-10)
	for _, field := range []string{"> Received: x", "\t  Subject: x", "<td><b>Subject</b>:</td>", "S\x00u\x00b\x00j\x00e\x00c\x00t\x00:\x00", "Von&nbsp;: x", "From\u00a0: x"} {
		list, errs := cuts(t, "in", strings.NewReader(text+"\n"+field+"\n"+text), -1)
		if len(errs) > 0 || len(list) != 1 || list[0].Size() < int64(2*len(text)) {
			t.Errorf("%q: %v", field, errs)
		}
	}
}

func TestIsContainer(t *testing.T) {
	for _, c := range archives(t) {
		if got := IsContainer(c.data[:min(len(c.data), HeadSize)]); got != (c.name != "msg") {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	for _, text := range []string{"", mailB, "From me\nA: b\n\n", fromA, fromA + "\nA: b\n"} {
		if IsContainer([]byte(text)) {
			t.Errorf("%q", text)
		}
	}
}

// TestPieces holds that a message whose size is known is in one piece, be the size
// right or not.
func TestPieces(t *testing.T) {
	text := "A: b\n\n" + strings.Repeat("0123456789abcde\n", 3*maxPreamble/16)
	for _, size := range []int64{-1, 7, maxPreamble, int64(len(text)) - 1, int64(len(text)), int64(len(text)) + 1} {
		list, errs := cuts(t, "in", strings.NewReader(text), size)
		if len(errs) > 0 || len(list) != 1 || list[0].text() != text || len(list[0].limits) > 0 {
			t.Fatalf("size %d: %v", size, errs)
		}
		if n := len(list[0].content.parts); size >= int64(len(text)) && n != 1 {
			t.Errorf("size %d: %d pieces", size, n)
		}
	}
}
