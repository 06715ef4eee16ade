package probe

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// suiteArgued are the lines of other projects' suites that are not followed, with the reason.
func suiteArgued(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/argued.txt")
	if err != nil {
		t.Fatal(err)
	}
	why := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if id, reason, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
			why[id] = reason
		}
	}
	return why
}

// suiteLines reads a suite.
func suiteLines[T any](t *testing.T, name string) []T {
	t.Helper()
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		t.Skip("MAILTRACE_CORPORA is not set")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []T
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line T
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, line)
	}
	return all
}

// suiteScore counts, and says where a suite is not followed without a reason, or a reason is
// given for nothing.
type suiteScore struct {
	right, all int
	argued     map[string]string
}

func (s *suiteScore) add(t *testing.T, id, got, want string) {
	t.Helper()
	s.all++
	why, is := s.argued[id]
	switch {
	case got == want && is:
		t.Errorf("%s is argued, and there is no disagreement", id)
	case got == want:
		s.right++
	case !is:
		t.Errorf("%s: %s, the suite says %s", id, got, want)
	default:
		t.Logf("%s: %s, the suite says %s: %s", id, got, want, why)
	}
}

// TestBIMISuite runs that of checkdmarc.
func TestBIMISuite(t *testing.T) {
	type row struct {
		ID     string
		Args   []string
		Expect struct {
			OK      bool
			Asserts []struct {
				Path  []string
				Value any
			}
		}
	}
	score := suiteScore{argued: suiteArgued(t)}
	for _, c := range suiteLines[row](t, "bimi/checkdmarc.jsonl") {
		r := parseBIMI(c.Args[0])
		score.add(t, c.ID, fmt.Sprint(len(r.faults) == 0), fmt.Sprint(c.Expect.OK))
		for _, a := range c.Expect.Asserts {
			switch tag := a.Path[1]; tag {
			case "lps":
				score.add(t, c.ID, fmt.Sprint(r.locals), fmt.Sprint(a.Value))
			case "avp":
				score.add(t, c.ID, r.avatar, fmt.Sprint(a.Value))
			default:
				t.Errorf("%s: nobody looks at %s", c.ID, tag)
			}
		}
		lint(t, c.ID, "default._bimi.example.org", c.Args[0])
	}
	t.Logf("%d of %d", score.right, score.all)
}

// TestDMARCRecordsLinted: every record of the suites is looked at without a fault of ours, and
// one that a suite refuses is told of.
func TestDMARCRecordsLinted(t *testing.T) {
	type row struct {
		ID, Record string
		Expect     struct{ OK bool }
	}
	score := suiteScore{argued: suiteArgued(t)}
	for _, name := range []string{"dmarc/opendmarc-records.jsonl", "dmarc/mox-records.jsonl"} {
		for _, c := range suiteLines[row](t, name) {
			r := lint(t, c.ID, "_dmarc.example.org", c.Record)
			told := slices.ContainsFunc(r.Findings, func(f report.Finding) bool {
				return slices.Contains([]string{dmarcMissing.ID, dmarcSyntax.ID, dmarcPolicyMissing.ID, dmarcReportAddress.ID}, f.Rule) && f.Severity != report.Info
			})
			score.add(t, c.ID, fmt.Sprint(!told), fmt.Sprint(c.Expect.OK))
		}
	}
	t.Logf("%d of %d", score.right, score.all)
}

// lint probes a domain that has a text at one name, with nothing else there.
func lint(t *testing.T, id, name, text string) *report.Report {
	t.Helper()
	return lintZone(t, id, "example.org", map[string][]string{name: {text}}, nil)
}

// lintZone probes a domain whose DNS has these texts, and these names that fail.
func lintZone(t *testing.T, id, domain string, texts map[string][]string, failing []string) *report.Report {
	t.Helper()
	p := &Prober{Now: clock, DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: textZone{texts, failing}} }}
	r := p.Domain(t.Context(), domain)
	valid(t, r)
	for _, u := range r.Undecided {
		if strings.Contains(u.Why, "panic") || strings.Contains(u.Why, "mailtrace itself failed") || strings.Contains(u.Why, "the check failed") {
			t.Errorf("%s: %s: %s", id, u.Rule, u.Why)
		}
	}
	return r
}

// textZone has TXT records of any octets, and no others.
type textZone struct {
	texts   map[string][]string
	failing []string
}

