package probe

import (
	"context"

	"mailtrace/report"
)

var smtpReplyMalformed = check{
	Rule: report.Rule{
		ID:    "smtp.reply-malformed",
		Title: "Replies of the server break the form of SMTP",
		Max:   report.Critical,
		Explain: `A reply is a number of three digits and a text, on lines that end in CR and LF; the lines of one reply carry the
same number. This server does it otherwise. Most senders put up with it, some give up or lose step, and then mail
waits or bounces for some people only. What is no SMTP at all, such as a web server, takes no mail. Look for a
program of your own making, or for a device in front of the server that writes into the conversation.`,
		Innocent: `Home-made scripts that greet, and firewalls or proxies that change a line, are the usual cause.`,
		Measured: notMeasured + " It rests on the grammar.",
		Refs:     []string{"RFC 5321 section 4.2", "RFC 5321 section 4.2.1", "RFC 5321 section 2.3.8"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			// What went beyond a bound of ours is told by smtp.beyond-bounds.
			if p.Outcome == report.OutcomeProtocol && len(p.Limits) == 0 && (p.Phase == report.PhaseGreeting || p.Phase == report.PhaseEHLO) {
				t.find(p, report.Critical, nil, "what answers there is no SMTP: no mail can be brought there (%s)", p.Why)
				continue
			}
			for _, form := range malformed {
				if odd := p.odd(form.kind); len(odd) > 0 {
					t.find(p, report.Warning, p.oddLines(odd), "%s", form.text)
				}
			}
		}
		return t.all()
	},
}

// malformed is the oddities that are faults of form, and what to say of them.
var malformed = [...]struct {
	kind report.OddityKind
	text string
}{
	{report.OddBareLF, "lines end in LF alone, not in CR LF; senders that are strict wait for the end of the line for ever"},
	{report.OddCodes, "the lines of one reply begin with several codes, so that senders do not agree on what was said"},
	{report.OddCode, "a reply has a code outside 200 to 599, which means nothing; senders give up"},
	{report.OddControl, "a reply holds control characters or other octets that are no text"},
	{report.OddTooEarly, "more came than was asked for: a reply without a command. Senders that follow the order take it for the answer to their next command"},
}
