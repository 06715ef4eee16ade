package report

import "slices"

// Judged says whether there was anything to judge: a hop of a message; of a domain, a
// server that spoke with us or turned us away for good, or that the DNS names none and
// a finding says so; of a server that sends, a result. Servers that were silent, or said "not now", leave all open, and so
// does a connection that was refused: a packet filter here may have said that.
func (r *Report) Judged() bool {
	if r.Kind != KindProbe {
		return len(r.Path.Hops) > 0
	}
	if r.Sending != nil {
		return slices.ContainsFunc(r.Auth, func(a Auth) bool { return a.Status != "temperror" && a.Status != "undecided" })
	}
	tried := false
	for i := range r.Hosts {
		for k := range r.Hosts[i].Endpoints {
			e := &r.Hosts[i].Endpoints[k]
			if e.Hello != HelloNone || e.Outcome == OutcomeRejected {
				return true
			}
			tried = true
		}
	}
	return !tried && len(r.Findings) > 0 && !slices.ContainsFunc(r.Undecided, serverUnknown)
}

// serverUnknown says of what is not known that it is who takes the mail, or where: the
// DNS left that open, whatever else it said.
func serverUnknown(u Undecided) bool {
	return u.Rule == "dns.mx-not-known" || u.Rule == "dns.mx-none-usable"
}
