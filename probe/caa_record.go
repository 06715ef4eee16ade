package probe

import (
	"context"
	"slices"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var caaRecordRule = check{
	Rule: report.Rule{
		ID:    "policy.caa-record",
		Title: "A CAA record is wrong",
		Max:   report.Warning,
		Explain: `CAA records say which authorities may issue certificates for a name. An authority that comes to a wrong record, or to a
critical one that it does not know, must not issue: the certificate that is there stays good, and the next one is not
given. Put the record right before then, such as 0 issue "ca.example.net".`,
		Innocent: `A tag that is newer than this program.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 8659 section 4.1", "RFC 8659 section 4.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		var told []string
		for _, c := range s.caa {
			if slices.Contains(told, c.at) {
				continue // Several hosts below one name have the same records.
			}
			told = append(told, c.at)
			for _, fault := range c.faults()[:min(len(c.faults()), maxListed)] {
				severity := report.Warning
				if fault.mild {
					severity = report.Info
				}
				f := s.finding(severity, "of the CAA records of %s, which count for %s: %s", spelled(c.at), spelled(c.host), fault.text)
				f.Evidence = clippedEvidence(recordEvidence(c.found.answer, []dns.Record{fault.record}))
				found = append(found, f)
			}
		}
		return found, nil, nil
	},
}
