// Mailtrace reads an e-mail and tells which way it came: who handed it to whom,
// when, under which name and from which address, and what speaks against that
// story, every statement with the line that it rests on. And it asks the mail servers
// of a domain how they receive mail, and tells what those who send there will see.
//
// This command reads files and names, asks package analyze or probe, and writes what
// they say: as a screen for people (report/text) or as JSON, one report per line, for
// programs (report). It judges nothing itself. For a message it uses the DNS alone of
// the network, as package probe/dns asks it, and with --offline not that; only for
// "probe" it connects to anybody else.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"

	"mailtrace/report/text"
)

// Exit codes. Where several apply, the first in the order usage, error, found,
// nothing is given.
const (
	exitOK          = 0
	exitError       = 1   // Something could not be read or run.
	exitUsage       = 2   // The command line is wrong; nothing was done.
	exitFound       = 3   // A finding at or above --fail-on.
	exitNothing     = 4   // No message had a hop, no server answered: nothing could be judged.
	exitInterrupted = 130 // Ctrl-C: 128 + SIGINT, as shells say it.
)

// The garbage collector may wait: what a message leaves behind is small, and what is
// large is kept in one piece and is no garbage until the end. It shall not wait
// for what many large messages leave behind.
const (
	gcPercent   = 400
	memoryLimit = 128 << 20 // Bytes. It is no bound: a message may have twice that.
)

// status is an exit code on its way out of a command that has said all it had to.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// failure is an error that is still to be told to the user: what failed, then
// what to do about it.
type failure struct {
	code int
	err  error
	hint string // May be empty.
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// misuse is a failure of the command line.
func misuse(hint, format string, args ...any) *failure {
	return &failure{exitUsage, fmt.Errorf(format, args...), hint}
}

// console is what a command talks to.
type console struct {
	in       io.Reader
	out, err *gate
	buffer   *bufio.Reader // For the file that is being read.
	wanted   string        // What a person is asked to paste, if not a message.
	nagios   bool          // Whoever reads the output takes one line, and exit codes of his own.

	interrupted <-chan struct{}
	interrupt   func()     // What Ctrl-C does. In raw mode it is a key like any other.
	raw         sync.Mutex // Held while the terminal is not in its own mode.
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // A second Ctrl-C ends the program at once.
	// Without this a closed pipe would kill the program before it could give
	// the exit code that its reports so far call for.
	signal.Ignore(syscall.SIGPIPE)
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program. When ctx is cancelled it returns at once, even while
// a read waits for input; what was written until then is whole lines. A terminal
// that is being read is given back first.
func run(ctx context.Context, args []string, in io.Reader, out, err io.Writer) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &console{in: in, out: &gate{w: out}, err: &gate{w: err}, buffer: bufio.NewReaderSize(nil, 64<<10),
		interrupted: ctx.Done(), interrupt: cancel}
	done := make(chan int, 1)
	go func() { done <- c.execute(ctx, args) }()
	code := exitInterrupted
	select {
	case code = <-done:
	case <-ctx.Done():
	}
	cancel()     // Whoever reads the terminal gives it back,
	c.raw.Lock() // and from now on nobody takes it.
	c.out.close()
	c.err.close()
	return code
}

// execute runs the command that args name and tells what went wrong with it.
func (c *console) execute(ctx context.Context, args []string) int {
	root := c.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)

	var s status
	var f *failure
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &s):
		return int(s)
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &f):
	default: // Cobra's own complaints are all about the command line.
		f = misuse("see: mailtrace --help", "%w", err)
	}
	if c.nagios || slices.Contains(args, "--nagios") { // The command line may be what is wrong.
		io.WriteString(c.out, nagiosFailure(f))
		return int(verdictUnknown)
	}
	c.complain(f)
	return f.code
}

// complain tells a failure on standard error. Names of files and parts of
// messages may stand in it, so no byte goes out unescaped.
func (c *console) complain(f *failure) {
	s := "mailtrace: " + text.Escape(f.err.Error()) + "\n"
	if f.hint != "" {
		s += "hint: " + text.Escape(f.hint) + "\n"
	}
	io.WriteString(c.err, s)
}
