package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var ptrNotConfirmed = check{
	Rule: report.Rule{
		ID:    "dns.ptr-not-confirmed",
		Title: "The address of a server has a name that does not lead back to it",
		Max:   report.Warning,
		Explain: `Whoever owns an address can give it any name, so receivers believe a name only if it leads back to the address.
Here it does not: receivers treat the address as if it had no name, or worse. That is of no account for a server that only
receives; it is a warning where the SPF record of the domain says that mail comes from this address. Give the name an
address record, or the address a name that has one.`,
		Innocent: `A server that was moved, and one of the two records was forgotten. Inside of large networks it is common.`,
		Measured: notMeasured + " It rests on the DNS.",
		Refs:     []string{"RFC 8601 section 3", "RFC 1912 section 2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		found, undecided := s.reverse(auth.Fail, "%s: %s a name in the DNS (PTR) that does not lead back")
		if s.rdns == nil {
			return found, undecided, nil
		}
		for _, r := range s.rdns.seen {
			// Without the names, dns.ptr-missing says so.
			if r.failed != "" || r.ptr.answer == nil || len(r.ptr.answer.Records) == 0 {
				continue
			}
			if st := r.iprev.Status; st != auth.Pass && st != auth.Fail {
				undecided = append(undecided, report.Undecided{Address: r.address, Host: r.hosts[0], Why: clipped(r.iprev.Reason, maxRecord)})
			}
		}
		return found, undecided, nil
	},
}
