package analyze

import (
	"context"
	_ "embed"
	"sync"

	"mailtrace/analyze/domain"
	"mailtrace/report"
)

// freemailData is the domains at which anybody gets a mailbox, one a line.
//
//go:embed data/freemail.txt
var freemailData string

var freemailDomains = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for name := range rows(freemailData) {
		all[name] = true
	}
	return all
})

// freemail says whether anybody can have a mailbox under a domain.
func freemail(name string) bool { return freemailDomains()[domain.Org(name)] }

var identityReplyTo = check{
	Rule: report.Rule{
		ID:    "identity.reply-to-differs",
		Title: "Answers go to another organisation than the one shown as the sender",
		Max:   report.Warning,
		Explain: `The Reply-To field tells mail programs where to send an answer; here that is another organisation
than the one that the reader sees in From. Most often it is a service that sends for somebody.
Where From is of a company and the answer goes to a mailbox that anybody can open, at Gmail and
the like, it is mostly fraud that shows a known name and wants the answer for itself. Look at the
address before you answer, most of all where money or passwords are asked for, and in doubt write
to an address that you had before.`,
		Innocent: `Newsletters, ticket systems, web forms, mailing lists and people who write from work and want
the answer at home.`,
		Refs: []string{"RFC 5322 section 3.6.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		from := s.fromOrg()
		f, ok := s.message.Field("Reply-To")
		if !ok || from == "" {
			return nil, nil, nil
		}
		for _, m := range s.book.of(f) {
			org := s.org(domainOf(m.Address))
			if org == "" || s.house(org) == s.house(from) {
				continue
			}
			severity, weight := report.Info, report.Ordinary
			text := "answers go to %s, while From is of %s"
			if freemail(org) && !freemail(from) {
				text += ": a mailbox that anybody can have"
				if !s.fromList() {
					severity, weight = report.Warning, report.Strong
				}
			}
			one := finding(severity, weight, text, m.Address, from)
			one.Evidence = append(one.Evidence, field(f))
			if from, ok := s.message.Field("From"); ok {
				one.Evidence = append(one.Evidence, field(from))
			}
			return []report.Finding{one}, nil, nil
		}
		return nil, nil, nil
	},
}
