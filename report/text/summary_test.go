package text

import (
	"bytes"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"mailtrace/report"
	"mailtrace/report/batch"
)

// summarised is the page of reports at 80 columns. Other widths only have to keep
// the promises of every page.
func summarised(t testing.TB, s *batch.Summary, style Style) string {
	t.Helper()
	var b bytes.Buffer
	if err := Summary(&b, s, style); err != nil {
		t.Fatal(err)
	}
	check(t, b.String(), style)
	return b.String()
}

// spamTrap is a small batch by hand: a net of bots, a host that sends from one
// network, a customer of a large provider, and some honest mail.
func spamTrap() *batch.Summary {
	s := &batch.Summary{ASN: func(a netip.Addr) (batch.AS, bool) {
		return batch.AS{Number: 64496, Name: "EXAMPLE-HOSTING"}, a.Is4() && a.As4()[0] == 203
	}}
	start := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	mail := func(i int, address, helo, id string, more func(*report.Report)) {
		r := report.New(report.KindTrace)
		r.Target = fmt.Sprintf("trap/%04d.eml", i)
		r.Evidence.Fidelity = report.AsReceived
		r.Message.MessageID = id
		r.Path.Hops = []report.Hop{{Number: 1, Standing: report.Claimed}, {Number: 2, Standing: report.Observed}}
		r.Path.Hops[0].Dialect = "exim"
		r.Path.Hops[1].By.Name = "mx.example.org"
		r.Path.Boundary = &report.Boundary{Hop: 2, Confidence: "likely"}
		at := start.Add(time.Duration(i) * 7 * time.Minute)
		r.Path.Handover = &report.Handover{Hop: 2, Address: netip.MustParseAddr(address), HELO: helo, Time: &at}
		if more != nil {
			more(r)
		}
		s.Add(r)
	}
	shown := func(domain string) func(*report.Report) {
		return func(r *report.Report) {
			r.Identities = []report.Identity{{Role: report.IdentityFrom, Domain: domain, Organisation: domain}}
		}
	}
	for i := range 12 { // Bots: no address twice, one program.
		mail(i, fmt.Sprintf("2001:db8:b%02d::7", i), "localhost", fmt.Sprintf("<%02d.Qx7.ABC.%d@example.com>", i, i%10), shown("bank.example"))
	}
	for i := range 30 {
		mail(100+i, fmt.Sprintf("203.0.113.%d", i), "vps77.hosting.example.net", "", func(r *report.Report) {
			if i%3 == 0 {
				r.Path.Hops[0].Standing = report.Fictitious
				r.Findings = []report.Finding{{Rule: "received.address-impossible", Severity: report.Critical, Weight: report.Proof}}
				r.Rules = []report.Rule{{ID: "received.address-impossible", Title: "Where a sending host's address belongs stands something that cannot be one"}}
			}
		})
	}
	for i := range 9 {
		mail(200+i, fmt.Sprintf("198.51.100.%d", i), "mail-sor-f41.google.com", "", func(r *report.Report) {
			h := &r.Path.Hops[1] // The recipient's host confirmed the name.
			h.From.RDNSStatus, h.Dialect, h.Confidence, r.Path.Handover.RDNS = "recorded", "postfix", "certain", "mail-sor-f41.google.com"
			if i < 3 {
				r.Accounts = []report.Account{{What: "project number at Google Cloud of the program that used the Gmail API", Key: "77000000001"}}
			}
			r.Path.Boundary.Confidence = "certain"
			r.Findings = []report.Finding{{Rule: "received.link-broken", Severity: report.Info, Weight: report.Ordinary}}
		})
	}
	for i := range 4 {
		mail(300+i, fmt.Sprintf("2001:db8:%d::1", i), "mail.example.com", "", nil)
	}
	mail(400, "192.0.2.1", "", "", func(r *report.Report) { r.Evidence.Part = 1 })
	failed := report.New(report.KindTrace)
	failed.Error = "permission denied"
	s.Add(failed)
	s.Add(report.New(report.KindTrace))
	return s
}

func TestSummary(t *testing.T) {
	golden(t, "testdata/summary.txt", summarised(t, spamTrap(), Style{}))
	golden(t, "testdata/summary-narrow.txt", summarised(t, spamTrap(), Style{Width: 40}))
	for _, columns := range []int{1, 47, 53, 66, 100, 300} {
		summarised(t, spamTrap(), Style{Width: columns})
		summarised(t, spamTrap(), Style{Width: columns, Color: true, NoDefang: true})
	}
	if page := summarised(t, spamTrap(), Style{}); strings.Contains(page, "bank.example") || strings.Count(page, "\n") > 60 {
		t.Error("not defanged, or longer than a screen")
	}
}

func TestSummaryOfNothing(t *testing.T) {
	is := func(s *batch.Summary, want string) {
		t.Helper()
		if page := summarised(t, s, Style{Width: 120}); !strings.HasPrefix(page, "SUMMARY "+want) {
			t.Errorf("%s\nwant %s", page, want)
		}
	}
	is(new(batch.Summary), "0 messages. Nothing could be judged.\n")
	s := new(batch.Summary)
	s.Add(report.New(report.KindTrace))
	is(s, "1 message. Nothing could be judged: none has a Received line.\n")
	s = new(batch.Summary)
	r := report.New(report.KindTrace)
	r.Error = "gone"
	s.Add(r)
	is(s, "1 message; 1 could not be read. Nothing could be judged.\n")
}

// TestSummaryHostile adds up reports in which every string is hostile.
func TestSummaryHostile(t *testing.T) {
	for _, h := range append(hostile, strings.Repeat("m", 300), strings.Repeat("界", 100)) {
		s := &batch.Summary{ASN: func(netip.Addr) (batch.AS, bool) { return batch.AS{Number: 1<<32 - 1, Name: h}, true }}
		for i := range 3 {
			r := new(report.Report)
			fill(reflect.ValueOf(r).Elem(), h, int64(i))
			r.Error = ""
			r.Path.Handover.Address = netip.MustParseAddr("2001:db8:ffff::1").WithZone(h)
			r.Identities[0].Role, r.Identities[1].Role = report.IdentityFrom, report.IdentityDKIM
			s.Add(r)
		}
		for _, style := range []Style{{}, {Width: 40}, {Width: 61, Color: true, NoDefang: true}} {
			summarised(t, s, style)
		}
	}
}
