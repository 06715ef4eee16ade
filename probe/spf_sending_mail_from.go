package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfSendingMailFrom = check{
	Rule: report.Rule{
		ID:    "spf.sending-mail-from",
		Title: "SPF does not let the server send for the domain in MAIL FROM",
		Max:   report.Critical,
		Explain: `Receivers ask the SPF record of the domain in MAIL FROM whether this address may send for it. A fail, and a record that
cannot be evaluated, make many of them refuse the mail or put it away; without a pass SPF cannot carry DMARC either. Put the
address into the record, or send through a server that is in it. The steps of the evaluation stand in the report.`,
		Innocent: `A server that is new and was not put into the record yet; a domain that vouches for its mail by DKIM alone.`,
		Measured: notMeasured + " It rests on the evaluation by RFC 7208.",
		Refs:     []string{"RFC 7208 section 2.4", "RFC 7208 section 8"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		v := s.sending
		switch {
		case v == nil || v.MailFrom == "":
			return nil, nil, nil
		case v.spfMail == nil:
			return nil, v.failed(), nil
		}
		why, evidence := v.spfMail.Sentence(v.Address), spfEvidence(v.spfMail)
		switch v.spfMail.Status {
		case auth.Pass:
			return nil, nil, nil
		case auth.Fail:
			return v.finding(report.Critical, evidence, "SPF fails: %s", why), nil, nil
		case auth.PermError:
			return v.finding(report.Critical, evidence, "the SPF record of %s cannot be evaluated: %s", spelled(v.MailFrom), why), nil, nil
		case auth.None:
			return v.finding(report.Warning, evidence, "%s: SPF lets nobody send for it, and forbids nobody", why), nil, nil
		case auth.SoftFail, auth.Neutral:
			return v.finding(report.Warning, evidence, "SPF does not pass (%s): %s", v.spfMail.Status, why), nil, nil
		default:
			return nil, v.undecided("whether SPF passes is not known: %s", why), nil
		}
	},
}
