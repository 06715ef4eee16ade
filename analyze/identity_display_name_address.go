package analyze

import (
	"context"
	"strings"

	"mailtrace/report"
)

var identityDisplayNameAddress = check{
	Rule: report.Rule{
		ID:    "identity.display-name-address",
		Title: "The sender's name is an e-mail address, but not the sender's own",
		Max:   report.Warning,
		Explain: `Many mail programs show only the name of a sender and hide the address. Here the name is itself an
e-mail address, of another organisation than the real one, so the reader takes somebody for the
sender who is not. Tell the reader the real address, the one in angle brackets (<>). Do not accuse
whoever the name shows, who may know nothing of it; if you have to ask them, do it another way
than by an answer.`,
		Innocent: `Mailing lists that may not send in the name of their members, web forms and services that send
for somebody write that person's address as the name; they are told apart where they show.`,
		Refs: []string{"RFC 5322 section 3.4", "RFC 7960 section 4.1.3.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for f := range s.message.All("From") {
			for _, m := range s.book.of(f) {
				shown, ok := addressIn(m.Name)
				org, real := s.org(domainOf(shown)), s.org(domainOf(m.Address))
				if !ok || org == "" || real == "" || s.house(org) == s.house(real) {
					continue
				}
				severity, weight, why := report.Warning, report.Strong, ""
				switch {
				case s.onBehalf(shown):
					severity, weight, why = report.Info, report.Ordinary, "; Reply-To is that address too, as web forms and lists write it"
				case s.fromList():
					severity, weight, why = report.Info, report.Ordinary, "; a mailing list sent it"
				}
				one := finding(severity, weight, "the name of the sender is the address %s, but the sender is %s%s", shown, m.Address, why)
				one.Evidence = append(one.Evidence, field(f))
				found = append(found, one)
				break
			}
			if len(found) > 0 {
				break
			}
		}
		return found, nil, nil
	},
}

// addressIn finds an address in a display name.
func addressIn(name string) (string, bool) {
	for _, word := range strings.FieldsFunc(name, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune("<>()[]\"',;:|", r)
	}) {
		if local, host, ok := cutLast(word, '@'); ok && local != "" && isHost(host) {
			return word, true
		}
	}
	return "", false
}

// onBehalf says whether answers go to the address that is shown: who wants to be
// taken for another wants the answers himself.
func (s *subject) onBehalf(shown string) bool {
	for _, m := range s.report.Message.ReplyTo {
		if sameMailbox(m.Address, shown) {
			return true
		}
	}
	return false
}

// fromList says whether the message shows a mailing list that sent it.
func (s *subject) fromList() bool {
	_, ok := s.listField()
	return ok
}
