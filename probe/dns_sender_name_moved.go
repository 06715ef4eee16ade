package probe

import (
	"context"
	"fmt"
	"slices"

	"mailtrace/report"
)

var dnsSenderNameMoved = check{
	Rule: report.Rule{
		ID:    "dns.sender-name-moved",
		Title: "The name of the host that handed the mail over does not lead to its address now",
		Max:   report.Info,
		Explain: `The recipient's side wrote down the address of the host that handed the mail over, and names for it: one that it found
in the DNS (PTR), one by which the host greeted (HELO). Such a name leads elsewhere today, or nowhere. Report spam or fraud
to the network of the address, not to the owner of the name; it may have been a lie from the beginning, or the address may
belong to somebody else by now. This host was not connected to.`,
		Innocent: `Servers move and are renamed, and many greet by a name that was never in the DNS.`,
		Measured: notMeasured + " It rests on the answer of the DNS.",
		Refs:     []string{"RFC 5321 section 4.1.4", "RFC 8601 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var found []report.Finding
		var open []report.Undecided
		f := s.follow
		for _, n := range f.of {
			name := clipped(n.name, maxNameShown)
			switch {
			case n.withheld:
				open = append(open, f.open(fmt.Sprintf("%s was not asked for: it holds what stands before the @ of a recipient", name))...)
			case n.a.err != nil:
				open = append(open, f.open(fmt.Sprintf("where %s leads is not known: %s", name, inWords(n.a.err)))...)
			case !slices.Contains(n.a.addresses(), f.peer):
				where := "leads to no address"
				if all := n.a.addresses(); len(all) > 0 {
					where = "leads to " + firstOf(all, addrText)
				}
				one := f.onHop(report.Info, "%s handed the mail over as %s (%s), and that name %s now", f.peer, name, n.what, where)
				one.Evidence = n.a.evidence()
				found = append(found, one)
			}
		}
		return found, open, nil
	},
}
