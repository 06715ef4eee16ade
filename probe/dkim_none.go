package probe

import (
	"context"

	"mailtrace/report"
)

var dkimNone = check{
	Rule: report.Rule{
		ID:    "dkim.none",
		Title: "The domain has no DKIM keys",
		Max:   report.Warning,
		Explain: `All keys of a domain stand below the name _domainkey, and the DNS says that this name does not exist. So the domain signs
no mail, or signs it in the name of another, which does not help DMARC. Large providers refuse unsigned mail from those
that send much. Let the server or provider that sends your mail sign it, and publish its key.`,
		Innocent: `A domain that sends no mail; or a name server that denies a name that is only part of longer ones, against
RFC 8020: then --selector with the one you use finds the key.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 6376 section 3.6.2.1", "RFC 8020 section 2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.dkim == nil || !s.dkim.pruned() || s.way == wayNull {
			return nil, nil, nil
		}
		severity := report.Info
		if s.way == wayMX {
			severity = report.Warning
		}
		f := s.finding(severity, "%s has no DKIM keys: the name below which they stand does not exist", spelled(s.domain))
		f.Evidence = s.dkim.root.evidence()
		return []report.Finding{f}, nil, nil
	},
}
