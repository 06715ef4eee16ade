package probe

import (
	"context"

	"mailtrace/report"
)

var rptMissing = check{
	Rule: report.Rule{
		ID:    "policy.tlsrpt-missing",
		Title: "MTA-STS or DANE is in force, and nobody is asked to report when it fails",
		Max:   report.Warning,
		Explain: `Where the MTA-STS policy, or DANE, does not hold, mail waits at the servers that send it, and the domain sees nothing of
that. TLS reporting lets those senders say so once a day; in mode testing these reports are all that the policy is for.
Publish a TXT record at _smtp._tls, such as "v=TLSRPTv1; rua=mailto:reports@example.org"; for DANE it may stand below the
name of the mail server as well.`,
		Innocent: `A domain that watches its certificates by other means.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 8460 section 3", "RFC 8460 section 1.1", "RFC 8461 section 6"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if s.policies == nil || s.policies.rpt.said.Status != report.PolicyNone {
			return nil, nil, nil
		}
		if s.stsSeverity() == "" {
			return s.unreportedDANE()
		}
		f := s.finding(report.Warning, "the MTA-STS policy of %s is in mode %s, and nobody is asked to report when it fails: you do not learn that mail waits",
			spelled(s.domain), s.policies.sts.policy.mode)
		f.Evidence = append(s.policies.rpt.evidence(), s.policies.sts.file.lines("mode")...)
		return []report.Finding{f}, nil, nil
	},
}

// unreportedDANE looks for servers with TLSA records that count, of which nobody gets
// reports: neither who has the domain, nor who has the server.
func (s *subject) unreportedDANE() ([]report.Finding, []report.Undecided, error) {
	var blind, open []*daneSight
	for _, d := range s.dane {
		if d.rpt == nil {
			continue
		}
		switch status, _ := d.rpt.status(rptVersion); status {
		case report.PolicyNone, report.PolicyInvalid:
			blind = append(blind, d)
		case report.PolicyUnknown:
			open = append(open, d)
		}
	}
	name := func(d *daneSight) string { return nameOf(d.host) }
	if len(blind) == 0 {
		if len(open) == 0 {
			return nil, nil, nil
		}
		_, why := open[0].rpt.status(rptVersion)
		return nil, []report.Undecided{s.undecided("whether anybody is asked to report when DANE fails at %s is not known: %s", firstOf(open, name), why)}, nil
	}
	f := s.finding(report.Warning, "DANE is in force at %s, and nobody is asked to report when it fails, neither for %s nor for the server: you do not learn that mail waits",
		firstOf(blind, name), spelled(s.domain))
	f.Evidence = append(s.policies.rpt.evidence(), blind[0].rpt.evidence()...)
	f.Evidence = append(f.Evidence, blind[0].evidence(blind[0].every())...)
	return []report.Finding{f}, nil, nil
}
