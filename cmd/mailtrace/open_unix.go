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

// readSmall reads a whole regular file into buf. It returns false for any other, for
// one that does not fit, and for whatever goes wrong: then openFile tells what it is.
// Of a run over many messages opening and reading them is a fifth, and all that
// os.File does beside would be another tenth.
func readSmall(name string, buf []byte) (data []byte, ok bool) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, false
	}
	defer syscall.Close(fd)
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil || st.Mode&syscall.S_IFMT != syscall.S_IFREG || st.Size <= 0 || st.Size > int64(len(buf)) {
		return nil, false // Files in /proc say 0.
	}
	// A read that is interrupted, or gives less, is left to openFile too.
	n, err := syscall.Read(fd, buf[:st.Size])
	return buf[:st.Size], err == nil && int64(n) == st.Size
}
