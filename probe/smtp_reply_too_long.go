package probe

import (
	"context"

	"mailtrace/report"
)

var smtpReplyTooLong = check{
	Rule: report.Rule{
		ID:    "smtp.reply-too-long",
		Title: "A line of a reply is too long",
		Max:   report.Warning,
		Explain: `A line of a reply may have 512 octets at most, its end counted. Programs that keep to that may cut the rest off or
hang up. Make the text of the server shorter (in Postfix smtpd_banner, in Exim smtp_banner), or spread it over
several lines.`,
		Innocent: `Long greetings with terms of use, and long lists behind AUTH. Most programs of today read far more.`,
		Measured: notMeasured + " It rests on the length of the line.",
		Refs:     []string{"RFC 5321 section 4.5.3.1.5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			long := p.odd(report.OddLong)
			if len(long) == 0 {
				continue
			}
			evidence := p.oddLines(long)
			longest := 0
			for i, o := range long {
				n := len(evidence[i].Bytes())
				if o.Line >= 1 && o.Line <= len(p.Transcript) && p.Transcript[o.Line-1].Cut > 0 {
					n += p.Transcript[o.Line-1].Cut // With the end of the line.
				} else {
					n += len("\r\n")
				}
				longest = max(longest, n)
			}
			t.find(p, report.Warning, evidence, "a line of a reply has %s; 512 are allowed", counted(int64(longest), "octet", "octets"))
		}
		return t.all()
	},
}
