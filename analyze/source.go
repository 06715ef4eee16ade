package analyze

import (
	"encoding/hex"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

// source is the input, and the message in it, as the report shows them.
func source(m *mailbox.Message) report.Source {
	s := report.Source{
		Name: m.Name, SHA256: hex.EncodeToString(m.SHA256[:]), Size: m.Size,
		Containers: m.Containers, Offset: m.Offset, Part: m.Part, Carrier: carrier(m.Carrier),
		Fidelity: m.Fidelity, FidelityWhy: m.FidelityWhy, Repairs: m.Repairs, Limits: m.Limits,
	}
	if m.Input != nil {
		s.InputSHA256, s.InputSize = hex.EncodeToString(m.Input.SHA256[:]), &m.Input.Size
	}
	return s
}

// carrier is what the message was attached to.
func carrier(c *mailbox.Carrier) *report.Carrier {
	if c == nil {
		return nil
	}
	out := &report.Carrier{
		Kind: c.Kind, Why: c.Why, ContentType: c.ContentType,
		Part: c.Message.Part, SHA256: hex.EncodeToString(c.Message.SHA256[:]),
	}
	for f := range c.Message.All("From") {
		out.From = append(out.From, f.Mailboxes()...)
	}
	if f, ok := c.Message.Field("Subject"); ok {
		out.Subject = f.Text()
	}
	for _, name := range [...]string{"X-Mailer", "User-Agent"} {
		if f, ok := c.Message.Field(name); ok && out.Mailer == "" {
			out.Mailer = f.Text()
		}
	}
	return out
}
