package dns

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fake is a Resolver that a test gives as a function.
type fake func(ctx context.Context, name string, t Type) (*Answer, error)

func (f fake) Lookup(ctx context.Context, name string, t Type) (*Answer, error) {
	return f(ctx, name, t)
}

const (
	sha1st = "6147aa0000000000000000000000000000000000000000000000000000001506"
	sha2nd = "9f2caa00000000000000000000000000000000000000000000000000000041d7"
)

// TestRoundTrip replays all that the example zone says, and failures of all kinds.
func TestRoundTrip(t *testing.T) {
	at := time.Date(2026, 11, 25, 5, 0, 0, 123, time.UTC)
	z, err := ParseZone(exampleZone)
	if err != nil {
		t.Fatal(err)
	}
	z.Time = at
	z.Else = fake(func(_ context.Context, name string, typ Type) (*Answer, error) {
		q, _ := newQuestion(name, typ)
		name = q.name
		for _, cause := range causes {
			if strings.HasPrefix(name, string(cause)+".") {
				return nil, q.fail("192.0.2.53:53", cause, errors.New("why \xff"))
			}
		}
		if name == "bogus.example" {
			return nil, &Error{Name: name, Type: typ, Cause: ServFail, Secure: Bogus, Time: at}
		}
		if name != "octets.example" {
			return &Answer{Name: name, Type: typ, Status: NXDomain, Secure: Insecure, Time: at}, nil
		}
		octets := make([]byte, 256)
		for i := range octets {
			octets[i] = byte(i)
		}
		return &Answer{Name: name, Type: typ, Status: Found, Secure: SecureYes, Server: "tls://a@192.0.2.53:853", Time: at, TTL: time.Minute,
			Alias: []string{`\255.example`, ""}, Records: []Record{{Text: octets}, {Text: []byte{}}}}, nil
	})
	r := &Recorder{Resolver: z}
	var asked []question
	ask := func(name string, typ Type) {
		_, _ = r.Lookup(context.Background(), name, typ)
		q, _ := newQuestion(name, typ)
		asked = append(asked, q)
	}
	for want := range strings.Lines(strings.TrimSpace(wants)) {
		word := strings.Fields(want)
		typ, _ := ParseType(word[1])
		ask(word[0], typ)
	}
	for _, cause := range causes {
		ask(string(cause)+".example", TXT)
	}
	ask("bogus.example", TXT)
	ask("octets.example", TXT)

	var file bytes.Buffer
	if err := r.Save(&file, strings.ToUpper(sha1st), at); err != nil {
		t.Fatal(err)
	}
	rec, err := Load(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	replay, err := rec.For(sha1st)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range asked {
		a, err := r.Lookup(context.Background(), q.absolute(), q.typ)
		b, again := replay.Lookup(context.Background(), strings.ToUpper(q.absolute()), q.typ)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%v: %+v\nreplayed %+v", q, a, b)
		}
		if q.typ == TXT && strings.HasSuffix(q.name, ".example") {
			continue // Their causes have octets that JSON cannot have.
		}
		if err != nil && (again == nil || err.Error() != again.Error()) {
			t.Errorf("%v: %v\nreplayed %v", q, err, again)
		}
	}
	// Recorded from the replay, it is the same to the octet.
	second := &Recorder{Resolver: replay}
	for _, q := range asked {
		_, _ = second.Lookup(context.Background(), q.absolute(), q.typ)
	}
	var copied bytes.Buffer
	if err := second.Save(&copied, sha1st, at); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file.Bytes(), copied.Bytes()) {
		t.Errorf("the second recording differs:\n%s\n%s", &file, &copied)
	}
	if _, err := replay.Lookup(context.Background(), "example.net", A); told(nil, err) != "not-recorded" {
		t.Errorf("what was not asked: %v", err)
	}
}

