package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// reflected is what AppendJSON has to give: the words of encoding/json.
func reflected(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// TestAppendJSON fills every field that the types have, whatever it is called, and
// holds AppendJSON to encoding/json. A field that append_report.go or append_path.go
// leaves out is named.
func TestAppendJSON(t *testing.T) {
	f := filler{t: t, Rand: rand.New(rand.NewPCG(4, 7))}
	for i := range 200 {
		r := new(Report)
		f.odds = i % 5
		f.fill("", reflect.ValueOf(r).Elem())
		want, err := reflected(r.complete())
		if err != nil {
			t.Fatalf("encoding/json: %v", err)
		}
		got := r.AppendJSON([]byte("before"))
		if !bytes.HasPrefix(got, []byte("before")) {
			t.Fatal("what was in the buffer is lost")
		}
		if got = got[len("before"):]; !bytes.Equal(got, want) {
			t.Fatalf("report %d: %s", i, difference(got, want))
		}
	}
	f.checkMet()
}

// TestAppendJSONExamples does the same with reports on messages.
func TestAppendJSONExamples(t *testing.T) {
	names, err := filepath.Glob("../testdata/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no examples", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Read(data)
		if err != nil {
			t.Fatal(err)
		}
		want, err := reflected(r.complete())
		if err != nil {
			t.Fatal(err)
		}
		if got := r.AppendJSON(nil); !bytes.Equal(got, want) {
			t.Errorf("%s: %s", name, difference(got, want))
		}
	}
}

// A forgotten, a misnamed and a misplaced key are named: the test above is worth
// only as much as what it says.
func TestDifference(t *testing.T) {
	for _, c := range []struct{ got, want, says string }{
		{`{"a":{"b":[{}]}}`, `{"a":{"b":[{"c":1}]}}`, `a.b[0].c: left out`},
		{`{"a":1,"b":2}`, `{"a":1}`, `b: not in the types`},
		{`{"a":[1,2]}`, `{"a":[1,3]}`, `a[1]: 2, want 3`},
		{`{"a":[1]}`, `{"a":null}`, `a: [1], want <nil>`},
		{`{"b":1,"a":1}`, `{"a":1,"b":1}`, `byte 2: b"`},
		{`{"a":`, `{"a":1}`, `no JSON`},
	} {
		if says := difference([]byte(c.got), []byte(c.want)); !strings.Contains(says, c.says) {
			t.Errorf("%s, %s: %q, want %q", c.got, c.want, says, c.says)
		}
	}
}

// difference says in which key got differs from want, or, where all values are the
// same, at which byte.
func difference(got, want []byte) string {
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		return fmt.Sprintf("no JSON: %v\n%s", err, got)
	}
	if err := json.Unmarshal(want, &b); err != nil {
		return fmt.Sprintf("want is no JSON: %v", err)
	}
	if s := differs("", a, b); s != "" {
		return s
	}
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	near := func(b []byte) []byte { return b[i:min(i+40, len(b))] }
	return fmt.Sprintf("byte %d: %s, want %s", i, near(got), near(want))
}

func differs(at string, got, want any) string {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			return keysDiffer(at, got, want)
		}
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(want) {
			for i := range want {
				if s := differs(fmt.Sprintf("%s[%d]", at, i), got[i], want[i]); s != "" {
					return s
				}
			}
			return ""
		}
	}
	if reflect.DeepEqual(got, want) {
		return ""
	}
	return fmt.Sprintf("%s: %v, want %v", at, got, want)
}

func keysDiffer(at string, got, want map[string]any) string {
	for key := range got {
		if _, ok := want[key]; !ok {
			return join(at, key) + ": not in the types"
		}
	}
	for key := range want {
		if _, ok := got[key]; !ok {
			return join(at, key) + ": left out"
		}
		if s := differs(join(at, key), got[key], want[key]); s != "" {
			return s
		}
	}
	return ""
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// filler puts values into whatever a report consists of.
type filler struct {
	t *testing.T
	*rand.Rand
	odds int            // How often out of 4 lists and pointers are there.
	met  map[string]int // What was put there, by kind, for checkMet.
}

func (f *filler) fill(at string, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = one(f, "time", oddTimes())
		return
	case *netip.Addr:
		*p = one(f, "address", oddAddrs())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(join(at, v.Type().Field(i).Name), v.Field(i))
		}
	case reflect.Slice:
		f.fillList(at, v)
	case reflect.Pointer:
		if f.there("pointer") {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(at, v.Elem())
		}
	case reflect.String:
		v.SetString(one(f, "string", oddStrings()))
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(one(f, "int", []int64{0, 1, -1, 25, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64}) >> (64 - v.Type().Bits()))
	case reflect.Uint16:
		v.SetUint(one(f, "uint", []uint64{0, 1, 25, 587, math.MaxUint16}))
	case reflect.Float64:
		v.SetFloat(one(f, "float", oddFloats()))
	default:
		f.t.Fatalf("%s is a %s: teach it to filler, and to appender", at, v.Type())
	}
}

func (f *filler) fillList(at string, v reflect.Value) {
	if !f.there("list") {
		if f.IntN(2) == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 1+f.IntN(3), 3))
	for i := range v.Len() {
		f.fill(fmt.Sprintf("%s[%d]", at, i), v.Index(i))
	}
}

func (f *filler) there(kind string) bool {
	there := f.IntN(4) < f.odds
	f.count(fmt.Sprint(kind, " ", there))
	return there
}

func (f *filler) count(what string) {
	if f.met == nil {
		f.met = make(map[string]int)
	}
	f.met[what]++
}

