package mailbox

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// node is a stream, or a storage with what lies in it, to be written.
type node struct {
	name  string
	data  []byte // Of a stream; nil for a storage.
	nodes []*node
}

// oleWriter writes OLE2 files (MS-CFB), version 3, in the simplest way that there
// is: siblings are a list, and each kind of sector stands in one piece.
type oleWriter struct {
	directory, mini, sectors []byte
	miniFAT, fat             []uint32
}

func writeOLE(nodes ...*node) []byte {
	var w oleWriter
	w.add(&node{name: "Root Entry", nodes: nodes}, 5)
	for len(w.directory)%512 > 0 {
		free := make([]byte, oleEntry)
		for _, at := range []int{68, 72, 76} {
			binary.LittleEndian.PutUint32(free[at:], oleNone)
		}
		w.directory = append(w.directory, free...)
	}
	le := binary.LittleEndian
	root := w.directory[:oleEntry]
	le.PutUint32(root[116:], w.chain(w.mini))
	le.PutUint64(root[120:], uint64(len(w.mini)))
	miniFAT := words(w.miniFAT)
	miniStart := w.chain(miniFAT)
	start := w.chain(w.directory)
	return w.file(start, miniStart, uint32(len(miniFAT)+511)/512)
}

// file puts header, sectors and the table of sectors together.
func (w *oleWriter) file(directory, miniFAT, miniFATs uint32) []byte {
	le := binary.LittleEndian
	content := len(w.fat)
	fats, difats := 0, 0
	for { // The table describes itself.
		n := (content + fats + difats + 127) / 128
		m := max(0, n-109+126) / 127
		if n == fats && m == difats {
			break
		}
		fats, difats = n, m
	}
	places := make([]uint32, 0, fats)
	for i := range fats {
		places = append(places, uint32(content+i))
		w.fat = append(w.fat, 0xFFFFFFFD)
	}
	for range difats {
		w.fat = append(w.fat, 0xFFFFFFFC)
	}
	for len(w.fat) < 128*fats {
		w.fat = append(w.fat, oleNone)
	}
	h := make([]byte, 512)
	copy(h, oleMagic)
	le.PutUint16(h[24:], 0x3e)
	le.PutUint16(h[26:], 3)
	le.PutUint16(h[28:], 0xfffe)
	le.PutUint16(h[30:], 9)
	le.PutUint16(h[32:], 6)
	le.PutUint32(h[44:], uint32(fats))
	le.PutUint32(h[48:], directory)
	le.PutUint32(h[56:], 4096)
	le.PutUint32(h[60:], miniFAT)
	le.PutUint32(h[64:], miniFATs)
	le.PutUint32(h[68:], oleEndOfChain)
	for i := range 109 {
		le.PutUint32(h[76+4*i:], oleNone)
		if i < fats {
			le.PutUint32(h[76+4*i:], places[i])
		}
	}
	out := append(h, w.sectors...)
	out = append(out, words(w.fat)...)
	if difats > 0 {
		le.PutUint32(out[68:], uint32(content+fats))
		le.PutUint32(out[72:], uint32(difats))
		out = append(out, difat(places[109:], difats, uint32(content+fats))...)
	}
	return out
}

// difat is the sectors, from one on, that list the places that do not fit in the header.
func difat(places []uint32, sectors int, first uint32) []byte {
	var out []byte
	for i := range sectors {
		list := make([]uint32, 128)
		for j := range list {
			list[j] = oleNone
		}
		places = places[copy(list[:127], places):]
		if list[127] = first + uint32(i) + 1; i == sectors-1 {
			list[127] = oleEndOfChain
		}
		out = append(out, words(list)...)
	}
	return out
}

