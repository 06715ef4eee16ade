package probe

import (
	"fmt"
	"strings"

	"mailtrace/analyze/domain"
)

// usualSelectors are names under which the keys of many domains stand, and with which they
// are tried where none is known. Nobody can list the names of a domain: that none of these
// is there tells nothing. As of November 2026; the providers and programs that use them stand
// beside them.
var usualSelectors = [...]string{
	"google",                 // Google Workspace.
	"selector1", "selector2", // Microsoft 365.
	"k1", "k2", "k3", // Mailchimp, Mandrill.
	"s1", "s2", // SendGrid and others.
	"default",                    // OpenDKIM, cPanel, Namecheap.
	"mail", "dkim", "smtp", "mx", // Of those who make up one.
	"sig1",                                     // iCloud.
	"protonmail", "protonmail2", "protonmail3", // Proton.
	"fm1", "fm2", "fm3", // Fastmail.
	"zoho", "zmail", // Zoho.
	"mandrill", // Mandrill, before.
	"pm",       // Postmark.
}

const (
	// MaxSelectors is how many names are tried, of whatever source: each costs a question.
	MaxSelectors = 24

	// unlikelySelector is a name under which nobody has a key: where one is there, every name
	// has it.
	unlikelySelector = "mailtrace-no-such-selector"

	keyLabel = "._domainkey" // Behind the selector: RFC 6376 section 3.6.2.1.
)

// ParseSelector reads a selector as people write it: the name alone, or the whole name of the
// key, with "._domainkey." and the domain behind it.
func ParseSelector(text string) (Selector, error) {
	name, of, whole := strings.Cut(strings.TrimSuffix(text, "."), keyLabel+".")
	s := Selector{Name: selectorName(name), Domain: domain.ASCII(of)}
	switch {
	case s.Name == "" || strings.HasSuffix("."+s.Name, keyLabel):
		return Selector{}, fmt.Errorf("%q is no selector of a DKIM key", shortened(text))
	case whole && s.Domain == "":
		return Selector{}, fmt.Errorf("%q names no domain behind %q", shortened(text), keyLabel)
	}
	return s, nil
}

// selectorName is a selector as the DNS is asked for it: in A-labels and lower case (RFC 6376
// section 3.1, RFC 8616 section 5). It may be a number, as no host name may. It is "" for what
// is none.
func selectorName(text string) string {
	const below = ".example"
	name, ok := strings.CutSuffix(domain.ASCII(text+below), below)
	if !ok {
		return ""
	}
	return name
}
