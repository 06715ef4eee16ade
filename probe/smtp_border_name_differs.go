package probe

import (
	"context"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/report"
)

var smtpBorderNameDiffers = check{
	Rule: report.Rule{
		ID:    "smtp.border-name-differs",
		Title: "The server does not call itself now what the line of the mail calls it",
		Max:   report.Info,
		Explain: `The line of the host that took the mail from outside has its name, and often its software. At that name a
server was asked now: it greets by another name and shows a certificate for another one, or it names another software. That
makes it less sure that this very server wrote the line. Compare with another mail that came over the same host.`,
		Innocent: `The server was replaced since, or a proxy or filter stands at its address now. Many servers write one name into their
lines and greet by another.`,
		Measured: notMeasured + " It rests on comparing the names.",
		Refs:     []string{"RFC 5321 section 4.4", "RFC 5321 section 4.3.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		f := s.follow
		if why := f.silent(); why != "" {
			return nil, f.open(why), nil
		}
		p := *f.talk
		var found []report.Finding
		add := func(format string, args ...any) {
			one := p.finding(report.Info, format, args...)
			one.Hop = &f.hop.Number
			one.Evidence, _ = p.replied(false, "")
			found = append(found, one)
		}
		if name := firstWord(p.Greeting); !f.knownAs(p) {
			add("the line was written by %s, and the server there greets as %s now", clipped(f.border, maxNameShown), quoted(name))
		}
		wrote, greets := softwareIn(f.hop.By.Product), softwareIn(p.Greeting)
		if wrote != "" && greets != "" && wrote != greets {
			add("the line was written by %s, and the server at %s greets as %s now", wrote, clipped(f.border, maxNameShown), greets)
		}
		return found, nil, nil
	},
}

// knownAs says whether the server has the name of the border, or one of its organisation:
// in its greeting, its answer to EHLO, or its certificate. A server that says no name
// leaves the DNS, which led to it, alone: that is no other name.
func (f *followed) knownAs(p place) bool {
	names := []string{firstWord(p.Greeting), p.HelloName}
	for i := range p.Certificates {
		names = append(names, p.Certificates[i].Names...)
	}
	any := false
	org := domain.Org(f.border)
	for _, n := range names {
		n = domain.ASCII(strings.TrimPrefix(strings.TrimSuffix(n, "."), "*."))
		if !strings.Contains(n, ".") || numeric(n) {
			continue
		}
		if any = true; n == f.border || org != "" && domain.Org(n) == org {
			return true
		}
	}
	return !any
}

// software are names of server programs that both Received lines and greetings hold.
var software = []string{"Postfix", "Exim", "Sendmail", "OpenSMTPD", "Haraka", "Stalwart", "MailEnable", "Kerio", "Exchange", "Zimbra", "qmail"}

// softwareIn is the first of them that stands in a text, or "".
func softwareIn(text string) string {
	text = strings.ToLower(text[:min(len(text), maxGreetingRead)])
	for _, name := range software {
		if strings.Contains(text, strings.ToLower(name)) {
			return name
		}
	}
	return ""
}

const maxGreetingRead = 512 // Octets of a greeting (RFC 5321 section 4.5.3.1.5).
