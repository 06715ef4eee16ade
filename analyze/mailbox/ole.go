package mailbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/richardlehane/mscfb"
)

// Bounds of OLE2 files, in which Outlook writes messages (MS-CFB): a file system
// in a file, with folders ("storages") and files ("streams") in chains of sectors.
const (
	// MaxStorageEntries is how many storages and streams a file may have. A message
	// with 3,000 recipients has 30,000.
	MaxStorageEntries = 100_000

	// MaxStorageDepth is how deep storages may lie in each other. A message attached
	// to another one lies two below it.
	MaxStorageDepth = 64
)

const (
	oleMagic       = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	oleHeader      = 512
	oleEntry       = 128
	oleEndOfChain  = 0xFFFFFFFE
	oleNone        = 0xFFFFFFFF
	oleDifatSector = 72 // Offset of the number of DIFAT sectors in the header.
)

// How much of a stream is read at once. mscfb joins neighbouring sectors in a way
// that takes quadratic time, so it must not be much.
const (
	mostOfStream  = 32 << 10
	leastOfStream = 64 // The smallest sectors.
)

// storage is a storage with what lies in it. Of equal names the first counts.
type storage struct {
	name     string
	streams  map[string]stream // By name in lower case: writers differ in the case of hex digits.
	storages []*storage
}

// stream is bytes in a storage.
type stream struct {
	file *mscfb.File // Never read itself: that would move it. A copy is.
	size int64       // As the directory has it; it may be any number.
	most int64       // How much of it may be read.
}

// openOLE reads the directory of an OLE2 file and returns its root.
func openOLE(content *chunks) (root *storage, err error) {
	// mscfb v1.0.9 has a panic left: a number of DIFAT sectors that overflows 32 bits
	// gives make a capacity below its length.
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, fmt.Errorf("its structure cannot be read (%v)", p)
		}
	}()
	g := &oleGuard{chunkAt: newChunkAt(content)}
	g.reads = 4*content.size/oleHeader + 1000
	r, err := mscfb.New(g)
	if g.err != nil {
		return nil, g.err
	}
	switch {
	case err != nil && g.beyond:
		return nil, errors.New("parts of it should lie behind its end, which may be missing")
	case err != nil:
		return nil, errors.New(strings.ReplaceAll(err.Error(), "mscfb: ", ""))
	}
	g.open = true
	return storagesOf(r.File, content.size), nil
}

// storagesOf joins the entries, which come in the order of a walk, into storages. What may
// be read of all streams together is twice the file: there may be streams that
// share their sectors, but not so many that reading each is work without end.
func storagesOf(files []*mscfb.File, size int64) *storage {
	root := &storage{streams: map[string]stream{}}
	open := []*storage{root} // The storage last seen at each depth.
	allowance := 2 * size
	for i, f := range files {
		depth := len(f.Path)
		if i == 0 || depth >= len(open) {
			continue // The root itself, or what lies in a stream.
		}
		in := open[depth]
		open = open[:depth+1]
		if f.FileInfo().IsDir() {
			s := &storage{name: f.Name, streams: map[string]stream{}}
			in.storages = append(in.storages, s)
			open = append(open, s)
			continue
		}
		s := stream{file: f, size: f.Size}
		if f.Size <= min(size, allowance) {
			s.most = f.Size
			allowance -= f.Size
		}
		if name := strings.ToLower(f.Name); in.streams[name].file == nil {
			in.streams[name] = s
		}
	}
	return root
}

// read returns the first n bytes of a stream. An error says why these are not all.
func (s stream) read(n int64) (data []byte, err error) {
	if s.file == nil {
		return nil, nil
	}
	if s.most < s.size {
		return nil, fmt.Errorf("the directory gives it %d bytes, which the file does not have", s.size)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("its sectors cannot be read (%v)", p)
		}
	}()
	n = min(n, s.size)
	data = make([]byte, 0, n)
	file, before := *s.file, *s.file
	for piece := int64(mostOfStream); n > int64(len(data)); before = file {
		at := len(data)
		data = data[:min(n, int64(at)+piece)]
		k, err := file.Read(data[at:])
		data = data[:at+k]
		switch {
		case err == nil || err == io.EOF && k > 0:
		case piece > leastOfStream:
			// A piece is read whole or not at all. Smaller ones bring all there is.
			data, file, piece = data[:at], before, leastOfStream
		case err == io.EOF:
			return data, io.ErrUnexpectedEOF
		default:
			return data, errors.New(strings.ReplaceAll(err.Error(), "mscfb: ", ""))
		}
	}
	return data, nil
}

