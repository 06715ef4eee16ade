package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// TestSendersReported holds what stands in a report of DKIM, DMARC, BIMI and CAA to a file.
func TestSendersReported(t *testing.T) {
	const zone = `mail.example.org. MX 10 mx.example.org.
mx.example.org. A 192.0.2.10
s1._domainkey.mail.example.org. TXT "v=DKIM1; k=ed25519; t=y; p=nBYj8NOOKOlZTy7zGn7JCSkcT9sFp3fczS6Tan9AYBE="
s2._domainkey.mail.example.org. TXT "v=DKIM1; p="
k1._domainkey.mail.example.org. FAIL timeout
_dmarc.example.org. TXT "v=DMARC1; p=reject; sp=quarantine; np=reject; t=y; rua=mailto:a@example.org,mailto:b@reports.example.net,https://x.example/; ruf=mailto:c@example.com"
example.org._report._dmarc.reports.example.net. TXT "v=DMARC1"
default._bimi.example.org. TXT "v=BIMI1; l=https://example.org/logo.svg; a=https://example.org/logo.pem"
example.org. CAA 0 issue "letsencrypt.org; validationmethods=dns-01"
example.org. CAA 0 issuewild ";"
`
	d := parseDialogs(t, authority(), "@ 192.0.2.10:25\nD: good\n", zone)
	var r *report.Report
	synctest.Test(t, func(t *testing.T) {
		r = testProber(t, d, zone, clock(), nil).Domain(t.Context(), "mail.example.org")
		synctest.Wait()
	})
	valid(t, r)
	got, err := json.MarshalIndent(map[string]any{
		"dkim": r.Policies.DKIM, "dmarc": r.Policies.DMARC, "bimi": r.Policies.BIMI, "caa": r.Policies.CAA,
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const name = "testdata/senders.golden"
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v\n%s", err, got)
	}
}

// bottomless has records wherever it is asked, which lead to more names.
type bottomless struct {
	mu    sync.Mutex
	asked map[string]int
}

func (b *bottomless) Lookup(_ context.Context, name string, t dns.Type) (*dns.Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked[name+" "+t.String()]++
	a := &dns.Answer{Name: name, Type: t, Status: dns.NoData, Server: "bottomless"}
	add := func(r dns.Record) { a.Status, a.Records = dns.Found, append(a.Records, r) }
	switch {
	case t == dns.MX:
		for i := range 100 {
			add(dns.Record{Target: fmt.Sprintf("mx.%s%d.example.org", strings.Repeat("a.", 40), i), Priority: uint16(i)})
		}
	case t == dns.TXT && strings.HasPrefix(name, "_dmarc."):
		var to []string
		for i := range 60 {
			to = append(to, fmt.Sprintf("mailto:a@r%d.example", i))
		}
		add(dns.Record{Text: []byte("v=DMARC1; p=none; rua=" + strings.Join(to, ",") + "; ruf=" + strings.Join(to, ","))})
	case t == dns.TXT:
		for i := range 50 {
			add(dns.Record{Text: fmt.Appendf(nil, "v=DKIM1; n=%d; p=%s", i, name)})
		}
	}
	return a, nil
}

// TestSendersAskLittle: whatever stands in the DNS, the questions have their bounds.
func TestSendersAskLittle(t *testing.T) {
	b := &bottomless{asked: map[string]int{}}
	p := &Prober{Now: clock, DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: b} }}
	valid(t, p.Domain(t.Context(), "a.b.c.d.e.f.g.h.i.example.org"))
	for what, is := range map[string]struct {
		most  int
		about func(string) bool
	}{
		"DKIM":         {MaxSelectors + 2, func(q string) bool { return strings.Contains(q, "_domainkey") }},
		"DMARC":        {8, func(q string) bool { return strings.HasPrefix(q, "_dmarc.") }},
		"DMARC target": {maxTargetsAsked, func(q string) bool { return strings.Contains(q, "._report._dmarc.") }},
		"BIMI":         {2, func(q string) bool { return strings.Contains(q, "._bimi.") }},
		"CAA":          {maxCAAQuestions, func(q string) bool { return strings.HasSuffix(q, " CAA") }},
		"a thought":    {0, func(q string) bool { return strings.Contains(q, anySubdomain) }},
	} {
		n := 0
		for q := range b.asked {
			if is.about(q) {
				n++
			}
		}
		if n > is.most || n == 0 && is.most > 0 {
			t.Errorf("%s: %d questions, at most %d", what, n, is.most)
		}
	}
}

// TestSendersContained: a resolver that is broken costs no report, and nothing is called absent.
func TestSendersContained(t *testing.T) {
	p := &Prober{Now: clock, DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: brokenFor{}} }}
	r := p.Domain(t.Context(), "example.org")
	valid(t, r)
	q := r.Policies
	if q.DKIM.Status != report.PolicyUnknown || q.DMARC.Status != report.PolicyUnknown || q.BIMI.Status != report.PolicyUnknown {
		t.Errorf("%+v, %+v, %+v", q.DKIM, q.DMARC, q.BIMI)
	}
}

// brokenFor panics for what these look-ups ask, and answers the rest.
type brokenFor struct{}

func (brokenFor) Lookup(_ context.Context, name string, t dns.Type) (*dns.Answer, error) {
	if strings.HasPrefix(name, "_d") || strings.Contains(name, "_bimi") || t == dns.CAA {
		panic("a bug of a resolver")
	}
	return &dns.Answer{Name: name, Type: t, Status: dns.NoData}, nil
}
