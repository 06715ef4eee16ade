package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/term"
)

// patience is how long a test waits for a program. It is never used up by one
// that works.
const patience = 30 * time.Second

// openTTY opens a pseudo-terminal: the end of the person, and that of the program.
func openTTY() (person, program *os.File, err error) {
	person, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	raw, err := person.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	var number, unlocked uint32
	// Not through Fd, after which a read could not be given a deadline.
	raw.Control(func(fd uintptr) {
		for _, call := range []struct {
			request uintptr
			word    *uint32
		}{{syscall.TIOCSPTLCK, &unlocked}, {syscall.TIOCGPTN, &number}} {
			if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, fd, call.request, uintptr(unsafe.Pointer(call.word))); e != 0 {
				err = e
			}
		}
	})
	if err == nil {
		program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		person.Close()
		return nil, nil, err
	}
	return person, program, nil
}

// atTerminal runs mailtrace with a terminal as standard input and standard error:
//
//	terminal STEPS ARGUMENTS
//
// It leaves its standard output, what the terminal showed and how it ended in the
// files out, screen and end, and fails if the terminal is not as it was, or if
// anything is left in it that a shell would read. STEPS is a file with one of
// these on each line, strings in the syntax of Go:
//
//	wait STRING   until the terminal shows it; what came before is not looked at again
//	send STRING   as the terminal would
//	paste FILE    with CR for each line end, as terminals do, and with marks around it
//	type FILE     the same without marks
//	signal NAME   INT or TERM
//	hangup        the terminal is closed
func atTerminal(ts *testscript.TestScript, _ bool, args []string) {
	person, program, err := openTTY()
	ts.Check(err)
	defer person.Close()
	defer program.Close()
	before, err := term.GetState(int(program.Fd()))
	ts.Check(err)

	var out bytes.Buffer
	cmd := exec.Command("mailtrace", args[1:]...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = ts.Getenv("WORK"), program, &out, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	ts.Check(cmd.Start())
	killer := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer killer.Stop()

	s := &sitting{person: person, process: cmd.Process, file: func(name string) string { return ts.ReadFile(name) }}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if err := s.step(strings.TrimSpace(line)); err != nil {
			cmd.Process.Kill()
			cmd.Wait()
			ts.Fatalf("%s: %v; the terminal shows %q", strings.TrimSpace(line), err, s.screen)
		}
	}
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	if !s.closed {
		after, err := term.GetState(int(program.Fd()))
		ts.Check(err)
		if !reflect.DeepEqual(before, after) {
			ts.Fatalf("the terminal is left as %+v, not %+v", after, before)
		}
		if left, err := leftovers(program); left != "" || err != nil {
			ts.Fatalf("in the terminal is left %q, %v", left, err)
		}
		// What is left in the terminal: up to its end, or, of a program that took
		// no paste, what there is.
		wait := patience
		if !bytes.Contains(s.screen, []byte(bracketsOn)) {
			wait = 100 * time.Millisecond
		}
		person.SetReadDeadline(time.Now().Add(wait))
		s.until(bracketsOff)
	}
	for name, data := range map[string]string{"out": out.String(), "screen": string(s.screen), "end": cmd.ProcessState.String() + "\n"} {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(data), 0o644))
	}
}

// leftovers is what a shell would read next. In raw mode also what is no line yet
// can be read.
func leftovers(tty *os.File) (string, error) {
	state, err := term.MakeRaw(int(tty.Fd()))
	if err != nil {
		return "", err
	}
	defer term.Restore(int(tty.Fd()), state)
	if !ready(int(tty.Fd()), 0) {
		return "", nil
	}
	buf := make([]byte, 4096)
	n, err := tty.Read(buf)
	return string(buf[:n]), err
}

// sitting is a person in front of a terminal.
type sitting struct {
	person  *os.File
	process *os.Process
	file    func(name string) string
	screen  []byte
	seen    int // How much of screen was looked at.
	closed  bool
}

func (s *sitting) step(line string) error {
	what, arg, _ := strings.Cut(line, " ")
	text, bad := strconv.Unquote(arg)
	s.person.SetDeadline(time.Now().Add(patience))
	switch what {
	case "":
		return nil
	case "wait":
		if bad != nil {
			return bad
		}
		return s.until(text)
	case "send":
		if bad != nil {
			return bad
		}
		_, err := io.WriteString(s.person, text)
		return err
	case "paste":
		_, err := io.WriteString(s.person, pasteBegin+strings.ReplaceAll(s.file(arg), "\n", "\r")+pasteEnd)
		return err
	case "type":
		_, err := io.WriteString(s.person, strings.ReplaceAll(s.file(arg), "\n", "\r"))
		return err
	case "signal":
		return s.process.Signal(map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM}[arg])
	case "hangup":
		s.closed = true
		return s.person.Close()
	}
	return fmt.Errorf("unknown step %q", what)
}

// until waits until the terminal shows text.
func (s *sitting) until(text string) error {
	buf := make([]byte, 4096)
	for {
		if i := bytes.Index(s.screen[s.seen:], []byte(text)); i >= 0 {
			s.seen += i + len(text)
			return nil
		}
		n, err := s.person.Read(buf)
		s.screen = append(s.screen, buf[:n]...)
		if err != nil {
			return err
		}
	}
}

// TestLineEditor shows why a paste is not read line by line: that a program which
// does loses the end of a long line.
func TestLineEditor(t *testing.T) {
	person, program, err := openTTY()
	if err != nil {
		t.Skip(err)
	}
	defer person.Close()
	defer program.Close()
	line := strings.Repeat("x", 6000) + "\r"
	if _, err := io.WriteString(person, line); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 8000)
	n, err := program.Read(buf)
	if err != nil || n != 4096 {
		t.Errorf("%d bytes of %d, %v", n, len(line), err)
	}
}

// TestNoRawMode holds that where there is no raw mode it is read as it comes, and
// said.
func TestNoRawMode(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var said bytes.Buffer
	c := &console{err: &gate{w: &said}}
	in, err := c.paste(f)
	if err != nil || in.Reader != f || !strings.Contains(said.String(), "line by line") {
		t.Errorf("%v, %v, %s", in, err, &said)
	}
}

// panicking is a writer that does.
type panicking struct{}

func (panicking) Write([]byte) (int, error) { panic("here") }

// TestPanic holds that the terminal is given back whatever happens.
func TestPanic(t *testing.T) {
	person, program, err := openTTY()
	if err != nil {
		t.Skip(err)
	}
	defer person.Close()
	defer program.Close()
	before, err := term.GetState(int(program.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(person, "Subject: a\rrm -rf x\r"); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		(&console{err: &gate{w: panicking{}}}).paste(program)
	}()
	after, err := term.GetState(int(program.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(before, after) {
		t.Errorf("the terminal is left as %+v, not %+v", after, before)
	}
	if left, err := leftovers(program); left != "" || err != nil {
		t.Errorf("in the terminal is left %q, %v", left, err)
	}
}
