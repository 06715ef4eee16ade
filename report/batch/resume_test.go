package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"mailtrace/report"
)

// line is a report as a run writes it.
func line(t testing.TB, target string, offset int64, part int) string {
	t.Helper()
	r := report.New(report.KindTrace)
	r.Target, r.Evidence.Name, r.Evidence.Offset, r.Evidence.Part = target, target, offset, part
	r.Message.Subject = `brackets ]} and quotes "\" {` // What a subject can hold must not mislead the scanner.
	var b bytes.Buffer
	if err := r.WriteJSON(&b, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// wants asks for messages "target offset" and says what is done of each: "all",
// "none" or its parts.
func wants(t *testing.T, p *Progress, cases ...string) {
	t.Helper()
	for i := 0; i < len(cases); i += 2 {
		var target string
		var offset int64
		if _, err := fmt.Sscan(cases[i], &target, &offset); err != nil {
			t.Fatal(err)
		}
		w := p.Next(target, offset)
		got := ""
		switch {
		case w.All():
			got = "all"
		case !w.Started():
			got = "none"
		default:
			for part := range 10 {
				if w.Has(part) {
					got += fmt.Sprint(part)
				}
			}
		}
		if got != cases[i+1] {
			t.Errorf("%s: %s, want %s", cases[i], got, cases[i+1])
		}
	}
}

func progress(t *testing.T, output string) *Progress {
	t.Helper()
	p, err := Done(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDone(t *testing.T) {
	out := line(t, "a.eml", 0, 0) + line(t, "b.mbox", 0, 0) + line(t, "b.mbox", 512, 0) + line(t, "b.mbox", 512, 1) + line(t, "b.mbox", 900, 0)
	p := progress(t, out)
	if p.Reports != 5 || p.Whole != int64(len(out)) || p.Left() != 4 {
		t.Errorf("%+v, %d left", p, p.Left())
	}
	wants(t, p, "a.eml 0", "all", "b.mbox 0", "all", "b.mbox 512", "all", "b.mbox 900", "0", "b.mbox 1200", "none", "c.eml 0", "none")
	if p.Left() != 0 {
		t.Error(p.Left(), "left")
	}
	wants(t, progress(t, line(t, "a", 0, 0)+line(t, "a", 0, 1)+line(t, "a", 0, 2)), "a 0", "012")
	wants(t, progress(t, ""), "a 0", "none")
	wants(t, progress(t, line(t, "\xff\xfea", 0, 0)+line(t, "b", 0, 0)), "\xff\xfea 0", "all", "b 0", "0")
	// --part 2 writes no report on the message itself.
	wants(t, progress(t, line(t, "a", 0, 2)+line(t, "b", 0, 2)), "a 0", "all", "b 0", "2")
}

// TestDoneTwice names files twice: as many messages are done as were written.
func TestDoneTwice(t *testing.T) {
	whole := line(t, "a", 0, 0) + line(t, "a", 0, 1)
	wants(t, progress(t, whole+whole), "a 0", "all", "a 0", "01", "a 0", "none")
	wants(t, progress(t, whole+line(t, "a", 0, 0)), "a 0", "all", "a 0", "0", "a 0", "none")
	wants(t, progress(t, whole+line(t, "b", 0, 0)+whole), "a 0", "all", "b 0", "all", "a 0", "01", "b 0", "none")
	// An input that fails behind its only message, and is reported on at its beginning.
	wants(t, progress(t, line(t, "a", 0, 0)+line(t, "a", 0, 0)+line(t, "b", 0, 0)), "a 0", "all", "a 0", "all", "b 0", "0")
}

// TestDoneTorn cuts an output at each of its bytes, as a kill does.
func TestDoneTorn(t *testing.T) {
	first, second := line(t, "a", 0, 0), line(t, "b", 0, 0)
	for cut := range len(first) + len(second) {
		p := progress(t, (first + second)[:cut])
		want := 0
		if cut >= len(first) {
			want = len(first)
		}
		if p.Whole != int64(want) || p.Reports != min(want, 1) {
			t.Fatalf("cut at %d: %+v", cut, p)
		}
	}
}

func TestDoneRefuses(t *testing.T) {
	ok := line(t, "a", 0, 0)
	bad := func(output string, at int, why error) {
		t.Helper()
		_, err := Done(strings.NewReader(output))
		var r *ResumeError
		if !errors.As(err, &r) || r.Line != at || !errors.Is(err, why) || r.Hint == "" {
			t.Errorf("%.60q: %v, want %v in line %d", output, err, why, at)
		}
	}
	var indent bytes.Buffer
	if err := report.New(report.KindTrace).WriteJSON(&indent, true); err != nil {
		t.Fatal(err)
	}
	bad(indent.String(), 1, errIndented)
	bad(strings.ReplaceAll(indent.String(), "\n", "\r\n"), 1, errIndented)
	bad(ok+"\n"+ok, 2, errEmptyLine)
	bad(ok+"hello\n"+ok, 2, errNoReport)
	bad("{}\n", 1, errNoReport)
	bad(`{"schema":"mailtrace/1"}`+"\n", 1, errNoReport)
	bad(`{"schema":"mailtrace/1","kind":"trace","target":"a","evidence":{"offset":0}}`+"\n", 1, errNoKey)
	bad(`{"schema":"mailtrace/1","kind":"trace","target":"a","evidence":{"offset":1.5,"part":0}}`+"\n", 1, errNoKey)
	bad(strings.Replace(ok, "mailtrace/1", "mailtrace/9", 1), 1, errForeign)
	bad(ok[:100]+ok+ok, 1, errTorn) // A torn line that somebody wrote on behind.
	for i := 1; i < len(ok)-1; i++ {
		if _, err := Done(strings.NewReader(ok[:i] + strings.ReplaceAll(ok, "brackets ]}", "]}}]}"))); err == nil {
			t.Errorf("torn at %d, and another behind it, passes", i)
		}
	}
	bad(ok[:len(ok)-2]+"\n"+ok, 1, errTorn) // Without its last bracket.
	bad(ok+ok[:len(ok)-1]+ok, 2, errTorn)   // Two on one line.
	bad(`{"x":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+"}\n", 1, errTooDeep)
	bad(`{"x":[}]}`+"\n", 1, errTorn)
	const most = 1 << 20
	if _, err := done(strings.NewReader(ok+strings.Repeat(" ", most+1)+"\n"), most); !errors.Is(err, errTooLong) {
		t.Error(err)
	}
	long := strings.Repeat(" ", most-len(ok)) + ok
	if p, err := done(strings.NewReader(long+long[:most-1]), most); err != nil || p.Whole != int64(len(long)) {
		t.Error(err)
	}
	if _, err := Done(io.MultiReader(strings.NewReader(ok), broken{})); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, os.ErrClosed }

// FuzzDone compares the scanner with encoding/json.
func FuzzDone(f *testing.F) {
	f.Add([]byte(line(f, "a\\\"é\u2028", 17, 3)))
	f.Add([]byte(line(f, "a", 0, 0) + line(f, "b", 0, 0)[:50]))
	f.Add([]byte(`{"schema":"mailtrace/1","kind":"trace","target":"\u0061","error":"x","evidence":{"offset":1,"part":2},"x":[{"a":"\\"},null,-1.5e3]}` + "\n"))
	f.Fuzz(func(t *testing.T, output []byte) {
		p, err := Done(bytes.NewReader(output))
		if err != nil {
			if err.Error() == "" {
				t.Error("no words")
			}
			return
		}
		if p.Whole != int64(bytes.LastIndexByte(output, '\n')+1) || p.Reports != bytes.Count(output, []byte("\n")) {
			t.Fatalf("%+v", p)
		}
		for l := range bytes.Lines(output[:p.Whole]) {
			sameAsJSON(t, p, l)
		}
	})
}

// sameAsJSON holds that a line that is JSON gives what a decoder reads in it. Keys
// that differ in case, and such as stand there twice, are beyond what mailtrace writes.
func sameAsJSON(t *testing.T, p *Progress, l []byte) {
	var r struct {
		Target   *string
		Evidence *struct{ Offset, Part *int64 }
	}
	lower := bytes.ToLower(l)
	for _, key := range []string{`target`, `evidence`, `offset`, `part`} {
		if bytes.Count(lower, []byte(key)) != 1 || bytes.Contains(l, []byte(`\u`)) {
			return
		}
	}
	if json.Unmarshal(l, &r) != nil || r.Target == nil || r.Evidence == nil || r.Evidence.Offset == nil || r.Evidence.Part == nil {
		return
	}
	if w := p.Next(*r.Target, *r.Evidence.Offset); !w.Started() || !w.Has(int(*r.Evidence.Part)) {
		t.Errorf("%s: not found again", l)
	}
}

func BenchmarkDone(b *testing.B) {
	var out bytes.Buffer
	for i := range 1000 {
		l := line(b, "mail.mbox", int64(i), 0)
		// As long as the report on an ordinary message is.
		out.WriteString(strings.Replace(l, `"hops":[`, `"hops":[`+strings.Repeat(`{"number":1,"from":{"name":"mx.example.org"},"raw":"x \"y\""},`, 150)+`{}`, 1))
	}
	b.SetBytes(int64(out.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Done(bytes.NewReader(out.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
