package probe

import (
	"context"
	"slices"

	"mailtrace/report"
)

var stsMX = check{
	Rule: report.Rule{
		ID:    "policy.sts-mx",
		Title: "The policy of MTA-STS and the MX records name different servers",
		Max:   report.Critical,
		Explain: `In its MTA-STS policy the domain names the servers that mail may be brought to, and one of its MX hosts is not
among them. With mode enforce, senders that keep to MTA-STS bring no mail to that server; if all servers are left out,
or those that are named do not answer, mail waits and comes back to its sender after some days. With mode
testing it still arrives, and is reported to you. Name the host in the policy and then change the id of the record, before the MX
record is published.`,
		Innocent: `A change of provider, of which one half is done.`,
		Measured: notMeasured + " It rests on the policy and the MX records of this moment.",
		Refs:     []string{"RFC 8461 section 4.1", "RFC 8461 section 5", "RFC 8461 section 8.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		severity := s.stsSeverity()
		if severity == "" {
			return nil, nil, nil
		}
		l := s.policies.sts
		var found []report.Finding
		unmatched, unused := s.stsMatched()
		all := len(unmatched) == len(s.stsHosts())
		for _, name := range unmatched[:min(len(unmatched), maxHosts)] {
			f := s.finding(severity, "%s is not among the servers that the MTA-STS policy names: %s", spelled(name), s.stsEffect(all))
			f.Host = name
			if i := slices.IndexFunc(s.servers.hosts, func(h host) bool { return h.Name == name }); i < 0 {
				f.Host = "" // No host of this report.
			}
			if f.Evidence = s.exchange(name); f.Evidence == nil {
				f.Evidence = s.mx.evidence()
			}
			f.Evidence = append(f.Evidence, l.file.lines("mx")...)
			found = append(found, f)
		}
		if len(unused) > 0 && !all {
			f := s.finding(report.Info, "the MTA-STS policy names %s, and no MX record does: of no harm, if that is still wanted", firstOf(unused, spelled))
			f.Evidence = append(l.file.lines("mx"), s.mx.evidence()...)
			found = append(found, f)
		}
		return found, nil, nil
	},
}

// stsSeverity is how bad it is where a server does not keep to the policy; "" where there
// is no policy that asks for something.
func (s *subject) stsSeverity() report.Severity {
	if s.policies == nil || s.policies.sts.policy == nil {
		return ""
	}
	switch s.policies.sts.policy.mode {
	case stsEnforce:
		return report.Critical
	case stsTesting:
		return report.Warning
	}
	return ""
}

// stsEffect is what senders do where a server does not keep to the policy.
func (s *subject) stsEffect(all bool) string {
	switch {
	case s.policies.sts.policy.mode == stsTesting:
		return "mail still comes, since the policy is being tested (mode testing), and senders report it"
	case all:
		return "senders that keep to MTA-STS bring no mail to the domain (mode enforce)"
	}
	return "senders that keep to MTA-STS bring no mail there (mode enforce)"
}
