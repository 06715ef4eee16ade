package mailbox

import (
	"bytes"
	"encoding/binary"
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
