package analyze

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"mailtrace/analyze/auth"
	"mailtrace/analyze/mailbox"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

var update = flag.Bool("update", false, "rewrite the want sections of testdata/*.txtar, and data/measured.txt")

// clock is the time at which the tests take place.
func clock() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

// TestRules runs every testdata/<rule>.txtar: cases of a message (name.eml),
// optionally the DNS that it sees (name.zone), and what that one rule says of it
// (name.want). A rule without an archive, one that never speaks and one that is never
// silent fails.
func TestRules(t *testing.T) {
	for _, rule := range Rules() {
		t.Run(rule.ID, func(t *testing.T) {
			name := filepath.Join("testdata", rule.ID+".txtar")
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			spoke, silent := 0, 0
			for _, c := range archived(t, archive) {
				if c.want == nil {
					t.Fatalf("%s: %s has no want", name, c.eml.Name)
				}
				got := says(c.trace(t), rule.ID)
				if len(got) > 0 {
					spoke++
				} else {
					silent++
				}
				if *update {
					c.want.Data = got
				} else if !bytes.Equal(got, c.want.Data) {
					t.Errorf("%s:\n%s\nwant:\n%s", c.eml.Name, got, c.want.Data)
				}
			}
			if spoke == 0 || silent == 0 {
				t.Errorf("the rule spoke %d times and was silent %d times; both must happen", spoke, silent)
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// archivedCase is a message of an archive, with the files that belong to it.
type archivedCase struct {
	eml, zone, want *txtar.File // The last two may be nil.
}

// archived takes an archive apart: behind name.eml stand name.zone and name.want.
func archived(t testing.TB, archive *txtar.Archive) []archivedCase {
	t.Helper()
	var cases []archivedCase
	id := ""
	for i := range archive.Files {
		f := &archive.Files[i]
		name, isMessage := strings.CutSuffix(f.Name, ".eml")
		if isMessage {
			id = name
			cases = append(cases, archivedCase{eml: f})
			continue
		}
		if id == "" {
			t.Fatalf("%s belongs to no message", f.Name)
		}
		switch c := &cases[len(cases)-1]; f.Name {
		case id + ".zone":
			c.zone = f
		case id + ".want":
			c.want = f
		default:
			t.Fatalf("%s does not belong to %s.eml, behind which it stands", f.Name, id)
		}
	}
	return cases
}

// trace analyses the message of a case. With a zone, the case takes place at the time
// that its line "; now" names, and the DNS answers from it. No records are known on
// which the two programs for SPF, or for DKIM, differ without a known cause: the lines
// "; second" and "; second-dkim" make the other one come to a result that is none of
// ours.
func (c *archivedCase) trace(t testing.TB) *report.Report {
	t.Helper()
	a := Analyzer{Version: "test", Now: clock}
	if c.zone != nil {
		zone, err := dns.ParseZone(string(c.zone.Data))
		if err != nil {
			t.Fatalf("%s: %v", c.zone.Name, err)
		}
		zone.Time = clock()
		for line := range strings.Lines(string(c.zone.Data)) {
			if status, ok := strings.CutPrefix(strings.TrimSpace(line), "; second "); ok {
				a.second = func(context.Context, auth.SPFQuery, *auth.SPF) auth.SPFSecond {
					return auth.SPFSecond{Status: auth.Status(status), Problem: "as the case has it", Difference: auth.UnexplainedSPF}
				}
			}
			if status, ok := strings.CutPrefix(strings.TrimSpace(line), "; second-dkim "); ok {
				a.secondDKIM = func(_ *mailbox.Message, first *auth.Signatures) []auth.DKIMSecond {
					all := make([]auth.DKIMSecond, len(first.DKIM))
					for i := range all {
						all[i] = auth.DKIMSecond{Status: auth.Status(status), Problem: "as the case has it", Difference: auth.UnexplainedDKIM}
					}
					return all
				}
			}
			if now, ok := strings.CutPrefix(strings.TrimSpace(line), "; now "); ok {
				if zone.Time, err = time.Parse(time.RFC3339, now); err != nil {
					t.Fatalf("%s: %v", c.zone.Name, err)
				}
			}
		}
		a.Now = func() time.Time { return zone.Time }
		a.DNS = func(string) (DNS, error) { return &dns.Recorder{Resolver: zone}, nil }
	}
	return traceBy(t, &a, c.eml.Name, c.eml.Data)
}

// trace analyses a message without the DNS.
func trace(t testing.TB, name string, eml []byte) *report.Report {
	t.Helper()
	return traceBy(t, &Analyzer{Version: "test", Now: clock}, name, eml)
}

// traceBy analyses a message and holds the report to what every report must be.
func traceBy(t testing.TB, a *Analyzer, name string, eml []byte) *report.Report {
	t.Helper()
	m, err := mailbox.Read(name, bytes.NewReader(eml), int64(len(eml)))
	if err != nil {
		t.Fatal(err)
	}
	r := a.Message(t.Context(), m)
	valid(t, r)
	points(t, eml, r)
	return r
}

var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	return jsonschema.NewCompiler().Compile("../report/schema.json")
})

// valid holds a report to the committed schema.
func valid(t testing.TB, r *report.Report) {
	t.Helper()
	s, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b, false); err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s: the report is not valid: %v", r.Target, err)
	}
}

// points holds every finding to law 1: its evidence is the bytes of the message
// that stand where it says, in the line it says.
func points(t testing.TB, eml []byte, r *report.Report) {
	t.Helper()
	for _, f := range r.Findings {
		if len(f.Evidence) == 0 {
			t.Errorf("%s: %s: a finding without evidence: %s", r.Target, f.Rule, f.Text)
		}
		if (f.Disproves != "") != (f.Weight == report.Proof) {
			t.Errorf("%s: %s: weight %s disproves %q", r.Target, f.Rule, f.Weight, f.Disproves)
		}
		for _, e := range f.Evidence {
			if e.Source == report.SourceDNS {
				if e.Line != 0 || e.Offset != 0 || len(strings.Fields(e.Text)) < 2 {
					t.Errorf("%s: %s: evidence %q is no name, type and record", r.Target, f.Rule, e.Text)
				}
				continue
			}
			end := e.Offset + int64(e.Length)
			if e.Offset < 0 || end > int64(len(eml)) || string(eml[e.Offset:end]) != e.Bytes() {
				t.Errorf("%s: %s: evidence %q is not what stands at offset %d", r.Target, f.Rule, e.Bytes(), e.Offset)
				continue
			}
			if line := 1 + lines(string(eml[:e.Offset])); line != e.Line {
				t.Errorf("%s: %s: evidence at offset %d is in line %d, not %d", r.Target, f.Rule, e.Offset, line, e.Line)
			}
		}
	}
}

// lines counts line ends: LF, CRLF, or CR alone.
func lines(s string) int {
	n := strings.Count(s, "\n")
	for i := range len(s) {
		if s[i] == '\r' && (i+1 == len(s) || s[i+1] != '\n') {
			n++
		}
	}
	return n
}

// says is what one rule says in a report.
func says(r *report.Report, id string) []byte {
	var b bytes.Buffer
	for _, f := range r.Findings {
		if f.Rule != id {
			continue
		}
		fmt.Fprintf(&b, "%s %s", f.Severity, f.Weight)
		if f.Disproves != "" {
			fmt.Fprintf(&b, " disproves %s", f.Disproves)
		}
		if f.Hop != nil {
			fmt.Fprintf(&b, ", hop %d", *f.Hop)
		}
		fmt.Fprintf(&b, ": %s\n", f.Text)
		for _, e := range f.Evidence {
			if e.Source == report.SourceDNS {
				fmt.Fprintf(&b, "\tdns: %s\n", e.Text)
				continue
			}
			fmt.Fprintf(&b, "\t%s line %d: %q\n", e.Source, e.Line, e.Bytes())
		}
	}
	for _, u := range r.Undecided {
		if u.Rule == id {
			fmt.Fprintf(&b, "undecided: %s\n", u.Why)
		}
	}
	return b.Bytes()
}

var ruleID = regexp.MustCompile(`^(received|header|identity|envelope|list|spf|dkim|dmarc|arc|authres|dns|smtp|tls|policy)\.[a-z0-9]+(-[a-z0-9]+)*$`)

// TestRuleDocs holds every rule to what a reader of a report needs.
func TestRuleDocs(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] || !ruleID.MatchString(r.ID) {
			t.Errorf("%s: not an id, or declared twice", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || strings.HasSuffix(r.Title, ".") || r.Innocent == "" || r.Measured == "" || len(r.Refs) == 0 {
			t.Errorf("%s: needs a title without a full stop, the innocent cause, what was measured, and a reference", r.ID)
		}
		if n := strings.Count(r.Explain, ". ") + strings.Count(r.Explain, ".\n") + 1; n < 2 || n > 5 {
			t.Errorf("%s: is explained in %d sentences", r.ID, n)
		}
	}
}

// TestMaxSeverity holds findings to what their rule declares.
func TestMaxSeverity(t *testing.T) {
	order := map[report.Severity]int{report.Info: 0, report.Warning: 1, report.Critical: 2}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no archives", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range archived(t, archive) {
			for _, found := range c.trace(t).Findings {
				for _, r := range Rules() {
					if r.ID == found.Rule && order[found.Severity] > order[r.Max] {
						t.Errorf("%s: %s reports %s, above its %s", c.eml.Name, r.ID, found.Severity, r.Max)
					}
				}
			}
		}
	}
}

