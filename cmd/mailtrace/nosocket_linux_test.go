package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// nosocket becomes another program, which the kernel kills at its first call of
// socket(2): the proof that it opens none.
func nosocket() {
	err := func() error {
		path, err := exec.LookPath(os.Args[1])
		if err != nil {
			return err
		}
		runtime.LockOSThread() // The filter is one of a thread; exec leaves just that one.
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return err
		}
		// Load the number of the call, which stands first; kill for socket, else allow.
		filter := []unix.SockFilter{
			{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
			{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 0, Jf: 1, K: unix.SYS_SOCKET},
			{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_KILL_PROCESS},
			{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		}
		program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
		if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
			return err
		}
		return unix.Exec(path, os.Args[1:], os.Environ())
	}()
	fmt.Fprintln(os.Stderr, err)
	os.Exit(125)
}
