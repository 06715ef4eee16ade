package mailbox

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"mailtrace/report"
)

// embeddedMessage is where a message lies in the storage of its attachment.
const embeddedMessage = "__substg1.0_3701000d"

// embed finds the messages among the attachments.
func (r *msgReader) embed(m *Message) {
	others := 0
	for _, s := range r.attachments {
		a := r.attached(s)
		if a == nil {
			others++
			continue
		}
		a.raw.Name, a.raw.Offset, a.raw.Containers, a.raw.Input = m.Name, m.Offset, m.Containers, m.Input
		a.carrier.Message, a.carrier.Kind = m, report.CarrierAttachment
		m.embedded = append(m.embedded, a)
	}
	if others > 0 {
		r.notes.repair(fmt.Sprintf("attachments that are no messages were left out of the text: %d", others))
	}
}

// attached returns the message that an attachment is, or nil.
func (r *msgReader) attached(s *storage) *attachment {
	for _, inner := range s.storages {
		if strings.EqualFold(inner.name, embeddedMessage) && r.isMessage(inner) {
			return &attachment{
				raw:     Raw{format: formatMSG, storage: inner},
				carrier: Carrier{Why: "Outlook keeps it as a message attached to this one"},
			}
		}
	}
	p := readProps(s, headOfPart, r.p.codepage, &r.notes)
	kind := strings.ToLower(p.line(propAttachMIMETag))
	name := p.line(propAttachLongName)
	if name == "" {
		name = p.line(propAttachFilename)
	}
	if strings.HasSuffix(strings.ToLower(name), ".rpmsg") {
		r.notes.repair("the message is protected (message.rpmsg): its text lies encrypted in an attachment, which was not read")
		return nil
	}
	data := p.at(propAttachData, typeBinary)
	why := ""
	switch magic, _ := data.read(int64(len(oleMagic))); {
	case kind == "message/rfc822" || kind == "message/global" || kind == "text/rfc822-headers":
		why = "the attachment is of type " + kind
	case strings.HasSuffix(strings.ToLower(name), ".eml"):
		why = "the name of the attachment ends in .eml"
	case isOLE(magic):
		why = "the attachment is an Outlook .msg file"
	default:
		return nil
	}
	content := r.content(p, data.size)
	if content == nil {
		return nil
	}
	if content.format = formatText; isOLE(content.content.head(0)) {
		content.format = formatMSG
	}
	if !readable(content) {
		return nil
	}
	return &attachment{raw: *content, carrier: Carrier{Why: why}}
}

// isMessage says whether an embedded object is a message. Outlook embeds contacts as
// well, and the exceptions of an appointment that recurs.
func (r *msgReader) isMessage(s *storage) bool {
	if s.streams[propertyStream].file == nil {
		return false
	}
	p := readProps(s, headOfEmbedded, 0, &msgNotes{})
	return isMail(p.line(propMessageClass)) || p.has(propTransportHeaders)
}

// content reads what is attached, or returns nil when there is no room left for it.
func (r *msgReader) content(p *props, size int64) *Raw {
	if r.held += size; r.held > MaxEmbedded {
		r.notes.limit("mailbox.MaxEmbedded", MaxEmbedded, "more attached messages were not read")
		return nil
	}
	data := p.bytes(propAttachData, typeBinary, MaxEmbedded)
	w := &Raw{sum: sha256.Sum256(data)}
	if len(data) > 0 {
		w.content = chunks{parts: [][]byte{data}, size: int64(len(data))}
	}
	return w
}

// readable says whether something that is attached as a message is one.
func readable(w *Raw) bool {
	if w.format == formatText {
		_, err := readText(w)
		return err == nil
	}
	root, err := openOLE(&w.content)
	return err == nil && otherOLE(root) == nil
}
