package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"mailtrace/received"
)

// sevenHops is a report as an ordinary message of Microsoft 365 gives it.
func sevenHops() *Report {
	r := New(KindTrace)
	r.Target = "ticket-4711.eml"
	r.Made = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	r.DecidedOn.Version, r.DecidedOn.Now = "1.0.0", r.Made
	r.Evidence.Name, r.Evidence.Size = r.Target, 18204
	r.Evidence.Fidelity = AsReceived
	r.Message.From = []Mailbox{{Name: "Bank Service", Address: "service@bank.example", Raw: "Bank Service <service@bank.example>"}}
	r.Message.Subject = "Your account"
	for i := range 7 {
		at := r.Made.Add(time.Duration(i) * time.Second)
		port, offset, delay, bits := uint16(25), 0, 1.0, 256
		hop := Hop{Number: i + 1, Link: received.LinkExact, DelaySeconds: &delay}
		hop.Hop = received.Hop{
			Line: 60 - 6*i, Kind: received.Relay,
			From: received.From{Name: "AM4PEPF00012345.eurprd04.prod.example.com", HELO: "AM4PEPF00012345.eurprd04.prod.example.com",
				RDNSStatus: received.RDNSNotRecorded, Address: netip.MustParseAddr("2001:db8:10:a6:cafe::8"), Port: &port},
			By:   received.By{Name: "AS4P190CA0024.outlook.office365.example.com", Address: netip.MustParseAddr("2001:db8:20a:5d0::1"), Product: "Microsoft SMTP Server"},
			With: "Microsoft SMTP Server", Implies: []received.Implied{received.ImpliesTLS},
			TLS: &received.TLS{Version: "TLS1_3", Cipher: "TLS_AES_256_GCM_SHA384", Bits: &bits},
			ID:  "15.20.9343.10", For: []string{"user@example.org"}, Time: &at, TimeText: "Fri, 20 Nov 2026 09:00:00 +0000",
			OffsetSeconds: &offset, Comments: []string{"2001:db8:10:a6:cafe::8", "version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384"},
			Unparsed: []string{}, Oddities: []received.Oddity{}, Dialect: "exchange", Confidence: received.Certain,
			Raw: " from AM4PEPF00012345.eurprd04.prod.example.com (2001:db8:10:a6:cafe::8) by\r\n AS4P190CA0024.outlook.office365.example.com (2001:db8:20a:5d0::1) with Microsoft SMTP\r\n Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.9343.10 via\r\n Frontend Transport; Fri, 20 Nov 2026 09:00:00 +0000",
		}
		r.Path.Hops = append(r.Path.Hops, hop)
	}
	return r
}

func BenchmarkWriteJSON(b *testing.B) {
	for _, name := range []string{"microsoft365", "forged"} {
		data, err := os.ReadFile("../testdata/" + name + ".json")
		if err != nil {
			b.Fatal(err)
		}
		r, err := Read(data)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			var buf bytes.Buffer
			b.ReportAllocs()
			for b.Loop() {
				buf.Reset()
				if err := r.WriteJSON(&buf, false); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(buf.Len()))
		})
	}
}

// TestNoNull looks for lists that are null in the JSON, by the types, so that a
// new list cannot be forgotten: in a report whose lists are nil, in one whose
// lists have one element with nil lists, and so on.
func TestNoNull(t *testing.T) {
	for depth := range 4 {
		r := new(Report)
		fillLists(reflect.ValueOf(r).Elem(), depth)
		var b bytes.Buffer
		if err := r.WriteJSON(&b, false); err != nil {
			t.Fatal(err)
		}
		var tree any
		if err := json.Unmarshal(b.Bytes(), &tree); err != nil {
			t.Fatal(err)
		}
		checkLists(t, fmt.Sprintf("depth %d", depth), reflect.TypeFor[Report](), tree)
		again := new(Report)
		fillLists(reflect.ValueOf(again).Elem(), depth)
		if !reflect.DeepEqual(r, again) {
			t.Error("WriteJSON changed the report")
		}
	}
}

// fillLists gives every list in v one element, and so on depth times.
func fillLists(v reflect.Value, depth int) {
	if v.Kind() == reflect.Slice && depth > 0 {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillLists(v.Index(0), depth-1)
	}
	if v.Kind() == reflect.Struct && strings.HasPrefix(v.Type().PkgPath(), "mailtrace/") {
		for i := range v.NumField() {
			fillLists(v.Field(i), depth)
		}
	}
}

func checkLists(t *testing.T, at string, typ reflect.Type, tree any) {
	switch typ.Kind() {
	case reflect.Slice:
		elems, ok := tree.([]any)
		if !ok {
			t.Errorf("%s: %v, want a list", at, tree)
		}
		for _, e := range elems {
			checkLists(t, at+"[]", typ.Elem(), e)
		}
	case reflect.Struct:
		object, ok := tree.(map[string]any)
		if !ok {
			return // A time, an address.
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			name := f.Tag.Get("json")
			switch {
			case f.Anonymous:
				checkLists(t, at, f.Type, tree)
			case name != "-" && f.Type.Kind() != reflect.Pointer:
				checkLists(t, at+"."+name, f.Type, object[name])
			}
		}
	}
}

