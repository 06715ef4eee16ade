package text

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mailtrace/report"
)

// probePage is the page of a report, and its transcript.
func probePage(t testing.TB, r *report.Report, style Style) (page, transcript string) {
	t.Helper()
	var b bytes.Buffer
	if err := Probe(&b, r, style); err != nil {
		t.Fatal(err)
	}
	n := b.Len()
	if err := Transcript(&b, r, style); err != nil {
		t.Fatal(err)
	}
	check(t, b.String(), style)
	framed(t, b.String(), style)
	for _, method := range ProbeExplained {
		explainedProbe(t, r, method, style)
	}
	return b.String()[:n], b.String()[n:]
}

// probes are the reports of which testdata has the pages, by the name of the page.
func probes() map[string]*report.Report {
	all := map[string]*report.Report{}
	for name, make := range map[string]func() *report.Report{
		"three": threeMX, "well": allWell, "sole": soleMX, "null-mx": nullMX, "implicit": implicitMX, "missing": missingDomain,
		"dns": dnsFailed, "blocked": blocked, "refused": allRefused, "deferred": allDeferred, "no-tls": noTLS, "hostile": hostileServer,
		"long": longNames, "many": manyAddresses, "submission": submissionPorts, "named": namedHost, "handshake": handshakeFailed, "mixed": mixedFaults,
		"error": probeError, "no-ipv6": noIPv6Here, "critical-all-well": criticalAllTheSame, "not-known": notKnown,
		"kept": wellKept, "sends-badly": sendsBadly, "dmarc-walk": dmarcWalk, "seen": serversSeen, "agree": nameServersAgree,
		"sending": sendingWell, "sending-badly": sendingBadly, "sending-unknown": sendingUnknown,
		"policy-enforced": policyEnforced, "policy-broken": policyBroken, "policy-open": policyOpen,
	} {
		all[name] = make()
	}
	return all
}

// explainedIn are the reports of which an explanation is in testdata.
var explainedIn = map[string][]string{
	"kept": {"spf", "dkim", "dmarc"}, "sends-badly": {"spf", "dkim", "dmarc"}, "dmarc-walk": {"dmarc"}, "well": {"spf"}, "sending": {"spf"},
}

// explainedProbe is what is explained of a report.
func explainedProbe(t testing.TB, r *report.Report, method string, style Style) string {
	t.Helper()
	var b bytes.Buffer
	if err := ExplainProbe(&b, r, method, style); err != nil {
		t.Fatal(err)
	}
	check(t, b.String(), style)
	framed(t, b.String(), style)
	return b.String()
}

func pageLines(page string) int { return strings.Count(page, "\n") }

// heads are what lines of a page may begin with, where they do not begin with a blank:
// nobody else can write there.
var heads = regexp.MustCompile(`^(ANSWER|SERVERS|SENDERS|POLICIES|SUBMISSION|NAME SERVERS|LISTS|NAME|SPF|FINDINGS|REQUIREMENTS|NOT JUDGED|EXTENSIONS|TLS|EXPLAIN|TRANSCRIPT|  )`)

// framed holds that every line below the first is one of ours, or is set in: a server
// cannot write what looks like a part of the page.
func framed(t testing.TB, page string, style Style) {
	t.Helper()
	if style.Color {
		page = colors.ReplaceAllString(page, "")
	}
	lines := strings.Split(page, "\n")
	for _, line := range lines[1:] {
		if line != "" && line[0] != ' ' && !heads.MatchString(line) {
			t.Errorf("not a line of the page: %q", line)
		}
	}
}

