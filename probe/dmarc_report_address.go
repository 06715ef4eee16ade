package probe

import (
	"context"
	"slices"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dmarcReportAddress = check{
	Rule: report.Rule{
		ID:    "dmarc.report-address",
		Title: "An address for DMARC reports cannot be used",
		Max:   report.Warning,
		Explain: `Receivers send reports by mail, to what stands as mailto: and an address in rua= (daily sums) and ruf= (single messages).
What is no such address gets none. Write mailto: before each address, commas between them, and percent-encode commas,
semicolons and "!" within.`,
		Innocent: `An address that was written without mailto:, which programs of the domain itself may understand.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 7489 section 6.3", "RFC 7489 section 6.4", "RFC 7489 section 7.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		record, at := s.dmarc.effective()
		if record == nil {
			return nil, nil, nil
		}
		var bad []string
		for _, p := range record.Problems {
			if ofAddresses(p) {
				bad = append(bad, p.String())
			}
		}
		mail := false
		for _, t := range s.dmarc.targets {
			mail = mail || t.tag == "rua" && t.mail && t.domain != ""
			if !t.mail || t.domain == "" && !slices.ContainsFunc(record.Problems, func(p auth.DMARCProblem) bool { return p.Fault == auth.DMARCNoTarget }) {
				bad = append(bad, t.tag+"="+clipped(t.uri, maxShown)+" is no mail address")
			}
		}
		if len(bad) == 0 {
			return nil, nil, nil
		}
		effect := ""
		if !mail && record.Has("rua") {
			effect = "; no receiver sends its daily report"
		}
		f := s.finding(report.Warning, "DMARC reports of %s do not arrive: %s%s", spelled(s.domain), firstOf(bad, func(text string) string { return text }), effect)
		f.Evidence = s.dmarc.evidence(at)
		return []report.Finding{f}, nil, nil
	},
}

// ofAddresses says that a problem is about an address for reports.
func ofAddresses(p auth.DMARCProblem) bool {
	switch p.Fault {
	case auth.DMARCBadURI, auth.DMARCNoTarget:
		return true
	case auth.DMARCBadValue, auth.DMARCNoValue:
		return p.Tag == "rua" || p.Tag == "ruf"
	}
	return false
}
