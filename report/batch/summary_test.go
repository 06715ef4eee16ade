package batch

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"mailtrace/report"
)

// message is a report made by hand: two hops, of which mx.example.org wrote the
// newer one, and what change says.
func message(target string, change ...func(*report.Report)) *report.Report {
	r := report.New(report.KindTrace)
	r.Target = target
	r.Evidence.Fidelity = report.AsReceived
	r.Path.Hops = []report.Hop{{Number: 1, Standing: report.Claimed}, {Number: 2, Standing: report.Observed}}
	r.Path.Hops[0].Dialect, r.Path.Hops[1].Dialect = "generic", "postfix"
	r.Path.Hops[1].By.Name = "mx.example.org"
	r.Path.Boundary = &report.Boundary{Hop: 2, Confidence: "likely"}
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	r.Path.Handover = &report.Handover{Hop: 2, Time: &at}
	for _, c := range change {
		c(r)
	}
	return r
}

// from is a handover from an address by a host of a name.
func from(address, name string) func(*report.Report) {
	return func(r *report.Report) {
		r.Path.Handover.Address = netip.MustParseAddr(address)
		r.Path.Handover.HELO = name
	}
}

// confirmed is a name that the recipient's host looked up in both directions.
func confirmed(name string) func(*report.Report) {
	return func(r *report.Report) {
		r.Path.Handover.RDNS = name
		h := &r.Path.Hops[1]
		h.From.RDNS, h.From.RDNSStatus, h.Confidence = name, "recorded", "certain"
	}
}

func id(id string) func(*report.Report) {
	return func(r *report.Report) { r.Message.MessageID = id }
}

func account(what, key string) func(*report.Report) {
	return func(r *report.Report) {
		r.Accounts = append(r.Accounts, report.Account{What: what, Key: key, Standing: report.Claimed})
	}
}

// signed is a DKIM signature with what the recipient's side found; "" is nothing.
func signed(domain string, status report.Status) func(*report.Report) {
	return func(r *report.Report) {
		r.Identities = append(r.Identities, report.Identity{Role: report.IdentityDKIM, Domain: domain, Organisation: organisation(domain)})
		if status != "" {
			r.Auth = append(r.Auth, report.Auth{Method: "dkim", Domain: domain, Status: status, By: report.ByRecipient})
		}
	}
}

func written(dialects ...string) func(*report.Report) {
	return func(r *report.Report) {
		newest := r.Path.Hops[len(r.Path.Hops)-1]
		r.Path.Hops = nil
		for i, d := range dialects {
			h := report.Hop{Number: i + 1, Standing: report.Claimed}
			h.Dialect = d
			r.Path.Hops = append(r.Path.Hops, h)
		}
		newest.Number = len(dialects) + 1
		r.Path.Hops = append(r.Path.Hops, newest)
		r.Path.Boundary.Hop, r.Path.Handover.Hop = newest.Number, newest.Number
	}
}

func finds(rule string, severity report.Severity, weight report.Weight) func(*report.Report) {
	return func(r *report.Report) {
		r.Findings = append(r.Findings, report.Finding{Rule: rule, Severity: severity, Weight: weight})
		r.Rules = append(r.Rules, report.Rule{ID: rule, Title: "Title of " + rule})
	}
}

func summary(reports ...*report.Report) *Summary {
	s := new(Summary)
	for _, r := range reports {
		s.Add(r)
	}
	return s
}

func TestSummaryCounts(t *testing.T) {
	failed := report.New(report.KindTrace)
	failed.Error = "gone"
	part := message("a.eml", from("198.51.100.9", "b.example.net"))
	part.Evidence.Part, part.Evidence.Fidelity = 1, report.Reserialised
	s := summary(
		message("a.eml", from("203.0.113.4", "vps.example.net"), finds("received.x", report.Warning, report.Strong), finds("received.x", report.Critical, report.Ordinary)),
		message("b.eml", from("203.0.113.99", "vps.example.net"), func(r *report.Report) {
			r.Path.Hops[0].Standing = report.Fictitious
			r.Path.Boundary.Confidence = "certain"
			later := r.Path.Handover.Time.Add(time.Hour)
			r.Path.Handover.Time = &later
		}, finds("received.y", report.Critical, report.Proof)),
		message("c.eml", from("::ffff:203.0.113.7", ""), func(r *report.Report) { r.Path.Hops[0].Standing = report.Inconsistent; r.Error = "cut" }),
		message("d.eml", from("2001:db8:1:2::3", "x.example.co.uk")),
		message("e.eml"),
		message("f.eml", func(r *report.Report) { r.Path.Boundary, r.Path.Handover = nil, nil }),
		report.New(report.KindTrace), failed, part)
	is := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	is("messages", []int{s.Messages, s.Attached, s.Failed, s.Partly, s.NoHop, s.NoAddress}, []int{8, 1, 1, 1, 1, 1})
	is("boundary", s.Boundary, Boundary{Certain: 1, Likely: 5, None: 1})
	is("standing", s.Standing, Standing{1, 1})
	is("fidelity", s.Fidelity, Fidelity{AsReceived: 6, Reserialised: 1})
	is("recorders", s.Recorders(), List[Recorder]{Rows: []Recorder{{"example.org", 6}}})
	is("rules", s.Rules().Rows, []Rule{
		{"received.y", "Title of received.y", report.Critical, report.Proof, 1},
		{"received.x", "Title of received.x", report.Critical, report.Strong, 1}})
	is("span", s.Last.Sub(*s.First), time.Hour)
	var networks []string
	for _, n := range s.Networks().Rows {
		networks = append(networks, fmt.Sprint(n.Prefix, " ", n.Host, " ", n.Messages))
	}
	is("networks", networks, []string{"203.0.113.0/24 vps.example.net 3", "198.51.100.0/24 b.example.net 1", "2001:db8:1::/48 x.example.co.uk 1"})
}