func TestRecordingOfAnotherMessage(t *testing.T) {
	var file bytes.Buffer
	for i, sha := range []string{sha1st, sha2nd} {
		z, err := ParseZone([]string{"example.org TXT first", "example.org TXT second"}[i])
		if err != nil {
			t.Fatal(err)
		}
		r := &Recorder{Resolver: z}
		_, _ = r.Lookup(context.Background(), "example.org", TXT)
		if err := r.Save(&file, sha, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	rec, err := Load(&file)
	if err != nil {
		t.Fatal(err)
	}
	second, err := rec.For(sha2nd)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := second.Lookup(context.Background(), "example.org", TXT); err != nil || string(a.Texts()[0]) != "second" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := rec.For(strings.Repeat("0", 64)); err == nil || !strings.Contains(err.Error(), "another message") {
		t.Errorf("%v", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	const head = `{"schema":"mailtrace-dns/1","message":"` + sha1st + `","asked":1}` + "\n"
	for why, text := range map[string]string{
		"nothing":            "",
		"not JSON":           "example.org. 60 TXT x\n",
		"no header":          `{"name":"example.org","type":"TXT","status":"nxdomain","secure":"unverified"}`,
		"another schema":     strings.Replace(head, "/1", "/2", 1),
		"an answer less":     head,
		"an answer more":     strings.Replace(head, ":1}", ":0}", 1) + `{"name":"example.org","type":"TXT","status":"nxdomain","secure":"unverified"}`,
		"twice":              head + strings.Repeat(`{"name":"example.org","type":"TXT","status":"nxdomain","secure":"unverified"}`+"\n", 2),
		"the first is short": head + head,
		"an unknown type":    head + `{"name":"example.org","type":"SPF","status":"nxdomain","secure":"unverified"}`,
		"a bad name":         head + `{"name":"a..b","type":"TXT","status":"nxdomain","secure":"unverified"}`,
		"no status":          head + `{"name":"example.org","type":"TXT","status":"maybe","secure":"unverified"}`,
		"nothing found":      head + `{"name":"example.org","type":"TXT","status":"found","answers":[],"secure":"unverified"}`,
		"an absent record":   head + `{"name":"example.org","type":"TXT","status":"nodata","answers":["x"],"secure":"unverified"}`,
		"a bad record":       head + `{"name":"example.org","type":"A","status":"found","answers":["x"],"secure":"unverified"}`,
		"a bogus answer":     head + `{"name":"example.org","type":"TXT","status":"found","answers":["x"],"secure":"bogus"}`,
		"no cause":           head + `{"name":"example.org","type":"TXT","status":"failed","secure":"unverified"}`,
		"a TTL before now":   head + `{"name":"example.org","type":"TXT","status":"nxdomain","secure":"unverified","ttl":-1}`,
		"a line too long":    head + `{"name":"` + strings.Repeat("x", maxEntry) + `"}`,
	} {
		if _, err := Load(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "DNS recording") {
			t.Errorf("%s: %v", why, err)
		}
	}
}

// TestSameAgain: what was answered once stays so, whoever asks; giving up is no answer.
func TestSameAgain(t *testing.T) {
	n := 0
	r := &Recorder{Resolver: fake(func(ctx context.Context, name string, typ Type) (*Answer, error) {
		if err := ctx.Err(); err != nil {
			return nil, &Error{Name: name, Type: typ, Cause: Canceled, Err: err}
		}
		n++
		return &Answer{Name: name, Type: typ, Status: NXDomain, TTL: time.Duration(n)}, nil
	})}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Lookup(gone, "b.example", A); told(nil, err) != "canceled" || r.Entries()[0].Cause != Canceled {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"b.example", "B.example.", "b.EXAMPLE", "a.example"} {
		if _, err := r.Lookup(context.Background(), name, A); err != nil {
			t.Error(err)
		}
	}
	if n != 2 || !slices.Equal(r.Names(), []string{"a.example", "b.example"}) {
		t.Errorf("%d questions, %q", n, r.Names())
	}
}

// TestRecorderTogether: many ask for the same at a time. Each question is counted once,
// also when the one who asked gives up.
func TestRecorderTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z, err := ParseZone(exampleZone)
		if err != nil {
			t.Fatal(err)
		}
		slow := fake(func(ctx context.Context, name string, typ Type) (*Answer, error) {
			select {
			case <-time.After(time.Second):
				return z.Lookup(ctx, name, typ)
			case <-ctx.Done():
				return nil, question{name, typ}.gone(ctx)
			}
		})
		budget := &Budget{Resolver: &Cache{Resolver: slow}, Questions: 100, Time: time.Minute}
		r := &Recorder{Resolver: budget}
		var wg sync.WaitGroup
		for _, typ := range []Type{TXT, MX, A} {
			ctx, cancel := context.WithCancel(context.Background())
			for i := range 8 {
				ctx := ctx
				if i > 0 {
					ctx = context.Background()
				}
				wg.Go(func() {
					a, err := r.Lookup(ctx, "example.org", typ)
					if i > 0 && err != nil || i == 0 && told(a, err) != "canceled" {
						t.Errorf("%d: %v", i, err)
					}
				})
				synctest.Wait()
			}
			cancel()
		}
		wg.Wait()
		if budget.Asked() != 6 { // The three that were given up, and again.
			t.Errorf("%d questions", budget.Asked())
		}
		if e := r.Entries(); len(e) != 3 || e[0].Type != "A" || e[1].Type != "MX" || e[2].Type != "TXT" || e[0].Status == Failed {
			t.Errorf("%+v", e)
		}
	})
}

// TestRecordedTwice holds that of two recordings of one message both count, and of two
// answers to one question the first.
func TestRecordedTwice(t *testing.T) {
	zone, err := ParseZone("a.example. TXT one\nb.example. TXT one\nc.example. TXT one\n")
	if err != nil {
		t.Fatal(err)
	}
	later, err := ParseZone("b.example. TXT two\nc.example. TXT two\n")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	for _, asked := range []struct {
		message string
		zone    *Zone
		names   []string
	}{
		{"aa", zone, []string{"a.example", "b.example"}},
		{"bb", zone, []string{"a.example"}},
		{"AA", later, []string{"b.example", "c.example"}},
	} {
		r := &Recorder{Resolver: asked.zone}
		for _, name := range asked.names {
			if _, err := r.Lookup(t.Context(), name, TXT); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Save(&file, asked.message, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	rec, err := Load(&file)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // Asking changes nothing.
		replay, err := rec.For("aa")
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"a.example": "one", "b.example": "one", "c.example": "two"} {
			if a, err := replay.Lookup(t.Context(), name, TXT); err != nil || string(a.Texts()[0]) != want {
				t.Errorf("%s: %v, %v, not %s", name, a, err, want)
			}
		}
	}
	replay, err := rec.For("bb")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := replay.Lookup(t.Context(), "b.example", TXT); err == nil {
		t.Error("it has the answers of another message")
	}
}
