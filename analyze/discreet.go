package analyze

import (
	"context"
	"slices"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

// Whoever runs the DNS of a domain sees what is asked about it. A sender who writes
// another name into each copy, as the domain of a signature or of a greeting, learns
// which copy was looked at, and there is no help against that but --offline. What can
// be seen in a name is held back: a recipient.

// discreet asks for no name that holds a recipient of the message.
type discreet struct {
	dns.Resolver
	recipients []recipientName
}

// recipientName is the parts of one recipient's address.
type recipientName struct {
	local, host []string // Words of them, as nameWords makes them.
	org         string   // The organisation whose address it is.
	telling     bool     // The local part alone tells who it is.
}

const (
	maxRecipients = 1000
	shortestLocal = 3 // Bytes of a local part that is not taken for a word of another meaning.
)

// discreet is the resolver for this message. With macros allowed the user wants the
// names of recipients to be asked for.
func (s *subject) discreet(resolver dns.Resolver, macros bool) dns.Resolver {
	if macros {
		return resolver
	}
	d := discreet{Resolver: resolver}
	add := func(address string) {
		if i := strings.LastIndexByte(address, '@'); i > 0 && len(d.recipients) < maxRecipients {
			local, host := strings.ToLower(address[:i]), strings.ToLower(address[i+1:])
			if user, _, sub := strings.Cut(local, "+"); sub && user != "" { // RFC 5233 section 2.
				d.recipients = append(d.recipients, recipientName{
					local: nameWords(user), host: nameWords(host), org: s.org(host), telling: len(user) >= shortestLocal && !general[user],
				})
			}
			d.recipients = append(d.recipients, recipientName{
				local: nameWords(local), host: nameWords(host), org: s.org(host), telling: len(local) >= shortestLocal && !general[local],
			})
		}
	}
	for _, list := range [...][]report.Mailbox{s.report.Message.To, s.report.Message.Cc} {
		for _, m := range list {
			add(m.Address)
		}
	}
	for i := range s.hops {
		for _, address := range s.hops[i].For { // Of all hops: the list below is cut off somewhere.
			add(address)
		}
	}
	for _, a := range s.report.Envelope.Addresses {
		if a.Role != report.EnvelopeReturnPath && a.Role != report.EnvelopeFrom {
			add(a.Address)
		}
	}
	if len(d.recipients) == 0 {
		return resolver
	}
	return d
}

// Lookup asks, unless the name holds a recipient.
func (d discreet) Lookup(ctx context.Context, name string, t dns.Type) (*dns.Answer, error) {
	if d.holds(name) {
		return nil, &dns.Error{Name: name, Type: t, Cause: dns.Withheld}
	}
	return d.Resolver.Lookup(ctx, name, t)
}

// holds says whether a name holds a recipient: the whole address in some form, or the
// local part in front of somebody else's organisational domain, where he who owns that
// chose it. Names of the recipient's own organisation are asked of its own servers.
func (d discreet) holds(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	org, front, cut := "", []string(nil), false
	for i := range d.recipients {
		r := &d.recipients[i]
		if len(r.local) == 0 || !strings.Contains(name, r.local[0]) {
			continue
		}
		if !cut {
			org = domain.Org(name)
			front, cut = nameWords(strings.TrimSuffix(name, org)), true
		}
		if org != "" && org == r.org {
			continue
		}
		if r.telling && contained(front, r.local) || contained(front, slices.Concat(r.local, r.host)) || contained(front, slices.Concat(r.host, r.local)) {
			return true
		}
	}
	return false
}

// nameWords cuts text at everything that is no letter or digit.
func nameWords(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool {
		return c < 0x80 && (c < '0' || c > '9') && (c < 'a' || c > 'z')
	})
}

// contained says whether all of one list stands in another, in a row.
func contained(in, list []string) bool {
	for i := 0; len(list) > 0 && i+len(list) <= len(in); i++ {
		if slices.Equal(in[i:i+len(list)], list) {
			return true
		}
	}
	return false
}

// general are local parts that name no person, and that are also names of hosts and
// of keys: those of RFC 2142, and others that are common.
var general = map[string]bool{
	"abuse": true, "admin": true, "administrator": true, "billing": true, "cloud": true, "contact": true, "corp": true, "default": true, "dev": true, "devel": true, "dkim": true, "dmarc": true,
	"domains": true, "email": true, "ftp": true, "google": true, "help": true, "helpdesk": true, "home": true, "hostmaster": true,
	"info": true, "it": true, "jobs": true, "kernel": true, "key1": true, "linux": true, "list": true, "lists": true, "mail": true, "mailer": true, "mailman": true,
	"main": true, "marketing": true, "mta": true, "network": true, "news": true, "newsletter": true, "noc": true, "noreply": true,
	"office": true, "orders": true, "post": true, "postmaster": true, "press": true, "root": true, "sales": true, "security": true,
	"selector1": true, "selector2": true, "service": true, "shop": true, "smtp": true, "spam": true, "spf": true, "staff": true,
	"support": true, "team": true, "test": true, "usenet": true, "user": true, "users": true, "uucp": true, "web": true, "webmaster": true, "www": true,
}
