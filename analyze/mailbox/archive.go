package mailbox

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"path"
	"strings"
)

// Bounds of what one input may be unpacked to. They hold for all that is in it,
// archives in archives too.
const (
	// maxUnpacked is how many bytes one input may have when it is unpacked, those
	// of archives in archives counted again. Takeouts of whole accounts have tens of
	// gigabytes.
	maxUnpacked = 256 << 30

	// maxRatio is how many times its size an input may have when it is unpacked.
	// Mail has 2 to 20; a bomb 1,000 and more.
	maxRatio = 200

	// freeUnpacked may be unpacked out of anything.
	freeUnpacked = 32 << 20

	// maxMembers is how many members the archives in one input may have.
	maxMembers = 1_000_000

	// maxArchive is how large a ZIP archive may be that has to be held in memory.
	maxArchive = 64 << 20

	// maxDirectory is how many bytes of a ZIP archive are read for the list of its
	// members, which is held in memory.
	maxDirectory = 16 << 20

	// maxMemberName is how many bytes of the name of a member are told.
	maxMemberName = 1 << 10
)

// unpack cuts what is in a compressed stream.
func (s *splitter) unpack(at spot, k kind, r io.Reader) bool {
	var plain io.Reader
	buffered := bufio.NewReaderSize(r, 64<<10)
	format := "gzip"
	if k == kindBzip2 {
		format = "bzip2"
		plain = bzip2.NewReader(buffered)
	} else {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return s.refuse(at, 0, fmt.Sprintf("gzip data that cannot be unpacked (%v)", unexpected(err)), "get the file again: it is damaged")
		}
		plain = z
	}
	return s.split(at.within(format), &unpacked{s: s, r: plain, format: format}, nil, -1)
}

// unpacked counts what comes out of a packed input, and stops what would never end.
type unpacked struct {
	s      *splitter
	r      io.Reader
	format string
}

func (u *unpacked) Read(buf []byte) (int, error) {
	s := u.s
	if s.over != nil {
		return 0, s.over
	}
	n, err := u.r.Read(buf)
	s.out += int64(n)
	switch {
	case s.out > maxUnpacked:
		s.over = &FormatError{What: fmt.Sprintf("more than %d GiB when it is unpacked", maxUnpacked>>30), Hint: "unpack it and name what is inside"}
	case s.out > freeUnpacked && s.out/maxRatio > s.in:
		s.over = &FormatError{What: fmt.Sprintf("more than %d times its size when it is unpacked, as no mail is", maxRatio),
			Hint: "if it is no decompression bomb: unpack it and name what is inside"}
	}
	switch {
	case s.over != nil:
		return n, s.over
	case err != nil && err != io.EOF && !errors.As(err, new(*FormatError)):
		return n, fmt.Errorf("unpack %s: %w", u.format, unexpected(err))
	}
	return n, err
}

// unexpected makes the end of an input that should go on an error with these words:
// libraries are not of one mind about it.
func unexpected(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the data breaks off")
	}
	return err
}

// zip cuts the members of a ZIP archive.
func (s *splitter) zip(at spot, r io.Reader, random io.ReaderAt, size int64) bool {
	if random != nil && size > 0 {
		s.in = size
	} else {
		var c chunks
		cut, err := c.fill(r, -1, maxArchive, nil)
		if err != nil {
			return s.fail(at, c.size, fmt.Errorf("read archive: %w", err))
		}
		if cut {
			return s.refuse(at, 0, fmt.Sprintf("a ZIP archive of more than %d MiB in a stream, which cannot be read out of order", maxArchive>>20),
				"save it and name the file, or unpack it and name the messages")
		}
		random, size = &c, c.size
	}
	list := &directory{ReaderAt: random, left: maxDirectory, bounded: true}
	z, err := zip.NewReader(list, size)
	switch {
	case list.left < 0:
		return s.refuse(at, 0, fmt.Sprintf("a ZIP archive whose list of members has more than %d MiB", maxDirectory>>20), "unpack it and name the messages")
	case err != nil:
		return s.refuse(at, 0, fmt.Sprintf("a ZIP archive that cannot be read (%v)", err), "get the file again: it is damaged, or its end is missing")
	}
	list.bounded = false
	before, used := s.members, uint64(0)
	for _, f := range z.File {
		if !f.Mode().IsRegular() || !isMember(f.Name) {
			continue
		}
		member := s.inside(at, f.Name)
		// No archive is shorter than its members, unless they share their bytes: so 10 MB
		// become 200,000 messages, and 40 MB become petabytes.
		const localHeader = 30
		if used += localHeader + min(f.CompressedSize64, uint64(size)); used > uint64(size) {
			s.over = &FormatError{Name: member.name, What: "a member of a ZIP archive whose members have more bytes than the archive: no more are read",
				Hint: "no program packs so: take it for a decompression bomb"}
			return s.fail(member, 0, s.over)
		}
		if !s.member(member, f) {
			return false
		}
		if s.over != nil {
			return true
		}
	}
	return s.members > before || s.void(at, "ZIP")
}

