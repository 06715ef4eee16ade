package mailbox

import (
	"strings"
	"time"
)

// rebuiltHeader makes a header of properties, for a message that came without one:
// a draft, a sent message, one that never left its mail store. Nothing is in it
// that the file does not say, and so no Received field, ever. It returns "" when
// there is nothing to tell, not even of a body.
func (r *msgReader) rebuiltHeader() string {
	var b strings.Builder
	field := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	if t, ok := r.p.time(propSubmitTime); ok {
		field("Date", t.Format(time.RFC1123Z))
	}
	author := r.p.mailbox(propFromName, propFromSMTPAddress, propFromType, propFromAddress)
	sender := r.p.mailbox(propSenderName, propSenderSMTPAddress, propSenderType, propSenderAddress)
	if author == "" || !strings.HasSuffix(author, ">") && strings.HasPrefix(sender, author) {
		author = sender // Often only the name of the first is kept.
	}
	field("From", author)
	if sender != author {
		field("Sender", sender)
	}
	for _, to := range []struct {
		name    string
		kind    uint64
		display propID
	}{
		// MS-OXCMSG section 2.2.3.1.2.
		{"To", 1, propDisplayTo}, {"Cc", 2, propDisplayCc}, {"Bcc", 3, propDisplayBcc},
	} {
		field(to.name, r.recipientList(to.kind, to.display))
	}
	field("Subject", r.p.line(propSubject))
	field("Message-ID", r.p.line(propMessageID))
	field("In-Reply-To", r.p.line(propInReplyTo))
	field("References", r.p.line(propReferences))
	if b.Len() == 0 && r.body.any() {
		r.notes.repair("the file names no sender, recipient, subject or date")
	}
	if kind := r.body.contentType(); kind != "" {
		field("MIME-Version", "1.0")
		field("Content-Type", kind)
		field("Content-Transfer-Encoding", "8bit")
	}
	return b.String()
}

// recipientList is the value of a field of recipients, one on each line.
func (r *msgReader) recipientList(kind uint64, display propID) string {
	const kinds = 0xf // The other bits say whether it was delivered.
	var list []string
	for _, p := range r.recipients {
		if p.fixed[propRecipientType]&kinds != kind {
			continue
		}
		if m := p.mailbox(propDisplayName, propSMTPAddress, propAddressType, propEmailAddress); m != "" {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		for name := range strings.SplitSeq(r.p.line(display), ";") {
			// Outlook writes 'name' for those that are not in an address book.
			if name = strings.Trim(name, " '\x00"); name != "" {
				list = append(list, mailboxOf(name, ""))
			}
		}
	}
	return strings.Join(list, ",\r\n ")
}

// mailbox is a name and an address as they stand in a header. The address is the one
// of internet mail where the file has it. Otherwise it is what Exchange calls the
// mailbox, with its type in front: <EX:/o=…/cn=…>.
func (p *props) mailbox(name, smtp, kind, address propID) string {
	a := p.line(smtp)
	if a == "" {
		a = p.line(address)
		if t := p.line(kind); a != "" && t != "" && !strings.EqualFold(t, "SMTP") {
			a = t + ":" + a
		}
	}
	return mailboxOf(p.line(name), a)
}

// mailboxOf quotes a name (RFC 5322 section 3.2.4), and takes out of an address what
// would end it.
func mailboxOf(name, address string) string {
	address = strings.NewReplacer("<", "", ">", "").Replace(address)
	if address == "" && strings.Contains(name, "@") && !strings.ContainsAny(name, " <>\"") {
		return name
	}
	if strings.Trim(name, "'") == address {
		name = ""
	}
	if name != "" {
		name = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	}
	switch {
	case address == "":
		return name
	case name == "":
		return "<" + address + ">"
	}
	return name + " <" + address + ">"
}
