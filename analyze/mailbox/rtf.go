package mailbox

import (
	"encoding/binary"
	"errors"
)

// MaxRTF is how many bytes of a formatted body are unpacked. Pictures are not among
// them: they are attachments.
const MaxRTF = 16 << 20

// rtfDictionary is what stands in the window before anything was unpacked
// (MS-OXRTFCP section 2.1.2.1).
const rtfDictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript ` +
	`\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" +
	`\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// decompressRTF unpacks compressed RTF (MS-OXRTFCP). Together with an error it returns
// what could be unpacked.
func decompressRTF(data []byte) ([]byte, error) {
	const (
		head         = 16
		compressed   = 0x75465A4C // "LZFu".
		uncompressed = 0x414C454D // "MELA".
		longest      = 17         // Bytes that a reference of two can stand for.
	)
	if len(data) < head {
		return nil, errors.New("it has no head")
	}
	size := int(min(binary.LittleEndian.Uint32(data[4:]), MaxRTF))
	kind := binary.LittleEndian.Uint32(data[8:])
	data = data[head:]
	switch kind {
	case uncompressed:
		return data[:min(size, len(data))], nil
	case compressed:
		return unpack(data, make([]byte, 0, min(size, longest*len(data))), size)
	}
	return nil, errors.New("it is packed in a way that is not known")
}

// unpack is the LZ77 of MS-OXRTFCP section 2.2: runs of eight tokens with a byte
// before them whose bits say which is a byte as it is, and which two bytes that
// point into the last 4,096.
func unpack(in, out []byte, size int) ([]byte, error) {
	const window = 4096
	var dictionary [window]byte
	at := copy(dictionary[:], rtfDictionary)
	put := func(c byte) {
		dictionary[at] = c
		at = (at + 1) % window
		out = append(out, c)
	}
	for len(in) > 0 {
		control := in[0]
		in = in[1:]
		for bit := 0; bit < 8 && len(out) < size; bit++ {
			if control>>bit&1 == 0 {
				if len(in) < 1 {
					return out, errors.New("it is cut off")
				}
				put(in[0])
				in = in[1:]
				continue
			}
			if len(in) < 2 {
				return out, errors.New("it is cut off")
			}
			reference := binary.BigEndian.Uint16(in)
			in = in[2:]
			from, n := int(reference>>4), int(reference&0xf)+2
			if from == at {
				return out, nil
			}
			for ; n > 0 && len(out) < size; n-- {
				put(dictionary[from])
				from = (from + 1) % window
			}
		}
		if len(out) >= size {
			return out, nil
		}
	}
	return out, errors.New("it is cut off")
}
