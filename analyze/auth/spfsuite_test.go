package auth

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"mailtrace/probe/dns"
)

var spfSuites = []string{"rfc7208", "rfc4408", "pyspf", "blitirispf"}

// TestSPFSuites holds every disagreement with the suites against
// testdata/spf-argued.txt, as suite does.
func TestSPFSuites(t *testing.T) {
	for _, suite := range spfSuites {
		t.Run(suite, func(t *testing.T) {
			zones := spfZones(t, suite)
			argued := spfArguments(t, suite)
			set, right := 0, 0
			cases := jsonLines[spfCase](t, corpora(t, "spf", suite+"-tests.jsonl"))
			for _, c := range cases {
				got := CheckSPF(context.Background(), zones[c.Scenario], c.query())
				checkSPFTrace(t, c.ID, got)
				reason, known := argued[c.ID]
				delete(argued, c.ID)
				switch agrees := c.agrees(got); {
				case agrees && known:
					t.Errorf("%s: no disagreement, but testdata/spf-argued.txt has a reason for one", c.ID)
				case !agrees && !known:
					t.Errorf("%s: %s %q, want %v %q (%s)\n%s", c.ID, got.Status, got.Explanation, c.Expect.Result, c.Expect.Explanation, got.Problem, got.traceText())
				case !agrees:
					t.Logf("%s: %s, the suite says %v: %s", c.ID, got.Status, c.Expect.Result, reason)
					set++
				default:
					right++
				}
			}
			for id := range argued {
				t.Errorf("%s: argued in testdata/spf-argued.txt, and not in the suite", id)
			}
			t.Logf("%s: %d cases, %d right, %d argued", suite, len(cases), right, set)
		})
	}
}

// agrees compares with the suite. Its explanations are compared in any case: the
// digits of %{i} in IPv6 are capital there, and small in the examples of RFC 7208
// section 7.4.
func (c spfCase) agrees(got *SPF) bool {
	want := c.Expect.Explanation
	if want == "DEFAULT" {
		want = "" // RFC 7208 section 6.2: a default text or none.
	}
	return slices.Contains(c.Expect.Result, string(got.Status)) && (c.Expect.Explanation == "" || strings.EqualFold(got.Explanation, want))
}

// spfArguments reads the disagreements with one suite.
func spfArguments(t *testing.T, suite string) map[string]string {
	data, err := os.ReadFile("testdata/spf-argued.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if id, reason, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && strings.HasPrefix(id, suite+"-tests/") {
			out[id] = reason
		}
	}
	return out
}

func (s *SPF) traceText() string {
	var b strings.Builder
	for _, step := range s.Trace {
		b.WriteString("\t" + step.String() + "\n")
	}
	return b.String()
}

// checkSPFTrace holds what is promised of every trace.
func checkSPFTrace(t testing.TB, id string, s *SPF) {
	t.Helper()
	switch s.Status {
	case None, Pass, Fail, SoftFail, Neutral, PermError, TempError, Undecided:
	default:
		t.Errorf("%s: status %q", id, s.Status)
	}
	if len(s.Trace) == 0 {
		t.Fatalf("%s: no trace", id)
	}
	last := s.Trace[len(s.Trace)-1]
	if last.Kind != SPFResult || last.Status != s.Status || last.Lookups != s.Lookups || last.Void != s.Void {
		t.Errorf("%s: the trace ends in %+v, and the result is %s", id, last, s.Status)
	}
	if len(s.Trace) > maxSPFSteps+1 || s.Lookups > MaxSPFLookups || s.Void > MaxSPFVoid+1 {
		t.Errorf("%s: %d steps, %d look-ups, %d void", id, len(s.Trace), s.Lookups, s.Void)
	}
	if matched := s.Matched != ""; matched != (s.Problem == "") {
		t.Errorf("%s: matched %q, problem %q", id, s.Matched, s.Problem)
	}
	if (s.Cause != "") != (s.Status == TempError) && s.Status != Undecided {
		t.Errorf("%s: %s, cause %q", id, s.Status, s.Cause)
	}
	n := 0
	for _, step := range s.Trace {
		n += len(step.Questions)
		if step.Depth > MaxSPFLookups+1 {
			t.Errorf("%s: depth %d", id, step.Depth)
		}
		line := step.String()
		for i := range len(line) {
			if line[i] < ' ' || line[i] >= 127 {
				t.Fatalf("%s: the step %q is not one line of visible ASCII", id, line)
			}
		}
	}
	if s.LeftOut == 0 && n != len(s.Questions) {
		t.Errorf("%s: the steps hold %d of %d questions\n%s", id, n, len(s.Questions), s.traceText())
	}
}

