package mailbox

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"mailtrace/report"
)

// propID is the number of a property (MS-OXPROPS section 2).
type propID uint16

const (
	propMessageClass      propID = 0x001A
	propSubject           propID = 0x0037
	propSubmitTime        propID = 0x0039
	propFromName          propID = 0x0042 // Sent representing: the one who is shown as From.
	propFromType          propID = 0x0064
	propFromAddress       propID = 0x0065
	propTransportHeaders  propID = 0x007D
	propRecipientType     propID = 0x0C15
	propSenderName        propID = 0x0C1A
	propSenderType        propID = 0x0C1E
	propSenderAddress     propID = 0x0C1F
	propDisplayBcc        propID = 0x0E02
	propDisplayCc         propID = 0x0E03
	propDisplayTo         propID = 0x0E04
	propMessageFlags      propID = 0x0E07
	propBody              propID = 0x1000
	propRTF               propID = 0x1009
	propHTML              propID = 0x1013
	propMessageID         propID = 0x1035
	propReferences        propID = 0x1039
	propInReplyTo         propID = 0x1042
	propDisplayName       propID = 0x3001
	propAddressType       propID = 0x3002
	propEmailAddress      propID = 0x3003
	propAttachData        propID = 0x3701
	propAttachFilename    propID = 0x3704
	propAttachLongName    propID = 0x3707
	propAttachMIMETag     propID = 0x370E
	propSMTPAddress       propID = 0x39FE
	propInternetCodepage  propID = 0x3FDE
	propMessageCodepage   propID = 0x3FFD
	propSenderSMTPAddress propID = 0x5D01
	propFromSMTPAddress   propID = 0x5D02
)

// String names a property that a reader of the report may know.
func (id propID) String() string {
	switch id {
	case propTransportHeaders:
		return "the text of the transport headers"
	case propBody:
		return "the body"
	case propHTML, propRTF:
		return "the formatted body"
	case propAttachData:
		return "an attached message"
	}
	return fmt.Sprintf("property %04X", uint16(id))
}

// propType is the type of a value (MS-OXCDATA section 2.11.1).
type propType uint16

const (
	typeInteger propType = 0x0003
	typeANSI    propType = 0x001E // In a code page of Windows.
	typeUnicode propType = 0x001F // UTF-16.
	typeTime    propType = 0x0040
	typeBinary  propType = 0x0102
)

// Sizes of what stands before the fixed values in a stream of properties
// (MS-OXMSG section 2.4.1).
const (
	headOfMessage  = 32
	headOfEmbedded = 24
	headOfPart     = 8 // Of a recipient or an attachment.
)

const (
	// MaxProperty is how many bytes of one property are read.
	MaxProperty = 32 << 20

	maxTable = 1 << 20 // Bytes of a table of fixed values. There are a few hundred, of 16 bytes.
)

// props is the properties of a message, a recipient or an attachment.
type props struct {
	s        *storage
	fixed    map[propID]uint64
	codepage uint64
	notes    *msgNotes
}

// msgNotes is what there is to say about the reading of a .msg file.
type msgNotes struct {
	repairs []string
	limits  []report.Limit
}

func (n *msgNotes) repair(text string) {
	if len(n.repairs) < MaxRepairs {
		n.repairs = append(n.repairs, text)
	}
}

func (n *msgNotes) limit(name string, value int64, text string) {
	for _, l := range n.limits {
		if l.Name == name {
			return
		}
	}
	n.limits = append(n.limits, report.Limit{Name: name, Value: value, Text: text})
}

const propertyStream = "__properties_version1.0"

// readProps reads the fixed values; others are read when they are asked for. The
// code page is the one of the message that the properties belong to.
func readProps(s *storage, head int, codepage uint64, notes *msgNotes) *props {
	p := &props{s: s, fixed: map[propID]uint64{}, codepage: codepage, notes: notes}
	data, err := s.streams[propertyStream].read(maxTable)
	if err != nil {
		notes.repair("the file is damaged: its table of properties was read in part: " + err.Error())
	}
	for data = data[min(head, len(data)):]; len(data) >= 16; data = data[16:] {
		id := propID(binary.LittleEndian.Uint16(data[2:]))
		switch propType(binary.LittleEndian.Uint16(data)) {
		case typeTime:
			p.fixed[id] = binary.LittleEndian.Uint64(data[8:])
		case typeInteger:
			p.fixed[id] = uint64(binary.LittleEndian.Uint32(data[8:]))
		}
	}
	if n := p.fixed[propMessageCodepage]; n != 0 {
		p.codepage = n
	} else if n := p.fixed[propInternetCodepage]; n != 0 {
		p.codepage = ansiPage(n)
	}
	return p
}

// at finds the stream of a property.
func (p *props) at(id propID, t propType) stream {
	return p.s.streams[fmt.Sprintf("__substg1.0_%04x%04x", uint16(id), uint16(t))]
}

func (p *props) has(id propID) bool {
	return p.at(id, typeUnicode).file != nil || p.at(id, typeANSI).file != nil || p.at(id, typeBinary).file != nil
}

// bytes reads a property. What cannot be read is noted, and left out.
func (p *props) bytes(id propID, t propType, most int64) []byte {
	s := p.at(id, t)
	data, err := s.read(most)
	switch {
	case err != nil:
		p.notes.repair(fmt.Sprintf("the file is damaged: %v was read in part, %d of %d bytes: %v", id, len(data), s.size, err))
	case s.size > most && most >= MaxProperty:
		p.notes.limit("mailbox.MaxProperty", MaxProperty, fmt.Sprintf("%v has %d bytes: the rest was not read", id, s.size))
	}
	return data
}

// text reads a text. It is UTF-8, without NUL bytes at its end.
func (p *props) text(id propID, most int64) string {
	if p.at(id, typeUnicode).file != nil {
		return decodeUTF16(p.bytes(id, typeUnicode, most))
	}
	return decodeCodepage(p.bytes(id, typeANSI, most), p.codepage)
}

// line reads a text that may become part of a header: whatever would end its line,
// or is no text, becomes a blank. A subject that holds "\r\nReceived: …" stays a subject.
func (p *props) line(id propID) string {
	return oneLine(p.text(id, MaxText))
}

func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// time reads a point in time: units of 100 ns since 1601 (MS-DTYP section 2.3.3).
func (p *props) time(id propID) (time.Time, bool) {
	const (
		second = 10_000_000
		epoch  = 11_644_473_600 // Seconds from 1601 to 1970.
		end    = 253_402_300_800 + epoch
	)
	v := p.fixed[id]
	if v == 0 || v/second >= end {
		return time.Time{}, false
	}
	return time.Unix(int64(v/second)-epoch, int64(v%second)*100).UTC(), true
}

func decodeUTF16(data []byte) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(data[2*i:])
	}
	for len(units) > 0 && units[len(units)-1] == 0 {
		units = units[:len(units)-1]
	}
	return string(utf16.Decode(units))
}
