package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme runs the examples of README.md in the root of the repository, as a
// reader would, and compares their output. An example is a block
//
//	```console
//	$ mailtrace trace testdata/forged.eml
//	...
//	```
//
// of commands that each begin with "$ mailtrace" or "$ go run ./cmd/mailtrace".
// A line "exit N" at the end of an output stands for an exit code other than 0.
func TestReadme(t *testing.T) {
	t.Chdir(repository)
	t.Setenv("NO_COLOR", "1")
	noConfig(t)
	old, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	got, examples := runExamples(t, string(old))
	if examples < 3 {
		t.Errorf("only %d examples were found", examples)
	}
	golden(t, "README.md", []byte(got))
}

// runExamples gives the page with the outputs as they are.
func runExamples(t *testing.T, page string) (got string, examples int) {
	var b strings.Builder
	inside := false
	for line := range strings.Lines(page) {
		switch {
		case !inside:
			b.WriteString(line)
			inside = line == "```console\n"
		case line == "```\n":
			b.WriteString(line)
			inside = false
		case strings.HasPrefix(line, "$ "):
			b.WriteString(line)
			b.WriteString(runExample(t, strings.TrimPrefix(line, "$ ")))
			examples++
		}
	}
	return b.String(), examples
}

func runExample(t *testing.T, command string) string {
	words := strings.Fields(command)
	switch {
	case strings.HasPrefix(command, "go run ./cmd/mailtrace "):
		words = words[3:]
	case words[0] == "mailtrace":
		words = words[1:]
	default:
		t.Errorf("README.md: cannot run %q: an example in a console block is a mailtrace command", command)
		return ""
	}
	for _, w := range words {
		if strings.ContainsAny(w, "|<>'\"$*") {
			t.Errorf("README.md: %q needs a shell: put it into a sh block, which is not run", command)
			return ""
		}
		if _, err := os.Stat(w); err != nil && strings.HasPrefix(filepath.ToSlash(w), "testdata/") {
			t.Errorf("README.md: %v", err)
		}
	}
	var out bytes.Buffer
	if code := run(t.Context(), words, strings.NewReader(""), &out, &out); code != exitOK {
		fmt.Fprintf(&out, "exit %d\n", code)
	}
	return out.String()
}
