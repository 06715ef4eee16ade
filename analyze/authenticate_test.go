package analyze

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// TestAuthResults runs testdata/auth.results.txtar: what mailtrace finds itself, and at
// which hop SPF is asked. The first line of a zone may name the recipient's hosts:
// "; own mx.example.org".
func TestAuthResults(t *testing.T) {
	const name = "testdata/auth.results.txtar"
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range archived(t, archive) {
		a := &Analyzer{Version: "test", Now: clock}
		if own, ok := strings.CutPrefix(string(c.zone.Data), "; own "); ok {
			own, _, _ = strings.Cut(own, "\n")
			if a.Own, err = ParseHosts(strings.Split(own, ",")...); err != nil {
				t.Fatal(err)
			}
		}
		zone, err := dns.ParseZone(string(c.zone.Data))
		if err != nil {
			t.Fatal(err)
		}
		a.DNS = func(string) (DNS, error) { return &dns.Recorder{Resolver: zone}, nil }
		got := ourResults(traceBy(t, a, c.eml.Name, c.eml.Data))
		if *update {
			c.want.Data = got
		} else if !bytes.Equal(got, c.want.Data) {
			t.Errorf("%s:\n%s\nwant:\n%s", c.eml.Name, got, c.want.Data)
		}
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func ourResults(r *report.Report) []byte {
	var b bytes.Buffer
	for _, a := range r.Auth {
		if a.By != report.ByUs {
			continue
		}
		aligned := "not known"
		if a.Aligned != nil {
			aligned = fmt.Sprint(*a.Aligned)
		}
		fmt.Fprintf(&b, "%s %s=%s: %s, aligned: %s\n\t%s\n", a.Method, a.Property, a.Identity, a.Status, aligned, a.Reason)
	}
	return b.Bytes()
}

// A panic in one check, here by the resolver, costs the results that need it and no
// more; and a recording of another message costs the DNS and no more.
func TestAuthContained(t *testing.T) {
	eml, err := os.ReadFile("testdata/honest/postfix.eml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, says string
		dns        func(string) (DNS, error)
	}{
		{"panic", "the check failed", func(string) (DNS, error) { return &dns.Recorder{Resolver: panics{}}, nil }},
		{"refused", "offline", func(string) (DNS, error) { return nil, errors.New("no answers for it") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := traceBy(t, &Analyzer{Now: clock, DNS: c.dns}, "postfix.eml", eml)
			if (r.Error != "") != (c.name == "refused") || len(r.Path.Hops) != 2 || r.Path.Boundary == nil {
				t.Errorf("error %q, %d hops", r.Error, len(r.Path.Hops))
			}
			if got := string(ourResults(r)); !strings.Contains(got, c.says) || strings.Contains(got, "pass") {
				t.Errorf("%s", got)
			}
		})
	}
}

type panics struct{}

func (panics) Lookup(context.Context, string, dns.Type) (*dns.Answer, error) {
	panic("as the test has it")
}

// TestOneQuestion: whatever SPF, DKIM and DMARC want at one time, each question is
// asked once.
func TestOneQuestion(t *testing.T) {
	zone, err := dns.ParseZone("example.com. TXT \"v=spf1 mx include:example.net -all\"\nexample.net. TXT \"v=spf1 mx ?all\"\nexample.com. MX 10 mx.example.com.\nmx.example.com. A 192.0.2.9\n")
	if err != nil {
		t.Fatal(err)
	}
	counted := &dns.Budget{Resolver: zone, Questions: 1000}
	m, err := mailbox.Read("m", strings.NewReader(oneQuestion), int64(len(oneQuestion)))
	if err != nil {
		t.Fatal(err)
	}
	a := &Analyzer{Now: clock, DNS: func(string) (DNS, error) { return &dns.Recorder{Resolver: counted}, nil }}
	r := a.Message(t.Context(), m)
	if counted.Asked() != len(r.DNS) || len(r.DNS) < 5 {
		t.Errorf("%d questions were asked, the report has %d", counted.Asked(), len(r.DNS))
	}
}

const oneQuestion = `Return-Path: <ida@example.com>
Received: from example.com (example.com [192.0.2.25])
	by mx.example.org (Postfix) with ESMTPS id 4jW7pL0sf8z5vHk
	for <bob@example.org>; Fri, 20 Nov 2026 08:31:06 +0000 (UTC)
From: ida@example.com
To: bob@example.org
Date: Fri, 20 Nov 2026 08:30:58 +0000

Hello
`
