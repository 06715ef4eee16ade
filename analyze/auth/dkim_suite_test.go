package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
)

// keys is a resolver made of key records, by name. A record that begins with "!" is
// the cause of an error; several are separated by "|".
type keys map[string]string

// notKept is the key of a resolver that does not know what is not there: a replay.
const notKept = "!"

func (k keys) Lookup(_ context.Context, name string, qtype dns.Type) (*dns.Answer, error) {
	name = strings.ToLower(name)
	text, ok := k[name]
	if _, replay := k[notKept]; replay && !ok {
		text = "!not-recorded"
	}
	if cause, bad := strings.CutPrefix(text, "!"); bad {
		return nil, &dns.Error{Name: name, Type: qtype, Cause: dns.Cause(cause)}
	}
	a := &dns.Answer{Name: name, Type: qtype, Status: dns.NXDomain, Server: "test", Time: received}
	if ok {
		a.Status = dns.Found
		for record := range strings.SplitSeq(text, "|") {
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

// strong is the status that a signature would have if RFC 8301 had not been written.
func strong(s Signature) Status {
	switch {
	case s.Outcome != WeakHash && s.Outcome != WeakKey:
		return s.Status
	case s.Expires != nil && s.Expires.Before(received):
		return Policy
	case s.HeaderHash.State != HashMatches || s.BodyHash.State != HashMatches:
		return Fail
	}
	return Pass
}

// overall is the best of several.
func overall(list []Signature, of func(Signature) Status) string {
	best := "none"
	for _, s := range list {
		switch c := coarse(of(s)); {
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
				var why []string
				for _, s := range r.DKIM {
					why = append(why, string(s.Outcome)+": "+s.Reason)
				}
				add := func(what string, of func(Signature) Status) {
					got := overall(r.DKIM, of)
					if len(c.Expect.Signatures) > 0 && c.Expect.Overall == "" {
						var each []string
						for _, s := range r.DKIM {
							each = append(each, coarse(of(s)))
						}
						got = strings.Join(each, " ")
					}
					if got == "none" && c.want() == "" {
						got = ""
					}
					values = append(values, value{name + "/" + c.ID, what, got, c.want(), strings.Join(why, "\n")})
				}
				add("result", func(s Signature) Status { return s.Status })
				add("before-8301", strong)
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
		t.Fatal(err)
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
	if err := json.Unmarshal(data, new(zones[""])); err != nil {
		t.Fatal(err)
	}
	zones[""][notKept] = "" // Of real mail, what is not recorded is not known.
	var values []value
	for _, c := range append(rows, real...) {
		data, err := os.ReadFile(corpora(t, "arc", c.Eml))
		if err != nil {
			t.Fatal(err)
		}
		want := c.Expect.CV + c.Expect.ARC
		if c.ID == "cv_no_headers" {
			continue // The mailbox says that it is no message, so there is no chain.
		}
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
		values = append(values, value{"arc/" + c.ID, "result", string(r.Status), want, c.Description + ": " + r.Reason})
	}
	suite(t, "arc/", values)
}
