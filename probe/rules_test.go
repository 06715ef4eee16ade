package probe

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var update = flag.Bool("update", false, "rewrite the want sections of testdata/*.txtar")

// clock is the time at which the tests take place.
func clock() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

// authority issues the certificates of all cases: RSA keys take long to make.
var authority = sync.OnceValue(func() *testCA { return newTestCA(loud{}, clock()) })

// loud is for what no one test is to blame for.
type loud struct{ testing.TB }

func (loud) Helper()                      {}
func (loud) Fatal(args ...any)            { panic(fmt.Sprint(args...)) }
func (loud) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

// TestRules runs every testdata/<rule>.txtar: cases of a zone (name.zone), optionally
// of what servers say (name.smtp, see dialogs), optionally of a message that is followed
// in place of a domain (name.message, see follow), and what that one rule says of it
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
					t.Fatalf("%s: %s has no want", name, c.zone.Name)
				}
				r := c.probe(t)
				got := []byte(c.named.Replace(string(says(r, rule.ID))))
				if len(got) > 0 {
					spoke++
				} else {
					silent++
				}
				for _, f := range r.Findings {
					if f.Rule == rule.ID && severityOrder[f.Severity] > severityOrder[rule.Max] {
						t.Errorf("%s: reports %s, above its %s", c.zone.Name, f.Severity, rule.Max)
					}
				}
				if *update {
					c.want.Data = got
				} else if !bytes.Equal(got, c.want.Data) {
					t.Errorf("%s:\n%s\nwant:\n%s", c.zone.Name, got, c.want.Data)
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

var severityOrder = map[report.Severity]int{report.Info: 0, report.Warning: 1, report.Critical: 2}

// testProber is one that meets a zone and dialogs.
func testProber(t testing.TB, d *dialogs, zoneText string, now time.Time, options []string) *Prober {
	t.Helper()
	zone, err := dns.ParseZone(zoneText)
	if err != nil {
		t.Fatal(err)
	}
	zone.Time = now
	p := &Prober{
		Version: "test", Now: func() time.Time { return now }, HELO: "probe.example.net", Dial: d.dial, Roots: d.ca.roots(), AllowPrivate: true,
		DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: zone} },
	}
	for _, o := range options {
		switch o {
		case "submission":
			p.Submission = true
		case "full-tls":
			p.FullTLS = true
		case "no-ipv4":
			p.NoIPv4 = true
		case "no-ipv6":
			p.NoIPv6 = true
		case "no-policies":
			p.NoPolicies = true
		case "requirements":
			p.Requirements = true
		case "authoritative":
			p.Authoritative, p.Server = true, nameServers(t, zoneText, zone)
		case "guard":
			p.AllowPrivate = false
		default:
			t.Fatalf("no such option: %s", o)
		}
	}
	return p
}

// nameServers answer each for itself: from the zone, and from the lines "; at ADDRESS
// RECORD" in its place.
func nameServers(t testing.TB, zoneText string, zone *dns.Zone) func(netip.AddrPort) dns.Resolver {
	own := map[netip.Addr]string{}
	for line := range strings.Lines(zoneText) {
		if rest, ok := strings.CutPrefix(line, "; at "); ok {
			at, record, _ := strings.Cut(rest, " ")
			own[netip.MustParseAddr(at)] += record
		}
	}
	return func(at netip.AddrPort) dns.Resolver {
		z, err := dns.ParseZone(own[at.Addr()])
		if err != nil {
			t.Fatal(err)
		}
		z.Else, z.Time = zone, zone.Time
		return z
	}
}

var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	return jsonschema.NewCompiler().Compile("../report/schema.json")
})

// valid holds a report to the committed schema, and to what every report must be:
// each finding has evidence, and a line of a transcript is what stands there.
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
	for _, f := range r.Findings {
		if len(f.Evidence) == 0 {
			t.Errorf("%s: %s: a finding without evidence: %s", r.Target, f.Rule, f.Text)
		}
		if r.Kind == report.KindProbe && (f.Weight != "" || f.Disproves != "") {
			t.Errorf("%s: %s: weight %q, disproves %q: those are for messages", r.Target, f.Rule, f.Weight, f.Disproves)
		}
		for _, e := range f.Evidence {
			if e.Source == report.SourceSMTP && e.Line > 0 && !inTranscript(r, f, e) {
				t.Errorf("%s: %s: evidence %q is not line %d of a transcript", r.Target, f.Rule, e.Bytes(), e.Line)
			}
		}
	}
}

// inTranscript looks for a line in the endpoint that the finding names, or in all.
func inTranscript(r *report.Report, f report.Finding, e report.Evidence) bool {
	return slices.ContainsFunc(r.Hosts, func(h report.Host) bool {
		return slices.ContainsFunc(h.Endpoints, func(p report.Endpoint) bool {
			if f.Address.IsValid() && (f.Address != p.Address || f.Host != h.Name) || e.Line > len(p.Transcript) {
				return false
			}
			l := p.Transcript[e.Line-1]
			return l.Text == e.Text && l.TextBase64 == e.TextBase64
		})
	})
}

// says is what one rule says in a report.
func says(r *report.Report, id string) []byte {
	var b bytes.Buffer
	at := func(host string, a netip.Addr, port *int) {
		for _, s := range []string{host, addressText(a)} {
			if s != "" {
				fmt.Fprintf(&b, " %s", s)
			}
		}
		if port != nil {
			fmt.Fprintf(&b, " %d", *port)
		}
	}
	for _, f := range r.Findings {
		if f.Rule != id {
			continue
		}
		fmt.Fprintf(&b, "%s", f.Severity)
		at(f.Host, f.Address, f.Port)
		fmt.Fprintf(&b, ": %s\n", f.Text)
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "\t%s", e.Source)
			if e.Line > 0 {
				fmt.Fprintf(&b, " line %d", e.Line)
			}
			fmt.Fprintf(&b, ": %q\n", e.Bytes())
		}
	}
	for _, u := range r.Undecided {
		if u.Rule == id {
			b.WriteString("undecided")
			at(u.Host, u.Address, u.Port)
			fmt.Fprintf(&b, ": %s\n", u.Why)
		}
	}
	return b.Bytes()
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

var ruleID = regexp.MustCompile(`^(dns|smtp|tls|policy|spf|dkim|dmarc)\.[a-z0-9]+(-[a-z0-9]+)*$`)

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

// TestBadCheck: neither a panic nor an error of one check costs the report.
func TestBadCheck(t *testing.T) {
	bad := func(id string, run func() error) check {
		return check{Rule: report.Rule{ID: id}, run: func(context.Context, *subject) ([]report.Finding, []report.Undecided, error) {
			return nil, nil, run()
		}}
	}
	r := report.New(report.KindProbe)
	(&subject{servers: &servers{}}).judge(t.Context(), r, []check{
		bad("dns.panics", func() error { var none []int; _ = none[len(none)]; return nil }),
		bad("dns.fails", func() error { return errors.New("look-up timed out") }),
	})
	if len(r.Undecided) != 2 || r.Undecided[0].Why != "the check failed: runtime error: index out of range [0] with length 0" || r.Undecided[1].Why != "look-up timed out" {
		t.Errorf("undecided = %+v", r.Undecided)
	}
}
