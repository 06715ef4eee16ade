package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dmarcPolicyMissing = check{
	Rule: report.Rule{
		ID:    "dmarc.policy-missing",
		Title: "The DMARC record does not say what to do",
		Max:   report.Warning,
		Explain: `The tag p= is what a DMARC record is for. Receivers that follow RFC 9989 take a record without it for p=none when it asks
for reports, and older ones want it directly behind v=DMARC1 and may discard the whole record. Write p=none, p=quarantine
or p=reject.`,
		Innocent: `A domain that only wants reports.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 9989 section 4.7", "RFC 7489 section 6.3", "RFC 7489 section 6.6.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		record, at := s.dmarc.effective()
		if record == nil || record.Has("p") {
			return nil, nil, nil
		}
		f := s.finding(report.Warning, "the DMARC record at %s has no p=: newer receivers take it for p=none, older ones may discard it", dmarcPrefix+at)
		if why := record.Unusable(auth.RFC9989); why != "" {
			f = s.finding(report.Warning, "the DMARC record at %s counts for nothing: %s", dmarcPrefix+at, why)
		}
		f.Evidence = s.dmarc.evidence(at)
		return []report.Finding{f}, nil, nil
	},
}
