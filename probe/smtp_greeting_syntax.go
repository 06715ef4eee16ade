package probe

import (
	"context"
	"net/netip"
	"strings"

	"mailtrace/report"
)

var smtpGreetingSyntax = check{
	Rule: report.Rule{
		ID:    "smtp.greeting-syntax",
		Title: "The greeting does not begin with the name of the server",
		Max:   report.Info,
		Explain: `Behind "220" the standard wants the domain name of the server, or its address in brackets. Senders hardly read
it, so mail comes in; but logs and error messages name the server wrongly. Set the server's own name (in Postfix
myhostname, in Exim primary_hostname). A greeting of asterisks was painted over by a firewall on the way.`,
		Innocent: `Some administrators hide the name on purpose, and firewalls do it without being asked.`,
		Measured: notMeasured + " It rests on the grammar.",
		Refs:     []string{"RFC 5321 section 4.2", "RFC 5321 section 4.3.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if code, _ := p.reply(p.Port == implicitPort, ""); code != "220" {
				continue
			}
			evidence, _ := p.replied(p.Port == implicitPort, "")
			first := firstWord(p.Greeting)
			switch {
			case first == "":
				t.find(p, report.Info, evidence, "the greeting is a bare 220, without the name of the server")
			case strings.Count(first, "*") > len(first)/2:
				t.find(p, report.Info, evidence, "the greeting is painted over with asterisks, as Cisco firewalls do that look into mail")
			case !domainOrLiteral(first):
				t.find(p, report.Info, evidence, "the greeting begins with %s, which is no domain name and no address in brackets", quoted(first))
			}
		}
		return t.all()
	},
}

// domainOrLiteral says whether a word is a domain name or an address literal (RFC 5321
// section 4.1.2 and 4.1.3):
//
//	Domain         = sub-domain *("." sub-domain)
//	sub-domain     = Let-dig [Ldh-str]
//
// A dot at the end is let pass, and so are names of UTF-8: they are not what the
// grammar has, and everybody understands them.
func domainOrLiteral(word string) bool {
	if inside, ok := strings.CutPrefix(word, "["); ok {
		inside, ok = strings.CutSuffix(inside, "]")
		if len(inside) > 5 && strings.EqualFold(inside[:5], "IPv6:") {
			inside = inside[5:]
		}
		_, err := netip.ParseAddr(inside)
		return ok && err == nil
	}
	word = strings.TrimSuffix(word, ".")
	for label := range strings.SplitSeq(word, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !alnum(c) && c != '-' && c < 0x80 {
				return false
			}
		}
	}
	return true
}
