package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfOpenEnd = check{
	Rule: report.Rule{
		ID:    "spf.open-end",
		Title: "The SPF record says nothing of servers that it does not name",
		Max:   report.Warning,
		Explain: `Servers that no term matches get "neutral", which receivers treat like no record at all: so the record does not keep anybody from
sending in the name of the domain. That is what a record without "all" and "redirect" at its end means, and "?all" says so openly.
End it with "~all" while you look for servers that were forgotten, and with "-all" or "~all" and a DMARC policy then.`,
		Innocent: `A record for a trial, or of a domain from which anybody may send, such as that of an open community.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 7208 section 4.7", "RFC 7208 section 2.6.2", "RFC 7208 section 8.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		last := l.walk.root.last()
		switch {
		case last.state == spfUnknown:
			return nil, undecidedAbout("what the SPF record of %s says of servers that it does not name is not known: it stands in that of %s: %s", spelled(s.domain), spelled(last.name), last.why), nil
		case last.state != spfRead:
			return nil, nil, nil // A permerror, of which other rules tell.
		case last.redirect() != nil:
			return nil, undecidedAbout("what the SPF record of %s says of servers that it does not name is not known: where %s leads hangs on the message", spelled(s.domain), last.redirect().label()), nil
		}
		where := ""
		if last.depth > 0 {
			where = " of " + spelled(last.name) + ", to which that of " + spelled(s.domain) + " leads,"
		} else {
			where = " of " + spelled(s.domain)
		}
		for i := range last.terms {
			if t := &last.terms[i]; t.dead == "" && t.everybody() {
				if t.Qualifier != auth.Neutral {
					return nil, nil, nil
				}
				return s.spfFinding(report.Info, withEvidence(nil, last.led()), "the SPF record%s ends with %s: of servers that it does not name it says nothing", where, shortened(t.Text)), nil, nil
			}
		}
		return s.spfFinding(report.Warning, withEvidence(nil, last.led()), "the SPF record%s ends without \"all\" or \"redirect\": of servers that it does not name it says nothing", where), nil, nil
	},
}

// last is the record that decides of servers that nothing matches: where redirect leads.
func (r *spfRecord) last() *spfRecord {
	for {
		next := r.redirect()
		if next == nil || next.below == nil {
			return r
		}
		r = next.below
	}
}
