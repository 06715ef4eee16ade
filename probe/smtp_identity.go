package probe

import (
	"context"
	"slices"
	"strings"

	"mailtrace/report"
)

var smtpIdentity = check{
	Rule: report.Rule{
		ID:    "smtp.identity",
		Title: "The server goes by several names",
		Max:   report.Info,
		Explain: `A server has a name in the DNS, says a name in its greeting, and again in its answer to EHLO. Here they are not
the same. Mail comes in all the same: senders must not refuse for that. It matters when the server also sends
mail, where receivers compare names, and for certificates, which must be for the name in the DNS. Whether the address
leads back to the name (PTR) is not looked at here.`,
		Innocent: `One server with many names, a farm of servers behind one name, or a filter of another company.`,
		Measured: notMeasured + " It rests on comparing the names.",
		Refs:     []string{"RFC 5321 section 2.3.5", "RFC 5321 section 4.1.4", "RFC 5321 section 4.3.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		var others []place
		var names []string
		for p := range s.places() {
			greets, answers := strings.TrimSuffix(firstWord(p.Greeting), "."), strings.TrimSuffix(p.HelloName, ".")
			if !p.heard() || greets == "" || answers == "" || !domainOrLiteral(greets) || !domainOrLiteral(answers) {
				continue // smtp.greeting-syntax has what is no name.
			}
			if !strings.EqualFold(greets, answers) {
				t.find(p, report.Info, p.naming(), "the server greets as %s and answers %s as %s", quoted(greets), p.Hello, quoted(answers))
				continue
			}
			if !strings.EqualFold(greets, p.host.Name) && !strings.EqualFold(greets, p.host.Unicode) {
				others = append(others, p)
				if name := strings.ToLower(greets); !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		// The servers of a farm have a name each: one finding for all of them.
		for _, p := range others {
			t.find(p, report.Info, p.naming(), "the server calls itself otherwise than the DNS does: %s", firstOf(names, quoted))
		}
		return t.all()
	},
}

// naming is the lines in which a server says its name.
func (p place) naming() []report.Evidence {
	tls := p.Port == implicitPort
	greeting, _ := p.replied(tls, "")
	answer, _ := p.replied(tls, string(p.Hello))
	return append(greeting[:1:1], answer[0])
}
