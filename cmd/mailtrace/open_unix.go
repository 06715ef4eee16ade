//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// openFile is os.Open, except that it does not wait for the writer of a named pipe,
// and without the attempt to have the file watched by the runtime's poller, which
// regular files refuse. That attempt takes longer than all the rest of opening, and
// over many small messages a tenth of the whole run.
func openFile(name string) (*os.File, error) {
	for {
		fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
		if err == nil {
			if err := syscall.SetNonblock(fd, false); err != nil {
				syscall.Close(fd)
				return nil, &fs.PathError{Op: "open", Path: name, Err: err}
			}
			return os.NewFile(uintptr(fd), name), nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
}
