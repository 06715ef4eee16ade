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
	"runtime/debug"
	"strconv"
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
	noConfig(b)
	args := append([]string{"trace", "--json", "--offline"}, hamMessages(b, corpora(b), 1000)...)
	messages := len(args) - 3
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent)) // As main does.
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
		if out, err := exec.Command(program, "trace", "--offline", message).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/start")
}

// BenchmarkLarge is the memory that a message of 50 MB takes, as a share of its
// size.
func BenchmarkLarge(b *testing.B) {
	program := buildProgram(b)
	dir := b.TempDir()
	message, peak := filepath.Join(dir, "large.eml"), filepath.Join(dir, "peak")
	f, err := os.Create(message)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	if err := writeLarge(w, "body"); err != nil {
		b.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	var most int64
	for b.Loop() {
		if out, err := exec.Command("measure", peak, program, "trace", "--json", "--offline", message).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		data, err := os.ReadFile(peak)
		if err != nil {
			b.Fatal(err)
		}
		rss, err := strconv.ParseInt(string(data), 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		most = max(most, rss)
	}
	b.SetBytes(info.Size())
	b.ReportMetric(float64(most)/float64(info.Size()), "peak/size")
}

// BenchmarkCorpora is all mails of the corpora in one run on all cores, as the program
// is released, and the most memory that it takes. Attached messages count too: each
// is read, judged and reported like any other.
func BenchmarkCorpora(b *testing.B) {
	dir := corpora(b)
	program := buildProgram(b)
	peak := filepath.Join(b.TempDir(), "peak")
	trace := func(out io.Writer) {
		cmd := exec.Command("measure", peak, program, "trace", "--json", "--offline", "mails")
		cmd.Dir, cmd.Stdout = dir, out
		err := cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != exitError { // Of the index, which is no message.
			b.Fatalf("exit code %d, %v", code, err)
		}
	}
	var reports lineCounter
	trace(&reports)
	for b.Loop() {
		trace(nil) // Nobody reads: who does would take his share of the cores.
	}
	b.ReportMetric(float64(int(reports)*b.N)/b.Elapsed().Seconds(), "messages/s")
	data, err := os.ReadFile(peak)
	if err != nil {
		b.Fatal(err)
	}
	rss, err := strconv.ParseInt(string(data), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(rss)/(1<<20), "MiB")
}

// lineCounter counts lines.
type lineCounter int

func (c *lineCounter) Write(p []byte) (int, error) {
	*c += lineCounter(bytes.Count(p, []byte{'\n'}))
	return len(p), nil
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
