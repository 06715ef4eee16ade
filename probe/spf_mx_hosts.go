package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var spfMXHosts = check{
	Rule: report.Rule{
		ID:    "spf.mx-hosts",
		Title: "The term mx of an SPF record leads to more than ten mail servers",
		Max:   report.Critical,
		Explain: `A term "mx" lets the mail servers of a domain send, and receivers ask for the addresses of ten of them at most. Where there are more
they stop with "permerror", and nothing behind the term counts. Put the networks of these servers (ip4, ip6) in the place of the
term, or take the term out where they only receive.`,
		Innocent: `A domain with many mail servers, for one of which "mx" was convenient.`,
		Measured: notMeasured + " It rests on the records.",
		Refs:     []string{"RFC 7208 section 4.6.4", "RFC 7208 section 5.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		l := s.tree()
		if l == nil {
			return nil, nil, nil
		}
		var found []report.Finding
		for _, t := range l.count.crowded[:min(len(l.count.crowded), maxListed)] {
			evidence := withEvidence(withEvidence(nil, t.in.led()), t.mx.evidence())
			found = append(found, s.spfFinding(report.Critical, evidence, "%s leads to the %d mail servers of %s, and receivers ask for no more than %d: they stop (permerror)",
				t.label(), len(t.mx.answer.Records), spelled(t.to.Name), auth.MaxSPFNames)...)
		}
		var undecided []report.Undecided
		for _, t := range failedTerms(l.count.maybe) {
			if t.Mechanism == auth.MechMX && (t.mx == nil || t.mx.err != nil) && len(undecided) < maxListed {
				undecided = append(undecided, undecidedAbout("to how many mail servers %s leads is not known: %s", t.label(), t.whyNot())...)
			}
		}
		return found, undecided, nil
	},
}

// whyNot is why nothing is known of a term that asks for addresses.
func (t *spfTerm) whyNot() string {
	for _, l := range []*lookup{t.mx, t.a, t.aaaa} {
		if l != nil && l.err != nil {
			return inWords(l.err)
		}
	}
	return t.report().Why
}
