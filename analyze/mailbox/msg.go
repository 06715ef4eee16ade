package mailbox

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"mailtrace/report"
)

// Bounds of Outlook files.
const (
	// MaxRecipients is how many recipients of an Outlook file are read.
	MaxRecipients = 10_000

	// MaxAttachments is how many attachments of an Outlook file are looked at.
	MaxAttachments = 10_000

	// MaxEmbedded is how many bytes the files attached to an Outlook file may have
	// together that are messages. Those that Outlook took apart are not among
	// them: they are read where they lie.
	MaxEmbedded = 64 << 20
)

// msgReader makes a message of an Outlook .msg file (MS-OXMSG). Such a file is no
// message but the properties of one: a storage with a table of numbers, a stream
// for each text, and storages for recipients and attachments. Of the bytes that a
// server handed over, Outlook keeps the header as text, and of the rest what it
// needs to show it. So the message is rebuilt: the header as it was kept, or made of
// properties where there is none, and behind it the body, as far as it goes.
type msgReader struct {
	w     *Raw
	p     *props
	class string
	notes msgNotes
	kept  bool // The header is the one that was kept.
	body  msgBody
	held  int64 // Bytes of attached files.

	recipients  []*props
	attachments []*storage
}

// readMSG reads an Outlook .msg file, or a message that lies in one.
func readMSG(w *Raw) (*Message, error) {
	r := msgReader{w: w}
	root, head := w.storage, headOfEmbedded
	if root == nil {
		var err error
		if root, err = openOLE(&w.content); err != nil {
			return nil, &FormatError{w.Name, "an Outlook .msg file (or another OLE2 file) that is damaged: " + err.Error(),
				"copy it once more from where it came from, or save the message as .eml"}
		}
		if what := otherOLE(root); what != nil {
			what.Name = w.Name
			return nil, what
		}
		head = headOfMessage
	}
	r.p = readProps(root, head, 0, &r.notes)
	r.class = r.p.line(propMessageClass)
	r.list(root)
	r.readBody()

	m := r.header()
	if m == nil {
		return nil, &FormatError{w.Name, "an Outlook file without sender, recipient, subject, date and body" + r.damage(),
			"save the message as .eml, or ask for the original"}
	}
	r.addBody(m)
	r.judge(m)
	r.embed(m)
	m.carryStored()
	m.Rebuilt = !r.kept
	r.tell(m)
	return m, nil
}

// otherOLE recognises OLE2 files that are no messages.
func otherOLE(root *storage) *FormatError {
	if root.streams[propertyStream].file != nil {
		return nil
	}
	for name := range root.streams {
		if strings.HasPrefix(name, "__substg1.0_") {
			return nil // Damaged, but a message.
		}
	}
	what := "an OLE2 file (an old format of Microsoft programs) that holds no message"
	for _, f := range []struct{ stream, what string }{
		{"worddocument", "a Word document, not a message"},
		{"workbook", "an Excel workbook, not a message"},
		{"book", "an Excel workbook, not a message"},
		{"powerpoint document", "a PowerPoint presentation, not a message"},
		{"\x05summaryinformation", "a document in an OLE2 file, not a message"},
	} {
		if root.streams[f.stream].file != nil {
			what = f.what
			break
		}
	}
	return &FormatError{What: what, Hint: "name the message itself, saved as .msg or .eml"}
}

// list finds recipients and attachments.
func (r *msgReader) list(root *storage) {
	for _, s := range root.storages {
		switch name := strings.ToLower(s.name); {
		case strings.HasPrefix(name, "__recip_version1.0_#"):
			if len(r.recipients) == MaxRecipients {
				r.notes.limit("mailbox.MaxRecipients", MaxRecipients, "more recipients were left out")
				continue
			}
			r.recipients = append(r.recipients, readProps(s, headOfPart, r.p.codepage, &r.notes))
		case strings.HasPrefix(name, "__attach_version1.0_#"):
			if len(r.attachments) == MaxAttachments {
				r.notes.limit("mailbox.MaxAttachments", MaxAttachments, "more attachments were not looked at")
				continue
			}
			r.attachments = append(r.attachments, s)
		}
	}
}

// header reads the header that was kept, or one that is made of properties. It
// returns nil where there is nothing to make one of.
func (r *msgReader) header() *Message {
	if text := r.transportHeaders(); text != "" {
		if m, err := readText(r.raw([]byte(text + "\r\n\r\n"))); err == nil {
			r.kept = true
			return m
		}
		r.notes.repair("the transport headers that Outlook kept are no header: " + excerpt([]byte(text[:min(len(text), maxTable)])) + " was left out")
	}
	text := r.rebuiltHeader()
	if text == "" {
		return nil
	}
	m, err := readText(r.raw([]byte(text + "\r\n")))
	if err != nil {
		return nil
	}
	return m
}