// TestBadCheck: neither a panic nor an error of one check costs the report.
func TestBadCheck(t *testing.T) {
	m, err := mailbox.Read("x", strings.NewReader("From: a@example.org\n\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	a := Analyzer{Now: clock}
	r := a.report("x")
	bad := func(id string, run func() error) check {
		return check{Rule: report.Rule{ID: id}, run: func(context.Context, *subject) ([]report.Finding, []report.Undecided, error) {
			return nil, nil, run()
		}}
	}
	newSubject(m, r).run(t.Context(), []check{
		bad("header.panics", func() error { var none []int; _ = none[len(none)]; return nil }),
		bad("header.fails", func() error { return errors.New("look-up timed out") }),
	})
	got, _ := json.Marshal(r.Undecided)
	const want = `[{"rule":"header.panics","why":"the check failed: runtime error: index out of range [0] with length 0","hop":null,"host":"","address":"","port":null},{"rule":"header.fails","why":"look-up timed out","hop":null,"host":"","address":"","port":null}]`
	if string(got) != want {
		t.Errorf("undecided = %s\nwant %s", got, want)
	}
}

// TestStopped: a cancelled run says so, and keeps the route.
func TestStopped(t *testing.T) {
	m, err := mailbox.Read("x", strings.NewReader("Received: by a.example; Wed, 25 Nov 2026 10:00:00 +0000\nFrom: a@example.org\n\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := (&Analyzer{Now: clock}).Message(ctx, m)
	if len(r.Path.Hops) != 1 || len(r.Undecided) != len(checks) || r.Undecided[0].Why != "stopped before this check" {
		t.Errorf("hops %d, undecided %v", len(r.Path.Hops), r.Undecided)
	}
	valid(t, r)
}

// TestPatterns compiles what is otherwise compiled when a message first needs it.
func TestPatterns(t *testing.T) {
	var all []*pattern
	for _, p := range grammars().programs {
		all = append(all, p.mailer, p.id)
	}
	all = append(all, grammars().servers...)
	for _, c := range conformities() {
		all = append(all, c.has)
		for _, s := range c.shapes {
			all = append(all, s.text)
		}
	}
	compiled := 0
	for _, p := range all {
		if p != nil {
			p.compile()
			compiled++
		}
	}
	if compiled < 20 {
		t.Errorf("only %d patterns", compiled)
	}
}
