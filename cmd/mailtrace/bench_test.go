package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// corpora is the folder of the test mails, or skips.
func corpora(b *testing.B) string {
	dir := os.Getenv("MAILTRACE_CORPORA")
	if dir == "" {
		b.Skip("MAILTRACE_CORPORA is not set: see make bench")
	}
	return dir
}

// BenchmarkTraceJSON is the whole of "trace --json --offline" over the first 1,000
// honest messages with three or more Received fields, in one process: opening,
// reading, parsing, judging, writing. One operation is all 1,000. Run it with
// -cpu 1: the figure that counts is that of one core.
func BenchmarkTraceJSON(b *testing.B) {
	args := append([]string{"trace", "--json", "--offline"}, hamMessages(b, corpora(b), 1000)...)
	messages := len(args) - 3
	b.ReportAllocs()
	for b.Loop() {
		var errOut bytes.Buffer
		if code := run(b.Context(), args, strings.NewReader(""), io.Discard, &errOut); code != exitOK {
			b.Fatalf("exit code %d: %s", code, errOut.Bytes())
		}
	}
	b.ReportMetric(float64(messages*b.N)/b.Elapsed().Seconds(), "messages/s")
}

func hamMessages(b *testing.B, dir string, n int) []string {
	f, err := os.Open(filepath.Join(dir, "mails", "index.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var names []string
	for lines := bufio.NewScanner(f); lines.Scan() && len(names) < n; {
		var m struct {
			Path, Label string
			Received    int
		}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			b.Fatal(err)
		}
		if m.Label == "ham" && m.Received >= 3 {
			names = append(names, filepath.Join(dir, m.Path))
		}
	}
	if len(names) < n {
		b.Fatalf("only %d messages", len(names))
	}
	return names
}

// BenchmarkStart is what a person waits for: from the start of the program to its
// answer on one message, in text.
func BenchmarkStart(b *testing.B) {
	program := buildProgram(b)
	message, err := filepath.Abs(filepath.Join(repository, "testdata/microsoft365.eml"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if out, err := exec.Command(program, "trace", message).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/start")
}

// BenchmarkLarge is the memory that a message of 50 MB takes, as a share of its
// size.
func BenchmarkLarge(b *testing.B) {
	program := buildProgram(b)
	name := filepath.Join(b.TempDir(), "large.eml")
	if err := os.WriteFile(name, largeMessage(), 0o600); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		b.Fatal(err)
	}
	var most int64
	for b.Loop() {
		cmd := exec.Command(program, "trace", "--json", name)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		most = max(most, maxRSS(cmd.ProcessState))
	}
	b.SetBytes(info.Size())
	b.ReportMetric(float64(most)/float64(info.Size()), "peak/size")
}

func largeMessage() []byte {
	head := "Received: from a.example by b.example (Postfix) with ESMTP id 4jW7R2C8Qlz5vHm;\n" +
		"\tFri, 20 Nov 2026 08:14:22 +0000 (UTC)\nFrom: a@a.example\nSubject: large\n\n"
	line := strings.Repeat("x", 76) + "\n"
	return append([]byte(head), strings.Repeat(line, 50_000_000/len(line))...)
}

// buildProgram makes the program as it is released.
func buildProgram(b *testing.B) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "mailtrace")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	cmd := exec.Command("go", "build", "-trimpath", "-o", name, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return name
}
