package analyze

import (
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

// origins lists the fields in which receivers and senders write what they want to
// be believed, each with whose word it is.
func (s *subject) origins() {
	for i, f := range s.message.Fields {
		// Few of the fields begin with a letter of those that tell.
		if f.Is("Received") || strings.IndexByte("ardxeu", f.Name[0]|0x20) < 0 || !telling(f.Key) {
			continue
		}
		server := ""
		for k := range s.marks {
			if s.marks[k].index == i {
				server = s.marks[k].server
			}
		}
		s.report.Fields = append(s.report.Fields, report.Field{Name: f.Name, Line: f.Line, Origin: s.word(i, server), Meaning: s.meaning(i)})
	}
}

// word is whose word the field at an index is for the reader: in a message that is
// attached to another one, all that the recipient's side wrote has been in the hands
// of whoever attached it.
func (s *subject) word(index int, server string) report.Origin {
	origin := s.origin(index, server)
	if origin == report.FromRecipient && s.byCarrier {
		return report.FromAttested
	}
	return origin
}

// origin says by its place whose word the field at an index is.
func (s *subject) origin(index int, server string) report.Origin {
	switch {
	case s.boundary.at < 0 && len(s.index) > 0 && index < s.index[len(s.index)-1] && containsFold(s.ids, server):
		return report.FromRecipient // Says the user, and no sender writes above the newest line.
	case s.boundary.at < 0:
		return report.CannotTell
	case s.recipients(&s.boundary, index, server):
		return report.FromRecipient
	case s.perhaps(&s.boundary, index, server):
		return report.CannotTell
	}
	return report.Brought
}

// telling says whether a field, in lower case, is one whose author matters.
func telling(name string) bool {
	switch name {
	case "authentication-results", "received-spf", "authentication-results-original", "dkim-signature", "return-path",
		"delivered-to", "x-original-to", "envelope-to", "x-originating-ip", "x-sender-ip", "x-mailer", "user-agent":
		return true
	}
	for _, prefix := range [...]string{"arc-", "x-spam", "x-forefront-", "x-microsoft-antispam", "x-ms-exchange-organization-", "x-rspamd", "x-proofpoint", "x-mimecast", "x-barracuda", "x-ironport", "x-ses-", "x-php-", "x-get-message-sender", "x-authenticated-", "x-source"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// recorded puts the results that others wrote down into the report, with whose
// word they are.
func (s *subject) recorded() {
	for i := range s.marks {
		k := &s.marks[i]
		by := authBy[s.word(k.index, k.server)]
		if k.results != nil {
			for _, r := range k.results.Results {
				s.report.Auth = append(s.report.Auth, s.auth(r, by, k))
			}
		}
		if k.spf != nil {
			s.report.Auth = append(s.report.Auth, report.Auth{
				Method: "spf", Status: report.Status(k.spf.Status), Identity: k.spf.MailFrom(), Property: "smtp.mailfrom", Domain: domainOf(k.spf.MailFrom()),
				Aligned: s.aligned(domainOf(k.spf.MailFrom())), By: by, Server: k.server, Line: k.field.Line,
			})
		}
	}
}

var authBy = map[report.Origin]report.AuthBy{
	report.FromRecipient: report.ByRecipient, report.FromAttested: report.ByAttested, report.Brought: report.ByBrought, report.CannotTell: report.ByUnknown,
}

func (s *subject) auth(r auth.Result, by report.AuthBy, k *mark) report.Auth {
	identity, property := "", ""
	for _, p := range [...][3]string{
		{"smtp", "mailfrom", "smtp.mailfrom"}, {"header", "d", "header.d"}, {"header", "i", "header.i"}, {"header", "from", "header.from"}, {"smtp", "helo", "smtp.helo"}, {"policy", "iprev", "policy.iprev"},
	} {
		if identity = r.Prop(p[0], p[1]); identity != "" {
			property = p[2]
			break
		}
	}
	d := domainOf(identity)
	if property == "policy.iprev" {
		d = "" // It is an address.
	}
	return report.Auth{
		Method: r.Method, Status: report.Status(r.Status), Domain: d, Identity: identity, Property: property, Selector: r.Prop("header", "s"), Aligned: s.aligned(d),
		By: by, Server: k.server, Reason: r.Reason, Line: k.field.Line,
	}
}

// domainOf is what stands behind the last "@", or all of it.
func domainOf(identity string) string {
	if i := strings.LastIndexByte(identity, '@'); i >= 0 {
		identity = identity[i+1:]
	}
	if identity == "none" || identity == "<>" {
		return ""
	}
	return strings.ToLower(strings.Trim(identity, "<>\"."))
}

// aligned says whether a domain is of the organisation that the reader sees in
// From; nil when one of them is not known.
func (s *subject) aligned(d string) *bool {
	author := ""
	for _, m := range s.report.Message.From {
		switch {
		case !strings.Contains(m.Address, "@"): // No address, such as a lone dot: it hides nothing.
		case author != "":
			return nil
		default:
			author = m.Address
		}
	}
	if d == "" || author == "" {
		return nil
	}
	from := s.org(domainOf(author))
	if from == "" || s.org(d) == "" {
		return nil
	}
	same := s.org(d) == from
	return &same
}