// TestSPFPrivate: over all suites, no name that is asked holds the local part of
// the sender, and what is decided nevertheless is decided as when it may be asked.
func TestSPFPrivate(t *testing.T) {
	undecided := 0
	for _, suite := range spfSuites {
		zones := spfZones(t, suite)
		for _, c := range jsonLines[spfCase](t, corpora(t, "spf", suite+"-tests.jsonl")) {
			q := c.query()
			open := CheckSPF(context.Background(), zones[c.Scenario], q)
			q.AllowMacros = false
			const secret = "secretrecipient"
			if at := strings.LastIndexByte(q.MailFrom, '@'); at > 0 {
				q.MailFrom = secret + q.MailFrom[at:]
			}
			got := CheckSPF(context.Background(), zones[c.Scenario], q)
			checkSPFTrace(t, c.ID, got)
			for _, asked := range got.Questions {
				if strings.Contains(asked.Name, secret) {
					t.Errorf("%s: asked for %s", c.ID, asked.Name)
				}
			}
			switch got.Status {
			case open.Status:
			case Undecided:
				undecided++
				if !strings.Contains(got.Problem, "local part") || got.Cause != "" {
					t.Errorf("%s: %s, %s", c.ID, got.Problem, got.Cause)
				}
			default:
				t.Errorf("%s: %s, and %s where it may ask\n%s", c.ID, got.Status, open.Status, got.traceText())
			}
		}
	}
	t.Logf("%d cases undecided", undecided)
}

// TestSPFSecond compares with blitiri over all suites, on what ours was told and on
// the whole zone: every difference is of a known class, and there are as many of
// each as there were.
func TestSPFSecond(t *testing.T) {
	known := map[SPFDifference]int{SyntaxSPF: 50, OddNameSPF: 8, NameMacroSPF: 2}
	whole := map[SPFDifference]int{SyntaxSPF: 51, OddNameSPF: 14, NameMacroSPF: 2}
	got, gotWhole := map[SPFDifference]int{}, map[SPFDifference]int{}
	for _, suite := range spfSuites {
		zones := spfZones(t, suite)
		for _, c := range jsonLines[spfCase](t, corpora(t, "spf", suite+"-tests.jsonl")) {
			q := c.query()
			first := CheckSPF(context.Background(), zones[c.Scenario], q)
			second := SecondSPF(context.Background(), q, first)
			third := secondSPF(context.Background(), zones[c.Scenario], q, first)
			got[second.Difference]++
			gotWhole[third.Difference]++
			if second.Difference != SameSPF || third.Difference != SameSPF {
				t.Logf("%s: %s; blitiri: %s (%s), of the whole zone %s (%s): %s", c.ID, first.Status, second.Status, second.Problem, third.Status, third.Problem, third.Difference)
			}
		}
	}
	t.Logf("answers that were kept: %v; whole zone: %v", got, gotWhole)
	delete(got, SameSPF)
	delete(gotWhole, SameSPF)
	if !maps.Equal(got, known) || !maps.Equal(gotWhole, whole) {
		t.Errorf("differences %v and %v, known are %v and %v", got, gotWhole, known, whole)
	}
}

// TestSPFCauses: what the DNS did not answer is temperror, what was not asked is
// undecided.
func TestSPFCauses(t *testing.T) {
	for cause, want := range map[dns.Cause]Status{
		dns.Timeout: TempError, dns.ServFail: TempError, dns.Refused: TempError, dns.Malformed: TempError, dns.Network: TempError,
		dns.AliasLoop: TempError, dns.Canceled: Undecided, dns.Offline: Undecided, dns.NotKept: Undecided, dns.OverLimit: Undecided,
	} {
		for _, record := range []string{"", "v=spf1 a:b.example -all", "v=spf1 mx:b.example -all", "v=spf1 exists:b.example -all", "v=spf1 include:b.example -all",
			"v=spf1 redirect=b.example", "v=spf1 mx:m.example -all", "v=spf1 exists:%{p}.x.example -all"} {
			z := newSPFZone()
			z.add("m.example", dns.MX, dns.Record{Target: "b.example"})
			for _, name := range []string{"b.example", "1.2.0.192.in-addr.arpa"} {
				z.fails[name] = cause
			}
			if record == "" {
				z.fails["example.org"] = cause
			} else {
				z.txt("example.org", record)
			}
			expect := want
			if strings.Contains(record, "%{p}") && want == TempError {
				expect = Fail // RFC 7208 section 5.5: it is "unknown" then.
			}
			got := CheckSPF(context.Background(), z, SPFQuery{IP: addr4, HELO: "h.example", MailFrom: "u@example.org"})
			checkSPFTrace(t, record, got)
			if got.Status != expect || expect != Fail && got.Cause != cause {
				t.Errorf("%s, %q: %s (%s), cause %q, want %s", cause, record, got.Status, got.Problem, got.Cause, expect)
			}
		}
	}
}
