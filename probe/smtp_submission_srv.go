package probe

import (
	"context"
	"fmt"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

var submissionSRV = check{
	Rule: report.Rule{
		ID:    "smtp.submission-srv",
		Title: "The SRV records that tell mail programs where to hand in mail are wrong or missing",
		Max:   report.Warning,
		Explain: `By SRV records a domain tells the mail programs of its users to which server they hand in mail, so that only the
mail address has to be typed. Few programs look for them, so their absence is no fault. Where there are
some, they have to be right: the target is a host with an address and no alias, and a single dot says
that the service is not offered.`,
		Innocent: "Most domains publish none and describe the settings on a web page.",
		Measured: notMeasured + " It rests on RFC 6186 and RFC 8314.",
		Refs:     []string{"RFC 6186 section 3.1", "RFC 6186 section 3.4", "RFC 8314 section 4.5.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if !s.submission.asked() || s.mx.missing() {
			return nil, nil, nil
		}
		var found []report.Finding
		var undecided []report.Undecided
		absent := 0
		for _, v := range s.services() {
			if v.err != nil {
				undecided = append(undecided, report.Undecided{Why: fmt.Sprintf("whether %s has SRV records for %s is not known: %s", spelled(s.domain), v.label, inWords(v.err))})
				continue
			}
			if len(v.answer.Records) == 0 {
				absent++
				continue
			}
			f, u := s.published(v)
			found, undecided = append(found, f...), append(undecided, u...)
		}
		if absent == 2 {
			f := s.finding(report.Info, "%s publishes no SRV record for handing in mail (_submission, _submissions): mail programs have to be told the server, so no port for users was looked at", spelled(s.domain))
			f.Evidence = append(s.submission.evidence(), s.submissions.evidence()...)
			found = append(found, f)
		}
		return found, undecided, nil
	},
}

// service is one that SRV records can name.
type service struct {
	lookup
	label string
	role  report.HostRole
	port  uint16 // The one that belongs to it.
}

func (s *servers) services() [2]service {
	return [2]service{
		{s.submission, "_submission", report.RoleSubmission, submissionPort},
		{s.submissions, "_submissions", report.RoleSubmissions, implicitPort},
	}
}

// published judges the records of a service.
func (s *servers) published(v service) (found []report.Finding, undecided []report.Undecided) {
	warn := func(severity report.Severity, records []dns.Record, format string, args ...any) *report.Finding {
		f := s.finding(severity, format, args...)
		f.Evidence = recordEvidence(v.answer, records)
		found = append(found, f)
		return &found[len(found)-1]
	}
	if v.none() {
		warn(report.Info, v.answer.Records, "%s says that it does not offer %s: mail programs do not try it", spelled(s.domain), v.label)
		return found, nil
	}
	var odd []dns.Record
	for _, r := range v.lookup.services() {
		switch {
		case r.Target == "":
			warn(report.Warning, []dns.Record{r}, "%s says by one SRV record that it does not offer %s, and names a server by another one", spelled(s.domain), v.label)
		case r.Port != v.port:
			odd = append(odd, r)
		}
	}
	if len(odd) > 0 {
		where := func(r dns.Record) string { return fmt.Sprintf("port %d of %s", r.Port, spelled(r.Target)) }
		warn(report.Warning, odd, "%s names %s for %s, where port %d is usual: networks that let only the usual ports through keep users from it", spelled(s.domain), firstOf(odd, where), v.label, v.port)
		undecided = append(undecided, report.Undecided{Why: fmt.Sprintf("%s %s not connected to: mailtrace connects to no unusual port because a record says so; --host and --port do", firstOf(odd, where), one(len(odd), "was", "were"))})
	}
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.Role != v.role {
			continue
		}
		target := append(recordEvidence(v.answer, v.naming(h.Name)), h.addressEvidence()...)
		switch {
		case len(h.addresses) == 0 && h.fit(s.private) == no:
			warn(report.Warning, nil, "%s, which %s names for %s, has no address: %s", nameOf(h), spelled(s.domain), v.label, s.lacks(h)).Evidence = target
		case len(h.Alias) > 0:
			warn(report.Warning, nil, "%s, which %s names for %s, is an alias (CNAME) for %s: SRV records have to name the host itself", nameOf(h), spelled(s.domain), v.label, spelled(h.Alias[len(h.Alias)-1])).Evidence = target
		}
		undecided = append(undecided, s.halves(h)...)
	}
	if named := v.named(); named > maxServices {
		undecided = append(undecided, report.Undecided{Why: fmt.Sprintf("%d of the servers that %s names for %s were not looked at, because %d are the most that are", named-maxServices, spelled(s.domain), v.label, maxServices)})
	}
	return found, undecided
}

// naming are the records that name a host.
func (v service) naming(name string) []dns.Record {
	var all []dns.Record
	for _, r := range v.answer.Records {
		if r.Target == name {
			all = append(all, r)
		}
	}
	return all
}

// named is how many hosts there are at the port of the service.
func (v service) named() int {
	names := map[string]bool{}
	for _, r := range v.answer.Records {
		if r.Target != "" && r.Port == v.port {
			names[r.Target] = true
		}
	}
	return len(names)
}
