package probe

import (
	"context"

	"mailtrace/report"
)

var smtpBrokenOff = check{
	Rule: report.Rule{
		ID:    "smtp.broken-off",
		Title: "The server broke the conversation off, or fell silent in it",
		Max:   report.Info,
		Explain: `A connection was made, and then the server closed it without a reply, or did not reply while we waited. What
would have come after that is not known; it is no proof that TLS or anything else is missing. Senders wait up
to five minutes and then try again later. Look into the log of the server for our address: a list of blocked
addresses, a firewall that looks into the traffic, or a crash show there.`,
		Innocent: `Many servers hang up on addresses that they do not know or that connect too often, and treat well-known senders
otherwise. A server may be overloaded for a moment.`,
		Measured: notMeasured + " It rests on how the connection ended.",
		Refs:     []string{"RFC 5321 section 4.5.3.2", "RFC 5321 section 3.8"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if slow := p.odd(report.OddSlow); len(slow) > 0 {
				t.find(p, report.Info, p.oddLines(slow), "a reply came in small pieces, octet by octet: such servers (tarpits) slow senders down that they do not trust")
			}
			if p.Outcome != report.OutcomeTimeout && p.Outcome != report.OutcomeClosed {
				continue
			}
			after, ok := brokenAfter(p)
			if !ok {
				continue
			}
			if p.Outcome == report.OutcomeTimeout {
				t.doubt(p, "no reply to %s while we waited (%s); senders wait up to 5 minutes. What follows is not known", after, seconds(p.took(p.Phase)))
				continue
			}
			if p.Phase != report.PhaseGreeting {
				after = "answering " + after
			}
			t.doubt(p, "the server closed the connection instead of %s. What follows is not known", after)
		}
		return t.all()
	},
}

// brokenAfter is what stood before the end, in words. It is not told of connecting and
// of TLS, and of a greeting that did not come, which have rules of their own; nor of
// QUIT, behind which nothing follows.
func brokenAfter(p place) (string, bool) {
	switch p.Phase {
	case report.PhaseGreeting:
		return "greeting us", p.Outcome == report.OutcomeClosed
	case report.PhaseEHLO:
		if p.TLS != nil && p.TLS.Outcome == report.OutcomeOK {
			return "EHLO inside TLS", true
		}
		return "EHLO", true
	case report.PhaseStartTLS:
		return "STARTTLS", true
	}
	return "", false
}
