package mailbox

import (
	"bytes"
	"crypto/sha256"
	"io"
)

// Sizes of the pieces in which an input of unknown size is kept. They double from
// the first to the last, so that at most maxChunk bytes are reserved and unused.
const (
	firstChunk = 16 << 10
	maxChunk   = 1 << 20
)

// chunks holds the bytes of a message in pieces that are never joined: a buffer
// that grows by copying would need twice the message, and more, while it grows.
type chunks struct {
	parts [][]byte
	size  int64
}

// grow reads one more piece of n bytes. Less than that is the end of r, or an
// error; what was read is kept either way.
func (c *chunks) grow(r io.Reader, n int64) (ended bool, err error) {
	part := make([]byte, n)
	k, err := full(r, part)
	c.add(part[:k])
	return int64(k) < n, err
}

// enlarge reads on, and puts what is there then into one piece of n bytes: the size
// is known, and a long header in pieces would have to be joined to be read.
func (c *chunks) enlarge(r io.Reader, n int64) (ended bool, err error) {
	part := make([]byte, n)
	k := copy(part, c.head(int(c.size)))
	more, err := full(r, part[k:])
	c.parts, c.size = nil, 0
	c.add(part[:k+more])
	return c.size < n, err
}

func (c *chunks) add(part []byte) {
	if len(part) > 0 {
		c.parts = append(c.parts, part)
		c.size += int64(len(part))
	}
}

// next is how many bytes to ask for when size, the number of all, may be known.
func (c *chunks) next(size int64) int64 {
	switch {
	case size > c.size:
		return size - c.size
	case len(c.parts) == 0:
		return firstChunk
	}
	return min(max(2*int64(cap(c.parts[len(c.parts)-1])), firstChunk), maxChunk)
}

// fill reads r to its end, or until there are limit bytes; cut says that there was
// more. The sum, unless it is nil, is of the bytes that are held then.
func (c *chunks) fill(r io.Reader, size, limit int64, sum *[32]byte) (cut bool, err error) {
	probe := make([]byte, 1)
	for {
		// Only one more byte tells that the input is at its end: ask for it before
		// a chunk is made for it.
		n, err := full(r, probe)
		if n == 0 || c.size == limit {
			if sum != nil && err == nil {
				*sum = c.sum()
			}
			return n > 0, err
		}
		part := make([]byte, min(c.next(size), limit-c.size))
		part[0] = probe[0]
		n, err = full(r, part[1:])
		c.add(part[:n+1])
		if err != nil {
			return false, err
		}
	}
}

// sum is the SHA-256 of all bytes.
func (c *chunks) sum() (sum [32]byte) {
	if len(c.parts) == 1 {
		return sha256.Sum256(c.parts[0])
	}
	hash := sha256.New()
	for _, p := range c.parts {
		hash.Write(p)
	}
	hash.Sum(sum[:0])
	return sum
}

// ReadAt is what an archive needs. The offset is not negative.
func (c *chunks) ReadAt(buf []byte, offset int64) (n int, err error) {
	for _, p := range c.parts {
		if offset < int64(len(p)) && n < len(buf) {
			k := copy(buf[n:], p[offset:])
			n, offset = n+k, offset+int64(k)
		}
		offset -= int64(len(p))
	}
	if n < len(buf) {
		return n, io.EOF
	}
	return n, nil
}

// full reads until buf is full or r at its end, which is no error.
func full(r io.Reader, buf []byte) (n int, err error) {
	for idle := 0; n < len(buf); {
		k, err := r.Read(buf[n:])
		n += k
		switch {
		case err == io.EOF:
			return n, nil
		case err != nil:
			return n, err
		case k > 0:
			idle = 0
		default:
			if idle++; idle > 100 {
				return n, io.ErrNoProgress
			}
		}
	}
	return n, nil
}

// head returns at least the first n bytes in one piece, or all there are. It
// copies only where they lie in more than one chunk.
func (c *chunks) head(n int) []byte {
	if len(c.parts) == 0 {
		return nil
	}
	if n <= len(c.parts[0]) || len(c.parts) == 1 {
		return c.parts[0]
	}
	joined := make([]byte, 0, min(int64(n), c.size))
	for _, p := range c.parts {
		if len(joined) >= n {
			break
		}
		joined = append(joined, p[:min(len(p), n-len(joined))]...)
	}
	return joined
}

// from reads from an offset to the end.
func (c *chunks) from(offset int64) io.Reader {
	for i, p := range c.parts {
		if offset < int64(len(p)) {
			if i == len(c.parts)-1 {
				return bytes.NewReader(p[offset:])
			}
			return &chunkReader{at: p[offset:], rest: c.parts[i+1:]}
		}
		offset -= int64(len(p))
	}
	return bytes.NewReader(nil)
}

// chunkReader reads chunks one after the other.
type chunkReader struct {
	at   []byte
	rest [][]byte
}

func (r *chunkReader) Read(buf []byte) (int, error) {
	for len(r.at) == 0 {
		if len(r.rest) == 0 {
			return 0, io.EOF
		}
		r.at, r.rest = r.rest[0], r.rest[1:]
	}
	n := copy(buf, r.at)
	r.at = r.at[n:]
	return n, nil
}

// WriteTo spares io.Copy its buffer.
func (r *chunkReader) WriteTo(w io.Writer) (total int64, err error) {
	for len(r.at) > 0 || len(r.rest) > 0 {
		if len(r.at) == 0 {
			r.at, r.rest = r.rest[0], r.rest[1:]
			continue
		}
		n, err := w.Write(r.at)
		total += int64(n)
		r.at = r.at[n:]
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// slice returns the bytes from lo up to hi. It shares them.
func (c *chunks) slice(lo, hi int64) chunks {
	lo = min(max(lo, 0), c.size)
	hi = min(max(hi, lo), c.size)
	s := chunks{size: hi - lo}
	for _, p := range c.parts {
		n := int64(len(p))
		if lo < n && hi > 0 {
			s.parts = append(s.parts, p[max(lo, 0):min(hi, n)])
		}
		if hi -= n; hi <= 0 {
			break
		}
		lo -= n
	}
	if s.size == 0 {
		s.parts = nil
	}
	return s
}

// at returns the byte at an offset, 0 where there is none.
func (c *chunks) at(offset int64) byte {
	if offset < 0 {
		return 0
	}
	for _, p := range c.parts {
		if offset < int64(len(p)) {
			return p[offset]
		}
		offset -= int64(len(p))
	}
	return 0
}

// lines counts line feeds before an offset.
func (c *chunks) lines(offset int64) (n int) {
	head := c.slice(0, offset)
	for _, p := range head.parts {
		n += bytes.Count(p, []byte{'\n'})
	}
	return n
}
