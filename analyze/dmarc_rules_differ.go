package analyze

import (
	"context"
	"fmt"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var rulesDiffer = check{
	Rule: report.Rule{
		ID:    "dmarc.rules-differ",
		Title: "Whether this message passes DMARC, or what is asked for, depends on the age of the receiver's software",
		Max:   report.Info,
		Explain: `The rules of DMARC were replaced in 2026 (RFC 9989 instead of RFC 7489), and receivers follow the one or the
other. For this message they come to different ends, so one receiver may deliver what another one refuses.
Nothing is wrong with the message for that, and nothing needs to be done for it. The domain in From can end
it by publishing a record at the very name that it sends from, without pct= and t=.`,
		Innocent: `That is the cause: the domain published its records for the old rules, or for the new ones.`,
		Refs:     []string{"RFC 9989 section 4.10", "RFC 7489 section 6.6"},
	},
	asks: true,
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		d := s.checked.dmarc
		if d == nil || !decided(d.RFC9989.Status) || !decided(d.RFC7489.Status) {
			return nil, nil, nil
		}
		now, before := &d.RFC9989, &d.RFC7489
		policies := now.Policy != before.Policy || now.Applied != before.Applied
		// What is asked for is asked for mail that does not pass.
		if now.Status == before.Status && (!policies || now.Status == auth.Pass || now.Err != nil) {
			return nil, nil, nil
		}
		f := finding(report.Info, report.Ordinary, "receivers that follow RFC 9989 come to %s, those that follow RFC 7489 to %s", verdict(d, now), verdict(d, before))
		f.Evidence = append(f.Evidence, policyRecord(now)...)
		if before.PolicyDomain != now.PolicyDomain {
			f.Evidence = append(f.Evidence, policyRecord(before)...)
		}
		if from, ok := s.message.Field("From"); ok {
			f.Evidence = append(f.Evidence, field(from))
		}
		return []report.Finding{f}, nil, nil
	},
}

// verdict is the result by one of the RFCs, with what it rests on.
func verdict(d *auth.DMARC, v *auth.DMARCVerdict) string {
	switch {
	case d.Each != nil && v.Rules == auth.RFC9989:
		return fmt.Sprintf("%s, as From names several domains", v.Status) // RFC 9989 section 5.3.1
	case v.Record == nil:
		return fmt.Sprintf("%s, as they find no record", v.Status)
	case v.Applied == "":
		return fmt.Sprintf("%s, by the record of %s", v.Status, v.PolicyDomain)
	}
	return fmt.Sprintf("%s, by the record of %s, which asks for %s", v.Status, v.PolicyDomain, v.Applied)
}
