package probe

import (
	"context"
	"fmt"

	"mailtrace/report"
)

var mxNoneUsable = check{
	Rule: report.Rule{
		ID:    "dns.mx-none-usable",
		Title: "No mail server of the domain has an address that can be used",
		Max:   report.Critical,
		Explain: `Of the servers that the domain names for its mail, none has an address to which a sender could connect. Senders
must not help themselves with the address of the domain when there are MX records, so they give the
mail back. Correct the MX records, or the address records of the hosts that they name.`,
		Innocent: "The domain is not meant for mail. Then the MX record \"0 .\" says so.",
		Measured: notMeasured + " It rests on RFC 5321, by which this has to be reported as an error.",
		Refs:     []string{"RFC 5321 section 5.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		var mail []*host
		open := 0
		for i := range s.servers.hosts {
			h := &s.servers.hosts[i]
			if !h.takesMail() {
				continue
			}
			switch h.fit(s.private) {
			case yes:
				return nil, nil, nil
			case unknown:
				open++
			}
			mail = append(mail, h)
		}
		if len(mail) == 0 {
			return nil, nil, nil
		}
		if open+len(s.beyond) > 0 {
			why := fmt.Sprintf("none of the mail servers of %s is known to have an address that can be used: about %d of %d the DNS gave no answer, or was not asked",
				spelled(s.domain), open+len(s.beyond), len(mail)+len(s.beyond))
			return nil, []report.Undecided{{Why: why}}, nil
		}
		reason := func(h *host) string { return nameOf(h) + " (" + s.lacks(h) + ")" }
		var f report.Finding
		if mail[0].Role == report.RoleImplicitMX {
			f = s.finding(report.Critical, "%s has no MX record, and itself no address to which a sender could connect (%s): senders give mail for it back to its author", spelled(s.domain), s.lacks(mail[0]))
			f.Evidence = s.mx.evidence()
		} else {
			f = s.finding(report.Critical, "none of the mail servers of %s can be used: %s; senders give mail back to its author", spelled(s.domain), firstOf(mail, reason))
		}
		for _, h := range mail[:min(len(mail), maxListed)] {
			f.Evidence = append(f.Evidence, s.led(h)...)
		}
		return []report.Finding{f}, nil, nil
	},
}