func TestSummarySystems(t *testing.T) {
	s := &Summary{ASN: func(a netip.Addr) (AS, bool) {
		return AS{64496, "EXAMPLE"}, a.Is4() && a.As4()[0] != 192
	}}
	for i, a := range []string{"203.0.113.4", "203.0.113.5", "198.51.100.1", "192.0.2.1", "2001:db8::1"} {
		s.Add(message(fmt.Sprint(i), from(a, "")))
	}
	if got := s.Systems(); len(got.Rows) != 1 || got.Rows[0] != (System{AS{64496, "EXAMPLE"}, 2, 3}) {
		t.Errorf("%+v", got)
	}
}

// TestSummaryBounds holds that lists end, and say so.
func TestSummaryBounds(t *testing.T) {
	s := new(Summary)
	r := message("a", from("203.0.113.4", strings.Repeat("x", 5000)))
	const n = MaxNetworks + 5_000
	for i := range n {
		r.Path.Handover.Address = netip.AddrFrom16([16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 4: byte(i >> 8), 5: byte(i), 15: 1})
		s.Add(r)
	}
	if l := s.Networks(); len(l.Rows) != MaxNetworks || l.Cut != n-MaxNetworks || len(l.Rows[0].Host) != MaxName {
		t.Error(len(l.Rows), l.Cut)
	}
}

// TestGroupsForget holds that what shares nothing makes room for what does, however
// many messages there are, and that groups that fill all the room are no harm.
func TestGroupsForget(t *testing.T) {
	s := new(Summary)
	r := report.New(report.KindTrace)
	add := func(target, key string) {
		r.Target, r.Accounts = target, []report.Account{{What: "customer number", Key: key}}
		s.Add(r)
		g := &s.groups
		if len(g.keys) > MaxKeys || len(g.ids) != len(g.keys) || g.bytes > MaxKeyBytes || len(g.order) > MaxSets || len(g.sets) != len(g.order) {
			t.Fatal(len(g.keys), len(g.ids), g.bytes, len(g.order), len(g.sets))
		}
	}
	for i := range 3 * MaxSets {
		add("alone", fmt.Sprint("alone", i))
		if i%100 == 0 {
			add("one", "one")
		}
		if i%MaxSets > MaxSets-6 {
			add("two", "two")
		}
	}
	g := s.Groups()
	if len(g.Groups) != 2 || g.Groups[0].Messages != 3*MaxSets/100 || g.Groups[1].Messages != 15 || g.Cut == 0 || g.Cut+g.Grouped > s.Messages {
		t.Errorf("%+v", g)
	}
	for i := range 2 * MaxSets {
		add("pair", fmt.Sprint("pair", i/2)+strings.Repeat("k", 400))
	}
	before := s.Groups().Groups[0].Messages
	add("one", "one") // What is known is counted still.
	if g := s.Groups(); g.Groups[0].Messages != before+1 || len(g.Groups) != MaxGroups || g.More == 0 || !s.groups.full {
		t.Error(len(g.Groups), g.More, s.groups.full)
	}
}

func TestOrganisation(t *testing.T) {
	is := func(host, want string) {
		t.Helper()
		if got := organisation(host); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
	is("mx1.mail.example.org", "example.org")
	is("MX.Example.ORG.", "example.org")
	is("mx.example.co.uk", "example.co.uk")
	is("example.co.uk", "example.co.uk")
	is("co.uk", "co.uk")
	is("mx.example.de", "example.de")
	is("mx.com.example.com", "example.com")
	is("[203.0.113.4]", "203.0.113.4")
	is("localhost", "localhost")
	is("", "")
	is("..", "")
}

func BenchmarkSummary(b *testing.B) {
	var reports []*report.Report
	for i := range 1000 {
		reports = append(reports, message(fmt.Sprint(i, ".eml"), from(fmt.Sprintf("2001:db8:%x::4", i%200), "vps.example.net"), written("postfix", "exim"),
			id(fmt.Sprintf("<%08X.%06d.%d@example.com>", i<<20|1, i, 1000+i)), signed("example.com", "pass"), account("customer number", fmt.Sprint(i/10))))
	}
	s := new(Summary)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Add(reports[i%len(reports)])
	}
}
