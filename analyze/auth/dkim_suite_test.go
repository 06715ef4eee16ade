package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
)

// keys is a resolver made of key records, by name. A record that begins with "!" is
// the cause of an error; several are separated by line ends.
type keys map[string]string

func (k keys) Lookup(_ context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	name = strings.ToLower(name)
	text, ok := k[name]
	if cause, bad := strings.CutPrefix(text, "!"); bad {
		return nil, &dns.Error{Name: name, Type: qtype, Cause: dns.Cause(cause)}
	}
	a := &dns.Answer{Name: name, Type: qtype, Status: dns.NXDomain, Server: "test", Time: received}
	if ok {
		a.Status = dns.Found
		for record := range strings.SplitSeq(text, "\n") {
			a.Records = append(a.Records, dns.Record{Text: []byte(record)})
		}
	}
	return a, nil
}

// received is when the messages of the tests came, and the keys were asked for.
var received = time.Date(2026, 11, 20, 8, 14, 22, 0, time.UTC)

// counted counts the questions.
type counted struct {
	dns.Resolver
	n atomic.Int32
}

func (c *counted) Lookup(ctx context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	c.n.Add(1)
	return c.Resolver.Lookup(ctx, name, qtype)
}

func readMessage(t testing.TB, name string, data []byte) *mailbox.Message {
	t.Helper()
	m, err := mailbox.Read(name, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

// suiteKeys reads the keys.json of a suite.
func suiteKeys(t *testing.T, file string) keys {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Skipf("no suite: %v", err)
	}
	var raw map[string]struct{ Txt, Error string }
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	return zoneOf(raw)
}

func zoneOf(raw map[string]struct{ Txt, Error string }) keys {
	k := keys{}
	for name, r := range raw {
		switch {
		case r.Error == "NXDOMAIN":
		case r.Error == "SERVFAIL":
			k[strings.ToLower(name)] = "!servfail"
		case r.Error != "":
			k[strings.ToLower(name)] = "!timeout"
		default:
			k[strings.ToLower(name)] = strings.ReplaceAll(r.Txt, "\n", "")
		}
	}
	return k
}

// coarse makes of a status one of the words of the suites.
func coarse(s Status) string {
	switch s {
	case Pass, Fail, None:
		return string(s)
	}
	return "invalid"
}

// overall is the best of several.
func overall(list []Signature) string {
	best := "none"
	for _, s := range list {
		switch c := coarse(s.Status); {
		case best == "pass":
		case c == "pass", best == "none", best == "invalid":
			best = c
		}
	}
	return best
}

type dkimCase struct {
	ID, Eml    string
	Kinds      []string `json:"signature_kinds"`
	Algorithms []string
	Keys       map[string]struct{ Txt, Error string }
	Expect     struct {
		Overall    string
		Signatures []string
		AnyPass    bool   `json:"any_pass"`
		OpenDKIM   string `json:"opendkim_status"`
	}
}

func (c dkimCase) want() string {
	switch {
	case c.Expect.OpenDKIM == "DKIM_STAT_OK", c.Expect.AnyPass:
		return "pass"
	case c.Expect.OpenDKIM == "DKIM_STAT_BADSIG":
		return "fail"
	case c.Expect.OpenDKIM == "DKIM_STAT_NOSIG" && len(c.Algorithms) == 0:
		return "none"
	case c.Expect.OpenDKIM != "":
		return "invalid"
	case c.Expect.Overall != "":
		return c.Expect.Overall
	}
	return strings.Join(c.Expect.Signatures, " ")
}

// TestSuiteDKIM runs the suites of others. Every case of another result has its reason
// in testdata/argued.txt.
func TestSuiteDKIM(t *testing.T) {
	for _, name := range []string{"mail-dkim", "opendkim", "misc-inline"} {
		t.Run(name, func(t *testing.T) {
			zone := suiteKeys(t, corpora(t, "dkim", name, "keys.json"))
			var values []value
			for _, c := range jsonLines[dkimCase](t, corpora(t, "dkim", name, "cases.jsonl")) {
				data, err := os.ReadFile(corpora(t, "dkim", name, c.Eml))
				if err != nil {
					t.Fatal(err)
				}
				zone := zone
				if c.Keys != nil {
					zone = zoneOf(c.Keys)
				}
				r := Verifier{DNS: zone}.Verify(t.Context(), readMessage(t, c.ID, data), received)
				got := overall(r.DKIM)
				if len(c.Expect.Signatures) > 0 && c.Expect.Overall == "" {
					var each []string
					for _, s := range r.DKIM {
						each = append(each, coarse(s.Status))
					}
					got = strings.Join(each, " ")
				}
				if got == "none" && c.want() == "" {
					got = ""
				}
				var why []string
				for _, s := range r.DKIM {
					why = append(why, string(s.Outcome)+": "+s.Reason)
				}
				values = append(values, value{name + "/" + c.ID, "result", got, c.want(), strings.Join(why, "\n")})
			}
			suite(t, name+"/", values)
		})
	}
}

func TestSuiteARC(t *testing.T) {
	type row struct {
		ID, Eml, Keys, Description string
		Expect                     struct{ CV, ARC string }
	}
	data, err := os.ReadFile(corpora(t, "arc", "validation.keys.json"))
	if err != nil {
		t.Skip(err)
	}
	var zones map[string]keys
	if err := json.Unmarshal(data, &zones); err != nil {
		t.Fatal(err)
	}
	rows := jsonLines[row](t, corpora(t, "arc", "validation.jsonl"))
	real := jsonLines[row](t, corpora(t, "arc", "real.jsonl"))
	if data, err = os.ReadFile(corpora(t, "arc", "real.keys.json")); err != nil {
		t.Fatal(err)
	}
	zones[""] = keys{}
	if err := errors.Join(json.Unmarshal(data, ptr(zones[""]))); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range append(rows, real...) {
		data, err := os.ReadFile(corpora(t, "arc", c.Eml))
		if err != nil {
			t.Fatal(err)
		}
		want := c.Expect.CV + c.Expect.ARC
		r := Verifier{DNS: zones[c.Keys]}.Verify(t.Context(), readMessage(t, c.ID, data), received).ARC
		if r.Reason == "" != (r.Status == None) {
			t.Errorf("%s: reason %q for %s", c.ID, r.Reason, r.Status)
		}
		if want == "" {
			t.Logf("%s: %s, %s", c.ID, r.Status, r.Reason)
			if len(r.Faults) > 0 || len(r.Sets) == 0 {
				t.Errorf("%s: structure: %q", c.ID, r.Faults)
			}
			continue
		}
		n++
		if string(r.Status) != want {
			t.Errorf("%s: %s (%s), want %s: %s", c.ID, r.Status, r.Reason, want, c.Description)
		}
	}
	t.Logf("%d chains judged as the suites do", n)
}

func ptr[T any](v T) *T { return &v }
