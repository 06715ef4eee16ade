package mailbox

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"mailtrace/report"
)

// boxes are the files of mbox/ and how many messages each has.
var boxes = []struct {
	name     string
	messages int
	errors   int // Of Split, or of what it cut.
	why      string
}{
	{"dkimpy-message.mbox", 1, 0, "no line From at all, in spite of its name: one message"},
	{"mimekit-content-length.mbox.txt", 29, 0, `29 lines begin with "From -", five of them without a date, each with a header behind it; two ">From -" ` +
		`stand in bodies, quoted messages of 1996; lengths are right, but for those of two messages of another Netscape`},
	{"mimekit-simple.mbox.txt", 3, 0, `3 lines "From - ", without dates and with no empty line before them`},
	{"mox-imaptest.mbox", 48, 0, "48 lines From with dates, each behind an empty line; three messages have a right Content-Length, of which two are alike"},
	{"sisimai-size-0", 0, 1, "no byte"},
	{"sisimai-size-1", 0, 1, "one blank"},
	{"sisimai-size-2", 0, 1, `"22" and a line end`},
	{"spamassassin-nice.mbox", 3, 0, `3 lines From with dates; a line of prose, "from the following locations:", has a small f`},
}

func TestBoxes(t *testing.T) {
	dir := filepath.Join(corpora(t), "mbox")
	for _, c := range boxes {
		data, err := os.ReadFile(filepath.Join(dir, c.name))
		must(t, err)
		messages, errs, end := 0, 0, int64(0)
		for w, err := range Split(c.name, bytes.NewReader(data), int64(len(data))) {
			if err != nil {
				t.Error(err)
				continue
			}
			m, err := w.message()
			if err != nil {
				errs++
				continue
			}
			messages++
			check(t, m, data)
			if len(w.Containers) > 0 {
				checkCut(t, data, end, w)
				end = w.Offset + w.Size()
			}
		}
		if messages != c.messages || errs != c.errors {
			t.Errorf("%s: %d messages, %d errors; want %d, %d: %s", c.name, messages, errs, c.messages, c.errors, c.why)
		}
	}
	names, err := fs.Glob(os.DirFS(dir), "*")
	if must(t, err); len(names) != len(boxes)+1 { // index.jsonl
		t.Errorf("%d files, %d in the list", len(names)-1, len(boxes))
	}
}

// TestMaildir unpacks the Maildir of the corpora. It has one file in each of two
// directories of three folders, each of them two bytes that are no message.
func TestMaildir(t *testing.T) {
	f, err := os.Open(filepath.Join(corpora(t), "maildir", "stalwart.tar.gz"))
	must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, err)
	unpacked := fstest.MapFS{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		must(t, err)
		data, err := io.ReadAll(r)
		must(t, err)
		if h.Typeflag == tar.TypeReg {
			unpacked[h.Name] = &fstest.MapFile{Data: data}
		}
	}
	const want = ".My Folder/cur/1035478339.27041_118.foo.org,S=1000,W=1030;2,TDR|.My Folder/new/1276528487.M364837P9451.kurkku,S=1355,W=1394;2,|" +
		".My Folder.Nested Folder/cur/1276533073.M242911P3632.kurkku;2,FP|.My Folder.Nested Folder/new/1035478339.27041_118.foo.org,S=1000,W=1030;2,RDF,|" +
		"cur/1491941793.M41850P8566V0000000000000015I0000000004F3030E_0.mx1.example.com,S=10956;2,STln|new/1234567890.M20046P2137.mailserver,S=4542,W=4642;2,Sb"
	if got := list(t, unpacked); got != want || len(unpacked) != 6 {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	must(t, second(f.Seek(0, io.SeekStart)))
	cut, errs := cuts(t, "in", f, -1)
	if len(cut) != 6 || len(errs) > 0 || cut[0].Size() != 2 {
		t.Errorf("out of the archive: %d, %v", len(cut), errs)
	}
}

func second(_ int64, err error) error { return err }

// more are the files of mails/ that are cut into more than one message, though each
// is a file for one. Both are bounces with the line From of a mail store in front,
// and quote the message that they are about with such a line of its own, behind an
// empty line. No reader of an mbox can know that it does not begin the next message,
// and none of the bytes is lost: the quoted message is reported as one.
var more = map[string]int{
	"mails/spamassassin-tests/t.rules/BOUNCE_MESSAGE/10.eml": 2,
	"mails/sisimai-bounces/maildir/not/rb-issue-368-bug.eml": 2,
}

// TestSplitMails holds that a file with one message stays one message, whether a
// line From stands in front of it or not, and that many in one file are cut apart again.
func TestSplitMails(t *testing.T) {
	dir, rows := index(t)
	var box bytes.Buffer
	var want []string
	for _, r := range rows {
		data, err := os.ReadFile(filepath.Join(dir, r.Path))
		must(t, err)
		list, errs := cuts(t, r.Path, bytes.NewReader(data), int64(len(data)))
		if len(errs) > 0 || len(list) != max(1, more[r.Path]) {
			t.Errorf("%s: %d messages, %v", r.Path, len(list), errs)
			continue
		}
		m, err := list[0].message()
		if err != nil || more[r.Path] > 0 || m.Fidelity == report.HeadersOnly || len(m.Repairs) > 0 || box.Len() > 30<<20 {
			continue
		}
		// As in an mbox that escapes nothing.
		text := list[0].text()
		if text[len(text)-1] != '\n' {
			text += "\n"
		}
		box.WriteString("From x@example.org Tue Nov  5 12:00:00 2002\n" + text + "\n")
		want = append(want, text)
	}
	list, errs := cuts(t, "box", bytes.NewReader(box.Bytes()), -1)
	if len(errs) > 0 || len(list) != len(want) {
		t.Fatalf("%d messages, not %d; %v", len(list), len(want), errs)
	}
	for i, w := range list {
		if w.text() != want[i] {
			t.Errorf("message %d differs: %.300q", i, want[i])
		}
	}
	t.Logf("%d messages in an mbox of %d bytes", len(want), box.Len())
}
