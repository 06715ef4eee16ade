//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// maxRSS is the most memory that a program had, in bytes.
func maxRSS(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" { // Bytes there, kilobytes elsewhere.
		return int64(usage.Maxrss)
	}
	return int64(usage.Maxrss) * 1024
}

func makeFIFO(path string) error { return syscall.Mkfifo(path, 0o600) }
