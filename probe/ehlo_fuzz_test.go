package probe

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"mailtrace/report"
)

// FuzzEHLO: whatever a server offers, there is one extension for each line with text
// at most, no octet is made up, a limit is one, and every rule can look at it: each
// finding has evidence and a text of bounded length.
func FuzzEHLO(f *testing.F) {
	f.Add("SIZE 52428800\nSTARTTLS\nAUTH PLAIN LOGIN\nAUTH=PLAIN LOGIN\nLIMITS RCPTMAX=50 MAILMAX=5\nSMTPUTF8")
	f.Add("XXXXXXXA\n-\nSIZE\nSIZE 99999999999999999999\nsize 0")
	f.Add("\x1b]0;owned\a\n\xff\xfe SIZE\n \t \n=\n==")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		all := parseEHLO(lines)
		if len(all) > len(lines) {
			t.Fatalf("%d extensions of %d lines", len(all), len(lines))
		}
		for _, e := range all {
			if e.Keyword == "" && e.Param == "" {
				t.Fatal("an extension of nothing")
			}
			if strings.ContainsAny(e.Keyword, " \t=") || !strings.Contains(upper(text), e.Keyword) || !strings.Contains(text, e.Param) {
				t.Fatalf("%q %q is not of %q", e.Keyword, e.Param, text)
			}
		}
		size := sizeOf(all)
		if (size.State == report.SizeLimit) != (size.Octets != nil) || size.Octets != nil && *size.Octets <= 0 {
			t.Fatalf("%+v", size)
		}
		judged(t, lines, all, size)
	})
}

// judged lets the rules look at a server that offers something before TLS and inside,
// and greets with the same words.
func judged(t *testing.T, lines []string, all []report.Extension, size report.Size) {
	e := report.Endpoint{
		Address: netip.MustParseAddr("192.0.2.10"), Port: smtpPort, Outcome: report.OutcomeOK, Phase: report.PhaseQuit,
		Greeting: strings.Join(lines, "\n"), Hello: report.HelloEHLO, HelloName: lines[0], Extensions: all, ExtensionsTLS: all[len(all)/2:], Size: size,
		StartTLS: report.StartTLSOK, TLS: &report.Handshake{Outcome: report.OutcomeOK},
	}
	say := func(client, tls bool, text string) {
		e.Transcript = append(e.Transcript, report.Exchange{Client: client, TLS: tls, Text: text})
	}
	say(false, false, "220 "+lines[0])
	for _, tls := range []bool{false, true} {
		say(true, tls, "EHLO probe.example.net")
		for _, l := range lines {
			say(false, tls, "250-"+l)
		}
	}
	other := e
	other.Port = submissionPort
	r := report.New(report.KindProbe)
	s := subject{servers: &servers{}, hosts: []report.Host{{Name: "mx1.example.org", Role: report.RoleMX, Endpoints: []report.Endpoint{e, other}}}}
	s.judge(t.Context(), r, slices.DeleteFunc(slices.Clone(checks), func(c check) bool { return !strings.HasPrefix(c.ID, "smtp.") }))
	for _, f := range r.Findings {
		if len(f.Evidence) == 0 || len(f.Text) > 8*maxQuoted*maxListed {
			t.Fatalf("%s: %d lines of evidence: %s", f.Rule, len(f.Evidence), f.Text)
		}
	}
	for _, u := range r.Undecided {
		if strings.Contains(u.Why, "the check failed") {
			t.Fatalf("%s: %s", u.Rule, u.Why)
		}
	}
}