// TestProbe shows the reports of probes at 80 columns, with what they are as JSON
// beside them. Other widths and colours only have to keep the promises.
func TestProbe(t *testing.T) {
	all := probes()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := all[name].WriteJSON(&b, true); err != nil {
				t.Fatal(err)
			}
			if name != "many" { // A quarter of a megabyte would teach nobody more.
				golden(t, "testdata/probe-"+name+".json", b.String())
			}
			r, err := report.Read(b.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			page, transcript := probePage(t, r, Style{})
			golden(t, "testdata/probe-"+name+".txt", page)
			if name == "three" || name == "hostile" || name == "deferred" || name == "dns" {
				golden(t, "testdata/probe-"+name+".transcript.txt", transcript)
			}
			for _, method := range explainedIn[name] {
				golden(t, "testdata/probe-"+name+"."+method+".txt", explainedProbe(t, r, method, Style{}))
			}
			for _, columns := range []int{1, 53, 66, 100, 300} {
				probePage(t, r, Style{Width: columns})
				probePage(t, r, Style{Width: columns, Color: true})
			}
		})
	}
	narrow, _ := probePage(t, all["three"], Style{Width: 50})
	golden(t, "testdata/probe-three-narrow.txt", narrow)
	wide, _ := probePage(t, all["long"], Style{Width: 120})
	golden(t, "testdata/probe-long-wide.txt", wide)
}

// TestProbeHostileEverywhere shows reports in which every string is hostile, found by
// the types, so that a new field cannot be forgotten.
func TestProbeHostileEverywhere(t *testing.T) {
	for _, s := range append(hostile, "ANSWER  OK: nothing to do.", "\r\nFINDINGS\r\n none", strings.Repeat("x", 299)+".example", "\x1b]52;c;cm0=\x07") {
		for _, number := range []int64{0, 1, -1, 1 << 40} {
			r := hostileProbe(s, number)
			probePages(t, r)
			r.Sending = nil
			probePages(t, r)
		}
	}
}

func probePages(t testing.TB, reports ...*report.Report) {
	t.Helper()
	for _, r := range reports {
		for _, style := range []Style{{}, {Width: 44}, {Width: 300, Color: true}} {
			probePage(t, r, style)
		}
	}
}

// hostileProbe is two reports full of s: one whose words are all unknown, and one whose
// words are those of a report, so that the whole page is made.
func hostileProbe(s string, number int64) *report.Report {
	r := new(report.Report)
	fill(reflect.ValueOf(r).Elem(), s, number)
	r.Target = "example.com"
	roles := []report.HostRole{report.RoleMX, report.RoleSubmission}
	for i := range r.Hosts {
		h := &r.Hosts[i]
		h.Role = roles[i]
		h.Endpoints[1].Outcome, h.Endpoints[1].Hello, h.Endpoints[1].StartTLS = report.OutcomeDeferred, "", ""
		h.Endpoints[0].Hello, h.Endpoints[0].StartTLS = report.HelloEHLO, report.StartTLSOK
		h.Endpoints[0].Size.State = report.SizeLimit
	}
	r.Findings[0].Severity, r.Findings[1].Severity = report.Critical, report.Info
	o := &r.Policies
	o.SPF.Status, o.DKIM.Status, o.DMARC.Status, o.BIMI.Status = report.PolicyFound, report.PolicyFound, report.PolicyFound, report.PolicyFound
	o.MTASTS.Status, o.TLSRPT.Status, o.CAA[0].Status = report.PolicyFound, report.PolicyFound, report.PolicyFound
	r.Listings[0].Result, r.NameServers[0].Status, r.Sending.RDNS.Status = report.Listed, "answered", "fail"
	for i, p := range []string{"smtp.mailfrom", "smtp.helo"} {
		r.Auth[i].Method, r.Auth[i].Property, r.Auth[i].By = "spf", p, report.ByUs
	}
	return r
}

func FuzzProbeText(f *testing.F) {
	for _, s := range append(hostile, "", " \u00a0", "ANSWER  OK: nothing to do.") {
		f.Add(s, int64(86400), 80)
	}
	f.Fuzz(func(t *testing.T, s string, n int64, columns int) {
		r := hostileProbe(s, n)
		var b bytes.Buffer
		style := Style{Width: columns, Color: columns%2 == 0}
		for _, sending := range []*report.Sending{r.Sending, nil} {
			r.Sending = sending
			b.Reset()
			if err := Probe(&b, r, style); err != nil {
				t.Fatal(err)
			}
			lined(t, b.String(), style)
			framed(t, b.String(), style)
		}
		for _, method := range ProbeExplained {
			if err := ExplainProbe(&b, r, method, style); err != nil {
				t.Fatal(err)
			}
		}
		if err := Transcript(&b, r, style); err != nil {
			t.Fatal(err)
		}
		lined(t, b.String(), style)
		framed(t, b.String(), style)
	})
}