// A year that RFC 3339 cannot write and a delay that is no number are null, not
// the end of the report.
func TestUnwritable(t *testing.T) {
	r := sevenHops()
	far, nan := time.Date(20261, 1, 1, 0, 0, 0, 0, time.UTC), math.NaN()
	r.Path.Hops[0].Time, r.Path.Hops[1].DelaySeconds, r.Message.Date = &far, &nan, &far
	var b bytes.Buffer
	if err := r.WriteJSON(&b, false); err != nil {
		t.Fatal(err)
	}
	got, err := Read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got.Path.Hops[0].Time != nil || got.Path.Hops[1].DelaySeconds != nil || got.Message.Date != nil {
		t.Error("not null")
	}
	if r.Path.Hops[0].Time != &far {
		t.Error("WriteJSON changed the report")
	}
}

func TestRoundTrip(t *testing.T) {
	for _, indent := range []bool{false, true} {
		var b bytes.Buffer
		r := sevenHops()
		r.Message.Subject = "<b>&\u2028\u0000\x1b"
		if err := r.WriteJSON(&b, indent); err != nil {
			t.Fatal(err)
		}
		if !indent && bytes.Count(b.Bytes(), []byte("\n")) != 1 {
			t.Error("not one line")
		}
		if !strings.Contains(b.String(), "<b>&") {
			t.Error("HTML was escaped")
		}
		got, err := Read(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("got %+v\nwant %+v", got, r)
		}
	}
}

func TestEvidence(t *testing.T) {
	for _, raw := range []string{"", "plain", "r\xe9sum\xe9", "\xff"} {
		e := NewEvidence(3, 14, raw)
		if e.Bytes() != raw || e.Length != len(raw) || (e.Text != "" && e.TextBase64 != "") {
			t.Errorf("%q: %+v", raw, e)
		}
	}
}

func TestReadErrors(t *testing.T) {
	bad := func(data, want string) {
		t.Helper()
		_, err := Read([]byte(data))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", data, err, want)
		}
	}
	bad(``, "no JSON")
	bad(`From: a@example.org`, "mailtrace trace --json")
	bad(`[]`, "no mailtrace report")
	bad(`{}`, `no "schema"`)
	bad(`{"schema":null}`, `no "schema"`)
	bad(`{"schema":"mailtrace/2"}`, `reads only "mailtrace/1"`)
	bad(`{"schema":"\u202e`+strings.Repeat("x", 1000)+`"}`, `\u202exx`)
	bad(`{"schema":"mailtrace/1","path":{"hops":7}}`, `"path.hops" is a "number"`)
	bad(`{"schema":"mailtrace/1"} {}`, "no JSON")
	bad(strings.Repeat(" ", MaxReport+1), "longer")
}

func TestReadAll(t *testing.T) {
	var b bytes.Buffer
	r := sevenHops()
	for _, indent := range []bool{false, true, false} {
		if err := r.WriteJSON(&b, indent); err != nil {
			t.Fatal(err)
		}
		b.WriteString("{}\n")
	}
	b.WriteString("junk")
	var got []string
	for r, err := range ReadAll(&b) {
		switch {
		case err == nil:
			got = append(got, r.Target)
		case strings.Contains(err.Error(), "no JSON"):
			got = append(got, "junk")
		default:
			got = append(got, "other")
		}
	}
	if want := "ticket-4711.eml other ticket-4711.eml other ticket-4711.eml other junk"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// endless is a JSON string without end.
type endless struct{ begun bool }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	if !e.begun {
		p[0], e.begun = '"', true
	}
	return len(p), nil
}

func TestReadAllBounded(t *testing.T) {
	in := &bounded{r: &endless{}, most: 1 << 16}
	for _, err := range readAll(in) {
		if err == nil || !strings.Contains(err.Error(), "longer") {
			t.Error(err)
		}
	}
	if in.read > in.most+1 {
		t.Errorf("read %d bytes", in.read)
	}
	// Many reports may be longer together.
	var b bytes.Buffer
	for range 20 {
		if err := sevenHops().WriteJSON(&b, false); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, err := range readAll(&bounded{r: &b, most: 1 << 16}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 20 {
		t.Errorf("%d reports", n)
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := sevenHops().WriteJSON(&b, false); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"schema":"mailtrace/1","path":{"hops":[{"line":1,"time":"2026-11-20T08:00:00+01:00"}]}}`))
	f.Add([]byte(`{"schema":"mailtrace/1","findings":[{"evidence":[{"text_base64":"!"}]}]}{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for range ReadAll(bytes.NewReader(data)) {
		}
		r, err := Read(data)
		if err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("raw control in %q", err)
			}
			return
		}
		var first, second bytes.Buffer
		if err := r.WriteJSON(&first, false); err != nil {
			t.Fatal(err)
		}
		if r, err = Read(first.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := r.WriteJSON(io.Writer(&second), false); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s\n%s", first.Bytes(), second.Bytes())
		}
	})
}
