package probe

import (
	"context"

	"mailtrace/report"
)

var dmarcMissing = check{
	Rule: report.Rule{
		ID:    "dmarc.missing",
		Title: "The domain has no DMARC policy",
		Max:   report.Warning,
		Explain: `Without a DMARC record nobody is told what to do with mail that claims to be from the domain and is not, and nobody
reports on such mail. Large providers want a record from those that send much. Begin with one that only asks for
reports, such as "v=DMARC1; p=none; rua=mailto:reports@example.org", and go on to p=reject when all mail of yours passes.`,
		Innocent: `A domain that was registered to be kept, and was never meant for mail.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 9989 section 4.10", "RFC 7489 section 6.6.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		d := s.dmarc
		if d == nil {
			return nil, nil, nil
		}
		switch status, why := d.status(); {
		case status == report.PolicyUnknown:
			return nil, []report.Undecided{s.undecided("whether %s has a DMARC policy is not known: %s", spelled(s.domain), why)}, nil
		case status == report.PolicyNone:
			f := s.finding(report.Warning, "%s has no DMARC policy: receivers are told nothing about mail that is forged in its name", spelled(s.domain))
			f.Evidence = d.evidenceOfAll()
			return []report.Finding{f}, nil, nil
		case d.own.RFC9989.Record != nil && !d.ours(d.own.RFC9989.PolicyDomain):
			at := d.own.RFC9989.PolicyDomain
			f := s.finding(report.Warning, "%s has no DMARC policy of its own: that of %s counts, which is for all domains below it", spelled(s.domain), spelled(at))
			f.Evidence = d.evidence(at)
			return []report.Finding{f}, nil, nil
		}
		return nil, nil, nil
	},
}
