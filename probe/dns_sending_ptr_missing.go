package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var sendingPTRMissing = check{
	Rule: report.Rule{
		ID:    "dns.sending-ptr-missing",
		Title: "The address that mail comes from has no name",
		Max:   report.Critical,
		Explain: `Whoever runs the network of an address can give it a name in the DNS (a PTR record). A server that sends mail needs
one: Google, Microsoft, Yahoo and many others refuse mail from an address without, over IPv6 nearly all. Ask the provider of
the address for a PTR record with the name of the server, and give that name an address record that leads back.`,
		Innocent: `An address that is new, or one of a network where names are given only when somebody asks.`,
		Measured: notMeasured + " It rests on the DNS; that receivers refuse is what they say themselves.",
		Refs:     []string{"RFC 1912 section 2.1", "RFC 8601 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		v := s.sending
		switch {
		case v == nil:
			return nil, nil, nil
		case v.reverse.ptr.err != nil || v.reverse.failed != "":
			return nil, v.undecided("whether %s has a name is not known: %s", v.Address, v.reverse.unknown()), nil
		case v.reverse.iprev.Status != auth.PermError || v.reverse.iprev.Err != nil:
			return nil, nil, nil
		}
		after := "many receivers refuse mail from there"
		if v.isV6() {
			after = "large receivers refuse mail over IPv6 from there"
		}
		return v.finding(report.Critical, v.reverse.evidence(), "%s has no name in the DNS (PTR): %s", v.Address, after), nil, nil
	},
}