// checkMet fails where one of the things that may go wrong was never tried.
func (f *filler) checkMet() {
	for kind, n := range map[string]int{"time": len(oddTimes()), "address": len(oddAddrs()), "string": len(oddStrings()), "float": len(oddFloats())} {
		for i := range n {
			if what := fmt.Sprint(kind, " ", i); f.met[what] == 0 {
				f.t.Errorf("%s never came", what)
			}
		}
	}
	for _, what := range []string{"list true", "list false", "pointer true", "pointer false"} {
		if f.met[what] == 0 {
			f.t.Errorf("%s never came", what)
		}
	}
}

func one[T any](f *filler, kind string, of []T) T {
	i := f.IntN(len(of))
	f.count(fmt.Sprint(kind, " ", i))
	return of[i]
}

func oddFloats() []float64 {
	return []float64{0, math.Copysign(0, -1), 1, -1.5, 0.1, 1e-6, 9.99e-7, 1e-7, -1e-9, 1.25e-10, 1e20, 1e21, 1.5e21, -1e100, 1e300,
		math.MaxFloat64, math.SmallestNonzeroFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}
}

func oddAddrs() []netip.Addr {
	addrs := []netip.Addr{{}}
	for _, s := range []string{"192.0.2.1", "0.0.0.0", "::", "2001:db8::1", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.1", "fe80::1%eth0",
		"::ffff:192.0.2.1%eth0", "fe80::1%a\"\\\x00<\xff\u2028"} {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	return append(addrs, netip.MustParseAddr("fe80::1").WithZone(strings.Repeat("z", 300)))
}

func oddTimes() []time.Time {
	zone := func(seconds int) *time.Location { return time.FixedZone("", seconds) }
	times := []time.Time{{}, time.Unix(0, 0), time.Unix(1<<62, 0), time.Unix(-1<<62, 0), time.Now()}
	for _, year := range []int{-1, 0, 1, 2026, 9999, 10000, 99999} {
		for _, in := range []*time.Location{time.UTC, zone(0), zone(3600), zone(-34200), zone(90), zone(86399), zone(-86399), zone(86400), zone(-360000)} {
			times = append(times, time.Date(year, 1, 1, 0, 0, 0, 0, in), time.Date(year, 12, 31, 23, 59, 59, 120_000_000, in))
		}
	}
	return times
}

func oddStrings() []string {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return slices.Concat(stringSeeds(), []string{string(all), strings.Repeat("plain text ", 200)})
}

// stringSeeds are strings with what needs an escape, and what does not, in each
// place of eight bytes.
func stringSeeds() []string {
	seeds := []string{"", "a", "1234567", "12345678", "123456789", "<b>&amp;\x7f", "\u2027\u2028\u2029\u202a", "Grüße, 世界 😀", "\ufffd\ufeff",
		"\xff", "\xc3", "\xe2\x80", "\xf0\x9f\x98", "\xed\xa0\x80", "\xc0\x80", "\xe2\x80\xa8\xe2\x80", " from a\r\n\tby \"b\\c\" \b\f\x00\x1f"}
	for _, odd := range []string{"\"", "\\", "\n", "\x00", "\x1f", "\x7f", "!", "#", "[", "]", "é", "\u2028", "\xff", "\x80", "\xe2\x80"} {
		for i := range 9 {
			seeds = append(seeds, "12345678"[:min(i, 8)]+odd+"abcdefgh"[:8-min(i, 8)], strings.Repeat(odd, i))
		}
	}
	return seeds
}

func FuzzAppendString(f *testing.F) {
	for _, s := range stringSeeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := reflected(s)
		if err != nil {
			t.Fatal(err)
		}
		want = bytes.TrimSuffix(want, []byte("\n"))
		if got := appendString([]byte("x"), s); string(got) != "x"+string(want) {
			t.Errorf("%q: got %s, want x%s", s, got, want)
		}
	})
}

// writes counts what WriteJSON promises to do once.
type writes struct{ n, bytes int }

func (w *writes) Write(p []byte) (int, error) {
	w.n, w.bytes = w.n+1, w.bytes+len(p)
	return len(p), nil
}

// One Write for each report, however long it is and wherever it goes; the same bytes
// behind what is already in a buffer; and indented as encoding/json indents.
func TestWriteJSONOnce(t *testing.T) {
	r := sevenHops()
	r.Message.Subject = strings.Repeat("<x>\n", usualReport)
	for _, indent := range []bool{false, true} {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if indent {
			e.SetIndent("", "  ")
		}
		if err := e.Encode(r.complete()); err != nil {
			t.Fatal(err)
		}
		var w writes
		if err := r.WriteJSON(&w, indent); err != nil || w.n != 1 || w.bytes != want.Len() {
			t.Errorf("%d writes of %d bytes, %v; want one of %d", w.n, w.bytes, err, want.Len())
		}
		b := bytes.NewBufferString("before")
		for range 2 {
			if err := r.WriteJSON(b, indent); err != nil {
				t.Fatal(err)
			}
		}
		if b.String() != "before"+want.String()+want.String() {
			t.Errorf("indent %v: not what encoding/json gives", indent)
		}
	}
}

// TestAppendJSONAllocates holds the writing to one small allocation.
func TestAppendJSONAllocates(t *testing.T) {
	r, b := sevenHops(), make([]byte, 0, 1<<20)
	if n := testing.AllocsPerRun(100, func() { r.AppendJSON(b) }); n > 1 {
		t.Errorf("%v allocations, want 1 at most", n)
	}
}
