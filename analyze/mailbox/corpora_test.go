package mailbox

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpora is the folder of messages that do not come with mailtrace.
func corpora(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		tb.Skip("MAILTRACE_CORPORA is not set: no corpora to read")
	}
	return dir
}

// row is a line of mails/index.jsonl.
type row struct {
	Path     string `json:"path"`
	Bytes    int64  `json:"bytes"`
	Received int    `json:"received"`
	From     int    `json:"from"`
	MboxFrom bool   `json:"mbox_from"`
}

func index(tb testing.TB) (dir string, rows []row) {
	tb.Helper()
	dir = corpora(tb)
	data, err := os.ReadFile(filepath.Join(dir, "mails", "index.jsonl"))
	if err != nil {
		tb.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var r row
		if err := json.Unmarshal(line, &r); err != nil {
			tb.Fatal(err)
		}
		rows = append(rows, r)
	}
	return dir, rows
}

// TestCorpora reads every message of mails/ and holds the number of its Received
// fields against the index, which another program made.
func TestCorpora(t *testing.T) {
	dir, rows := index(t)
	fidelity := map[string]int{}
	repaired, refused, differ, mailboxes, noAddress := 0, 0, 0, 0, 0
	for _, r := range rows {
		data, err := os.ReadFile(filepath.Join(dir, r.Path))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Read(r.Path, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			refused++
			if r.Received > 0 {
				t.Errorf("refused: %v", err)
			} else {
				t.Logf("refused: %v", err)
			}
			continue
		}
		check(t, m, data)
		fidelity[string(m.Fidelity)]++
		if m.Fidelity == "pasted-repaired" || strings.Contains(m.FidelityWhy, "guess") {
			t.Logf("%s: %s: %s: %v", r.Path, m.Fidelity, m.FidelityWhy, m.Repairs)
		}
		if len(m.Repairs) > 0 {
			repaired++
		}
		n := 0
		for range m.All("Received") {
			n++
		}
		if n != r.Received {
			differ++
			t.Errorf("%s: %d Received fields, the index has %d: %v", r.Path, n, r.Received, m.Repairs)
		}
		for f := range m.All("From") {
			list := f.Mailboxes()
			mailboxes += len(list)
			for _, b := range list {
				if b.Address == "" {
					noAddress++
					t.Logf("no address: %q in %q (%s)", b.Raw, f.Value, r.Path)
				}
			}
		}
	}
	t.Logf("%d messages: %v, %d with repairs, %d refused; Received differs from the index in %d",
		len(rows), fidelity, repaired, refused, differ)
	t.Logf("From: %d mailboxes, %d without an address", mailboxes, noAddress)
}
