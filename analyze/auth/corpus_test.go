package auth

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mailtrace/analyze/mailbox"
)

// corpora is the folder of test material that nobody on this project wrote.
func corpora(t testing.TB, parts ...string) string {
	t.Helper()
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		t.Skip("MAILTRACE_CORPORA is not set: nothing to read the suites from")
	}
	return filepath.Join(append([]string{dir}, parts...)...)
}

// jsonLines reads a file of one JSON value a line.
func jsonLines[T any](t testing.TB, file string) []T {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Skipf("no suite: %v", err)
	}
	defer f.Close()
	var rows []T
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 4<<20)
	for sc.Scan() {
		var row T
		if err := json.Unmarshal(sc.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// recorded is a field of the corpora that records results.
type recorded struct {
	mail, name, value string
}

func (r recorded) spf() bool { return r.name == "received-spf" }

// microsoft tells whether Exchange Online wrote the results, by the habits that
// no other writer has.
func (r recorded) microsoft() bool {
	v := strings.Join(strings.Fields(r.value), " ")
	return !r.spf() && (strings.HasPrefix(v, "spf=") || strings.HasPrefix(v, "dkim=") || strings.HasPrefix(v, "dmarc=") ||
		strings.Contains(v, "; mx.microsoft.com 1;") || strings.HasPrefix(v, "=?utf-8?"))
}

// corpusFields returns every field of every nth message.
func corpusFields(t testing.TB, nth int) (out []recorded) {
	type message struct{ Path string }
	for i, m := range jsonLines[message](t, corpora(t, "mails", "index.jsonl")) {
		if i%nth != 0 {
			continue
		}
		data, err := os.ReadFile(corpora(t, m.Path))
		if err != nil {
			t.Fatal(err)
		}
		msg, err := mailbox.Read(m.Path, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			continue
		}
		for _, f := range msg.Fields {
			name := strings.ToLower(f.Name)
			if name == "received-spf" || strings.Contains(name, "authentication-results") {
				out = append(out, recorded{m.Path, name, f.Value})
			}
		}
	}
	return out
}

// TestCorpus reads the fields of all messages, prints what came out, and holds the
// promise for Microsoft: of the methods that stand in a field, none is lost.
func TestCorpus(t *testing.T) {
	fields := corpusFields(t, 1)
	type count struct{ fields, address, several, faulty int }
	counts := map[string]*count{}
	faults := map[Fault]int{}
	var wanted, got int
	for _, f := range fields {
		c := counts[f.name]
		if c == nil {
			c = &count{}
			counts[f.name] = c
		}
		c.fields++
		found := 0
		var bad []Fault
		if f.spf() {
			s := ParseReceivedSPF(f.value)
			found, bad = len(s.Addresses()), s.Faults
			if s.Status == "" && !strings.HasPrefix(f.value, " custom_header") { // A test of SpamScope's.
				t.Errorf("%s: no result: %q", f.mail, f.value)
			}
		} else {
			r := ParseResults(f.value)
			found, bad = len(r.Addresses()), r.Faults
			if f.microsoft() {
				w, g := compare(t, f, r)
				wanted, got = wanted+w, got+g
			}
		}
		switch {
		case found == 1:
			c.address++
		case found > 1:
			c.several++
			t.Logf("%s: several addresses: %q", f.mail, f.value)
		}
		if len(bad) > 0 {
			c.faulty++
		}
		for _, b := range bad {
			faults[b]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		c := counts[name]
		t.Logf("%-45s %5d fields, %5d with an address (%.1f %%), %d with several, %5d with faults", name, c.fields, c.address, 100*float64(c.address)/float64(c.fields), c.several, c.faulty)
	}
	for _, f := range slices.SortedFunc(maps.Keys(faults), func(a, b Fault) int { return faults[b] - faults[a] }) {
		t.Logf("%6d %s", faults[f], f)
	}
	missed(t, fields)
	share := 100 * float64(got) / float64(max(wanted, 1))
	t.Logf("Microsoft: %d of %d statuses of spf, dkim and dmarc, %.2f %%", got, wanted, share)
	if share < 99.9 {
		t.Errorf("%.2f %% of Microsoft's statuses, want 99.9 %%", share)
	}
}

// compare counts the methods of SPF, DKIM and DMARC that stand in the text of a
// field, and those whose status was read.
func compare(t *testing.T, f recorded, r Results) (wanted, got int) {
	text := strings.ToLower(mailbox.Field{Value: f.value}.Text())
	for _, method := range []string{"spf", "dkim", "dmarc"} {
		m := regexp.MustCompile(`(?:^|[; ])` + method + `=([a-z]+)`).FindStringSubmatch(text)
		if m == nil {
			continue
		}
		wanted++
		if res, _ := r.First(method); string(res.Status) == m[1] {
			got++
		} else {
			t.Logf("%s: no %s=%s: %q", f.mail, method, m[1], f.value)
		}
	}
	return wanted, got
}

// missed looks for addresses that stand in comments of fields of which none was
// taken.
func missed(t *testing.T, fields []recorded) {
	n := 0
	for _, f := range fields {
		var comments []string
		if f.spf() {
			s := ParseReceivedSPF(f.value)
			if comments = s.Comments; len(s.Addresses()) > 0 {
				continue
			}
		} else {
			r := ParseResults(f.value)
			if comments = allComments(r); len(r.Addresses()) > 0 {
				continue
			}
		}
		for _, c := range comments {
			for w := range strings.FieldsFuncSeq(c, func(r rune) bool { return strings.ContainsRune(" ;,()[]=", r) }) {
				if address(w).IsValid() {
					n++
					t.Logf("%s: not taken: %s", f.mail, c)
				}
			}
		}
	}
	if n > 1 { // The one is of Sender-ID, and of another phrase.
		t.Errorf("%d addresses in comments were not taken", n)
	}
}
