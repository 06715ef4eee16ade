package probe

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
	// maxSelectors is how many names are tried, of whatever source: each costs a question.
	maxSelectors = 24

	// unlikelySelector is a name under which nobody has a key: where one is there, every name
	// has it.
	unlikelySelector = "mailtrace-no-such-selector"

	keyLabel = "._domainkey" // Behind the selector: RFC 6376 section 3.6.2.1.
)
