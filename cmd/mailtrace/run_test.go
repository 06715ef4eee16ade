package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// stuck is a reader or writer that does nothing until the test is over.
type stuck struct{ ctx context.Context }

func (s stuck) Read([]byte) (int, error) { <-s.ctx.Done(); return 0, io.EOF }

// TestInterrupt holds that an interrupt ends a run that waits for input, and that
// nothing is written afterwards.
func TestInterrupt(t *testing.T) {
	noConfig(t)
	ctx, cancel := context.WithCancel(t.Context())
	var out, errOut bytes.Buffer
	code := make(chan int)
	go func() { code <- run(ctx, []string{"trace"}, stuck{t.Context()}, &out, &errOut) }()
	cancel()
	select {
	case got := <-code:
		if got != exitInterrupted {
			t.Errorf("exit code %d", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for ever")
	}
	if out.Len()+errOut.Len() > 0 {
		t.Errorf("it says %q, %q", &out, &errOut)
	}
}

// failing is a writer that always fails.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestClosedPipe holds that a reader may leave, and that a full disk is an error.
func TestClosedPipe(t *testing.T) {
	noConfig(t)
	const message = "../../testdata/forged.eml"
	tests := []struct {
		args string
		err  error
		code int
	}{
		{"trace " + message, syscall.EPIPE, exitOK},
		{"trace --json " + message, syscall.EPIPE, exitOK},
		{"trace --fail-on info " + message, syscall.EPIPE, exitFound},
		{"trace --json " + message, syscall.ENOSPC, exitError},
		{"rules", syscall.EPIPE, exitOK},
		{"version", syscall.EPIPE, exitOK},
		{"rules", syscall.ENOSPC, exitError},
	}
	for _, tt := range tests {
		var errOut bytes.Buffer
		code := run(t.Context(), strings.Fields(tt.args), strings.NewReader(""), failing{tt.err}, &errOut)
		if code != tt.code {
			t.Errorf("%s, %v: exit code %d, not %d", tt.args, tt.err, code, tt.code)
		}
		if quiet := errOut.Len() == 0; quiet != (tt.err == syscall.EPIPE) {
			t.Errorf("%s, %v: says %q", tt.args, tt.err, &errOut)
		}
	}
}

func TestNearest(t *testing.T) {
	words := strings.Fields("trace show rules version completion help")
	for word, want := range map[string]string{
		"trcae": "trace", "sow": "show", "rule": "rules", "Trace": "trace", "tra": "trace",
		"":                            "",
		"quux":                        "",
		"e":                           "", // Too little to go by.
		"hlep":                        "help",
		"versoin":                     "version",
		strings.Repeat("trace", 1000): "",
	} {
		if got := strings.Join(nearest(word, words), " "); got != want {
			t.Errorf("nearest(%q) = %q, not %q", word, got, want)
		}
	}
}

// TestEnvironment holds which variables are looked at, and that the command line
// wins.
func TestEnvironment(t *testing.T) {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.Bool("help", false, "")
	fs.Bool("json", false, "")
	fs.Bool("quiet", false, "")
	word := fs.String("fail-on", "never", "")
	if err := fs.Parse([]string{"--json=false"}); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"MAILTRACE_HELP": "true", "MAILTRACE_JSON": "true", "MAILTRACE_QUIET": "", "MAILTRACE_FAIL_ON": "info", "FAIL_ON": "x",
	}
	err := fromEnvironment(fs, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"help": "false", "json": "false", "quiet": "false", "fail-on": "info"} {
		if got := fs.Lookup(name).Value.String(); got != want {
			t.Errorf("%s is %s, not %s", name, got, want)
		}
	}
	if *word != "info" {
		t.Error(*word)
	}
}

// TestConfig holds what the file of settings may say, by line.
func TestConfig(t *testing.T) {
	bad := func(text, want string) {
		t.Helper()
		if _, err := parseConfig([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, not %s", text, err, want)
		}
	}
	bad("own: {a: b}", "1: own takes a value, or a list of values")
	bad("own: [[a]]", "1: own takes")
	bad("? [a]\n: b", "1: a key is one word")
	bad("<<: {own: a}", "1: << takes")
	bad("own: *x", "1: ") // no such anchor
	bad("\tx: y", "1: ")
	bad("- own", "1: there are no settings here")
	for _, text := range []string{"", "# nothing\n", "---\n", "null", "{}"} {
		if entries, err := parseConfig([]byte(text)); len(entries) > 0 || err != nil {
			t.Errorf("%q: %v, %v", text, entries, err)
		}
	}
}

func FuzzConfig(f *testing.F) {
	for _, s := range []string{"", "own: [a, '!b']\nfail-on: x", "a: &x [b]\nc: *x", "<<: [*a]", "? [a]\n: !t b", "---\na\n---\nb"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseConfig(data)
		if err != nil && (len(err.Error()) == 0 || err.Error()[0] < '0' || err.Error()[0] > '9') {
			t.Errorf("%v does not begin with a line", err)
		}
		for _, e := range entries {
			if e.line < 1 {
				t.Errorf("%q is at line %d", e.key, e.line)
			}
		}
	})
}
