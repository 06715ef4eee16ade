package probe

import (
	"context"

	"mailtrace/report"
)

var dmarcReportUnauthorised = check{
	Rule: report.Rule{
		ID:    "dmarc.report-unauthorised",
		Title: "DMARC reports go to a domain that did not agree to get them",
		Max:   report.Warning,
		Explain: `Reports may go to a domain of somebody else only if that one says so, by a record at the name that was asked for; else
receivers must not send them. So nothing arrives there. Let whoever reads the reports publish that record
("v=DMARC1"), or name an address of the domain itself.`,
		Innocent: `A provider that agrees only for customers whom it has set up, and this domain is not one of them yet, or any more.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 9990 section 3", "RFC 7489 section 7.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.dmarc == nil {
			return nil, nil, nil
		}
		var found []report.Finding
		var open []report.Undecided
		told := map[string]bool{}
		for _, t := range s.dmarc.targets {
			may, why := t.authorised()
			if t.inside || told[t.domain] || !t.mail || t.domain == "" || may != nil && *may {
				continue
			}
			told[t.domain] = true
			if may == nil {
				open = append(open, s.undecided("whether %s agreed to get DMARC reports on %s is not known: %s", spelled(t.domain), spelled(s.domain), why))
				continue
			}
			f := s.finding(report.Warning, "DMARC reports on %s do not arrive at %s: that domain did not agree to get them", spelled(s.domain), clipped(t.uri, maxShown))
			_, at := s.dmarc.effective()
			f.Evidence = append(clippedEvidence(t.evidence()), s.dmarc.evidence(at)...)
			found = append(found, f)
		}
		return found, open, nil
	},
}
