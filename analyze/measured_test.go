package analyze

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"mailtrace/analyze/mailbox"
	"mailtrace/received"
	"mailtrace/report"
)

// indexed is one row of the corpora's list of messages.
type indexed struct {
	Path, Label, Source string
	Received            int
	Year                int
}

// corpus is the list of the corpora's messages; the test is skipped without them.
func corpus(t testing.TB) (dir string, rows []indexed) {
	t.Helper()
	dir = os.Getenv("MAILTRACE_CORPORA")
	f, err := os.Open(filepath.Join(dir, "mails", "index.jsonl"))
	if dir == "" || err != nil {
		t.Skip("MAILTRACE_CORPORA does not lead to the corpora: nothing to count on")
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var row indexed
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return dir, rows
}

// sets are the parts of the corpora that are counted, in the order in which they
// are told; a message belongs to the first that takes it.
var sets = []struct {
	name string
	has  func(indexed) bool
}{
	{"honest mail of 2002", func(m indexed) bool {
		return m.Label == "ham" && strings.HasPrefix(m.Path, "mails/spamassassin-public-corpus/")
	}},
	{"of 2012 to 2026", func(m indexed) bool {
		return m.Label == "ham" && strings.HasPrefix(m.Path, "mails/modern-ham/")
	}},
	{"spam of 2002", func(m indexed) bool {
		return m.Label == "spam" && strings.HasPrefix(m.Path, "mails/spamassassin-public-corpus/")
	}},
	{"phish of 2022 to 2026", func(m indexed) bool { return m.Label == "phish" }},
}

// notMeasured is said of rules that rest on answers of the DNS.
const notMeasured = "not measured: the corpora are judged without the DNS, since the keys and records of those years are not at hand.\n"

// counts is how many messages of each set a rule speaks on.
type counts map[string][4]int

// TestMeasured counts the messages that each rule speaks on, holds what the rules
// say of it (data/measured.txt) to these figures, and lists what is proof against
// honest mail.
func TestMeasured(t *testing.T) {
	dir, rows := corpus(t)
	got, strong, totals, dates := counts{}, [4]int{}, [4]int{}, 0
	var mu sync.Mutex
	work := make(chan indexed)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for m := range work {
				set := -1
				for i := range sets {
					if sets[i].has(m) {
						set = i
						break
					}
				}
				if set < 0 || m.Received == 0 {
					continue
				}
				r := traceFile(t, filepath.Join(dir, m.Path))
				mu.Lock()
				totals[set]++
				if got.add(r, set) {
					strong[set]++
				}
				if set < 2 {
					logProofs(t, m.Path, r)
				}
				dates += falseDates(t, m.Path, r)
				mu.Unlock()
			}
		})
	}
	for _, m := range rows {
		work <- m
	}
	close(work)
	wg.Wait()

	var b strings.Builder
	for _, rule := range checks {
		fmt.Fprintf(&b, "%s: ", rule.ID)
		if rule.asks && got[rule.ID] == ([4]int{}) {
			b.WriteString(notMeasured)
			continue
		}
		for i, set := range sets {
			if i > 0 {
				b.WriteString("; ")
			}
			fmt.Fprintf(&b, "%s: %d of %d messages", set.name, got[rule.ID][i], totals[i])
		}
		if rule.asks {
			b.WriteString(", judged without the DNS: it would be more with the keys and records of those years")
		}
		b.WriteString(".\n")
	}
	for i, set := range sets {
		t.Logf("%s: strong or proof on %d of %d, %.1f %%", set.name, strong[i], totals[i], 100*float64(strong[i])/float64(totals[i]))
	}
	t.Logf("%d lines have a date in the place of the address, and all are fictitious", dates)
	t.Log("\n" + b.String())
	if *update {
		if err := os.WriteFile("data/measured.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if b.String() != measuredData {
		t.Errorf("data/measured.txt is not what was counted; go test ./analyze -run Measured -update writes it anew")
	}
}

func traceFile(t testing.TB, file string) *report.Report {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := mailbox.Read(file, f, 0)
	if err != nil {
		return (&Analyzer{Now: clock}).Failed(file, err)
	}
	return (&Analyzer{Now: clock}).Message(t.Context(), m)
}

// add counts what a report says, and whether any of it is strong or proof.
func (c counts) add(r *report.Report, set int) (strong bool) {
	seen := map[string]bool{}
	for _, f := range r.Findings {
		strong = strong || f.Weight != report.Ordinary
		if !seen[f.Rule] {
			seen[f.Rule] = true
			n := c[f.Rule]
			n[set]++
			c[f.Rule] = n
		}
	}
	return strong
}

// falseDates counts the lines with a date in the place of the address; each must
// be fictitious.
func falseDates(t *testing.T, path string, r *report.Report) (n int) {
	for _, h := range r.Path.Hops {
		if slices.Contains(h.Oddities, received.DateInAddress) {
			n++
			if h.Standing != report.Fictitious {
				t.Errorf("%s: hop %d has a date in the place of the address, and is %s", path, h.Number, h.Standing)
			}
		}
	}
	return n
}

func logProofs(t *testing.T, path string, r *report.Report) {
	for _, f := range r.Findings {
		if f.Weight == report.Proof {
			t.Logf("proof on honest mail: %s: %s: %s", path, f.Rule, f.Text)
		}
	}
}
