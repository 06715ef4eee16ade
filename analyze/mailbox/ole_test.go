package mailbox

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

// cutChain ends the chain of a file at a sector.
func cutChain(data []byte, sector uint32) []byte { return setNext(data, sector, oleEndOfChain) }

// setNext changes where the table of sectors leads from one.
func setNext(data []byte, sector, next uint32) []byte {
	out := bytes.Clone(data)
	fat := binary.LittleEndian.Uint32(out[76+4*(sector/128):])
	binary.LittleEndian.PutUint32(out[512*(fat+1)+4*(sector%128):], next)
	return out
}

// set changes a number in the header.
func set(data []byte, at int, value uint32) []byte {
	out := bytes.Clone(data)
	binary.LittleEndian.PutUint32(out[at:], value)
	return out
}

// nested is storages in each other.
func nested(depth int) *node {
	n := &node{name: "x"}
	for range depth - 1 {
		n = &node{name: "x", nodes: []*node{n}}
	}
	return n
}

// TestMSGHostile holds that files made to hurt take neither time nor memory.
func TestMSGHostile(t *testing.T) {
	small := writeOLE(stringProp(propSubject, "hi"), table(headOfMessage), stringProp(propTransportHeaders, headers+strings.Repeat("X: y\r\n", 1000)))
	start := binary.LittleEndian.Uint32(small[48:])
	many := func(n int, f func() *node) []byte {
		nodes := []*node{stringProp(propSubject, "hi"), table(headOfMessage)}
		for range n {
			nodes = append(nodes, f())
		}
		return writeOLE(nodes...)
	}
	wide := many(20, func() *node { return &node{name: "x"} })
	wideStart := binary.LittleEndian.Uint32(wide[48:])
	for _, c := range []struct {
		name string
		data []byte
		want string // In the error, a repair, or the name of a limit.
	}{
		{"storages in each other", writeOLE(table(headOfMessage), nested(MaxStorageDepth+1)), "more than 64 deep"},
		{"10,000 storages in each other", writeOLE(table(headOfMessage), nested(10_000)), "more than 64 deep"},
		{"storages in each other, as many as may be", writeOLE(table(headOfMessage), stringProp(propSubject, "hi"), nested(MaxStorageDepth)), ""},
		{"entries", many(MaxStorageEntries, func() *node { return &node{name: "x"} }), "more than 100000 entries"},
		{"DIFAT that overflows", set(small, 72, 33818640), "cannot be read"},
		{"DIFAT without end", set(set(set(small, 72, 1<<20), 44, 1<<27), 68, 0), "behind its end"},
		{"directory in a circle", setNext(small, start, start), "cycle"},
		{"directory in a wider circle", setNext(wide, wideStart+4, wideStart+1), "cycle"},
		{"directory beyond the end", set(small, 48, 1<<20), "behind its end"},
		{"mini FAT beyond the end", set(small, 60, 1<<20), ""},
		{"stream in a circle", setNext(small, 1, 1), ""},
		{"entry of itself", set(small, int(512*(start+1))+76, 0), "no tree"},
		{"entry beyond the end", set(small, int(512*(start+1))+76, 1<<30), "no tree"},
		{"stream larger than the file", set(small, int(512*(start+1))+3*oleEntry+120, 1<<31), "which the file does not have"},
		{"attachments", many(MaxAttachments+1, func() *node { return attached() }), "MaxAttachments"},
		{"recipients", many(MaxRecipients+1, func() *node { return recipient(1, stringProp(propSMTPAddress, "a@example.org")) }), "MaxRecipients"},
		{"streams that share their bytes", shared(2000), ""},
		{"RTF", writeOLE(stringProp(propSubject, "hi"), bytesProp(propRTF, typeBinary, packedRTF(`{\rtf1{\fonttbl{\f0\fcharset128 A;}}`+strings.Repeat(`\f0\'e9\f1\'e9`, 1<<16)))), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := readInBounds(t, c.data)
			var what *FormatError
			switch {
			case errors.As(err, &what):
				if c.want == "" || !strings.Contains(what.What, c.want) {
					t.Errorf("error: %v, want %q", err, c.want)
				}
			case err != nil:
				t.Error(err)
			default:
				written(t, m)
				if said := repairs(m) + limits(m); !strings.Contains(said, c.want) {
					t.Errorf("%q, want %q", said, c.want)
				}
			}
		})
	}
}

