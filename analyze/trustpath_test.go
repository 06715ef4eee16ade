package analyze

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

// trustCase is a case of SpamAssassin's t/trust_path.t: a configuration, a header,
// and which of its relays are trusted.
type trustCase struct {
	ID     string   `json:"id"`
	Config []string `json:"config"`
	Header string   `json:"header"`
	Expect struct {
		Trusted   []trustRelay `json:"trusted"`
		Untrusted []trustRelay `json:"untrusted"`
	} `json:"expect"`
}

type trustRelay struct {
	IP       string `json:"ip"`
	Internal string `json:"intl"`
	By       string `json:"by"`
}

// analyzer is the configuration as flags. What SpamAssassin calls internal is the
// recipient's own, what it calls trusted is vouched for, and either stands for both
// where the other is not given.
func (c *trustCase) analyzer(t *testing.T) *Analyzer {
	t.Helper()
	a := &Analyzer{Now: clock}
	var internal, trusted, msa []string
	for _, line := range c.Config {
		words := strings.Fields(line)
		switch words[0] {
		case "internal_networks":
			internal = words[1:]
		case "trusted_networks":
			trusted = words[1:]
		case "msa_networks":
			msa = words[1:]
		default:
			t.Fatalf("%s: %s", c.ID, line)
		}
	}
	if internal == nil {
		internal = trusted
	}
	for _, set := range []struct {
		to    *Hosts
		words []string
	}{{&a.Own, internal}, {&a.Trust, trusted}, {&a.MSA, msa}} {
		hosts, err := ParseHosts(set.words...)
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		*set.to = hosts
	}
	return a
}

// standings is what SpamAssassin's verdict on the relays means for the lines: a
// relay is the peer of a line, so its trust is that of the line below, which the
// test adds under the last.
func (c *trustCase) standings() []report.Standing {
	all := []report.Standing{report.Observed}
	for _, r := range c.Expect.Trusted {
		if r.Internal == "1" {
			all = append(all, report.Observed)
		} else {
			all = append(all, report.Attested)
		}
	}
	for range c.Expect.Untrusted {
		all = append(all, report.Claimed)
	}
	return all
}

// TestTrustPath gives SpamAssassin's configurations as --own, --trust and --msa. Every
// case must come out as there, those apart that testdata/trustpath-argued.txt argues
// one by one; a case argued there that comes out right fails, too.
func TestTrustPath(t *testing.T) {
	f, err := os.Open(filepath.Join(os.Getenv("MAILTRACE_CORPORA"), "forensics", "spamassassin-trust_path.jsonl"))
	if err != nil || os.Getenv("MAILTRACE_CORPORA") == "" {
		t.Skip("MAILTRACE_CORPORA does not lead to the corpora: no cases of SpamAssassin's")
	}
	defer f.Close()
	exceptions := readArgued(t, "testdata/trustpath-argued.txt")
	passed, all := 0, 0
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var c trustCase
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		all++
		got, want := c.run(t), c.standings()
		same := strings.Join(words(got), " ") == strings.Join(words(want), " ")
		why, listed := exceptions[c.ID]
		delete(exceptions, c.ID)
		switch {
		case same && listed:
			t.Errorf("%s comes out right, but testdata/trustpath-argued.txt argues against it", c.ID)
		case same:
			passed++
		case listed:
			t.Logf("%s: %v, SpamAssassin %v: %s", c.ID, got, want, why)
		default:
			t.Errorf("%s: %v gives %v, want %v, the newest first", c.ID, c.Config, got, want)
		}
	}
	for id := range exceptions {
		t.Errorf("testdata/trustpath-argued.txt argues about %s, which is no case", id)
	}
	t.Logf("%d of %d cases as SpamAssassin has them", passed, all)
}

// run is the standings of the lines, the newest first, with one added below that
// the last relay may have written.
func (c *trustCase) run(t *testing.T) []report.Standing {
	t.Helper()
	header := strings.TrimSuffix(c.Header, "\r\n") + "\r\n"
	const below = "Received: from x.example ([203.0.113.99]) by sender.net with SMTP; 10 Nov 2005 00:00:00 -0000\r\n"
	at := len(header)
	if i := strings.Index(header, "X-Originating-IP:"); i >= 0 {
		at = i
	}
	header = header[:at] + below + header[at:]
	m, err := mailbox.Read(c.ID, strings.NewReader(header+"From: a@sender.net\r\n\r\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	a := c.analyzer(t)
	if a.Own.None() {
		// SpamAssassin takes the newest line for its own; we want to be told.
		a.Own, _ = ParseHosts("receiver.net")
	}
	r := a.Message(t.Context(), m)
	var all []report.Standing
	for i := len(r.Path.Hops) - 1; i >= 0; i-- {
		all = append(all, r.Path.Hops[i].Standing)
	}
	return all
}

func words(all []report.Standing) []string {
	var out []string
	for _, s := range all {
		// What a rule has to say of the test's dates and names is not the question.
		if s == report.Inconsistent {
			s = report.Claimed
		}
		out = append(out, string(s))
	}
	return out
}

// readArgued reads "id: why" paragraphs.
func readArgued(t *testing.T, name string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		id, why, ok := strings.Cut(line, ": ")
		if !ok || all[id] != "" {
			t.Fatalf("%s: %q is no \"id: why\", or is there twice", name, line)
		}
		all[id] = why
	}
	return all
}