// void refuses an archive without a member that may be a message: it would leave no
// trace in the reports.
func (s *splitter) void(at spot, format string) bool {
	return s.refuse(at, 0, "a "+format+" archive in which no file can be a message", "look what is in it; a message is a file ending in .eml, .msg or .mbox, as a rule")
}

// member cuts one member of a ZIP archive.
func (s *splitter) member(at spot, f *zip.File) bool {
	const encrypted = 0x1
	if !s.count(at) {
		return s.fail(at, 0, s.over)
	}
	if f.Flags&encrypted != 0 {
		return s.refuse(at, 0, "an encrypted member of a ZIP archive", "unpack it with its password and name the messages")
	}
	r, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return s.refuse(at, 0, fmt.Sprintf("a member of a ZIP archive, compressed by method %d, which is not known here", f.Method), "unpack it and name the messages")
	}
	if err != nil {
		return s.refuse(at, 0, fmt.Sprintf("a member of a ZIP archive that cannot be read (%v)", err), "get the archive again: it is damaged")
	}
	defer r.Close()
	size := int64(-1)
	if f.UncompressedSize64 <= maxPreamble {
		size = int64(f.UncompressedSize64)
	}
	return s.split(at, &unpacked{s: s, r: r, format: "zip"}, nil, size)
}

// directory bounds what is read of an archive until its list of members is known,
// and where: archive/zip takes offsets as they stand there (found by fuzzing).
type directory struct {
	io.ReaderAt
	left    int64 // Negative when it was too much.
	bounded bool
}

func (d *directory) ReadAt(buf []byte, offset int64) (int, error) {
	if offset < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	if d.bounded {
		if d.left -= int64(len(buf)); d.left < 0 {
			return 0, io.ErrShortBuffer
		}
	}
	return d.ReaderAt.ReadAt(buf, offset)
}

// tar cuts the members of a tar archive.
func (s *splitter) tar(at spot, r io.Reader) bool {
	var n int64
	before := s.members
	t := tar.NewReader(&counter{r, &n})
	for {
		h, err := t.Next()
		if err == io.EOF && s.members == before {
			return s.void(at, "tar")
		}
		if err == io.EOF || s.over != nil {
			return true
		}
		if err != nil {
			return s.fail(at, n, fmt.Errorf("read tar archive: %w", unexpected(err)))
		}
		if h.Typeflag != tar.TypeReg || !isMember(h.Name) {
			continue
		}
		member := s.inside(at, h.Name)
		if !s.count(member) {
			return s.fail(member, 0, s.over)
		}
		size := int64(-1)
		if h.Size <= maxPreamble {
			size = h.Size
		}
		if !s.split(member, &unpacked{s: s, r: t, format: "tar"}, nil, size) {
			return false
		}
	}
}

// count counts a member. It returns false when there are too many.
func (s *splitter) count(at spot) bool {
	if s.members++; s.members > maxMembers {
		s.over = &FormatError{Name: at.name, What: fmt.Sprintf("member %d of an archive: no more are read", s.members), Hint: "unpack it and name the messages"}
	}
	return s.over == nil
}

// inside is the place of a member. Its name is only told: nothing is ever written under
// it, so it does not matter where it points.
func (s *splitter) inside(p spot, member string) spot {
	if len(member) > maxMemberName {
		member = member[:maxMemberName]
	}
	p.name = s.once(p.name + "/" + strings.ToValidUTF8(member, "\uFFFD"))
	return p
}

// once makes of a name one that no other member has: an archive may have several
// members of one name, and a report is known again by the name, the offset and the
// part of its message. Of the names only their hashes are kept.
func (s *splitter) once(name string) string {
	if s.names == nil {
		s.names, s.seed = map[uint64]int32{}, maphash.MakeSeed()
	}
	first := maphash.String(s.seed, name)
	for told, n := name, s.names[first]; ; {
		h := maphash.String(s.seed, told)
		if _, ok := s.names[h]; !ok {
			s.names[h], s.names[first] = 1, max(n, 1)
			return told
		}
		n++
		told = fmt.Sprintf("%s (%d)", name, n)
	}
}

// isMember says of a name in an archive whether it may be that of a message.
// QUIRK: macOS adds files of its own in __MACOSX.
func isMember(name string) bool {
	return !strings.HasSuffix(name, "/") && !strings.HasPrefix(name, "__MACOSX/") && isMessageName(path.Base(name))
}
