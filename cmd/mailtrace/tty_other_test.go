//go:build !linux

package main

import "github.com/rogpeppe/go-internal/testscript"

func atTerminal(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("there are no pseudo-terminals here: [linux]")
}
