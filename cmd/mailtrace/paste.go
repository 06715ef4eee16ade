package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/term"

	"mailtrace/analyze/mailbox"
)

// A terminal, left to itself, hands out lines. It cuts them at 4,096 bytes (1,024
// on macOS), ends at a stray Ctrl-D byte, dies of a Ctrl-C byte and writes what is
// pasted to the screen. So it is read in raw mode, where every byte comes as it is,
// with the marks around a paste (bracketed paste) switched on.
const (
	bracketsOn  = "\x1b[?2004h"
	bracketsOff = "\x1b[?2004l"
)

const (
	// quietTime is how long nothing may come in the middle of a paste that has no
	// marks. It is less than people notice after Ctrl-D.
	quietTime = 100 * time.Millisecond

	// stallTime is how long nothing may come in the middle of one that has.
	stallTime = time.Second

	// lateTime is how long nothing may come before the terminal is given back
	// when no key asked for it. What comes later the shell gets.
	lateTime = 250 * time.Millisecond

	// drainTime is the most that leaving takes while bytes still come.
	drainTime = 3 * time.Second

	// tickTime is how often the reader looks whether it is still wanted.
	tickTime = 50 * time.Millisecond

	// meterTime is how often what is shown of a paste changes.
	meterTime = 100 * time.Millisecond

	// readSize is more than a terminal hands out at once.
	readSize = 64 << 10
)

// errGaveUp is what the reader of a paste gets that was not brought to its end.
var errGaveUp = errors.New("interrupted")

// desk is a terminal while its mode is ours.
type desk struct {
	f        *os.File
	state    *term.State
	keys     *keyboard
	pasted   pasted
	meter    meter
	byKey    bool      // A key ended it.
	brackets io.Writer // Where the marks were switched on; nil if nowhere.
}

// paste reads what is pasted or typed at a terminal. When it returns, the terminal
// is as it was, and of all that came nothing is left to be read by the shell, which
// would run it.
func (c *console) paste(f *os.File) (*input, error) {
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	defer signal.Stop(signals)
	c.raw.Lock() // Run does not return while this is held.
	defer c.raw.Unlock()
	d, err := c.sit(f)
	if err != nil {
		fmt.Fprint(c.err, "mailtrace: this terminal is read line by line, and may cut lines longer than 4,000 bytes;\n"+
			"hint: paste it, then Ctrl-D on a line of its own; a file is surer: mailtrace trace FILE\n")
		return &input{f, func() error { return nil }, -1}, nil
	}
	text, err := c.pasteAt(d, signals)
	if errors.Is(err, errGaveUp) {
		c.interrupt()
	}
	if err != nil {
		return nil, err
	}
	return &input{bytes.NewReader(text), func() error { return nil }, int64(len(text))}, nil
}

