package probe

import (
	"cmp"
	"slices"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// offer takes the hosts from an answer about SRV, at the port that belongs to the
// service and at no other one: a stranger's record must not make us knock at any port
// of any computer.
func (s *servers) offer(role report.HostRole, l lookup, port uint16) {
	taken := 0
	for _, r := range l.services() {
		if r.Target == "" || r.Port != port || s.has(r.Target, role) || taken == maxServices {
			continue
		}
		taken++
		s.add(r.Target, role, int(r.Priority), port)
	}
}

// services are the SRV records in the order of their priority (RFC 2782). Those of the
// same one are chosen at random by their weights, which is not imitated here.
func (l lookup) services() []dns.Record {
	if l.answer == nil {
		return nil
	}
	return slices.SortedStableFunc(slices.Values(l.answer.Records), func(a, b dns.Record) int {
		return cmp.Compare(a.Priority, b.Priority)
	})
}

// none says that the service is said not to be offered (RFC 6186 section 3.4).
func (l lookup) none() bool {
	return l.answer != nil && len(l.answer.Records) > 0 && !slices.ContainsFunc(l.answer.Records, func(r dns.Record) bool { return r.Target != "" })
}
