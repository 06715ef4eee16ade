package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorpora reads all mails of the corpora in one run: nothing is lost, and every
// line is a report as the schema wants it.
func TestCorpora(t *testing.T) {
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		t.Skip("MAILTRACE_CORPORA is not set: see the Makefile")
	}
	noConfig(t)
	want := messagesOf(t, filepath.Join(dir, "mails", "index.jsonl"))
	schema := compileSchema(t)
	t.Chdir(dir)
	each := 1 // Report that is validated. The race detector makes that slow.
	if raceEnabled {
		each = 20
	}

	out, w := io.Pipe()
	code := make(chan int, 1)
	var errOut bytes.Buffer
	go func() {
		code <- run(t.Context(), []string{"trace", "--json", "--offline", "mails"}, strings.NewReader(""), w, &errOut)
		w.Close()
	}()
	lines := bufio.NewReaderSize(out, 1<<20)
	reports, attached := 0, 0
	failed := []string{}
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if reports++; reports%each == 0 {
			if err := validate(schema, line); err != nil {
				t.Errorf("report %d: %v", reports, err)
			}
		}
		var r struct {
			Target, Error string
			Evidence      struct{ Part int }
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r.Error != "" {
			failed = append(failed, r.Target)
		}
		if r.Evidence.Part > 0 {
			attached++
		}
		delete(want, filepath.ToSlash(r.Target))
	}
	t.Logf("%d reports, %d of them on attached messages", reports, attached)
	for path := range want {
		t.Errorf("%s was lost", path)
	}
	// The index of the corpus lies among its messages.
	if got := strings.Join(failed, " "); got != filepath.Join("mails", "index.jsonl") {
		t.Errorf("not read: %s", got)
	}
	if c := <-code; c != exitError {
		t.Errorf("exit code %d\n%s", c, errOut.Bytes())
	}
}

// messagesOf is the paths in an index of the corpora.
func messagesOf(t *testing.T, index string) map[string]bool {
	t.Helper()
	f, err := os.Open(index)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	paths := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row struct{ Path string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		paths[row.Path] = true
	}
	return paths
}
