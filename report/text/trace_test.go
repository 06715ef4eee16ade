package text

import (
	"bytes"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"mailtrace/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden shows the reports of testdata at 80 columns. Other widths and
// colours are not pages of their own: they only have to keep the promises.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no reports", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := report.Read(data)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(name, ".json")+".txt", show(t, r, Style{}))
			for _, columns := range []int{1, 40, 53, 66, 80, 100, 300} {
				show(t, r, Style{Width: columns})
				show(t, r, Style{Width: columns, Color: true, NoDefang: true})
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what is shown (-update rewrites it):\n%s", name, got)
	}
}

func show(t testing.TB, r *report.Report, style Style) string {
	t.Helper()
	if r.Kind == report.KindProbe {
		page, _ := probePage(t, r, style)
		return page
	}
	var b bytes.Buffer
	if err := Trace(&b, r, style); err != nil {
		t.Fatal(err)
	}
	check(t, b.String(), style)
	return b.String()
}

// colors is what may stand in a page beside text: nothing else begins with ESC.
var colors = regexp.MustCompile(`\x1b\[(0|1|2|33|1;31)m`)

// check holds what every page promises: no raw control but the line end, no line
// wider than it may be, no blanks at its end, and never the words "safe" and
// "clean".
func check(t testing.TB, page string, style Style) {
	t.Helper()
	lined(t, page, style)
	if regexp.MustCompile(`(?i)\b(safe|clean)\b`).MatchString(page) {
		t.Errorf("it says safe or clean:\n%s", page)
	}
}

// lined is check for pages that may quote anything.
func lined(t testing.TB, page string, style Style) {
	t.Helper()
	if style.Color {
		page = colors.ReplaceAllString(page, "")
	}
	columns := newPage(style).width
	for _, line := range strings.Split(page, "\n") {
		if i := strings.IndexFunc(line, func(r rune) bool { return !visible(r) }); i >= 0 || !isUTF8(line) {
			t.Errorf("raw control in %+q", line)
		}
		if w := width(line); w > columns {
			t.Errorf("%d of %d columns: %s", w, columns, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("blanks at the end of %q", line)
		}
	}
}

// TestManyHops holds a page of a message with thousands of hops to a size that
// can be read, and to saying what it left out.
func TestManyHops(t *testing.T) {
	r := report.New(report.KindTrace)
	for i := range 5000 {
		r.Path.Hops = append(r.Path.Hops, report.Hop{Number: i + 1})
	}
	for _, style := range []Style{{}, {Width: 50}} {
		page := show(t, r, style)
		if !strings.Contains(page, "… 4900 hops are not shown") {
			t.Errorf("nothing is left out:\n%s", page)
		}
		if n := strings.Count(page, "\n"); n > 4*MaxHopsShown {
			t.Errorf("%d lines", n)
		}
		for _, number := range []string{" 1 ", " 20 ", " 4921 ", " 5000 "} {
			if !strings.Contains(page, number) {
				t.Errorf("hop%sis not shown", number)
			}
		}
	}
}

// TestHostileEverywhere shows reports in which every string is hostile, found by
// the types, so that a new field cannot be forgotten.
func TestHostileEverywhere(t *testing.T) {
	for _, s := range hostile {
		for _, number := range []int64{0, 1, -1, 1 << 40} {
			r := new(report.Report)
			fill(reflect.ValueOf(r).Elem(), s, number)
			for _, style := range []Style{{}, {Width: 44}, {Color: true, NoDefang: true}} {
				show(t, r, style)
				rules(t, r.Rules, style)
			}
		}
	}
}

// fill sets every string in v to s, every number to n, and gives every list
// two elements and every pointer a value.
func fill(v reflect.Value, s string, n int64) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(n)
	case reflect.Float64:
		v.SetFloat(float64(n) * 1e9)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s, n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), s, n)
		fill(v.Index(1), s, n)
	case reflect.Struct:
		switch v.Interface().(type) {
		case netip.Addr:
			v.Set(reflect.ValueOf(netip.MustParseAddr("fe80::1").WithZone(s)))
			return
		case time.Time:
			v.Set(reflect.ValueOf(time.Unix(n*1000, 0)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), s, n)
		}
	}
}

func FuzzTrace(f *testing.F) {
	for _, s := range append(hostile, "", " \u00a0") {
		f.Add(s, int64(86400), 80)
	}
	f.Fuzz(func(t *testing.T, s string, n int64, columns int) {
		r := new(report.Report)
		fill(reflect.ValueOf(r).Elem(), s, n)
		show(t, r, Style{Width: columns, Color: columns%2 == 0})
	})
}

func rules(t *testing.T, list []report.Rule, style Style) string {
	t.Helper()
	var b bytes.Buffer
	if err := Rules(&b, list, style); err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		b.WriteString("\n")
		if err := Rule(&b, r, style); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestRules(t *testing.T) {
	data, err := os.ReadFile("testdata/findings.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	got := rules(t, r.Rules, Style{})
	check(t, got, Style{})
	golden(t, "testdata/rules.txt", got)
	for _, columns := range []int{40, 60} {
		check(t, rules(t, r.Rules, Style{Width: columns}), Style{Width: columns})
	}
}

func TestDuration(t *testing.T) {
	is := func(d time.Duration, want string) {
		t.Helper()
		if got := duration(d); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
	is(0, "0 s")
	is(400*time.Millisecond, "0 s")
	is(26*time.Second, "26 s")
	is(-26*time.Second, "-26 s")
	is(180*time.Second, "3 min")
	is(185*time.Second, "3 min 5 s")
	is(52*time.Hour, "2 d 4 h")
	is(24*time.Hour+time.Second, "1 d")
	is(-1<<63, "-106751 d 23 h")
}

func BenchmarkTrace(b *testing.B) {
	data, err := os.ReadFile("testdata/microsoft.json")
	if err != nil {
		b.Fatal(err)
	}
	r, err := report.Read(data)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if err := Trace(&out, r, Style{}); err != nil {
			b.Fatal(err)
		}
	}
}
