package probe

import (
	"context"

	"mailtrace/report"
)

var submissionServices = check{
	Rule: report.Rule{
		ID:    "smtp.submission-services",
		Title: "Users can hand in their mail in one of two ways only",
		Max:   report.Warning,
		Explain: `Mail programs of users hand in mail at port 465, with TLS from the first byte, or at port 587, where TLS is begun
by STARTTLS. A domain should offer both, and 465 is preferred. This looks at what the domain names in its SRV
records; whether the servers there answer and let users log in, other rules tell. Whether a server demands
the log-in was not tried: that needs a mail.`,
		Innocent: "A provider that has moved all of its users to one of the two ports.",
		Measured: notMeasured + " It rests on RFC 8314.",
		Refs:     []string{"RFC 8314 section 3.3", "RFC 9325 section 3.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if !s.submission.asked() || s.submission.err != nil || s.submissions.err != nil {
			return nil, nil, nil // Not looked at, or smtp.submission-srv says that it is not known.
		}
		return s.offered(), nil, nil
	},
}

// offered says where one of the two services is missing in the DNS.
func (s *servers) offered() []report.Finding {
	starts, implicit := s.submission.offered(), s.submissions.offered()
	var f report.Finding
	switch {
	case starts && !implicit:
		f = s.finding(report.Warning, "for users, %s names servers with STARTTLS (_submission) and none with TLS from the first byte (_submissions, port 465), which is preferred", spelled(s.domain))
	case implicit && !starts:
		f = s.finding(report.Info, "for users, %s names servers with TLS from the first byte (_submissions) and none with STARTTLS (_submission, port 587): old mail programs that know 587 only cannot hand in mail", spelled(s.domain))
	default:
		return nil
	}
	f.Evidence = append(s.submission.evidence(), s.submissions.evidence()...)
	return []report.Finding{f}
}

// offered says that the records name a server.
func (l lookup) offered() bool { return l.answer != nil && len(l.answer.Records) > 0 && !l.none() }
