package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dmarcSyntax = check{
	Rule: report.Rule{
		ID:    "dmarc.syntax",
		Title: "The DMARC record is not written as it should be",
		Max:   report.Warning,
		Explain: `Receivers pass over what they cannot read in a DMARC record, and programs differ in how much they pass over with it; with
some faults the whole record counts for nothing. Put right what is named here. A record looks like
"v=DMARC1; p=reject; rua=mailto:reports@example.org".`,
		Innocent: `A tag of an extension that is not known here, or a slip of the keyboard that nobody noticed, because mail still arrives.`,
		Measured: notMeasured + " The reader of records passes the suites of mox and OpenDMARC, but for lines that are argued.",
		Refs:     []string{"RFC 9989 section 4.7", "RFC 7489 section 6.3", "RFC 7489 section 6.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		for _, step := range s.dmarc.near() {
			f := s.finding(report.Warning, `what stands at %s is no DMARC record: it does not begin with "v=DMARC1;"`, step.Name())
			f.Evidence = s.dmarc.evidence(step.Domain)
			found = append(found, f)
		}
		record, at := s.dmarc.effective()
		if record == nil {
			return found, nil, nil
		}
		var bad, harmless []string
		for _, p := range record.Problems {
			switch {
			case dmarcElsewhere(p):
			case p.Fault.Harmless():
				harmless = append(harmless, p.String())
			default:
				bad = append(bad, p.String())
			}
		}
		say := func(severity report.Severity, problems []string, format string) {
			if len(problems) > 0 {
				f := s.finding(severity, format, dmarcPrefix+at, firstOf(problems, func(text string) string { return text }))
				f.Evidence = s.dmarc.evidence(at)
				found = append(found, f)
			}
		}
		effect := ", which receivers pass over"
		if why := record.Unusable(auth.RFC9989); why != "" {
			effect = ", and the whole record counts for nothing: " + why
		}
		say(report.Warning, bad, "the DMARC record at %s is wrong: %s"+effect)
		say(report.Info, harmless, "newer receivers pass over this in the DMARC record at %s: %s")
		return found, nil, nil
	},
}

// dmarcElsewhere says that another rule tells of the problem.
func dmarcElsewhere(p auth.DMARCProblem) bool {
	switch p.Fault {
	case auth.DMARCRemoved, auth.DMARCSize, auth.DMARCNoPolicy:
		return true
	}
	return ofAddresses(p)
}
