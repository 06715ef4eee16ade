package received

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// seeds are the fields of testdata and, where there are corpora, of their sample.
func seeds(f *testing.F) []string {
	var out []string
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for block := range strings.SplitSeq(string(data), "\n\n") {
			if _, field, ok := strings.Cut(block, "Received:"); ok {
				field, _, _ = strings.Cut(field, "\n= ")
				out = append(out, field)
			}
		}
	}
	mails, _ := filepath.Glob(filepath.Join(os.Getenv("MAILTRACE_CORPORA"), "sample", "*.eml"))
	for _, file := range mails {
		if data, err := os.ReadFile(file); err == nil {
			for _, field := range headerFields(data) {
				out = append(out, field.Value)
			}
		}
	}
	return out
}

// FuzzParse: whatever the field, the hop keeps it whole, its spans lie in it, its
// lists are there and bounded, and what it says is a part of it.
func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		h := Parse(Field{Line: 1, Value: value})
		if h.Raw != value {
			t.Fatal("the field was not kept")
		}
		spans := reflect.ValueOf(h.Spans)
		for i := range spans.NumField() {
			s := spans.Field(i).Interface().(Span)
			if s.Offset < 0 || s.Length < 0 || int(s.Offset)+int(s.Length) > len(value) {
				t.Errorf("span %s = %v of %d bytes", spans.Type().Field(i).Name, s, len(value))
			}
		}
		for _, list := range [][]string{h.Comments, h.For, h.Unparsed} {
			if list == nil || len(list) > MaxStrings {
				t.Errorf("a list of %d, nil: %v", len(list), list == nil)
			}
		}
		if h.Implies == nil || h.Oddities == nil || h.Dialect == "" || h.Kind == "" || h.Confidence == "" {
			t.Errorf("incomplete: %+v", h)
		}
		if h.Time != nil && (h.Time.Location() != time.UTC || h.Time.Year() < firstYear-1 || h.Time.Year() > lastYear+1) {
			t.Errorf("time %v", h.Time)
		}
		if utf8.ValidString(value) && !utf8.ValidString(h.By.Name+h.From.Name+h.ID+h.With) {
			t.Error("a name was cut within a character")
		}
	})
}

// FuzzReadDate: a date that is read says so, or says what is wrong with it.
func FuzzReadDate(f *testing.F) {
	for _, s := range seeds(f) {
		if i := strings.LastIndexByte(s, ';'); i >= 0 {
			f.Add(s[i+1:])
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		var d stamp
		end, ok := readDate(s, &d)
		if end < 0 || end > len(s) {
			t.Fatalf("end %d of %d", end, len(s))
		}
		if ok && d.time.IsZero() && !d.has(ImpossibleDate) && !d.has(ImpossibleOffset) && !d.has(AmbiguousDate) {
			t.Errorf("%q: no time, and no reason: %v", s, d.oddities[:d.nodd])
		}
		if d.offset < -12*3600 || d.offset > 14*3600 {
			t.Errorf("%q: offset %d", s, d.offset)
		}
	})
}

// FuzzNewPath: the path has every field, and its parts fit together.
func FuzzNewPath(f *testing.F) {
	all := seeds(f)
	for i := 0; i+3 <= len(all); i += 3 {
		f.Add(all[i], all[i+1], all[i+2])
	}
	org := func(name string) string {
		if i := strings.LastIndexByte(name, '.'); i > 0 {
			return name[strings.LastIndexByte(name[:i], '.')+1:]
		}
		return ""
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		path := NewPath([]Field{{1, a}, {2, b}, {3, c}}, org)
		if len(path.Steps) != 3 || path.Steps[0].Raw != c || path.Steps[2].Raw != a {
			t.Fatal("not the fields in their order")
		}
		next := 1
		for _, s := range path.Segments {
			if s.First != next || s.Last < s.First || s.Last > 3 || s.Kind == "" || s.Why == "" {
				t.Errorf("segments %+v", path.Segments)
			}
			next = s.Last + 1
		}
		for i, s := range path.Steps {
			if s.Link == "" || (s.ClockOffset == nil) != (s.ClockBasis == "") {
				t.Errorf("step %d: link %q, clock %v %q", i+1, s.Link, s.ClockOffset, s.ClockBasis)
			}
		}
		if next != 4 {
			t.Errorf("segments %+v do not cover the path", path.Segments)
		}
	})
}
