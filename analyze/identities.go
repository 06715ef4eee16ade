package analyze

import (
	"strings"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

// maxIdentities is how many identities a report lists.
const maxIdentities = 100

// identities lists all places in which the message says whose it is, in the order
// of its fields.
func (s *subject) identities() {
	org := s.fromOrg()
	add := func(f mailbox.Field, role report.IdentityRole, address, name string) {
		if name = strings.ToLower(strings.Trim(name, " .<>")); name == "" || len(s.report.Identities) == maxIdentities {
			return
		}
		id := report.Identity{Role: role, Address: address, Domain: name, Organisation: s.org(name), Line: f.Line}
		if org != "" && id.Organisation != "" {
			same := id.Organisation == org
			id.SameAsFrom = &same
		}
		s.report.Identities = append(s.report.Identities, id)
	}
	for _, f := range s.message.Fields {
		switch {
		case f.Is("From"):
			s.addMailboxes(add, f, report.IdentityFrom)
		case f.Is("Sender"):
			s.addMailboxes(add, f, report.IdentitySender)
		case f.Is("Reply-To"):
			s.addMailboxes(add, f, report.IdentityReplyTo)
		case f.Is("Return-Path"):
			if address := returnPath(f); strings.Contains(address, "@") {
				add(f, report.IdentityReturnPath, address, domainOf(address))
			}
		case f.Is("DKIM-Signature"):
			add(f, report.IdentityDKIM, "", tag(f.Value, "d"))
		case f.Is("List-Id"):
			add(f, report.IdentityList, "", listID(f.Text()))
		case f.Is("Message-ID"):
			if _, host, ok := cutLast(strings.Trim(f.Text(), "<> "), '@'); ok {
				add(f, report.IdentityMessageID, "", host)
			}
		}
	}
}

func (s *subject) addMailboxes(add func(mailbox.Field, report.IdentityRole, string, string), f mailbox.Field, role report.IdentityRole) {
	for _, m := range s.book.of(f) {
		if strings.Contains(m.Address, "@") {
			add(f, role, m.Address, domainOf(m.Address))
		}
	}
}

// fromOrg is the organisation in the topmost From; "" when there is none.
func (s *subject) fromOrg() string {
	for _, m := range s.report.Message.From {
		if org := s.org(domainOf(m.Address)); org != "" {
			return org
		}
	}
	return ""
}

// tag is the value of a tag of a DKIM-Signature (RFC 6376 section 3.2), "" when it
// is not there.
func tag(value, name string) string {
	for part := range strings.SplitSeq(value, ";") {
		if k, v, ok := strings.Cut(part, "="); ok && strings.TrimSpace(k) == name {
			return strings.Join(strings.Fields(v), "")
		}
	}
	return ""
}

// listID is the identifier in a List-Id (RFC 2919 section 3): what stands in the
// angle brackets, or all of it where there are none.
func listID(value string) string {
	if i := strings.LastIndexByte(value, '<'); i >= 0 {
		value, _, _ = strings.Cut(value[i+1:], ">")
	}
	if strings.ContainsAny(value, " \t") {
		return ""
	}
	return value
}
