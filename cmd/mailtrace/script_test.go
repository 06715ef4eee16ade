package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "rewrite the wanted outputs in testdata/, ../../testdata and README.md")

// TestMain keeps every test off the network: whoever wants to be asked sets
// MAILTRACE_OFFLINE to nothing, and names a server on 127.0.0.1.
func TestMain(m *testing.M) {
	if _, set := os.LookupEnv("MAILTRACE_OFFLINE"); !set {
		os.Setenv("MAILTRACE_OFFLINE", "true")
	}
	testscript.Main(m, map[string]func(){"mailtrace": main, "measure": measure, "nosocket": nosocket})
}

// measure runs a program, passes on its exit code, and writes the most memory that
// it took, in bytes, into a file: measure FILE PROGRAM ARGUMENTS. It exists because
// on Linux a program inherits the peak of the process that started it: started by
// the tests themselves, it would seem as large as they are.
func measure() {
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(125)
	}
	if err := os.WriteFile(os.Args[1], strconv.AppendInt(nil, maxRSS(cmd.ProcessState), 10), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(125)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

// TestScript runs testdata/script/*.txtar. Beside the commands of testscript
// there are
//
//	exits CODE PROGRAM ARGUMENTS  exec with an exit code; stdin, stdout, stderr as there
//	schema FILE...                every line is a report as report/schema.json wants it
//	lines N FILE                  FILE has N lines
//	narrow N FILE                 no line has more than N characters
//	clean FILE...                 no byte can do anything to a terminal
//	generate KIND FILE            writes an input that cannot stand in a script
//	peak MB CODE ARGUMENTS        exits for mailtrace, which may take MB megabytes
//	fifo FILE                     makes a named pipe
//	terminal STEPS ARGUMENTS      runs mailtrace at a terminal; see atTerminal
//	interrupt ARGUMENTS           runs mailtrace with a standard input that never
//	                              ends and interrupts it after its first line, which
//	                              goes to the file out, as the exit code to code
//	serve ZONE SERVERS            starts a name server and mail servers; see serve
//	heard QUESTIONS CONNECTIONS   they were asked and called so often
//
// the program
//
//	nosocket PROGRAM ARGUMENTS    on Linux: a program that is killed when it opens a
//	                              socket of any kind
//
// and the conditions [root] and [race].
func TestScript(t *testing.T) {
	schema := compileSchema(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			root, err := filepath.Abs(repository)
			if err != nil {
				return err
			}
			e.Setenv("REPO", root)
			e.Setenv("MAILTRACE_OFFLINE", "true")
			// What the machine is set to must not change what a test sees.
			for _, name := range []string{"NO_COLOR", "TERM"} {
				e.Setenv(name, "")
			}
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "race":
				return raceEnabled, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"schema":    func(ts *testscript.TestScript, _ bool, args []string) { checkSchema(ts, schema, args) },
			"exits":     exits,
			"lines":     checkLines,
			"narrow":    checkNarrow,
			"clean":     checkClean,
			"generate":  generate,
			"peak":      peak,
			"fifo":      fifo,
			"interrupt": interrupt,
			"terminal":  atTerminal,
			"serve":     serve,
			"heard":     heard,
		},
	})
}

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repository, "report/schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate checks each line of data.
func validate(s *jsonschema.Schema, data []byte) error {
	if len(data) == 0 {
		return errors.New("no report")
	}
	if !bytes.HasSuffix(data, []byte("\n")) {
		return errors.New("the last line is not whole")
	}
	for i, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		if err := s.Validate(doc); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return nil
}

func checkSchema(ts *testscript.TestScript, s *jsonschema.Schema, args []string) {
	for _, name := range args {
		if err := validate(s, []byte(ts.ReadFile(name))); err != nil {
			ts.Fatalf("%s: %v", name, err)
		}
	}
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, not %s", got, args[0])
	}
}

func checkNarrow(ts *testscript.TestScript, _ bool, args []string) {
	limit, err := strconv.Atoi(args[0])
	ts.Check(err)
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > limit {
			ts.Fatalf("%d characters, more than %d: %s", n, limit, line)
		}
	}
}

func checkLines(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := strings.Count(ts.ReadFile(args[1]), "\n"); got != want {
		ts.Fatalf("%s has %d lines, not %d", args[1], got, want)
	}
}

// checkClean fails on what a terminal would obey: control characters, and the
// invisible ones that turn the direction of writing or hide text.
func checkClean(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := ts.ReadFile(name)
		for i, r := range text {
			bad := r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
			if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 || bad {
				ts.Fatalf("%s: raw %+q in %+q", name, text[i:i+1], text[max(0, i-30):min(len(text), i+30)])
			}
		}
	}
}

func generate(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	defer f.Close()
	ts.Check(writeLarge(bufio.NewWriterSize(f, 1<<20), args[0]))
}

