package mailbox

import (
	"iter"
	"strings"
)

// part is one leaf of the MIME structure of a message.
type part struct {
	media    string   // In lower case, e.g. "message/rfc822".
	charset  string   // As written.
	encoding encoding // How its content is written.
	file     string   // Its file name; "" when it has none.
	attached bool     // Whether it is to be shown as an attachment (RFC 2183).
	digest   bool     // Whether it is in a multipart/digest.
	at       int64    // Of the first byte of its content in the message.
	end      int64    // Behind the last one.
	cut      bool     // Whether the message ends before the boundary that should end it.
}

// attachments goes through the parts of a message that are messages: those that
// were found when it was read. What is encoded is decoded only now, and kept by
// nobody else.
func (m *Message) attachments() iter.Seq[*attachment] {
	return func(yield func(*attachment) bool) {
		for _, found := range m.embedded {
			a := *found
			a.open(m)
			if !yield(&a) {
				return
			}
		}
	}
}

// open decodes what is encoded. Bytes that are not encoded are shared with the
// carrier, and Raw.Offset is their place. What is encoded has no place of its own:
// its Raw.Offset, and that of all messages in it, is of the first encoded byte.
func (a *attachment) open(m *Message) {
	if a.encoding == encodingNone {
		return // Made by the reader of .msg files, which knows what it did.
	}
	// In a text that was mended no place is that in the input.
	if m.Damages != nil || m.Carrier != nil && m.Carrier.decoded {
		a.raw.Offset, a.carrier.decoded = m.Offset, true
	}
	if a.encoding == encodingIdentity {
		a.raw.sum = a.raw.content.sum()
		return
	}
	a.carrier.decoded = true
	a.decode(MaxDecoded)
}

// decode decodes no more than limit bytes.
func (a *attachment) decode(limit int64) {
	encoded := a.raw.content
	size := encoded.size
	if a.encoding == encodingBase64 {
		size = size * 3 / 4
	}
	a.raw.content = chunks{}
	// Decoding does not fail: what was read is all in memory.
	if cut, _ := a.raw.content.fill(a.encoding.decoder(encoded.from(0)), size, limit, &a.raw.sum); cut {
		a.raw.limit("mailbox.MaxDecoded", limit, "the rest of the encoded message was not decoded")
	}
}

// MaxDecoded is how many bytes of an attached message are decoded: each level of
// messages in messages may be encoded once more, and all are in memory together.
const MaxDecoded = 64 << 20

// headSample is how many bytes of a part are looked at to see whether it is a
// message.
const headSample = 4 << 10

// head decodes the beginning of a part.
func (m *Message) head(p *part, e encoding) []byte {
	content := m.content.slice(p.at, p.end)
	buf := make([]byte, min(headSample, content.size))
	n, _ := full(e.decoder(content.from(0)), buf)
	return buf[:n]
}

// claims says whether a part says that it is a message, and so whether it is worth
// a look: by its type, or by its file name, since most programs do not know the type
// of a message in a file.
func (p *part) claims() bool {
	return p.isMessage() || p.media == "application/vnd.ms-outlook" || hasSuffixFold(p.file, ".eml") || hasSuffixFold(p.file, ".msg")
}

// isMessage says whether the type of a part is that of a message, or of the header
// of one: RFC 2046 section 5.2.1, RFC 6532 section 3.7, RFC 6522 section 4. Not
// message/partial, which is a piece, nor message/external-body, which is elsewhere.
// QUIRK: message/rfc822-headers is written for text/rfc822-headers.
func (p *part) isMessage() bool {
	switch p.media {
	case "message/rfc822", "message/global":
		return true
	}
	return p.isHeader()
}

func (p *part) isHeader() bool {
	switch p.media {
	case "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
		return true
	}
	return false
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) > len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// recognise says what a part that claims to be a message holds, and how it is
// written; it returns false when that is none.
func (m *Message) recognise(p *part) (f format, e encoding, ok bool) {
	e = p.encoding
	head := m.head(p, e)
	if isOLE(head) {
		return formatMSG, e, true
	}
	if e != encodingIdentity && p.isMessage() {
		// RFC 2046 section 5.2.1 forbids to encode a message. QUIRK: gateways copy the
		// encoding of the inner message to the part, and encode nothing.
		plain := m.head(p, encodingIdentity)
		if fields(plain) > 0 && (e == encodingBase64 || !isQuoted(plain)) {
			return formatText, encodingIdentity, true
		}
	}
	if p.isMessage() {
		return formatText, e, fields(head) > 0
	}
	return formatText, e, hasSuffixFold(p.file, ".eml") && looksLikeMessage(head)
}

// fields counts the header fields at the beginning of head.
func fields(head []byte) int {
	m := headerOf(head)
	return len(m.Fields)
}

// looksLikeMessage says whether head begins a message: nothing but fields, and
// one of them such as every message has.
func looksLikeMessage(head []byte) bool {
	m := headerOf(head)
	if m.Fidelity == "pasted-repaired" {
		return false
	}
	for _, name := range [...]string{"From", "Received", "Date", "Subject", "Message-ID", "To", "MIME-Version"} {
		if _, ok := m.Field(name); ok {
			return true
		}
	}
	return false
}

// headerOf reads what is there of a header.
func headerOf(head []byte) *Message {
	m := &Message{Size: int64(len(head)), content: chunks{parts: [][]byte{head}, size: int64(len(head))}}
	if foreign(head) != nil {
		return m
	}
	h := header{m: m}
	h.name(h.read())
	h.judge()
	return m
}

// isQuoted says whether text may be quoted-printable: then every "=" begins
// something (RFC 2045 section 6.7).
func isQuoted(text []byte) bool {
	for i, c := range text {
		rest := text[i+1:]
		if c == '=' && len(rest) > 80 && (!isHex(rest[0]) || !isHex(rest[1])) && softBreak(rest) == 0 {
			return false
		}
	}
	return true
}

// text decodes the beginning of a part into UTF-8, most bytes of it.
func (m *Message) text(p *part, most int64) string {
	content := m.content.slice(p.at, p.end)
	raw := make([]byte, min(most, content.size)) // Decoding does not make it more.
	n, _ := full(p.encoding.decoder(content.from(0)), raw)
	raw = raw[:n]
	if p.charset != "" && !strings.EqualFold(p.charset, "utf-8") {
		if text, ok := convert(p.charset, raw); ok {
			return strings.ToValidUTF8(text, "\uFFFD")
		}
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD")
}
