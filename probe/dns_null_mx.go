package probe

import (
	"context"

	"mailtrace/report"
)

var nullMX = check{
	Rule: report.Rule{
		ID:    "dns.null-mx",
		Title: "The domain says that it accepts no mail",
		Max:   report.Info,
		Explain: `The MX record "0 ." is how a domain says that it takes no mail. Senders give mail for it back to its author at
once, most often with the words 556 5.1.10. That is right for a domain without mailboxes. If mail is
wanted, replace the record by one that names a server.`,
		Innocent: "A domain for a web site, or one that is only kept.",
		Measured: notMeasured + " It rests on RFC 7505.",
		Refs:     []string{"RFC 7505 section 3", "RFC 7505 section 4.1", "RFC 7504 section 4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.way != wayNull {
			return nil, nil, nil
		}
		who := "senders"
		if records := s.exchanges(); len(records) > 1 || records[0].Priority != 0 {
			who = "senders that understand it" // It is not written as it should be.
		}
		f := s.finding(report.Info, "%s accepts no mail, and says so by its MX record: %s give mail back to its author at once", spelled(s.domain), who)
		f.Evidence = s.mx.evidence()
		return []report.Finding{f}, nil, nil
	},
}
