package probe

import (
	"context"
	"fmt"
	"strings"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

// spfNearLimit is from how many look-ups on it is said that few are left: one more service
// has one to five of them.
const spfNearLimit = 8

var spfLookups = check{
	Rule: report.Rule{
		ID:    "spf.lookups",
		Title: "The SPF record takes too many look-ups, or nearly so",
		Max:   report.Critical,
		Explain: `The terms include, a, mx, ptr, exists and redirect make receivers ask the DNS, and they stop at the eleventh with "permerror":
whoever is listed behind it does not pass any more. Included records count with all that they include, and their owners may add to
them at any time. Take out services that are not used, put networks (ip4, ip6) in the place of a and mx, or let a service send
with a subdomain that has a record of its own.`,
		Innocent: `Many services that send mail, each of which was right to ask for an include.`,
		Measured: notMeasured + " The count is that of our own evaluation, which agrees with the test suites of RFC 7208.",
		Refs:     []string{"RFC 7208 section 4.6.4", "RFC 7208 section 10.1.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		c, root := l.count, l.walk.root
		least := ""
		if c.open {
			least = "at least "
		}
		switch {
		case c.eleventh != nil && len(l.records(spfLoop)) > 0:
			return nil, nil, nil // spf.loop has that.
		case c.eleventh != nil:
			return s.spfFinding(report.Critical, ledToAll([]*spfTerm{c.eleventh}), "the SPF record of %s takes %s%d look-ups, and receivers stop after %d (permerror): what stands from %s on counts for nothing; %s",
				spelled(s.domain), least, c.asks, auth.MaxSPFLookups, c.eleventh.label(), root.costs()), nil, nil
		case c.open:
			if why := l.unseen(); why != "" {
				return nil, undecidedAbout("how many look-ups the SPF record of %s takes, beyond %d, is not known: %s", spelled(s.domain), c.asks, why), nil
			}
			return nil, nil, nil
		case c.asks == auth.MaxSPFLookups:
			return s.spfFinding(report.Warning, root.led(), "the SPF record of %s takes %d look-ups, which is all that receivers allow: the next term, in it or in a record that it includes, breaks it; %s",
				spelled(s.domain), c.asks, root.costs()), nil, nil
		case c.asks >= spfNearLimit:
			return s.spfFinding(report.Info, root.led(), "the SPF record of %s takes %d look-ups of the %d that receivers allow: one more include may break it; %s",
				spelled(s.domain), c.asks, auth.MaxSPFLookups, root.costs()), nil, nil
		}
		return nil, nil, nil
	},
}

// costs says which terms of a record cost how much: "include:a.example costs 4, mx 1".
func (r *spfRecord) costs() string {
	var words []string
	for i := range r.terms {
		t := &r.terms[i]
		if t.dead != "" || t.tally.asks == 0 {
			continue
		}
		verb, least := "", ""
		if len(words) == 0 {
			verb = "costs "
		}
		if t.tally.open {
			least = "at least "
		}
		words = append(words, fmt.Sprintf("%s %s%s%d", shortened(t.Text), verb, least, t.tally.asks))
	}
	if more := len(words) - auth.MaxSPFLookups - 1; more > 0 {
		words = append(words[:auth.MaxSPFLookups+1], fmt.Sprintf("and %d more terms", more))
	}
	return strings.Join(words, ", ")
}
