package probe

import (
	"context"

	"mailtrace/report"
)

var smtpGreetingLate = check{
	Rule: report.Rule{
		ID:    "smtp.greeting-late",
		Title: "The server greets late, or did not greet while we waited",
		Max:   report.Info,
		Explain: `A server that takes mail says "220" first. This one let us wait, or waited longer than we did; senders wait five
minutes. Some servers wait on purpose, because programs that send spam lose patience. If it is not meant so,
look for slow look-ups in the DNS of our address, for block lists that do not answer, or for too much load.`,
		Innocent: `A delay before the greeting is a common defence against spam, and known senders are often spared it.`,
		Measured: notMeasured + " It rests on the time until the greeting.",
		Refs:     []string{"RFC 5321 section 4.5.3.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			waited := seconds(p.took(report.PhaseGreeting))
			if p.Outcome == report.OutcomeTimeout && p.Phase == report.PhaseGreeting {
				t.doubt(p, "connected, and no greeting in the %s that we waited; senders wait 5 minutes. Nothing more is known of this server", waited)
				continue
			}
			if slow := p.odd(report.OddSlowGreeting); len(slow) > 0 {
				_, lines := p.reply(p.Port == implicitPort, "")
				t.find(p, report.Info, p.lines(lines), "the greeting came after %s; senders that follow the standard wait 5 minutes, impatient ones go", waited)
			}
		}
		return t.all()
	},
}
