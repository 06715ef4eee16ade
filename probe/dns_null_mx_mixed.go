package probe

import (
	"context"

	"mailtrace/report"
)

var nullMXMixed = check{
	Rule: report.Rule{
		ID:    "dns.null-mx-mixed",
		Title: "An MX record says that no mail is accepted, and others stand beside it",
		Max:   report.Warning,
		Explain: `The MX record with a single dot says that the domain takes no mail. It must stand alone, for beside others it
contradicts them. Some senders pass it over and deliver to the other servers, some give the mail back,
some try to find a host of that name and lose time. Delete the one that is not meant.`,
		Innocent: "A record that was left behind when mail was set up for the domain, or given up.",
		Measured: notMeasured + " It rests on RFC 7505, which forbids this.",
		Refs:     []string{"RFC 7505 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		null, others := 0, 0
		for _, r := range s.exchanges() {
			if r.Target == "" {
				null++
			} else {
				others++
			}
		}
		if null == 0 || null+others < 2 {
			return nil, nil, nil
		}
		beside := "others that name servers"
		if others == 0 {
			beside = "another one that says the same"
		}
		f := s.finding(report.Warning, "%s says by one MX record that it accepts no mail, and has %s: senders differ in what they make of that", spelled(s.domain), beside)
		f.Evidence = recordEvidence(s.mx.answer, s.exchanges())
		return []report.Finding{f}, nil, nil
	},
}
