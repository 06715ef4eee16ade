package probe

import (
	"cmp"
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var ptrMissing = check{
	Rule: report.Rule{
		ID:    "dns.ptr-missing",
		Title: "The address of a server has no name",
		Max:   report.Warning,
		Explain: `Whoever runs the network of an address can give it a name in the DNS (a PTR record). A server that only
receives mail needs none. One that sends does: many receivers score or refuse mail from an address without a name. It is a
warning where the SPF record of the domain says that mail comes from this address. Ask the provider of the address for a
PTR record with the name of the server.`,
		Innocent: `A server that only receives, in a network where nobody asked for a name.`,
		Measured: notMeasured + " It rests on the DNS.",
		Refs:     []string{"RFC 1912 section 2.1", "RFC 8601 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		found, undecided := s.reverse(auth.PermError, "%s: %s no name in the DNS (PTR)")
		if s.rdns == nil {
			return found, undecided, nil
		}
		for _, r := range s.rdns.seen {
			if r.ptr.err != nil || r.failed != "" {
				undecided = append(undecided, report.Undecided{Address: r.address, Host: r.hosts[0], Why: "whether " + r.at() + " has a name is not known: " + r.unknown()})
			}
		}
		if s.rdns.left > 0 {
			undecided = append(undecided, report.Undecided{Why: counted(int64(s.rdns.left), "more address of its servers was", "more addresses of its servers were") + " not looked up"})
		}
		return found, undecided, nil
	},
}

// unknown says why nothing is known of the names.
func (r *rdnsSeen) unknown() string {
	if r.ptr.err != nil {
		return inWords(r.ptr.err)
	}
	return r.failed
}

// reverse is the findings on the addresses with a status: those that send mail in one, and
// those that only receive in another one, or of which that is not known. text has the
// addresses and "has" or "have".
func (s *subject) reverse(status auth.Status, text string) (found []report.Finding, undecided []report.Undecided) {
	if s.rdns == nil {
		return nil, nil
	}
	var open []*rdnsSeen
	for _, sends := range [...]bool{true, false} {
		var all []*rdnsSeen
		var evidence []report.Evidence
		for _, r := range s.rdns.seen {
			// An answer that is missing has the status too, where it can never be had.
			if r.iprev.Status != status || r.iprev.Err != nil || (r.sends == yes) != sends {
				continue
			}
			all = append(all, r)
			evidence = append(evidence, r.evidence()...)
			if r.sends == unknown {
				open = append(open, r)
			}
		}
		if len(all) == 0 {
			continue
		}
		severity, after := report.Info, ""
		if sends {
			severity, after = report.Warning, ", and the SPF record of "+spelled(s.domain)+" says that it sends mail from there"
		}
		f := s.finding(severity, text+"%s", firstOf(all, (*rdnsSeen).at), one(len(all), "this address has", "these addresses have"), after)
		if f.Evidence = evidence[:min(len(evidence), maxRecordsShown)]; len(all) == 1 {
			f.Address = all[0].address
			f.Host = all[0].hosts[0]
		}
		found = append(found, f)
	}
	if len(open) > 0 {
		undecided = undecidedAbout("whether mail from %s comes from %s too, for which the name matters, is not known: %s",
			spelled(s.domain), firstOf(open, (*rdnsSeen).at), clipped(cmp.Or(open[0].open, s.rdns.fault), maxRecord))
	}
	return found, undecided
}
