package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mailtrace/analyze/mailbox"
)

// stdin is the name of standard input on the command line and in reports.
const stdin = "-"

// input is something to read, and how many bytes that will be.
type input struct {
	io.Reader
	close func() error
	size  int64 // -1 when it cannot be known.
}

// inputs gives the names on the command line; without any it is standard input.
func inputs(args []string) ([]string, error) {
	if len(args) == 0 {
		return []string{stdin}, nil
	}
	seen := false
	for _, name := range args {
		if name == stdin && seen {
			return nil, misuse("name it once", "standard input (-) can be read only once")
		}
		seen = seen || name == stdin
	}
	return args, nil
}

// open opens an input, one at a time. Its error has a hint.
func (c *console) open(name string) (*input, error) {
	if name == stdin {
		return c.openStdin()
	}
	f, info, err := openNamed(name)
	if err != nil {
		return nil, err
	}
	if err := readable(name, info.Mode()); err != nil {
		f.Close()
		return nil, err
	}
	in := &input{f, f.Close, -1}
	if size := info.Size(); info.Mode().IsRegular() && size > 0 { // Files in /proc say 0.
		// What is appended from now on is not read. So no read is needed to learn
		// that the end was reached: with the buffer, a small file takes one.
		in.Reader, in.size = io.LimitReader(f, size), size
	}
	c.buffer.Reset(in.Reader)
	in.Reader = c.buffer
	return in, nil
}

// openNamed opens a file or a directory. Its error has a hint.
func openNamed(name string) (*os.File, fs.FileInfo, error) {
	f, err := openFile(name)
	if err != nil {
		// Why it cannot be opened may be what it is.
		if info, e := os.Stat(name); e == nil {
			if e := readable(name, info.Mode()); e != nil && !info.IsDir() {
				return nil, nil, e
			}
		}
		return nil, nil, explain(name, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, explain(name, err)
	}
	return f, info, nil
}

// openStdin reads what is pasted if a person sits in front of it.
func (c *console) openStdin() (*input, error) {
	in := &input{c.in, func() error { return nil }, -1}
	f, ok := c.in.(*os.File)
	if !ok {
		return in, nil
	}
	if _, ok := terminal(f); ok {
		return c.paste(f)
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		in.size = info.Size()
	}
	return in, nil
}

// readable refuses what is no file. A named pipe would keep a run over many
// files waiting for a writer that may never come, so it has to be handed in as
// standard input; the pipes that a shell makes for <(…) have a writer.
func readable(name string, mode fs.FileMode) error {
	what, hint := "", "to read it all the same: mailtrace trace < "+name
	switch {
	case mode.IsDir():
		what, hint = "a directory", "name the files in it"
	case mode.IsRegular(), ofShell(name) && mode&fs.ModeNamedPipe != 0, name == "/dev/stdin":
		return nil
	case mode&fs.ModeNamedPipe != 0:
		what = "a named pipe"
	case mode&fs.ModeSocket != 0:
		what, hint = "a socket", "save the message to a file first"
	default:
		what, hint = "a device", "save the message to a file first"
	}
	return &failure{exitError, fmt.Errorf("%s: is %s, not a message", name, what), hint}
}

// ofShell says whether a name is one that a shell makes for <(…).
func ofShell(name string) bool {
	return strings.HasPrefix(filepath.ToSlash(name), "/dev/") || strings.HasPrefix(name, "/proc/self/fd/")
}

// explain makes a failure of an error about an input: the name first, no system
// call in between, then a hint.
func explain(name string, err error) *failure {
	var told *failure
	if errors.As(err, &told) {
		return told
	}
	if name == stdin {
		name = "standard input"
	}
	f := &failure{code: exitError}
	var format *mailbox.FormatError
	var path *fs.PathError
	var at *mailbox.InputError
	if errors.As(err, &at) {
		name, err = at.Name, at.Err
		if name == stdin {
			name = "standard input"
		}
		if at.Offset > 0 {
			name += fmt.Sprintf(", byte %d", at.Offset)
		}
	}
	switch {
	case errors.As(err, &format):
		f.err, f.hint = fmt.Errorf("%s: %s", name, format.What), format.Hint
		return f
	case errors.As(err, &path):
		err = path.Err
	}
	f.err = fmt.Errorf("%s: %w", name, err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.hint = "check the name; to read standard input: mailtrace trace -"
	case errors.Is(err, fs.ErrPermission):
		f.hint = "read it as a user who may, and pipe it in: sudo cat FILE | mailtrace trace"
	case at != nil:
		f.hint = "what stands before it was reported on, if there is anything; get the file anew and try again"
	}
	return f
}