func (z textZone) Lookup(_ context.Context, name string, t dns.Type) (*dns.Answer, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if slices.Contains(z.failing, name) {
		return nil, &dns.Error{Name: name, Type: t, Cause: dns.ServFail}
	}
	a := &dns.Answer{Name: name, Type: t, Status: dns.NoData, Server: "suite", Secure: dns.Unverified}
	if t == dns.TXT {
		for _, text := range z.texts[name] {
			a.Status, a.Records = dns.Found, append(a.Records, dns.Record{Text: []byte(text)})
		}
	}
	return a, nil
}

// TestDMARCSuites: the zones of the suites that evaluate messages are looked at, and the
// policy that is found is that of the suite.
func TestDMARCSuites(t *testing.T) {
	type row struct {
		ID         string
		Zone       map[string][]string
		ServFail   []string
		FromDomain string `json:"from_domain"`
		Expect     struct {
			Status       string
			PolicyDomain string `json:"policy_domain"`
			Error        *string
		}
	}
	score := suiteScore{argued: suiteArgued(t)}
	for _, c := range suiteLines[row](t, "dmarc/mox-verify.jsonl") {
		r := lintZone(t, c.ID, c.FromDomain, c.Zone, c.ServFail)
		d := r.Policies.DMARC
		want := c.Expect.PolicyDomain
		if c.Expect.Error != nil {
			want = ""
		}
		got := d.Domain
		if d.Status != report.PolicyFound {
			got = ""
		}
		score.add(t, c.ID, got, want)
	}
	t.Logf("%d of %d", score.right, score.all)
	for _, c := range suiteLines[mailauthCase](t, "dmarc/mailauth-verify.jsonl") {
		texts, failing := c.texts()
		lintZone(t, c.ID, c.from(), texts, failing)
	}
}

// TestRspamdZone: each domain of the zone of rspamd's suite that has a DMARC record is looked
// at.
func TestRspamdZone(t *testing.T) {
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		t.Skip("MAILTRACE_CORPORA is not set")
	}
	text, err := os.ReadFile(filepath.Join(dir, "dmarc/rspamd/dns.json"))
	if err != nil {
		t.Fatal(err)
	}
	var entries []struct {
		Name, Type, RCode string
		Replies           []string
	}
	if err := json.Unmarshal(text, &entries); err != nil {
		t.Fatal(err)
	}
	texts, failing := map[string][]string{}, []string{}
	for _, e := range entries {
		if e.RCode == "timeout" || e.RCode == "servfail" {
			failing = append(failing, e.Name)
		} else if e.Type == "txt" && len(e.Replies) > 0 {
			texts[e.Name] = append(texts[e.Name], e.Replies...)
		}
	}
	looked := 0
	for name, there := range texts {
		if domain, ok := strings.CutPrefix(name, dmarcPrefix); ok && strings.HasPrefix(there[0], "v=DMARC1") {
			looked++
			if d := lintZone(t, name, domain, texts, failing).Policies.DMARC; d.Status != report.PolicyFound && d.Status != report.PolicyInvalid {
				t.Errorf("%s: %s: %s", name, d.Status, d.Why)
			}
		}
	}
	t.Logf("%d domains", looked)
}

// mailauthCase is a line of the suite of mailauth.
type mailauthCase struct {
	ID    string
	Input []struct{ HeaderFrom any }
	Zone  map[string]map[string]json.RawMessage
}

func (c *mailauthCase) from() string {
	from := fmt.Sprint(c.Input[0].HeaderFrom)
	if list, ok := c.Input[0].HeaderFrom.([]any); ok && len(list) > 0 {
		from = fmt.Sprint(list[0])
	}
	_, host, ok := cutLast(from, "@")
	if !ok {
		return from
	}
	return host
}

func (c *mailauthCase) texts() (texts map[string][]string, failing []string) {
	texts = map[string][]string{}
	for name, types := range c.Zone {
		var records [][]string
		if json.Unmarshal(types["TXT"], &records) != nil {
			failing = append(failing, name)
		}
		for _, strs := range records {
			texts[name] = append(texts[name], strings.Join(strs, ""))
		}
	}
	return texts, failing
}

// TestSupposed: a name that is only thought of is answered for, and nobody hears of it.
func TestSupposed(t *testing.T) {
	r := supposed{dns.Nobody{}, anySubdomain + ".example.org", true}
	for name, want := range map[string]dns.Status{
		anySubdomain + ".example.org":             dns.NoData,
		"_dmarc." + anySubdomain + ".example.org": dns.NXDomain,
		"_dmarc.example.org":                      dns.Failed,
	} {
		got := dns.Failed
		if a, err := r.Lookup(t.Context(), name, dns.TXT); err == nil {
			got = a.Status
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if auth.ParseDMARC("v=DMARC1") == nil {
		t.Error("an agreement to get reports is no record")
	}
}
