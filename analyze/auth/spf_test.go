package auth

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"mailtrace/probe/dns"
)

var addr4 = netip.MustParseAddr("192.0.2.1")

// spfFile reads testdata/spf.txt: its zone, and the lines of its queries.
func spfFile(t testing.TB) (*spfZone, []string) {
	data, err := os.ReadFile("testdata/spf.txt")
	if err != nil {
		t.Fatal(err)
	}
	z := newSPFZone()
	var queries []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if strings.Contains(line, " = ") && strings.Contains(line, "? ") {
			queries = append(queries, line)
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		kind, value, _ := strings.Cut(rest, " ")
		switch kind {
		case "TXT":
			z.txt(name, value)
		case "A", "AAAA":
			z.ip(name, value)
		case "MX":
			z.add(name, dns.MX, dns.Record{Target: value})
		case "PTR":
			z.add(name, dns.PTR, dns.Record{Target: value})
		case "CNAME":
			z.aliases[name] = value
		case "FAIL":
			z.fails[name] = dns.Cause(value)
		default:
			t.Fatalf("line %q", line)
		}
	}
	return z, queries
}

// spfLine reads a query, and what is wanted.
func spfLine(line string) (q SPFQuery, want string) {
	line, want, _ = strings.Cut(line, " = ")
	mode, rest, _ := strings.Cut(line, "? ")
	f := strings.Split(rest, " ")
	for i := range f {
		f[i] = strings.TrimPrefix(f[i], "-")
	}
	q = SPFQuery{IP: netip.MustParseAddr(f[0]), HELO: f[1], MailFrom: f[2], Receiver: "mx.example.net", Now: time.Unix(1764046800, 0)}
	q.AllowMacros = mode == "macros "
	if mode == "helo " {
		q.Identity = SPFHELO
	}
	return q, want
}

// TestSPF runs testdata/spf.txt; blitiri judges as well.
func TestSPF(t *testing.T) {
	zone, lines := spfFile(t)
	for _, line := range lines {
		q, want := spfLine(line)
		got := CheckSPF(context.Background(), zone, q)
		checkSPFTrace(t, line, got)
		status, words, _ := strings.Cut(want, " ")
		text := got.Problem + "\n" + got.Explanation + "\n"
		for _, n := range got.Notes {
			text += n.Term + ": " + n.Text + "\n"
		}
		for _, s := range got.Trace {
			text += s.Note + "\n"
		}
		if string(got.Status) != status || !strings.Contains(text, words) {
			t.Errorf("%q: %s\n%s\n%s", line, got.Status, text, got.traceText())
		}
		if second := SecondSPF(context.Background(), q, got); second.Difference == UnexplainedSPF {
			t.Errorf("%q: %s, blitiri: %+v", line, got.Status, second)
		}
	}
}

// TestSPFTrace shows a trace as a reader sees it.
func TestSPFTrace(t *testing.T) {
	z := newSPFZone()
	z.txt("example.org", "v=spf1 ip4:198.51.100.0/24 include:_spf.example.net a mx:%{d} ~all exp=why.example.org")
	z.txt("_spf.example.net", "v=spf1 exists:%{ir}.ok.example.net redirect=more.example.net")
	z.txt("more.example.net", "v=spf1 -all")
	z.ip("example.org", "192.0.2.9")
	z.add("example.org", dns.MX, dns.Record{Target: "mx.example.org"})
	z.ip("mx.example.org", "192.0.2.1")
	got := CheckSPF(context.Background(), z, SPFQuery{IP: addr4, HELO: "h.example", MailFrom: "u@example.org"})
	const want = `record example.org; example.org TXT found 1; "v=spf1 ip4:198.51.100.0/24 include:_spf.example.net a mx:%{d} ~all exp=why.example.org" (look-ups 0, void 0)
ip4:198.51.100.0/24: no match (look-ups 0, void 0)
include:_spf.example.net: no match, its record gives fail (look-ups 3, void 1)
  record _spf.example.net; _spf.example.net TXT found 1; "v=spf1 exists:%{ir}.ok.example.net redirect=more.example.net" (look-ups 1, void 0)
  exists:%{ir}.ok.example.net -> 1.2.0.192.ok.example.net; 1.2.0.192.ok.example.net A nxdomain: no match (look-ups 2, void 1)
  redirect=more.example.net: goes on, fail (look-ups 3, void 1)
    record more.example.net; more.example.net TXT found 1; "v=spf1 -all" (look-ups 3, void 1)
    -all: match, fail (look-ups 3, void 1)
a -> example.org; example.org A found 1: no match (look-ups 4, void 1)
mx:%{d} -> example.org; example.org MX found 1, mx.example.org A found 1: match, pass, mx.example.org 192.0.2.1 (look-ups 5, void 1)
result: pass, by mx:%{d} of example.org (look-ups 5, void 1)
`
	text := strings.ReplaceAll(got.traceText(), "\n\t", "\n")[1:]
	if text != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
	if got.Matched != "mx:%{d}" || got.MatchedIn != "example.org" || got.Sender != "u@example.org" || got.Domain != "example.org" {
		t.Errorf("%+v", got)
	}
}

// TestSPFNames: names are cut at the left, by labels (RFC 7208 section 7.3).
func TestSPFNames(t *testing.T) {
	label := strings.Repeat("a", 62) + "." // 63 bytes.
	for _, c := range []struct {
		in, out string
		ok      bool
	}{
		{"a.example.", "a.example", true},
		{label + label + label + label + "b", label + label + label + label + "b", true},        // 253.
		{label + label + label + label + "bc", label + label + label + "bc", true},              // 254.
		{"x." + label + label + label + label + "b", label + label + label + label + "b", true}, // The dot is the last to go.
		{strings.Repeat("a", 300), "", false},
		{strings.Repeat("a.", 300), strings.TrimSuffix(strings.Repeat("a.", 127), "."), true},
		{strings.Repeat("a", 64) + ".example", "", false},
		{"a..b", "", false}, {".a", "", false}, {"", "", false}, {".", "", false}, {"a.b..", "", false}, {"a\x00.b", "", false}, {"\xff.b", "", false},
	} {
		got, ok := askable(c.in)
		if ok != c.ok || ok && got != c.out {
			t.Errorf("%q: %q %v, want %q %v", c.in, got, ok, c.out, c.ok)
		}
	}
}

// TestSPFNothing: the zero values.
func TestSPFNothing(t *testing.T) {
	for _, q := range []SPFQuery{{}, {MailFrom: "u@example.org"}, {IP: addr4, MailFrom: "u@example.org"}, {IP: addr4}} {
		got := CheckSPF(context.Background(), nil, q)
		checkSPFTrace(t, q.MailFrom, got)
		if want := map[bool]Status{true: Undecided, false: None}[q.MailFrom != ""]; got.Status != want {
			t.Errorf("%+v: %s, want %s", q, got.Status, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := CheckSPF(ctx, newSPFZone(), SPFQuery{IP: addr4, MailFrom: "u@example.org"}); got.Status != Undecided || got.Cause != dns.Canceled {
		t.Errorf("canceled: %+v", got)
	}
}
