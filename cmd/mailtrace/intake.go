package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"mailtrace/analyze/mailbox"
	"mailtrace/report/batch"
)

// job is a message that was cut out of an input, or what failed there.
type job struct {
	raw     *mailbox.Raw
	name    string // Of what failed.
	offset  int64  // Where it failed.
	err     error
	written batch.Written // What an earlier run wrote of it.
}

// weight is the memory that a job holds.
func (j job) weight() int64 {
	if j.raw == nil {
		return 0
	}
	return j.raw.Size()
}

// intake cuts the inputs of a run into jobs, one after the other.
type intake struct {
	*console
	names   []string
	earlier *batch.Progress // Nil: nothing was done before.
	yield   func(job) bool
	small   []byte // For files up to that size, one after the other.
}

// smallFile is how many bytes a file may have to be read in one go.
const smallFile = 256 << 10

// jobs is the messages of all inputs in their order.
func (in *intake) jobs(ctx context.Context) iter.Seq[job] {
	return func(yield func(job) bool) {
		in.yield = func(j job) bool { return ctx.Err() == nil && yield(j) }
		for _, name := range in.names {
			if !in.named(name) {
				return
			}
		}
	}
}

// next gives out a job, unless it was done before.
func (in *intake) next(target string, j job) bool {
	if in.earlier != nil {
		if j.written = in.earlier.Next(target, j.offset); j.written.All() {
			return true
		}
	}
	return in.yield(j)
}

func (in *intake) fail(name string, err error) bool {
	j := job{name: name, err: err}
	var at *mailbox.InputError
	if errors.As(err, &at) {
		j.name, j.offset = at.Name, at.Offset
	}
	return in.next(j.name, j)
}

// named takes what the command line names. It returns false when no more is asked
// for.
func (in *intake) named(name string) bool {
	if name == stdin {
		std, err := in.openStdin()
		if err != nil {
			return in.fail(name, err)
		}
		return in.cut(mailbox.Source{Name: name, Reader: std.Reader, Size: std.size})
	}
	if data, ok := in.whole(name); ok {
		return in.cut(data)
	}
	f, info, err := openNamed(name)
	switch {
	case err != nil:
		return in.fail(name, err)
	case info.IsDir():
		f.Close()
		return in.tree(name)
	}
	defer f.Close()
	return in.file(name, f, info)
}

// tree takes all files of a directory.
func (in *intake) tree(dir string) bool {
	fsys := os.DirFS(dir)
	moved := &mailbox.Moved{FS: fsys}
	empty := true
	for name, err := range mailbox.Tree(fsys) {
		empty = false
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err != nil {
			if !in.fail(path, err) {
				return false
			}
			continue
		}
		if !in.inTree(moved, dir, name, path) {
			return false
		}
	}
	if empty {
		return in.fail(dir, &failure{exitError, fmt.Errorf("%s: holds no message", dir), "name a file, or a directory with messages (.eml, .msg), mboxes or Maildirs in it"})
	}
	return true
}

// inTree takes one file of a directory. A mail program may have moved it since it was
// listed; it keeps the name under which it was.
func (in *intake) inTree(moved *mailbox.Moved, dir, name, path string) bool {
	const tries = 20 // It may be moved again before it is opened.
	if data, ok := in.whole(path); ok {
		return in.cut(data)
	}
	f, info, err := openNamed(path)
	for range tries {
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		now, ok := moved.Find(name)
		if !ok {
			break
		}
		f, info, err = openNamed(filepath.Join(dir, filepath.FromSlash(now)))
	}
	if err != nil {
		return in.fail(path, err)
	}
	defer f.Close()
	return in.file(path, f, info)
}

// whole reads a file that is small, as nearly all messages are, in one go.
func (in *intake) whole(name string) (mailbox.Source, bool) {
	if in.small == nil {
		in.small = make([]byte, smallFile)
	}
	data, ok := readSmall(name, in.small)
	if !ok {
		return mailbox.Source{}, false
	}
	r := bytes.NewReader(data)
	src := mailbox.Source{Name: name, Reader: r, Size: int64(len(data)), At: r}
	if mailbox.IsContainer(data[:min(len(data), mailbox.HeadSize)]) {
		src.Input = &mailbox.Input{SHA256: sha256.Sum256(data), Size: src.Size}
	}
	return src, true
}

// file takes an open file.
func (in *intake) file(name string, f *os.File, info fs.FileInfo) bool {
	if err := readable(name, info.Mode()); err != nil {
		return in.fail(name, err)
	}
	src := mailbox.Source{Name: name, Reader: f, Size: -1}
	size := info.Size()
	regular := info.Mode().IsRegular() && size > 0 // Files in /proc say 0.
	if regular {
		// What is appended from now on is not read. So no read is needed to learn
		// that the end was reached: with the buffer, a small file takes one.
		src.Reader, src.Size, src.At = &sized{f, size}, size, f
	}
	in.buffer.Reset(src.Reader)
	src.Reader = in.buffer
	if regular && isContainer(in.buffer) {
		var err error
		if src.Input, err = digest(f, size); err != nil {
			return in.fail(name, err)
		}
	}
	return in.cut(src)
}

// sized reads the bytes that a file had when it was opened. That there are fewer now is
// no end: messages would be lost in silence.
type sized struct {
	r    io.Reader
	left int64
}

func (s *sized) Read(buf []byte) (int, error) {
	if s.left <= 0 {
		return 0, io.EOF
	}
	n, err := s.r.Read(buf[:min(int64(len(buf)), s.left)])
	if s.left -= int64(n); err == io.EOF && s.left > 0 {
		err = fmt.Errorf("it became %d bytes shorter while it was read", s.left)
	}
	return n, err
}

func isContainer(r *bufio.Reader) bool {
	head, _ := r.Peek(mailbox.HeadSize) // A shorter file has a shorter beginning.
	return mailbox.IsContainer(head)
}

// digest is the sum of a whole file. A mailbox is reported on while it is read, so
// its sum has to be known before.
func digest(f io.ReaderAt, size int64) (*mailbox.Input, error) {
	hash := sha256.New()
	n, err := io.Copy(hash, io.NewSectionReader(f, 0, size))
	if err != nil {
		return nil, err
	}
	d := &mailbox.Input{Size: n}
	hash.Sum(d.SHA256[:0])
	return d, nil
}

// cut takes an input apart.
func (in *intake) cut(src mailbox.Source) bool {
	for raw, err := range src.Split() {
		more := false
		if err != nil {
			more = in.fail(src.Name, err)
		} else {
			more = in.next(raw.Name, job{raw: raw, name: raw.Name, offset: raw.Offset})
		}
		if !more {
			return false
		}
	}
	return true
}
