package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var sendingPTRNotConfirmed = check{
	Rule: report.Rule{
		ID:    "dns.sending-ptr-not-confirmed",
		Title: "The address that mail comes from has a name that does not lead back",
		Max:   report.Critical,
		Explain: `Whoever owns an address can give it any name, so receivers believe it only if the name leads back to the address.
Here none does. Many receivers treat that as no name; over IPv6 large ones refuse the mail. Give the name an address record of
the same family as the address, or the address a name that has one.`,
		Innocent: `A server that was moved, and one of the two records was forgotten; or a name that has only an address of the other family.`,
		Measured: notMeasured + " It rests on the DNS; that receivers refuse is what they say themselves.",
		Refs:     []string{"RFC 8601 section 3", "RFC 1912 section 2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		v := s.sending
		if v == nil || v.reverse.failed != "" || len(v.reverse.names()) == 0 {
			return nil, nil, nil // Without names dns.sending-ptr-missing speaks.
		}
		switch i := &v.reverse.iprev; i.Status {
		case auth.Pass:
			return nil, nil, nil
		case auth.Fail:
			severity := report.Warning
			if v.isV6() {
				severity = report.Critical
			}
			return v.finding(severity, v.reverse.evidence(), "%s: receivers cannot confirm the name", i.Reason), nil, nil
		default:
			return nil, v.undecided("%s", i.Reason), nil
		}
	},
}
