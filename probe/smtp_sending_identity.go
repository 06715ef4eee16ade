package probe

import (
	"context"
	"net/netip"
	"slices"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var sendingIdentity = check{
	Rule: report.Rule{
		ID:    "smtp.sending-identity",
		Title: "The server calls itself otherwise than its address is called",
		Max:   report.Info,
		Explain: `The name in EHLO and the name of the address (PTR) are not the same. Nothing has to be done for that alone: receivers
must not refuse for it, and each name may be right. Those that score mail like to see one name that leads to the address and
back.`,
		Innocent: `A server with several names, or one that sends for several domains.`,
		Measured: notMeasured + " It rests on comparing the names.",
		Refs:     []string{"RFC 5321 section 4.1.4", "RFC 8601 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		v := s.sending
		if v == nil || v.name == "" || v.reverse.iprev.Status != auth.Pass || v.reverse.called(v.name) {
			return nil, nil, nil // What cannot be compared has rules of its own.
		}
		forward := "which is not known to lead to the address"
		if v.forward.answer != nil {
			forward = "which does not lead to the address"
			if slices.ContainsFunc(v.forward.addresses(), func(a netip.Addr) bool { return a.Unmap() == v.Address }) {
				forward = "which leads to the address too"
			}
		}
		evidence := append([]report.Evidence{v.saidHELO()}, v.forward.evidence()...)
		return v.finding(report.Info, append(evidence, v.reverse.evidence()...),
			"the server calls itself %s, %s, and its address is called %s", spelled(v.name), forward, quoted(v.reverse.iprev.Name)), nil, nil
	},
}
