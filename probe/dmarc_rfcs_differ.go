package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dmarcRFCsDiffer = check{
	Rule: report.Rule{
		ID:    "dmarc.rfcs-differ",
		Title: "Newer and older receivers find different DMARC policies",
		Max:   report.Warning,
		Explain: `Receivers that follow RFC 9989 look for the policy at each name on the way up, and know np= for names that do not exist;
older ones look at two names alone, with the Public Suffix List, and do not know np=. For this domain they come to
different policies. Publish a record at the domain itself, and give sp= where you give np=, so that all find the same.`,
		Innocent: `A record that was written for the newer rules, and is read by older receivers for some years.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 9989 section 4.10", "RFC 9989 section 4.7", "RFC 7489 section 6.6.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.dmarc == nil || s.dmarc.own == nil {
			return nil, nil, nil
		}
		if v := &s.dmarc.own.RFC9989; v.Record != nil && v.Err != nil {
			return nil, []report.Undecided{s.undecided("which DMARC policy newer receivers find for %s is not known: whether that name exists is not", spelled(s.domain))}, nil
		}
		var found []report.Finding
		for _, c := range [...]struct {
			severity report.Severity
			who      string
			both     *auth.DMARC
		}{
			{report.Warning, "mail from " + spelled(s.domain), s.dmarc.own},
			{report.Info, "mail from names below it", s.dmarc.sub},
			{report.Info, "mail from names below it that do not exist", s.dmarc.gone},
		} {
			if c.both == nil || c.both.RFC9989.Err != nil || c.both.RFC7489.Err != nil {
				continue
			}
			newer, older := dmarcFound(&c.both.RFC9989), dmarcFound(&c.both.RFC7489)
			if newer == older {
				continue
			}
			f := s.finding(c.severity, "for %s, receivers that follow RFC 9989 find %s, older ones %s", c.who, newer, older)
			f.Evidence = s.dmarc.evidenceOfAll()
			found = append(found, f)
			break // What is so for the domain is so for all below it.
		}
		return found, nil, nil
	},
}

// dmarcFound is the policy and where it stands, in words.
func dmarcFound(v *auth.DMARCVerdict) string {
	if v.Policy == "" {
		return "no policy"
	}
	return v.Tag + "=" + string(v.Policy) + " at " + dmarcPrefix + v.PolicyDomain
}
