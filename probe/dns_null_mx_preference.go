package probe

import (
	"context"

	"mailtrace/report"
)

var nullMXPreference = check{
	Rule: report.Rule{
		ID:    "dns.null-mx-preference",
		Title: "The record that says that no mail is accepted has a preference other than 0",
		Max:   report.Warning,
		Explain: `To say that it accepts no mail, a domain publishes the MX record "0 .", with the number 0. With another number
it is not the form that the standard defines. Senders that look closely take it for a record that
names no host, and may try for days. Change the number to 0.`,
		Innocent: "A form in which the number 10 was left as it stood.",
		Measured: notMeasured + " It rests on RFC 7505, which defines the number 0 only.",
		Refs:     []string{"RFC 7505 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		for i, r := range s.exchanges() {
			if r.Target != "" || r.Priority == 0 {
				continue
			}
			f := s.finding(report.Warning, `the MX record of %s that says that no mail is accepted is "%d ." and has to be "0 .": some senders may not understand it, and try for days`, spelled(s.domain), r.Priority)
			f.Evidence = recordEvidence(s.mx.answer, s.exchanges()[i:i+1])
			return []report.Finding{f}, nil, nil
		}
		return nil, nil, nil
	},
}
