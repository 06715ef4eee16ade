package main

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/term"
)

// errShut is what writers get when the program has been interrupted.
var errShut = errors.New("interrupted")

// gate passes writes on until it is closed. A write that has begun is finished
// first, so that an interrupt leaves no half line behind.
type gate struct {
	mu   sync.Mutex
	w    io.Writer
	shut bool
}

func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return 0, errShut
	}
	return g.w.Write(p)
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
}

// terminal reports whether x is one, and how many columns it has.
func terminal(x any) (columns int, ok bool) {
	if g, isGate := x.(*gate); isGate {
		x = g.w
	}
	f, isFile := x.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		columns = 0
	}
	return columns, true
}

// readerLeft reports whether err says that nobody reads the output any more, as
// in "mailtrace trace m.eml | head". That is the reader's good right.
func readerLeft(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}
