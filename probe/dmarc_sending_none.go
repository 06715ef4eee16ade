package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/probe/dns"
	"mailtrace/report"
)

var dmarcSendingNone = check{
	Rule: report.Rule{
		ID:    "dmarc.sending-none",
		Title: "The domain in MAIL FROM has no DMARC record",
		Max:   report.Info,
		Explain: `Large receivers want a DMARC record of whoever sends much mail, be it only one with p=none. What counts is the domain in
From, which need not be that in MAIL FROM: if it is the same, publish a record such as "v=DMARC1; p=none;
rua=mailto:reports@example.org" at _dmarc. Probe the domain to see all of it.`,
		Innocent: `The mail has another domain in From, as that of many services that send for others.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 9989 section 4.10", "RFC 7489 section 6.6.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		v := s.sending
		switch {
		case v == nil || v.MailFrom == "":
			return nil, nil, nil
		case v.dmarc == nil:
			return nil, v.failed(), nil
		}
		d := &v.dmarc.RFC9989
		switch d.Status {
		case auth.None:
			var evidence []report.Evidence
			for _, step := range v.dmarc.Steps {
				evidence = append(evidence, dmarcAsked(step))
			}
			if len(evidence) == 0 {
				return nil, v.undecided("whether %s has a DMARC record is not known: %s", spelled(v.MailFrom), d.Reason), nil
			}
			return v.finding(report.Info, evidence, "%s has no DMARC record", spelled(v.MailFrom)), nil, nil
		case auth.TempError, auth.Undecided:
			return nil, v.undecided("whether %s has a DMARC record is not known: %s", spelled(v.MailFrom), d.Reason), nil
		}
		return nil, nil, nil
	},
}

// dmarcAsked is what came of a question of the tree walk that found nothing.
func dmarcAsked(step *auth.DMARCStep) report.Evidence {
	what := "no DMARC record"
	switch {
	case step.Err != nil:
		what = "no answer"
	case step.Count > 1:
		what = counted(int64(step.Count), "DMARC record", "DMARC records") + ", which count for none"
	case step.Near != "":
		what = "no DMARC record, but " + quoted(step.Near)
	}
	return dnsEvidence(step.Name(), dns.TXT, what)
}
