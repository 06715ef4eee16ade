package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfSendingHELO = check{
	Rule: report.Rule{
		ID:    "spf.sending-helo",
		Title: "SPF does not pass for the name that the server calls itself",
		Max:   report.Warning,
		Explain: `Receivers may check the name in EHLO by SPF too, and have nothing else where MAIL FROM is empty, as it is in reports that
mail could not be delivered. A record such as "v=spf1 a -all" at the name of the server is enough. Without one nothing is
wrong; one that does not let the server itself send makes receivers refuse it.`,
		Innocent: `Few server names have a record. A name that stands for several servers has one that was made for another.`,
		Measured: notMeasured + " It rests on the evaluation by RFC 7208.",
		Refs:     []string{"RFC 7208 section 2.3", "RFC 7208 section 2.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		v := s.sending
		switch {
		case v == nil || v.name == "":
			return nil, nil, nil // RFC 7208 section 2.3: "only [...] when the HELO string is a valid, multi-label domain name".
		case v.spfHELO == nil:
			return nil, v.failed(), nil
		}
		why, evidence := v.spfHELO.Sentence(v.Address), spfEvidence(v.spfHELO)
		switch v.spfHELO.Status {
		case auth.Pass:
			return nil, nil, nil
		case auth.None:
			return v.finding(report.Info, evidence, "the name %s has no SPF record of its own", spelled(v.name)), nil, nil
		case auth.Neutral:
			return v.finding(report.Info, evidence, "SPF does not pass for the name of the server: %s", why), nil, nil
		case auth.Fail, auth.SoftFail, auth.PermError:
			return v.finding(report.Warning, evidence, "SPF does not pass (%s) for the name of the server: %s", v.spfHELO.Status, why), nil, nil
		default:
			return nil, v.undecided("whether SPF passes for the name of the server is not known: %s", why), nil
		}
	},
}
