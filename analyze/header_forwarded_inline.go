package analyze

import (
	"context"
	"strings"

	"mailtrace/analyze/mailbox"
	"mailtrace/report"
)

var headerForwardedInline = check{
	Rule: report.Rule{
		ID:    "header.forwarded-inline",
		Title: "The message in question was forwarded as text, and its header is lost",
		Max:   report.Info,
		Explain: `Whoever forwards a message as text sends a new message: its route is that of the forwarder. Of
the message that was forwarded only the few lines are left that the mail program quotes, and
anyone can type these. So this report says nothing about it. Ask for the original: in Gmail, three
dots, Download message; in Outlook, Save as; in Thunderbird and Apple Mail, File, Save As; or have it
forwarded as an attachment.`,
		Innocent: "Forwarding as text is what mail programs do when nothing else is chosen.",
		Refs:     []string{"RFC 5322 section 3.6.6"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		q, ok := s.message.Inline()
		if !ok {
			return nil, nil, nil
		}
		what := "a message"
		if q.From != "" {
			what += " from " + q.From
		}
		if q.Subject != "" {
			what += ", subject " + q.Subject
		}
		f := finding(report.Info, report.Ordinary, "the text quotes %s; nothing here tells which way that one came. To get it whole: %s",
			what, strings.Join(mailbox.HowToGetOriginal(q.Program), "; "))
		e := report.NewEvidence(q.Line, q.Offset, q.Marker)
		e.Source = report.SourceBody
		f.Evidence = append(f.Evidence, e)
		return []report.Finding{f}, nil, nil
	},
}
