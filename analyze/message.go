package analyze

import (
	"strings"

	"mailtrace/analyze/mailbox"
	"mailtrace/received"
	"mailtrace/report"
)

// message is what the message says of itself.
func message(m *mailbox.Message, book *addressBook) report.Message {
	out := report.Message{
		From: []report.Mailbox{}, Sender: []report.Mailbox{}, ReplyTo: []report.Mailbox{},
		To: []report.Mailbox{}, Cc: []report.Mailbox{},
	}
	for _, f := range m.Fields {
		switch {
		case f.Is("From"):
			out.From = append(out.From, book.of(f)...)
		case f.Is("Sender"):
			out.Sender = append(out.Sender, book.of(f)...)
		case f.Is("Reply-To"):
			out.ReplyTo = append(out.ReplyTo, book.of(f)...)
		case f.Is("To"):
			out.To = append(out.To, book.of(f)...)
		case f.Is("Cc"):
			out.Cc = append(out.Cc, book.of(f)...)
		case f.Is("Subject") && out.Subject == "":
			out.Subject = f.Text()
		case f.Is("Message-ID") && out.MessageID == "":
			out.MessageID = f.Text()
		case f.Is("Return-Path") && out.ReturnPath == "":
			out.ReturnPath = returnPath(f)
		case f.Is("Date") && out.DateText == "":
			out.DateText = f.Text()
			if d, ok := received.ReadDate(f.Value); ok && !d.Time.IsZero() {
				out.Date = &d.Time
			}
		}
	}
	out.From, out.To, out.Cc = bounded(out.From), bounded(out.To), bounded(out.Cc)
	return out
}

// bounded keeps a thousand address fields from adding up.
func bounded(list []report.Mailbox) []report.Mailbox {
	return list[:min(len(list), mailbox.MaxMailboxes)]
}

// returnPath is the reverse-path that the last server wrote down (RFC 5321
// section 4.4), without angle brackets; "<>" for the null one.
func returnPath(f mailbox.Field) string { return bareReturnPath(f.Text()) }

func bareReturnPath(path string) string {
	if inner, ok := strings.CutPrefix(path, "<"); ok && path != "<>" {
		path = strings.TrimSuffix(inner, ">")
	}
	return path
}

// addressBook keeps what stands in the address fields of a message, so that each
// is read once.
type addressBook struct {
	entries []addressEntry
}

type addressEntry struct {
	offset    int64
	mailboxes []report.Mailbox
}

// of is the mailboxes in a field.
func (b *addressBook) of(f mailbox.Field) []report.Mailbox {
	for i := range b.entries {
		if b.entries[i].offset == f.Offset {
			return b.entries[i].mailboxes
		}
	}
	all := f.Mailboxes()
	b.entries = append(b.entries, addressEntry{f.Offset, all})
	return all
}
