package auth

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

// Recipients are the addresses to which a message went. No name that holds one of them is
// asked for on its account.
type Recipients []recipientName

// recipientName is the parts of one recipient's address.
type recipientName struct {
	local, host []string // Words of them, as nameWords makes them.
	domain      string   // Of the address.
	telling     bool     // The local part alone tells who it is.
}

const (
	maxRecipients = 1000
	shortestLocal = 3 // Bytes of a local part that is not taken for a word of another meaning.
)

// RecipientsOf are those of a report on a message: of its fields, its route and its envelope,
// the first thousand.
func RecipientsOf(r *report.Report) Recipients {
	var all Recipients
	for _, list := range [...][]report.Mailbox{r.Message.To, r.Message.Cc} {
		for i := range list {
			all.add(list[i].Address)
		}
	}
	for i := range r.Path.Hops {
		for _, address := range r.Path.Hops[i].For { // Of all hops: the list below is cut off somewhere.
			all.add(address)
		}
	}
	for i := range r.Envelope.Addresses {
		if a := &r.Envelope.Addresses[i]; a.Role != report.EnvelopeReturnPath && a.Role != report.EnvelopeFrom {
			all.add(a.Address)
		}
	}
	return all
}

func (all *Recipients) add(address string) {
	i := strings.LastIndexByte(address, '@')
	if i <= 0 || len(*all) >= maxRecipients {
		return
	}
	local, host := strings.ToLower(address[:i]), strings.ToLower(address[i+1:])
	put := func(local string) {
		*all = append(*all, recipientName{
			local: nameWords(local), host: nameWords(host), domain: host, telling: Telling(local),
		})
	}
	if user, _, sub := strings.Cut(local, "+"); sub && user != "" { // RFC 5233 section 2.
		put(user)
	}
	put(local)
}

// Telling says whether a local part, in lower case, tells by itself who it is.
func Telling(local string) bool { return len(local) >= shortestLocal && !general[local] }

// In says whether a name holds a recipient: the whole address in some form, or the
// local part in front of somebody else's organisational domain, where he who owns that
// chose it. Names of the recipient's own organisation are asked of its own servers.
func (all Recipients) In(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	org, front, cut := "", []string(nil), false
	for i := range all {
		r := &all[i]
		if len(r.local) == 0 || !strings.Contains(name, r.local[0]) {
			continue
		}
		if !cut {
			org = domain.Org(name)
			front, cut = nameWords(strings.TrimSuffix(name, org)), true
		}
		if org != "" && org == domain.Org(r.domain) {
			continue
		}
		if r.telling && contained(front, r.local) || contained(front, slices.Concat(r.local, r.host)) || contained(front, slices.Concat(r.host, r.local)) {
			return true
		}
	}
	return false
}

// Discreet asks its Resolver, but for names that hold one of the recipients.
type Discreet struct {
	dns.Resolver
	Recipients Recipients
}

// Lookup asks, unless the name holds a recipient: that is an Error with Cause Withheld.
func (d Discreet) Lookup(ctx context.Context, name string, t dns.Type) (*dns.Answer, error) {
	if d.Recipients.In(name) {
		return nil, &dns.Error{Name: name, Type: t, Cause: dns.Withheld}
	}
	return d.Resolver.Lookup(ctx, name, t)
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
