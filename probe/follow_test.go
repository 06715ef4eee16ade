package probe

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"mailtrace/analyze"
	"mailtrace/analyze/auth"
	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
	"mailtrace/received"
	"mailtrace/report"
)

// follow traces a message and follows it. Lines of the zone say what the user knows:
// "; own NAME". The DNS that the trace sees is empty: what Follow finds is its own.
func follow(t testing.TB, p *Prober, message *txtar.File, zone string) *report.Report {
	t.Helper()
	r := traced(t, p, message, zone)
	before := len(r.Findings)
	p.Follow(t.Context(), r)
	for _, f := range r.Findings[before:] {
		if f.Weight != report.Ordinary || f.Disproves != "" {
			t.Errorf("%s: weight %q, disproves %q", f.Rule, f.Weight, f.Disproves)
		}
	}
	if !slices.IsSortedFunc(r.DNS, byQuestion) {
		t.Error("the questions are not sorted")
	}
	return r
}

func traced(t testing.TB, p *Prober, message *txtar.File, zone string) *report.Report {
	t.Helper()
	m, err := mailbox.Read(message.Name, bytes.NewReader(message.Data), int64(len(message.Data)))
	if err != nil {
		t.Fatal(err)
	}
	a := &analyze.Analyzer{Version: "test", Now: p.Now}
	for line := range strings.Lines(zone) {
		if own, ok := strings.CutPrefix(strings.TrimSpace(line), "; own "); ok {
			if a.Own, err = analyze.ParseHosts(own); err != nil {
				t.Fatal(err)
			}
			a.Settings = []report.Setting{{Name: "own", Value: own}}
		}
	}
	return a.Message(t.Context(), m)
}

// spy writes down who is asked for, and answers nothing.
type spy struct {
	mu    sync.Mutex
	asked []string
}

func (s *spy) Lookup(_ context.Context, name string, t dns.Type) (*dns.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, strings.TrimSuffix(name, "."))
	return nil, &dns.Error{Name: name, Type: t, Cause: dns.Timeout}
}

// TestFollowPlan: the plan names all that is asked, and no socket is opened for it.
func TestFollowPlan(t *testing.T) {
	const zone = "example.org. MX 10 mx1.example.org.\nmx1.example.org. A 192.0.2.10\n"
	p := testProber(t, parseDialogs(t, authority(), "", zone), zone, clock(), nil)
	watch := &spy{}
	p.DNS = func() *dns.Recorder { return &dns.Recorder{Resolver: watch} }
	r := traced(t, p, &txtar.File{Name: "m.eml", Data: []byte(planned)}, "")
	var plan []string
	for _, s := range p.PlanFollow(r) {
		plan = append(plan, fmt.Sprintf("%s: %s: %s", s.Kind, s.When, s.Text))
	}
	if len(watch.asked) > 0 {
		t.Errorf("asked: %q", watch.asked)
	}
	want := []string{
		"question: : TXT s1._domainkey.example.com",
		"question: : A mail.example.com",
		"question: : A helo.example.com",
		"question: : A mx1.example.org", "question: : AAAA mx1.example.org",
		"question: : MX example.org",
		"question: for each MX host: A its name", "question: for each MX host: AAAA its name",
		"question: if it has no MX record: A example.org", "question: if it has no MX record: AAAA example.org",
		"connection: if it takes mail for example.org: port 25 of mx1.example.org, at one address: greeting, EHLO, STARTTLS, EHLO, QUIT",
	}
	if !slices.Equal(plan, want) {
		t.Errorf("%s", strings.Join(plan, "\n"))
	}
	p.Follow(t.Context(), r)
	for _, name := range watch.asked {
		if strings.Contains(name, "bob") || !slices.ContainsFunc(plan, func(l string) bool { return strings.HasSuffix(l, " "+name) }) {
			t.Errorf("%s was asked, and is not in the plan, or holds a recipient", name)
		}
	}
	if len(r.Undecided) == 0 || len(r.Hosts) > 0 {
		t.Errorf("hosts %v, undecided %v", r.Hosts, r.Undecided)
	}
	valid(t, r)
}

const planned = `Received: from helo.example.com (mail.example.com [192.0.2.25])
	by mx1.example.org (Postfix) with ESMTPS id 4jW7pL0sf8z5vHk
	for <bob@example.org>; Wed, 25 Nov 2026 08:31:06 +0000 (UTC)
DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; h=from; bh=AAAA; b=AAAA
DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=to-bob.x; h=from; bh=AAAA; b=AAAA
Received: from evil.example.net (evil.example.net [192.0.2.99])
	by relay.example.net (Postfix) with ESMTP id 4jW7pL0sf8z5vHj; Wed, 25 Nov 2026 08:31:00 +0000 (UTC)
From: ida@example.com
To: bob@example.org

Hello
`

// TestFollowSteers: whom only the sender's story names is neither asked for nor connected to.
func TestFollowSteers(t *testing.T) {
	r := traced(t, &Prober{Now: clock}, &txtar.File{Name: "m.eml", Data: []byte(planned)}, "")
	for _, s := range (&Prober{}).PlanFollow(r) {
		if strings.Contains(s.Text, "example.net") {
			t.Errorf("%+v", s)
		}
	}
}

// TestFollowPanics: a fault of ours is no fault of the report.
func TestFollowPanics(t *testing.T) {
	p := &Prober{Now: clock, DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: (*spy)(nil)} }}
	r := traced(t, p, &txtar.File{Name: "m.eml", Data: []byte(planned)}, "")
	p.Follow(t.Context(), r)
	valid(t, r)
	if len(r.Undecided) == 0 {
		t.Error("nothing is said about it")
	}
	r = report.New(report.KindTrace) // A message with nothing in it.
	r.Path.Handover = &report.Handover{Hop: 7, Address: netip.MustParseAddr("192.0.2.1")}
	r.Path.Boundary = &report.Boundary{Hop: 7, Confidence: received.Likely}
	p.Follow(t.Context(), r)
	valid(t, r)
}

// TestRecipients are names that are not asked for.
func TestRecipients(t *testing.T) {
	r := report.New(report.KindTrace)
	r.Message.To = []report.Mailbox{{Address: "Bob.Smith+news@example.org"}, {Address: "al@example.org"}}
	all := auth.RecipientsOf(r)
	for name, want := range map[string]bool{
		"bob-smith._domainkey.example.com": true, "bob.smith.example.com": true, "BOB.SMITH.NEWS.example.com": true,
		"mail.example.com": false, "al.example.com": false, "s1._domainkey.example.com": false,
	} {
		if all.In(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	for version, want := range map[string]int{"TLS1_3": 5, "TLSv1.3": 5, "TLS 1.3": 5, "TLS1_2": 4, "TLSv1": 2, "tls1.1": 3, "SSLv3": 1, "": 0, "TLS9": 0, "\xff": 0} {
		if got := tlsRank(version); got != want {
			t.Errorf("%q: %d", version, got)
		}
	}
}

// FuzzTLSRank also reads what else of a line is compared.
func FuzzTLSRank(f *testing.F) {
	f.Add("TLS1_3", "bob")
	f.Fuzz(func(t *testing.T, version, name string) {
		if n := tlsRank(version); n < 0 || n > 5 {
			t.Fatal(n)
		}
		softwareIn(version)
		afterAt(name)
	})
}