// add writes the directory entry of n, and of all in it. It returns its number.
func (w *oleWriter) add(n *node, kind byte) uint32 {
	le := binary.LittleEndian
	number := len(w.directory) / oleEntry
	e := make([]byte, oleEntry)
	name := utf16.Encode([]rune(n.name + "\x00"))
	for i, u := range name {
		le.PutUint16(e[2*i:], u)
	}
	le.PutUint16(e[64:], uint16(2*len(name)))
	e[66] = kind
	e[67] = 1
	for _, at := range []int{68, 72, 76} {
		le.PutUint32(e[at:], oleNone)
	}
	w.directory = append(w.directory, e...)
	last, link := number, 76 // The first is the child, the others are to its right.
	for _, c := range n.nodes {
		kind := byte(2)
		if c.data == nil {
			kind = 1
		}
		k := w.add(c, kind)
		le.PutUint32(w.directory[last*oleEntry+link:], k)
		last, link = int(k), 72
	}
	if n.data != nil {
		e = w.directory[number*oleEntry:]
		le.PutUint32(e[120:], uint32(len(n.data)))
		if len(n.data) < 4096 {
			le.PutUint32(e[116:], w.miniChain(n.data))
		} else {
			le.PutUint32(e[116:], w.chain(n.data))
		}
	}
	return uint32(number)
}

func (w *oleWriter) chain(data []byte) uint32 {
	return link(&w.fat, &w.sectors, data, 512)
}

func (w *oleWriter) miniChain(data []byte) uint32 {
	return link(&w.miniFAT, &w.mini, data, 64)
}

// link appends data to sectors, as one chain.
func link(fat *[]uint32, sectors *[]byte, data []byte, size int) uint32 {
	if len(data) == 0 {
		return oleEndOfChain
	}
	first := uint32(len(*fat))
	*sectors = append(*sectors, data...)
	for ; len(*sectors)%size > 0; *sectors = append(*sectors, 0) {
	}
	for n := len(*sectors) / size; len(*fat) < n; {
		*fat = append(*fat, uint32(len(*fat)+1))
	}
	(*fat)[len(*fat)-1] = oleEndOfChain
	return first
}

func words(list []uint32) []byte {
	out := make([]byte, 0, 4*len(list))
	for _, n := range list {
		out = binary.LittleEndian.AppendUint32(out, n)
	}
	return out
}

// The properties of a message, by their tags: the number of the property and its
// type.

func stringProp(id propID, text string) *node {
	var data []byte
	for _, u := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, u)
	}
	return bytesProp(id, typeUnicode, string(data))
}

func bytesProp(id propID, t propType, data string) *node {
	return &node{name: "__substg1.0_" + strings.ToUpper(hex4(uint16(id))+hex4(uint16(t))), data: append([]byte{}, data...)}
}

func hex4(n uint16) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[n>>12], digits[n>>8&15], digits[n>>4&15], digits[n&15]})
}

// fixed is a value in the table of properties.
type fixed struct {
	id    propID
	t     propType
	value uint64
}

func table(head int, values ...fixed) *node {
	data := make([]byte, head)
	for _, v := range values {
		data = binary.LittleEndian.AppendUint16(data, uint16(v.t))
		data = binary.LittleEndian.AppendUint16(data, uint16(v.id))
		data = append(data, 6, 0, 0, 0)
		data = binary.LittleEndian.AppendUint64(data, v.value)
	}
	return &node{name: propertyStream, data: data}
}

// recipient is one of To (1), Cc (2) or Bcc (3).
func recipient(kind uint64, props ...*node) *node {
	return &node{name: "__recip_version1.0_#00000000",
		nodes: append(props, table(headOfPart, fixed{propRecipientType, typeInteger, kind}))}
}

func attached(props ...*node) *node {
	return &node{name: "__attach_version1.0_#00000000", nodes: append(props, table(headOfPart))}
}

// embedded is a message that Outlook took apart.
func embedded(props ...*node) *node {
	return attached(&node{name: "__substg1.0_3701000D", nodes: append(props, table(headOfEmbedded))})
}