// readInBounds reads a file, and says when that takes too much.
func readInBounds(t *testing.T, data []byte) (*Message, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	m, err := rawMSG(data).message()
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	if took > 30*time.Second { // Each takes less than a second, without the bounds minutes; under the race detector more.
		t.Errorf("took %v", took)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 200<<20+20*uint64(len(data)) {
		t.Errorf("%d bytes for a file of %d", used, len(data))
	}
	t.Logf("%d bytes: %v, %d bytes allocated, %v", len(data), took, after.TotalAlloc-before.TotalAlloc, err)
	return m, err
}

// shared is a file with n attached messages, all of which are the same bytes.
func shared(n int) []byte {
	nodes := []*node{stringProp(propSubject, "hi"), table(headOfMessage)}
	for range n {
		nodes = append(nodes, attached(stringProp(propAttachLongName, "x.eml"), bytesProp(propAttachData, typeBinary, "x")))
	}
	big := headers + strings.Repeat("X: y\r\n", 100_000)
	nodes = append(nodes, bytesProp(propAttachData, typeBinary, big))
	data := writeOLE(nodes...)
	le := binary.LittleEndian
	var size, place uint32
	directory := data[512*(le.Uint32(data[48:])+1):]
	data = bytes.Clone(data)
	each := func(f func(e []byte)) {
		for at := len(data) - len(directory); at+oleEntry <= len(data); at += oleEntry {
			if bytes.HasPrefix(data[at:], []byte("_\x00_\x00s\x00u\x00b\x00s\x00t\x00g\x001\x00.\x000\x00_\x003\x007\x000\x001\x00")) {
				f(data[at:])
			}
		}
	}
	each(func(e []byte) { place, size = le.Uint32(e[116:]), le.Uint32(e[120:]) })
	each(func(e []byte) { le.PutUint32(e[116:], place); le.PutUint32(e[120:], size) })
	return data
}

// TestOLELarge reads a file whose table of sectors does not fit in the header.
func TestOLELarge(t *testing.T) {
	big := strings.Repeat("0123456789\r\n", 600_000)
	w := rawMSG(writeOLE(stringProp(propSubject, "hi"), bytesProp(propBody, typeANSI, big), table(headOfMessage)))
	if n := binary.LittleEndian.Uint32(w.content.head(0)[oleDifatSector:]); n == 0 {
		t.Fatal("no DIFAT sector in it")
	}
	m, err := w.message()
	if err != nil {
		t.Fatal(err)
	}
	if text := written(t, m); !strings.HasSuffix(text, "\r\n\r\n"+big) {
		t.Errorf("%d bytes", len(text))
	}
}

// TestOLEChunks reads a file that lies in pieces.
func TestOLEChunks(t *testing.T) {
	data := writeOLE(stringProp(propTransportHeaders, headers), bytesProp(propBody, typeANSI, strings.Repeat("x", 10_000)), table(headOfMessage))
	whole, err := rawMSG(data).message()
	if err != nil {
		t.Fatal(err)
	}
	w := rawMSG(data)
	w.content.parts = nil
	for n := 1; len(data) > 0; n = min(2*n+1, len(data)) {
		w.content.parts = append(w.content.parts, data[:n])
		data = data[n:]
		n = min(n, len(data)/2)
	}
	m, err := w.message()
	if err != nil || m.SHA256 != whole.SHA256 {
		t.Errorf("%v, or another message", err)
	}
}