// oleGuard gives mscfb the bytes of a file, and looks at what it reads while it
// opens it. The library walks the directory by recursion and keeps the path of
// every entry, so that 10,000 storages in each other (1.3 MB) cost 800 MB, and a
// file of 250 MB the stack. So it is stopped when the directory is read and not walked yet.
type oleGuard struct {
	*chunkAt
	open      bool
	header    bool   // It was read.
	skip      uint32 // Sectors of the DIFAT, which are read before the directory.
	directory []oleLinks
	checked   bool
	reads     int64 // Left.
	beyond    bool  // Something was to be read behind the end while it was opened.
	err       error
}

// oleLinks is where a directory entry leads.
type oleLinks struct{ left, right, child uint32 }

func (g *oleGuard) ReadAt(p []byte, off int64) (int, error) {
	n, err := g.chunkAt.ReadAt(p, off)
	if g.open {
		return n, err // Many may read now: nothing is noted any more.
	}
	if err != nil {
		g.beyond = g.beyond || err == io.EOF
		return n, err
	}
	if g.reads--; g.reads < 0 {
		g.err = errors.New("its chains of sectors are longer than the file")
	} else if !g.checked {
		g.err = g.look(p)
	}
	return n, g.err
}

// look takes what was read: the header, the sectors of the DIFAT, then those of the
// directory, each followed by four bytes that say where the next one is.
func (g *oleGuard) look(p []byte) error {
	switch {
	case len(p) == 4:
		if len(g.directory) > 0 && binary.LittleEndian.Uint32(p) == oleEndOfChain {
			g.checked = true
			return checkTree(g.directory)
		}
	case !g.header:
		g.header = true
		if len(p) >= oleDifatSector+4 {
			g.skip = binary.LittleEndian.Uint32(p[oleDifatSector:])
		}
	case g.skip > 0:
		g.skip--
	default:
		for ; len(p) >= oleEntry; p = p[oleEntry:] {
			g.directory = append(g.directory, oleLinks{
				binary.LittleEndian.Uint32(p[68:]), binary.LittleEndian.Uint32(p[72:]), binary.LittleEndian.Uint32(p[76:]),
			})
		}
		if len(g.directory) > MaxStorageEntries {
			return fmt.Errorf("it has more than %d entries", MaxStorageEntries)
		}
	}
	return nil
}

// checkTree walks a directory from its root.
func checkTree(entries []oleLinks) error {
	type at struct {
		entry uint32
		depth int
	}
	visits := 0
	for stack := []at{{}}; len(stack) > 0; {
		a := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if visits++; visits > len(entries) || int64(a.entry) >= int64(len(entries)) {
			return errors.New("its directory is no tree")
		}
		if a.depth > MaxStorageDepth {
			return fmt.Errorf("its storages lie more than %d deep in each other", MaxStorageDepth)
		}
		e := entries[a.entry]
		if e.left != oleNone {
			stack = append(stack, at{e.left, a.depth})
		}
		if e.right != oleNone {
			stack = append(stack, at{e.right, a.depth})
		}
		if e.child != oleNone {
			stack = append(stack, at{e.child, a.depth + 1})
		}
	}
	return nil
}

// chunkAt reads chunks at any offset. Any number of goroutines may use it.
type chunkAt struct {
	parts [][]byte
	ends  []int64
}

func newChunkAt(c *chunks) *chunkAt {
	a := &chunkAt{parts: c.parts}
	end := int64(0)
	for _, p := range c.parts {
		end += int64(len(p))
		a.ends = append(a.ends, end)
	}
	return a
}

func (a *chunkAt) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, io.EOF
	}
	i := sort.Search(len(a.ends), func(i int) bool { return a.ends[i] > off })
	for ; i < len(a.parts) && n < len(p); i++ {
		from := int64(n) + off - (a.ends[i] - int64(len(a.parts[i])))
		n += copy(p[n:], a.parts[i][from:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
