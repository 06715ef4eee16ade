package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

const (
	progressAfter = time.Second            // Before that nobody waits.
	progressEvery = 200 * time.Millisecond // An eye reads no faster.
	progressBar   = 20                     // Columns.
)

// progress shows on one line of a terminal how far a long run is: how many
// messages or domains, how many a second, and how long it will take. It belongs to one
// goroutine; only the total comes from another.
type progress struct {
	w     io.Writer // Nil: nothing is shown.
	now   func() time.Time
	total atomic.Int64 // Bytes of all inputs; 0 as long as that is not known.
	what  string       // Is counted: "messages".

	began, shown time.Time
	count        int   // Of what.
	bytes        int64 // Of the inputs, that are done.
}

// progress watches over inputs where somebody can see it: on standard error, when
// that is a terminal and the reports go elsewhere. While somebody pastes, nobody waits
// for this program.
func (c *console) progress(ctx context.Context, names []string) *progress {
	p := &progress{now: time.Now, what: "messages"}
	_, onErr := terminal(c.err)
	_, onOut := terminal(c.out)
	_, byHand := terminal(c.in)
	if !onErr || onOut || byHand && slices.Contains(names, stdin) {
		return p
	}
	p.w, p.began = c.err, p.now()
	go func() { p.total.Store(sizeOf(ctx, names)) }()
	return p
}

// done counts what was done.
func (p *progress) done(count int, bytes int64) {
	if p.w == nil {
		return
	}
	p.count += count
	p.bytes += bytes
	if now := p.now(); now.Sub(p.began) >= progressAfter && now.Sub(p.shown) >= progressEvery {
		p.shown = now
		io.WriteString(p.w, "\r"+p.line(now.Sub(p.began))+"\x1b[K")
	}
}

// clear takes the line away, before something else is written.
func (p *progress) clear() {
	if p.w != nil && !p.shown.IsZero() {
		io.WriteString(p.w, "\r\x1b[K")
		p.shown = time.Time{}
	}
}

func (p *progress) line(took time.Duration) string {
	rate := float64(p.count) / took.Seconds()
	digits := 0
	if rate < 10 {
		digits = 1
	}
	s := fmt.Sprintf("%d %s, %.*f a second", p.count, p.what, digits, rate)
	total := p.total.Load()
	if total <= 0 || p.bytes <= 0 {
		return s
	}
	share := min(float64(p.bytes)/float64(total), 1)
	full := int(share * progressBar)
	left := time.Duration(float64(took) * (1 - share) / share)
	return fmt.Sprintf("[%s%s] %3.0f %%, %s, %s left", strings.Repeat("#", full), strings.Repeat(".", progressBar-full), 100*share, s, inWords(left))
}

// inWords is a time to wait.
func inWords(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// sizeOf is how many bytes stand in the inputs, 0 where one has no size.
func sizeOf(ctx context.Context, names []string) (total int64) {
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			continue // It will be told when it is read.
		case info.Mode().IsRegular():
			total += info.Size()
		case info.IsDir():
			total += treeSize(ctx, name)
		default:
			return 0
		}
	}
	return total
}

func treeSize(ctx context.Context, dir string) (total int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil // What cannot be read has no size here.
	})
	return total
}