// sit puts a terminal into raw mode.
func (c *console) sit(f *os.File) (*desk, error) {
	state, err := term.MakeRaw(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	d := &desk{f: f, state: state, keys: listen(f)}
	// One byte more than is read of a message: so the report says that it was cut.
	d.pasted.limit = mailbox.MaxMessage + 1
	columns, seen := terminal(c.err)
	// The consoles of Windows and dumb terminals would show this as text. It is
	// the terminal that is read that has to know; standard error may be a file.
	if runtime.GOOS != "windows" && os.Getenv("TERM") != "dumb" {
		if _, err := io.WriteString(f, bracketsOn); err == nil {
			d.brackets = f
		} else if seen {
			io.WriteString(c.err, bracketsOn)
			d.brackets = c.err
		}
	}
	if seen {
		d.meter = meter{w: c.err, columns: columns}
	}
	return d, nil
}

// pasteAt reads until a key ends it. A signal that ends the program does so when
// the terminal is back in order.
func (c *console) pasteAt(d *desk, signals <-chan os.Signal) (text []byte, err error) {
	var fatal os.Signal
	defer func() {
		if fatal != nil {
			die(fatal)
		}
	}()
	defer d.leave()
	hint := "mailtrace: paste " + cmp.Or(c.wanted, "a message or its header") + ", then press Ctrl-D; Ctrl-C gives up"
	if d.meter.w != nil {
		hint += "\r"
	}
	io.WriteString(c.err, hint+"\n")
	quiet := false // Nothing has come for quietTime.
	silence := time.NewTimer(stallTime)
	defer silence.Stop()
	for {
		select {
		case <-c.interrupted:
			return nil, errGaveUp
		case s := <-signals:
			if s != os.Interrupt { // Which the program waits for, too.
				fatal = s
			}
			return nil, errGaveUp
		case b, ok := <-d.keys.bursts:
			if !ok {
				return d.pasted.message(), d.keys.err
			}
			quiet = false
			d.pasted.feed(b)
			silence.Reset(quietTime)
			d.meter.show(&d.pasted, false)
		case <-silence.C:
			if quiet {
				d.pasted.stall()
				continue
			}
			quiet = true
			silence.Reset(stallTime)
			switch d.pasted.quiet() {
			case ended:
				d.byKey = true
				d.meter.total(&d.pasted)
				return d.pasted.message(), nil
			case gaveUp:
				d.byKey = true
				return nil, errGaveUp
			}
			d.meter.show(&d.pasted, true)
		}
	}
}

// die ends the program as a signal does that nobody waits for, so that whoever
// sent it sees that it worked. Where there are no signals it returns.
func die(s os.Signal) {
	signal.Reset(s)
	if p, err := os.FindProcess(os.Getpid()); err == nil && p.Signal(s) == nil {
		time.Sleep(drainTime)
	}
}

// leave takes in what is still on its way and gives the terminal back.
func (d *desk) leave() {
	d.pasted.limit = 0
	d.drain()
	close(d.keys.stop)
	select {
	case <-d.keys.done:
		// Nobody else reads now. A source that never stops is left behind here.
		buf := make([]byte, readSize)
		for range 16 {
			if !ready(int(d.f.Fd()), 0) {
				break
			}
			if n, err := d.f.Read(buf); n == 0 || err != nil {
				break
			}
		}
	case <-time.After(2 * tickTime): // Where a read cannot be ended.
	}
	d.meter.close()
	if d.brackets != nil {
		io.WriteString(d.brackets, bracketsOff)
	}
	term.Restore(int(d.f.Fd()), d.state)
}

// drain reads up to the end of a paste, or until nothing comes. A key that ends it
// is one because nothing came behind it.
func (d *desk) drain() {
	if d.byKey {
		return
	}
	enough := time.After(drainTime)
	for {
		wait := lateTime
		if d.pasted.inside {
			wait = stallTime
		}
		select {
		case b, ok := <-d.keys.bursts:
			if !ok {
				return
			}
			d.pasted.feed(b)
		case <-time.After(wait):
			return
		case <-enough:
			return
		}
	}
}

// keyboard reads a terminal, so that others can wait for something else, too.
type keyboard struct {
	bursts chan []byte // What each read gave; closed at the end.
	err    error       // Why it ended, when bursts is closed.
	stop   chan struct{}
	done   chan struct{} // Closed when nothing is read any more.
}

func listen(f *os.File) *keyboard {
	k := &keyboard{bursts: make(chan []byte), stop: make(chan struct{}), done: make(chan struct{})}
	go k.read(f)
	return k
}

func (k *keyboard) read(f *os.File) {
	defer close(k.done)
	defer close(k.bursts)
	buf := make([]byte, readSize)
	for {
		select {
		case <-k.stop:
			return
		default:
		}
		if !ready(int(f.Fd()), tickTime) {
			continue
		}
		n, err := f.Read(buf)
		if n > 0 {
			select {
			case k.bursts <- bytes.Clone(buf[:n]):
			case <-k.stop:
				return
			}
		}
		switch {
		case err == nil:
			continue
		case !errors.Is(err, io.EOF):
			k.err = err
		case runtime.GOOS != "windows": // There it is Ctrl-Z.
			k.err = errors.New("the terminal was closed")
		}
		return
	}
}

// meter shows how much was pasted, on one line. What was pasted it does not show:
// a stranger wrote it. Its zero value shows nothing.
type meter struct {
	w       io.Writer
	columns int
	shown   string // What stands there.
	last    time.Time
}

// show writes the line anew, but not too often unless it is to stay for a while.
func (m *meter) show(p *pasted, stays bool) {
	now := time.Now()
	if m.w == nil || len(p.text) == 0 && m.shown == "" || !stays && now.Sub(m.last) < meterTime {
		return
	}
	m.last = now
	m.write(count(p) + "; Ctrl-D goes on, Ctrl-C gives up")
}

// total ends the line.
func (m *meter) total(p *pasted) {
	if m.w != nil {
		m.write(count(p))
		m.close()
	}
}

// close leaves the line as it is.
func (m *meter) close() {
	if m.shown != "" {
		io.WriteString(m.w, "\r\n")
		m.shown = ""
	}
}

// write puts a text in the place of what stands there. A line that is full would
// begin another one.
func (m *meter) write(s string) {
	if m.columns > 0 && len(s) >= m.columns {
		s = s[:m.columns-1]
	}
	if s != m.shown {
		fmt.Fprintf(m.w, "\r%-*s", len(m.shown), s)
		m.shown = s
	}
}

// count says how much was pasted, and what was too much.
func count(p *pasted) string {
	s := plural(p.lines(), "line") + ", " + plural(len(p.text), "byte")
	if p.beyond > 0 {
		s += " (full, the rest is dropped)"
	}
	return s
}

// plural is a number of things.
func plural(n int, thing string) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if n != 1 {
		thing += "s"
	}
	return s + " " + thing
}
