package analyze

import (
	"strings"

	"mailtrace/analyze/mailbox"
	"mailtrace/received"
	"mailtrace/report"
)

// message is what the message says of itself.
func message(m *mailbox.Message) report.Message {
	out := report.Message{
		From: []report.Mailbox{}, Sender: []report.Mailbox{}, ReplyTo: []report.Mailbox{},
		To: []report.Mailbox{}, Cc: []report.Mailbox{},
	}
	for _, f := range m.Fields {
		switch {
		case f.Is("From"):
			out.From = append(out.From, f.Mailboxes()...)
		case f.Is("Sender"):
			out.Sender = append(out.Sender, f.Mailboxes()...)
		case f.Is("Reply-To"):
			out.ReplyTo = append(out.ReplyTo, f.Mailboxes()...)
		case f.Is("To"):
			out.To = append(out.To, f.Mailboxes()...)
		case f.Is("Cc"):
			out.Cc = append(out.Cc, f.Mailboxes()...)
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
func returnPath(f mailbox.Field) string {
	path := f.Text()
	if inner, ok := strings.CutPrefix(path, "<"); ok && path != "<>" {
		path = strings.TrimSuffix(inner, ">")
	}
	return path
}
