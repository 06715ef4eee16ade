package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestResume kills a run in the middle, as the kernel or an impatient person does,
// and goes on from its output: what stands there in the end is what one whole run
// writes, byte for byte.
func TestResume(t *testing.T) {
	noConfig(t)
	dir := t.TempDir()
	writeMailboxes(t, dir)
	whole, output := filepath.Join(dir, "whole.json"), filepath.Join(dir, "output.json")
	inputs := []string{"one.mbox", "two.mbox", "carrier.eml", "none.eml", "one.mbox"}
	args := append([]string{"trace", "--json", "--offline", "--now", goldenNow}, inputs...)
	runTo(t, dir, whole, args)
	want, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}

	begun := killed(t, dir, args, len(want)/3)
	if !bytes.HasPrefix(want, begun) || len(begun) == len(want) {
		t.Fatalf("killed after %d of %d bytes, it did not write the beginning of them", len(begun), len(want))
	}
	t.Logf("killed after %d of %d bytes", len(begun), len(want))
	// Torn at every place that matters: behind a line, in one, before its end, and
	// between a message and the one that is attached to it.
	carrier := bytes.Index(want, []byte(`"target":"carrier.eml"`))
	inner := carrier + bytes.IndexByte(want[carrier:], '\n') + 1
	for _, cut := range []int{len(begun), bytes.LastIndexByte(begun, '\n') + 1, bytes.LastIndexByte(begun, '\n'), 0, 1, inner, inner + 100, len(want) - 1, len(want)} {
		if err := os.WriteFile(output, want[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		runTo(t, dir, output, append(args[:len(args):len(args)], "--resume", output))
		got, err := os.ReadFile(output)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("cut at %d of %d: not what one whole run writes: %s", cut, len(want), firstDifference(want, got))
		}
	}
}

// runTo appends the output of mailtrace to a file.
func runTo(t *testing.T, dir, output string, args []string) {
	t.Helper()
	out, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var errOut bytes.Buffer
	cmd := exec.Command("mailtrace", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, &errOut
	err = cmd.Run()
	// One of the inputs does not exist.
	if code := cmd.ProcessState.ExitCode(); code != exitError {
		t.Fatalf("exit code %d, %v\n%s", code, err, errOut.Bytes())
	}
}

// killed is what mailtrace wrote until it was killed, some time after so many bytes.
func killed(t *testing.T, dir string, args []string, after int) []byte {
	t.Helper()
	cmd := exec.Command("mailtrace", args...)
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begun := make([]byte, after)
	if _, err := io.ReadFull(out, begun); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // It says that it was killed.
	return append(begun, rest...)
}

// writeMailboxes makes inputs with many messages, each another one.
func writeMailboxes(t *testing.T, dir string) {
	t.Helper()
	received, err := os.ReadFile(filepath.Join(repository, "testdata/forged.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one.mbox", "two.mbox"} {
		var b bytes.Buffer
		for i := range 1500 {
			fmt.Fprintf(&b, "From ida@example.org Fri Nov 20 08:14:22 2026\nX-Number: %s %d\n%s\n\n", name, i, bytes.TrimRight(received, "\n"))
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	carrier := "From: Ida <ida@example.org>\nTo: abuse@example.org\nSubject: Fwd: your account\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nLook.\n--b\nContent-Type: message/rfc822\n\n" +
		string(received) + "\n--b--\n"
	if err := os.WriteFile(filepath.Join(dir, "carrier.eml"), []byte(carrier), 0o600); err != nil {
		t.Fatal(err)
	}
}
