package probe

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// policyCase is a line of the suites of MTA-STS and TLS reporting.
type policyCase struct {
	ID       string
	Record   *string
	Policy   *string
	MX       string
	Patterns []string
	Expect   struct {
		OK    bool
		Match bool
	}
}

// argued are the lines of other projects' suites that we do not follow, with the reason.
var argued = map[string]string{}

// TestPolicySuites runs the suites of mox and chasquid.
func TestPolicySuites(t *testing.T) {
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		t.Skip("MAILTRACE_CORPORA is not set")
	}
	for _, name := range []string{"mtasts/mox.jsonl", "mtasts/chasquid-match.jsonl", "tlsrpt/mox-records.jsonl"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		right, all := 0, 0
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var c policyCase
			if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
				t.Fatal(err)
			}
			all++
			if got, want := c.judge(name), c.Expect.OK || c.Expect.Match; got == want {
				right++
			} else if why := argued[c.ID]; why != "" {
				t.Logf("%s: %v, the suite says %v: %s", c.ID, got, want, why)
			} else {
				t.Errorf("%s: %v, want %v", c.ID, got, want)
			}
		}
		f.Close()
		t.Logf("%s: %d of %d", name, right, all)
	}
}

func (c *policyCase) judge(suite string) bool {
	switch {
	case c.Policy != nil:
		_, err := parseSTSPolicy([]byte(*c.Policy))
		return err == nil
	case c.Record != nil && suite == "tlsrpt/mox-records.jsonl":
		_, err := parseRPTRecord(*c.Record)
		return err == nil
	case c.Record != nil:
		_, err := parseSTSRecord(*c.Record)
		return err == nil
	}
	for _, p := range c.Patterns {
		if stsMatches(p, c.MX) {
			return true
		}
	}
	return false
}
