package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailtrace/report"
)

// goldenNow is the clock of the reports in ../../testdata.
const goldenNow = "2026-11-25T00:00:00Z"

// TestMessages holds the whole report on each message in ../../testdata: what
// NAME.json says is what mailtrace says, down to the last key, and what the
// schema allows.
func TestMessages(t *testing.T) {
	schema := compileSchema(t)
	t.Chdir(filepath.Join(repository, "testdata"))
	names, err := filepath.Glob("*.*")
	if err != nil {
		t.Fatal(err)
	}
	messages := 0
	for _, name := range names {
		ext := filepath.Ext(name)
		if ext != ".eml" && ext != ".txt" {
			continue
		}
		messages++
		t.Run(name, func(t *testing.T) {
			line := runOK(t, "trace", "--json", "--offline", "--now", goldenNow, name)
			if err := validate(schema, line); err != nil {
				t.Error(err)
			}
			golden(t, strings.TrimSuffix(name, ext)+".json", indented(t, line))
		})
	}
	if messages < 6 {
		t.Errorf("only %d messages were found", messages)
	}
}

// indented is the report as it is kept: readable, and without the version of
// mailtrace, which is another one in every build.
func indented(t *testing.T, line []byte) []byte {
	t.Helper()
	r, err := report.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	r.DecidedOn.Version = ""
	var b bytes.Buffer
	if err := r.WriteJSON(&b, true); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRules holds the list of rules: ids are never renamed and never reused.
func TestRules(t *testing.T) {
	golden(t, "testdata/rules.golden", runOK(t, "rules"))
}

// TestRuleTexts holds that every rule can be explained.
func TestRuleTexts(t *testing.T) {
	rules := json.NewDecoder(bytes.NewReader(runOK(t, "rules", "--json")))
	for rules.More() {
		var r report.Rule
		if err := rules.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if out := runOK(t, "rules", r.ID); !bytes.Contains(out, []byte(r.ID)) {
			t.Errorf("rules %s does not name it:\n%s", r.ID, out)
		}
	}
}

// golden compares got with a file, or makes it that.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %s\n(if that is what should be: make update)", name, firstDifference(want, got))
	}
}

func firstDifference(want, got []byte) string {
	w, g := strings.SplitAfter(string(want), "\n"), strings.SplitAfter(string(got), "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "\nwant: " + w[i] + "got:  " + g[i]
		}
	}
	return "one ends where the other goes on"
}

// runOK runs mailtrace and returns its output.
func runOK(t testing.TB, args ...string) []byte {
	t.Helper()
	noConfig(t)
	var out, errOut bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &errOut); code != exitOK || errOut.Len() > 0 {
		t.Fatalf("mailtrace %s: exit code %d\n%s", strings.Join(args, " "), code, errOut.Bytes())
	}
	return out.Bytes()
}

// noConfig keeps the settings of whoever runs the tests out of them.
func noConfig(t testing.TB) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
}
