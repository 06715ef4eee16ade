package analyze

import (
	"context"
	_ "embed"
	"strings"
	"sync"

	"mailtrace/analyze/domain"
	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

// brandsData is the domains of much-imitated names, one a line.
//
//go:embed data/brands.txt
var brandsData string

var brands = sync.OnceValue(func() (all []imitated) {
	for name := range rows(brandsData) {
		all = append(all, imitated{name, domain.LookOf(name), "a much-imitated name", true})
	}
	return all
})

// maxCompared is how many domains of each kind are compared with one another.
const maxCompared = 20

var identityLookAlike = check{
	Rule: report.Rule{
		ID:    "identity.look-alike",
		Title: "A domain of the sender looks like another one and can be mistaken for it",
		Max:   report.Warning,
		Explain: `Anybody can register a domain that differs from a known one by one character, by a letter of
another alphabet that looks the same, or by a word more. Readers do not see the difference, and
the checks (SPF, DKIM, DMARC) pass all the same, since the domain is really the sender's. Compare
the two names character by character. Where the other one is that of a business partner or of your
own organisation, treat the message as fraud until you have asked them another way, such as by a
telephone number that you had before. It may be theirs too, so accuse nobody before that.`,
		Innocent: `Companies that hold several such domains themselves, and companies that happen to have similar
names.`,
		Refs: []string{"UTS 39 section 4", "RFC 5890 section 4.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		shown := s.shownDomains()
		targets := s.imitable()
		var found []report.Finding
		told := map[string]bool{} // Of two that look alike, one is told.
		for _, d := range shown {
			f, of, ok := firstLike(d, targets)
			if !ok || told[d.host] {
				continue
			}
			told[of] = true
			f.Evidence = append(f.Evidence, field(d.field))
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// firstLike finds the first domain that d imitates, the much-imitated names last.
func firstLike(d shownDomain, targets []imitated) (f report.Finding, of string, ok bool) {
	for _, list := range [...][]imitated{targets, brands()} {
		for i := range list {
			if f, ok := looksLike(d, &list[i]); ok {
				return f, list[i].host, true
			}
		}
	}
	return f, "", false
}

// shownDomain is a domain that the reader sees, or answers to.
type shownDomain struct {
	name  string // Display name.
	host  string
	look  domain.Look
	field mailbox.Field
}

// shownDomains are those in From, Sender and Reply-To, each organisation once.
func (s *subject) shownDomains() (all []shownDomain) {
	seen := map[string]bool{}
	for _, f := range s.message.Fields {
		if !f.Is("From") && !f.Is("Sender") && !f.Is("Reply-To") {
			continue
		}
		for _, m := range s.book.of(f) {
			host := domainOf(m.Address)
			if org := s.org(host); org != "" && !seen[org] && len(all) < maxCompared {
				seen[org] = true
				all = append(all, shownDomain{m.Name, host, domain.LookOfOrg(org), f})
			}
		}
	}
	return all
}

// imitated is a domain that another one may imitate.
type imitated struct {
	host  string
	look  domain.Look
	whose string
	brand bool
}

// imitable are the domains that someone may have copied, beside the much-imitated
// names: those of the recipients, and the others of the sender.
func (s *subject) imitable() (all []imitated) {
	var seen []string
	add := func(host, whose string) {
		if org := s.org(host); org != "" && !contains(seen, org) && len(all) < maxCompared {
			seen = append(seen, org)
			all = append(all, imitated{host, domain.LookOfOrg(org), whose, false})
		}
	}
	for _, a := range s.report.Envelope.Addresses {
		if a.Role != report.EnvelopeReturnPath && a.Role != report.EnvelopeFrom && (a.Standing == report.Observed || s.byCarrier && a.Standing == report.Attested) {
			add(domainOf(a.Address), "the recipient's")
		}
	}
	for _, list := range [...][]report.Mailbox{s.report.Message.To, s.report.Message.Cc} {
		for _, m := range list {
			add(domainOf(m.Address), "a recipient's")
		}
	}
	for _, id := range s.report.Identities {
		if id.Role != report.IdentityMessageID { // Not seen, and often the name of some computer.
			add(id.Domain, "the one in "+string(id.Role))
		}
	}
	return all
}

// looksLike says whether a domain imitates another one.
func looksLike(d shownDomain, t *imitated) (report.Finding, bool) {
	how := d.look.Like(t.look)
	if how == domain.Unlike || house(d.host) == house(t.host) {
		return report.Finding{}, false
	}
	severity, weight := report.Info, report.Ordinary
	// A word more is what companies add themselves, and many hold their name with
	// and without its hyphen; a name one edit away from a much-imitated one is honest
	// as often as not (finance, binance). Unless the sender says that he is the other.
	if how == domain.Confusable || how == domain.OneEdit && (!t.brand && !onlyHyphens(d.host, t.host) || calls(d.name, t.host)) {
		severity, weight = report.Warning, report.Strong
	}
	name := domain.Display(d.host)
	if name != d.host {
		name = d.host + " (" + name + ")"
	}
	return finding(severity, weight, "%s of %s %s %s, %s", name, d.field.Name, likeness[how], t.host, t.whose), true
}

var likeness = map[domain.Likeness]string{
	domain.Confusable: "looks the same as", domain.OneEdit: "is one character away from", domain.ExtraWord: "has a word more than",
}

// calls says whether a display name holds the name that a domain is known by.
func calls(display, host string) bool {
	label, _, _ := strings.Cut(domain.Org(host), ".")
	return strings.Contains(strings.ReplaceAll(domain.Skeleton(display), " ", ""), domain.Skeleton(label))
}

// onlyHyphens says whether two domains are the same but for hyphens.
func onlyHyphens(a, b string) bool {
	a, _, _ = strings.Cut(domain.Org(a), ".")
	b, _, _ = strings.Cut(domain.Org(b), ".")
	return strings.ReplaceAll(a, "-", "") == strings.ReplaceAll(b, "-", "")
}
