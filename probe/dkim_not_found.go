package probe

import (
	"context"

	"mailtrace/report"
)

var dkimNotFound = check{
	Rule: report.Rule{
		ID:    "dkim.not-found",
		Title: "Whether the domain signs its mail with DKIM is not known",
		Max:   report.Info,
		Explain: `The names of DKIM keys cannot be listed: a mail that was signed tells its selector, and nothing else does. Some names that
many domains use were tried, and none has a key. That is no sign that the domain does not sign. Name the selector
(--selector), or a mail that the domain sent (--from-mail).`,
		Innocent: `A selector that only this domain uses, which is the rule with many mail servers.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 6376 section 3.1", "RFC 6376 section 3.6.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		d := s.dkim
		switch {
		case d == nil:
			return nil, nil, nil
		case d.why != "":
			return nil, []report.Undecided{s.undecided("the DKIM keys of %s are not known: %s", spelled(s.domain), d.why)}, nil
		case !d.usual || d.pruned() || len(d.there()) > 0:
			return nil, nil, nil
		case d.root.err != nil:
			return nil, []report.Undecided{s.undecided("whether %s has DKIM keys is not known: %s", spelled(s.domain), inWords(d.root.err))}, nil
		}
		failed := ""
		for _, k := range d.tried {
			if status, why := k.status(); status == report.PolicyUnknown {
				failed = "; not all questions were answered: " + why
			}
		}
		return nil, []report.Undecided{s.undecided("no DKIM key of %s stands at the %d usual names that were tried%s; nobody can list the others: name the selector (--selector) or a mail (--from-mail)",
			spelled(s.domain), len(d.tried), failed)}, nil
	},
}