// FuzzProbe shows whatever can be read as a report.
func FuzzProbe(f *testing.F) {
	for name, r := range probes() {
		if name == "many" {
			continue // Large inputs are not mutated to anything of use.
		}
		var b bytes.Buffer
		if err := r.WriteJSON(&b, false); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), 80)
	}
	f.Fuzz(func(t *testing.T, data []byte, columns int) {
		r, err := report.Read(data)
		if err != nil {
			return
		}
		style := Style{Width: columns, Color: columns%2 == 0}
		var b bytes.Buffer
		if err := Probe(&b, r, style); err != nil {
			t.Fatal(err)
		}
		if err := Transcript(&b, r, style); err != nil {
			t.Fatal(err)
		}
		lined(t, b.String(), style)
	})
}

// TestProbeIsBounded holds the page of a report with a hundred thousand of everything
// to a size and a time.
func TestProbeIsBounded(t *testing.T) {
	r := probeOf("example.com", "10 mx.example.com.")
	for i := range 100 {
		h := mx(i, fmt.Sprintf("mx%d.example.com", i))
		for k := range 100 {
			e := silent(fmt.Sprintf("192.0.%d.%d", i%256, k))
			e.Why = fmt.Sprintf("reason %d", i*100+k)
			h.Endpoints = append(h.Endpoints, e)
			r.Findings = append(r.Findings, finds(report.Warning, fmt.Sprintf("smtp.rule-%d", i), h.Name, e.Address.String(), e.Why))
			r.Undecided = append(r.Undecided, open(fmt.Sprintf("smtp.rule-%d", i), h.Name, e.Address.String(), e.Why))
		}
		r.Hosts = append(r.Hosts, h)
	}
	page, transcript := probePage(t, r, Style{})
	if n := strings.Count(page, "\n"); n > 500 {
		t.Errorf("%d lines", n)
	}
	if n := strings.Count(transcript, "\n"); n > 400 {
		t.Errorf("%d lines of transcript", n)
	}
}

// TestShortNames holds that no two hosts get one short name, and that it is one label
// at least.
func TestShortNames(t *testing.T) {
	is := func(tail string, pairs ...string) {
		t.Helper()
		r := report.New(report.KindProbe)
		for i := 0; i < len(pairs); i += 2 {
			r.Hosts = append(r.Hosts, report.Host{Name: pairs[i]})
		}
		p := newProbed(r, Style{})
		for i := 0; i < len(pairs); i += 2 {
			if got := p.short[pairs[i]]; got != pairs[i+1] || p.tail != tail {
				t.Errorf("%s is %q, want %q; tail %q, want %q", pairs[i], got, pairs[i+1], p.tail, tail)
			}
		}
	}
	is(".example.com", "mx1.example.com", "mx1", "mx2.example.com", "mx2")
	is(".l.google.com", "aspmx.l.google.com", "aspmx", "alt1.aspmx.l.google.com", "alt1.aspmx")
	is("", "mx1.example.com", "mx1.example.com", "mx1.example.net", "mx1.example.net")
	is("", "example.com", "example.com", "mx.example.com", "mx.example.com") // What is left of one would be nothing.
	is("", "a.com", "a.com", "b.com", "b.com")
	is(".mail.provider.example", "example-com.mail.provider.example", "example-com")
	is("", "", "", "x", "x")
}

func TestOctets(t *testing.T) {
	is := func(n int64, want string) {
		t.Helper()
		if got := octets(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	is(0, "0 B")
	is(1023, "1,023 B")
	is(10240000, "9.7 MiB")
	is(52428800, "50 MiB")
	is(35882577, "34.2 MiB")
	is(157286400, "150 MiB")
	is(1<<30-1, "1,023 MiB")
	is(1<<40, "1,024 GiB")
	is(1<<62, "4,294,967,296 GiB")
	is(-5, "-5 B")
	if got := largest(report.Size{State: report.SizeLimit, Octets: new(int64(52428800))}); got != "attachments up to 36.5"+noBreak+"MiB" {
		t.Error(got)
	}
}

func BenchmarkProbe(b *testing.B) {
	r := threeMX()
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		if err := Probe(&out, r, Style{}); err != nil {
			b.Fatal(err)
		}
	}
}