// raw is text in the place of the Outlook file.
func (r *msgReader) raw(text []byte) *Raw {
	return &Raw{
		Name: r.w.Name, Offset: r.w.Offset, Containers: r.w.Containers, Input: r.w.Input, format: formatMSG,
		content: chunks{parts: [][]byte{text}, size: int64(len(text))}, limits: r.w.limits,
	}
}

// transportHeaders is the header as Outlook shows it, with the same lines.
func (r *msgReader) transportHeaders() string {
	text := r.p.text(propTransportHeaders, MaxProperty)
	if nul := strings.IndexByte(text, 0); nul >= 0 {
		r.notes.repair(fmt.Sprintf("%d bytes behind the end of the transport headers were left out", len(text)-nul))
		text = text[:nul]
	}
	text = strings.TrimRight(text, " \t\r\n")
	at, fields := 0, false
	for line := range strings.Lines(text) {
		if chop(line) == "" && fields {
			// Behind it Outlook keeps the headers of MIME parts, whose contents are
			// elsewhere.
			left := strings.TrimLeft(text[at:], "\r\n")
			r.notes.repair(fmt.Sprintf("the transport headers go on behind an empty line, as a rule with the headers of MIME parts: %d lines were left out",
				lineEnds(left)+1))
			return strings.TrimRight(text[:at], "\r\n")
		}
		if !fields {
			colon, _ := fieldName([]byte(line))
			fields = colon > 0
		}
		at += len(line)
	}
	return text
}

// addBody puts the body behind the header.
func (r *msgReader) addBody(m *Message) {
	body := r.body.write(m)
	if room := MaxMessage - m.content.size; int64(len(body)) > room {
		body = body[:room]
		m.limit("mailbox.MaxMessage", MaxMessage, "the rest of the message was left out")
	}
	if len(body) > 0 {
		m.content.parts = append(m.content.parts, body)
		m.content.size += int64(len(body))
	}
	m.Size = m.content.size
	hash := sha256.New()
	for _, p := range m.content.parts {
		hash.Write(p)
	}
	hash.Sum(m.SHA256[:0])
}

// judge sets the fidelity: the bytes are never those that a server wrote.
func (r *msgReader) judge(m *Message) {
	const unsent = 0x8 // MS-OXCMSG section 2.2.1.6.
	m.Fidelity = report.Reserialised
	body := "no body is in it"
	if r.body.any() {
		if f, ok := m.Field("Content-Type"); ok && r.kept {
			m.Repairs = append(m.Repairs, report.Repair{Line: f.Line,
				Text: "Content-Type describes the body that was sent; behind the header stands what Outlook kept of it, in UTF-8"})
		}
		body = "the body was rebuilt from what Outlook shows"
	}
	switch {
	case r.kept && isMail(r.class):
		m.FidelityWhy = "Outlook file: the header is the text that Outlook kept of it, " + body
	case r.kept:
		m.FidelityWhy = fmt.Sprintf("Outlook file of class %s, which is no message by itself: the header is the text that Outlook kept of it, %s", excerpt([]byte(r.class)), body)
	case !isMail(r.class):
		m.FidelityWhy = fmt.Sprintf("Outlook file of class %s, which is no message: the header was rebuilt from its properties", excerpt([]byte(r.class)))
	case r.p.fixed[propMessageFlags]&unsent != 0:
		m.FidelityWhy = "Outlook file without transport headers, of a draft that was not sent: the header was rebuilt from its properties"
	default:
		m.FidelityWhy = "Outlook file without transport headers: the header was rebuilt from its properties"
	}
	if strings.Contains(strings.ToUpper(r.class), ".SMIME") {
		r.notes.repair("the message is signed or encrypted (S/MIME): what was signed, or is encrypted, lies in an attachment, which was not read")
	}
}

// isMail says whether items of that class come and go by mail.
func isMail(class string) bool {
	class = strings.ToUpper(class)
	for _, c := range []string{"", "IPM", "IPM.NOTE", "REPORT", "IPM.SCHEDULE.MEETING", "IPM.OUTLOOK.RECALL", "IPM.RECALL.REPORT", "IPM.TASKREQUEST", "IPM.SHARING"} {
		if class == c || c != "" && c != "IPM" && strings.HasPrefix(class, c+".") {
			return true
		}
	}
	return false
}

// tell puts what was noted before the repairs of the header.
func (r *msgReader) tell(m *Message) {
	first := []report.Repair{}
	for _, text := range r.notes.repairs {
		first = append(first, report.Repair{Line: 1, Text: text})
	}
	m.Repairs = append(first, m.Repairs...)
	slices.SortStableFunc(m.Repairs, func(a, b report.Repair) int { return a.Line - b.Line })
	m.Limits = append(m.Limits, r.notes.limits...)
}

// damage says in brackets what kept the properties from being read.
func (r *msgReader) damage() string {
	if len(r.notes.repairs) == 0 {
		return ""
	}
	return " (" + r.notes.repairs[0] + ")"
}

// isOLE recognises OLE2 files.
func isOLE(head []byte) bool { return bytes.HasPrefix(head, []byte(oleMagic)) }
