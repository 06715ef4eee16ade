package probe

import (
	"context"
	"strings"

	"mailtrace/report"
)

var submissionServices = check{
	Rule: report.Rule{
		ID:    "smtp.submission-services",
		Title: "How users can hand in their mail",
		Max:   report.Warning,
		Explain: `Mail programs of users hand in mail at port 465, with TLS from the first byte, or at port 587, where TLS is begun
by STARTTLS. A domain should offer both, and 465 is preferred; at both, users log in. This looks at the
servers that the domain names in its SRV records. Whether a server demands the log-in was not tried: that
needs a mail.`,
		Innocent: "A provider that has moved all of its users to one of the two ports.",
		Measured: notMeasured + " It rests on RFC 8314 and RFC 6409.",
		Refs:     []string{"RFC 8314 section 3.3", "RFC 6409 section 4.3", "RFC 9325 section 3.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if !s.submission.asked() || s.submission.err != nil || s.submissions.err != nil {
			return nil, nil, nil // Not looked at; or smtp.submission-srv says that it is not known.
		}
		found := s.offered()
		var undecided []report.Undecided
		for _, v := range s.services() {
			f, u := s.serves(v)
			found, undecided = append(found, f...), append(undecided, u...)
		}
		return found, undecided, nil
	},
}

// offered says where one of the two services is missing in the DNS.
func (s *servers) offered() []report.Finding {
	starts, implicit := s.submission.offered(), s.submissions.offered()
	var f report.Finding
	switch {
	case starts && !implicit:
		f = s.finding(report.Warning, "for users, %s names servers with STARTTLS (port 587) and none with TLS from the first byte (port 465), which is preferred", spelled(s.domain))
	case implicit && !starts:
		f = s.finding(report.Info, "for users, %s names servers with TLS from the first byte (port 465) and none with STARTTLS (port 587): old mail programs that know 587 only cannot hand in mail", spelled(s.domain))
	default:
		return nil
	}
	f.Evidence = append(s.submission.evidence(), s.submissions.evidence()...)
	return []report.Finding{f}
}

// offered says that the records name a server.
func (l lookup) offered() bool { return l.answer != nil && len(l.answer.Records) > 0 && !l.none() }

// serves says whether the endpoints of a service work.
func (s *subject) serves(v service) (found []report.Finding, undecided []report.Undecided) {
	var silent []place
	works := false
	for p := range s.places() {
		if p.host.Role != v.role {
			continue
		}
		if !p.talks() {
			silent = append(silent, p)
			continue
		}
		works = true
		if p.Phase != report.PhaseQuit || p.TLS == nil || p.Hello != report.HelloEHLO || offersAuth(p.ExtensionsTLS) {
			continue
		}
		f := p.finding(report.Warning, "%s offers no way to log in at port %d, not even inside TLS: users cannot hand in mail there", spelled(p.host.Name), p.Port)
		if f.Evidence = p.says(true, p.HelloName); len(f.Evidence) == 0 {
			f.Evidence = []report.Evidence{p.last()}
		}
		found = append(found, f)
	}
	if works || len(silent) == 0 {
		return found, nil
	}
	for _, p := range silent { // No endpoint works: users cannot use the service at all.
		if p.dead(false) != yes {
			undecided = append(undecided, p.undecided("whether users can hand in mail at port %d of %s is not known: %s", p.Port, spelled(p.host.Name), p.inShort()))
			continue
		}
		f := p.finding(report.Warning, "users cannot hand in mail at port %d of %s, which %s names for %s: %s", p.Port, spelled(p.host.Name), spelled(s.domain), v.label, p.inShort())
		f.Evidence = append(f.Evidence, p.ended())
		found = append(found, f)
	}
	return found, undecided
}

func offersAuth(extensions []report.Extension) bool {
	for _, e := range extensions {
		if strings.EqualFold(e.Keyword, "AUTH") {
			return true
		}
	}
	return false
}
