package main

import (
	"errors"
	"syscall"
	"time"
)

// ready waits until a read of a terminal will not wait, but for no longer than d.
func ready(fd int, d time.Duration) bool {
	if fd >= maxReadyFD {
		return true
	}
	var set syscall.FdSet
	set.Bits[0] = 1 << fd
	timeout := syscall.NsecToTimeval(int64(d))
	n, err := syscall.Select(fd+1, &set, nil, nil, &timeout)
	// An error comes again from the read, which can say it.
	return n > 0 || err != nil && !errors.Is(err, syscall.EINTR)
}

// maxReadyFD is how many bits the words of a set have at least. Standard input
// is number 0.
const maxReadyFD = 31
