package probe

import (
	"context"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var domainAlias = check{
	Rule: report.Rule{
		ID:    "dns.domain-alias",
		Title: "The domain is an alias for another one, or for itself in the end",
		Max:   report.Critical,
		Explain: `The name behind the @ is an alias (CNAME). Senders take the name that it leads to in its place, and use the
mail servers of that one; there is nothing wrong with it. Whoever looks for the MX record has to look
there. Aliases that lead in a circle are another matter: then no sender finds a server.`,
		Innocent: "A host of a web site that is kept at another company: www names are often aliases.",
		Measured: notMeasured + " It rests on RFC 5321 and RFC 7672, which say how aliases are followed.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 7672 section 2.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.mx.err != nil && s.mx.err.Cause == dns.AliasLoop {
			f := s.finding(report.Critical, "the aliases (CNAME) of %s lead in a circle, or on and on: senders find no mail server, keep the mail, and give up after days", spelled(s.domain))
			f.Evidence = s.mx.evidence()
			return []report.Finding{f}, nil, nil
		}
		end := s.canonical()
		if end == s.domain || s.mx.missing() { // dns.domain-missing has that.
			return nil, nil, nil
		}
		f := s.finding(report.Info, "%s is an alias (CNAME) for %s: mail for it goes where mail for that name goes", spelled(s.domain), spelled(end))
		f.Evidence = s.mx.evidence()
		return []report.Finding{f}, nil, nil
	},
}
