package analyze

import (
	"context"
	"strings"

	"mailtrace/received"
	"mailtrace/report"
)

var headerThreadIndex = check{
	Rule: report.Rule{
		ID:    "header.thread-index",
		Title: "The Thread-Index field is not one that Outlook writes",
		Max:   report.Warning,
		Explain: `Outlook gives every new conversation an index (Thread-Index) that holds the time at which it
began. Here the message says that Outlook wrote it, yet its index is random. Spam programs copy
the fields of Outlook to look harmless, and fill in what they do not understand. Do not believe
that a person wrote this in Outlook; go by the host that handed the message over ("came from").`,
		Innocent: `Outlook itself writes a hash where it answers a message without an index, and Zimbra writes
random ones; both are left alone. A gateway that folds the field at the wrong place damages it.`,
		Refs: []string{"[MS-OXOMSG] section 2.2.1.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		f, ok := s.message.Field("Thread-Index")
		if !ok {
			return nil, nil, nil
		}
		_, err := received.ParseThreadIndex(f.Value)
		if err == nil {
			return nil, nil, nil
		}
		if s.answers() || s.mailerSays("Zimbra") {
			return nil, nil, nil // QUIRK: a hash by Outlook, random bytes by Zimbra.
		}
		severity, weight, why := report.Info, report.Ordinary, ""
		if s.fromOutlook() {
			severity, weight, why = report.Warning, report.Strong, ", and this is a new message that says it is of Outlook"
		}
		found := finding(severity, weight, "the Thread-Index holds no time: %s%s", err, why)
		found.Evidence = append(found.Evidence, field(f))
		if m, ok := s.message.Field("X-Mailer"); ok {
			found.Evidence = append(found.Evidence, field(m))
		}
		return []report.Finding{found}, nil, nil
	},
}

// fromOutlook says whether the message says that Outlook wrote it.
func (s *subject) fromOutlook() bool {
	return s.mailerSays("Microsoft ") && s.mailerSays("Outlook") && !s.mailerSays("Express")
}

func (s *subject) mailerSays(word string) bool {
	f, ok := s.message.Field("X-Mailer")
	return ok && strings.Contains(f.Text(), word)
}

// answers says whether the message answers, or forwards, another one.
func (s *subject) answers() bool {
	for _, name := range [...]string{"In-Reply-To", "References"} {
		if _, ok := s.message.Field(name); ok {
			return true
		}
	}
	subject := s.report.Message.Subject
	at := strings.IndexByte(subject, ':')
	return at > 0 && at <= 4
}