// writeLarge writes an input of one kind. None is ever in memory as a whole.
func writeLarge(w *bufio.Writer, kind string) error {
	const received = "Received: from a.example (a.example [192.0.2.1]) by b.example (Postfix)\n\twith ESMTP id 4jW7R2C8Qlz5vHm; Fri, 20 Nov 2026 08:14:22 +0000 (UTC)\n"
	switch kind {
	case "hostile":
		hostile(w)
	case "binary":
		for i := range 100_000 {
			w.WriteByte(byte(i * i >> 3))
		}
	case "long": // A line of 6,000 bytes in the header of an ordinary message.
		w.WriteString(received + "From: a@a.example\nTo: b@b.example\nReferences: ")
		many(w, "x", 5988)
		w.WriteString("\nSubject: long\n\nbody\n")
	case "line": // One line of 100 MB, no line end.
		w.WriteString("Subject: ")
		many(w, "a", 100_000_000)
	case "noise": // 100 MB without a colon.
		many(w, "a", 100_000_000)
	case "received": // 200,000 fields.
		many(w, received, 200_000)
		w.WriteString("Subject: many\n\nbody\n")
	case "folded": // One Received field of 110 MB.
		w.WriteString("Received: from a.example by b.example")
		many(w, "\n\t(comment)", 10_000_000)
		w.WriteString("; Fri, 20 Nov 2026 08:00:00 +0000\n\n")
	case "endless": // A header that goes on for 100 MB.
		w.WriteString(received)
		many(w, "X-Filler: and so on\n", 5_000_000)
	case "body": // 50 MB of body.
		w.WriteString(received + "From: a@a.example\n\n")
		many(w, strings.Repeat("x", 75)+"\n", 50_000_000/76)
	default:
		return fmt.Errorf("unknown kind of input %q", kind)
	}
	return w.Flush()
}

func many(w *bufio.Writer, s string, n int) {
	for range n {
		w.WriteString(s)
	}
}

// hostile writes a message with everything in every field that a terminal or a
// reader's eye could fall for.
func hostile(w *bufio.Writer) {
	const bad = "\x1b[2J\x1b]0;title\x07\x9b31m\u009b\b\x00\x7f\r\u202emoc.elpmaxe\u202c\u2066\u200b\u2028\ufeff\U000e0041\xff\xc3"
	w.WriteString("Received: from " + bad + " (" + bad + " [192.0.2.1" + bad + "])\n\tby " + bad +
		" (" + bad + ") with " + bad + " id " + bad + " for <" + bad + ">; Fri, 20 Nov 2026 " + bad + "\n")
	w.WriteString("Received: from a" + bad + ".example (b" + bad + ".example [" + bad + "]) by c.example (Postfix" + bad +
		") with ESMTP id X" + bad + "; Fri, 20 Nov 2026 08:00:00 +0000 (" + bad + ")\n")
	for _, name := range strings.Fields("Return-Path From Sender Reply-To To Cc Subject Message-ID Date X-Mailer") {
		w.WriteString(name + ": x" + bad + " <y" + bad + "@example.com>\n")
		fmt.Fprintf(w, "%s: =?utf-8?B?%s?= <a@example.com>\n", name, base64.StdEncoding.EncodeToString([]byte(bad)))
	}
	w.WriteString("X-" + bad + ": y\n" + bad + "\n\n" + bad + "\n")
}

func peak(ts *testscript.TestScript, _ bool, args []string) {
	limit, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	exits(ts, false, append([]string{args[1], "measure", ts.MkAbs("peak"), "mailtrace"}, args[2:]...))
	got, err := strconv.ParseInt(ts.ReadFile("peak"), 10, 64)
	ts.Check(err)
	ts.Logf("peak memory: %d MB", got/1_000_000)
	if got > limit*1_000_000 {
		ts.Fatalf("took %d MB, more than %d", got/1_000_000, limit)
	}
}

func interrupt(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command("mailtrace", args...)
	cmd.Dir = ts.Getenv("WORK")
	in, err := cmd.StdinPipe()
	ts.Check(err)
	defer in.Close()
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	// The report on the first input tells that the program is up and reads on.
	line, err := bufio.NewReader(out).ReadString('\n')
	ts.Check(err)
	ts.Check(cmd.Process.Signal(os.Interrupt))
	if exit := (*exec.ExitError)(nil); !errors.As(cmd.Wait(), &exit) {
		ts.Fatalf("it was not interrupted")
	}
	ts.Check(os.WriteFile(ts.MkAbs("out"), []byte(line), 0o644))
	ts.Check(os.WriteFile(ts.MkAbs("code"), fmt.Appendln(nil, cmd.ProcessState.ExitCode()), 0o644))
}

func fifo(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(makeFIFO(ts.MkAbs(args[0])))
}
