package probe

import (
	"context"

	"mailtrace/report"
)

var blocklisted = check{
	Rule: report.Rule{
		ID:    "dns.blocklisted",
		Title: "An address is on a list that the user asked",
		Max:   report.Critical,
		Explain: `The list has an entry for the address, and passed the test of itself just now. Receivers that use this list refuse or
score mail from there; so it is critical for a server that sends, and for one that only receives it says that something may have
been sent through it. What the code means and how an address is taken off is on the pages of the list. Find out first why it
is listed: else it will be again.`,
		Innocent: `The address had another owner before, a neighbour in the same network sent spam, or the list is of whole networks and not
of spam. A list of good senders lists, too.`,
		Measured: notMeasured + " It rests on the word of the list.",
		Refs:     []string{"RFC 5782 section 2.1", "RFC 6471 section 2.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.listed == nil {
			return nil, nil, nil
		}
		var found []report.Finding
		var undecided []report.Undecided
		for _, l := range s.listed.lists {
			for _, t := range l.asked {
				host := ""
				if len(t.hosts) > 0 {
					host = t.hosts[0]
				}
				switch {
				case t.listing.Result == report.Listed:
					f := s.finding(s.listSeverity(t), "%s lists %s: %s", l.zone, t.at(), firstOf(t.listing.Codes, func(c string) string { return c }))
					if t.listing.Text != "" {
						f.Text += ", " + quoted(t.listing.Text)
					}
					f.Host, f.Address, f.Evidence = host, t.address, t.evidence()
					found = append(found, f)
				case l.passed(t):
					if t.listing.Result != report.NotListed {
						undecided = append(undecided, report.Undecided{Host: host, Address: t.address, Why: "what " + l.zone + " says of " + t.at() + " is not known: " + t.listing.Why})
					}
				}
			}
		}
		if s.listed.left > 0 {
			undecided = append(undecided, report.Undecided{Why: counted(int64(s.listed.left), "more address was", "more addresses were") + " not asked about"})
		}
		return found, undecided, nil
	},
}

// passed says whether the list was asked about the address: it had passed its test.
func (l *listSeen) passed(t *listAsked) bool {
	test := l.test(!t.address.Is4())
	return l.failed == "" && test != nil && test.result == report.Listed
}

// listSeverity is how bad a listing is: as bad as what the server is for.
func (s *subject) listSeverity(t *listAsked) report.Severity {
	switch {
	case s.sending != nil:
		return report.Critical
	case t.takes:
		return report.Warning
	}
	return report.Info
}
