package probe

import (
	"context"
	"slices"
	"strings"

	"mailtrace/report"
)

var smtpEHLOSyntax = check{
	Rule: report.Rule{
		ID:    "smtp.ehlo-syntax",
		Title: "The list of extensions is damaged or not in order",
		Max:   report.Warning,
		Explain: `The server lists what it can do, one keyword a line. Here lines break the grammar or were painted over. A word of
many X (such as XXXXXXXA) is what some Cisco firewalls write over keywords that they do not want, STARTTLS
most of all: then mail goes in clear text although the server could do better. Switch the inspection of SMTP off
in the firewall ("no fixup protocol smtp", "no inspect esmtp").`,
		Innocent: `"AUTH=LOGIN" beside the right "AUTH LOGIN" is kept by many servers for mail programs of the nineties.`,
		Measured: notMeasured + " It rests on the grammar; what such firewalls write is known from published transcripts.",
		Refs:     []string{"RFC 5321 section 4.1.1.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			// What was said before TLS counts for who has no TLS, so both lists are looked at;
			// what is in both is told once.
			t.extensionFaults(p, p.Extensions, nil, false)
			t.extensionFaults(p, p.ExtensionsTLS, p.Extensions, true)
		}
		return t.all()
	},
}

// extensionFaults tells what is wrong with the form of a list of extensions, and not of
// the list before.
func (t *told) extensionFaults(p place, all, before []report.Extension, tls bool) {
	where := ""
	if tls {
		where = "inside TLS, "
	}
	var wrong, painted []report.Extension
	for i := range all {
		switch e := all[i]; {
		case slices.Contains(before, e):
		case paintedOver(e.Keyword):
			painted = append(painted, e)
		case e.Keyword == "AUTH" && strings.HasPrefix(e.Param, "="):
			if !offers(all, "AUTH") {
				t.find(p, report.Info, p.says(tls, "AUTH="), "%slog-in is offered in the form of the nineties alone (AUTH=...); programs of today look for AUTH and a blank", where)
			}
		case !wellFormed(&e):
			wrong = append(wrong, e)
		}
	}
	if len(painted) > 0 {
		also := ""
		if !tls && !offers(all, "STARTTLS") && slices.ContainsFunc(painted, func(e report.Extension) bool { return len(e.Keyword) == len("STARTTLS") }) {
			also = "; one is as long as STARTTLS, which is not offered"
		}
		t.find(p, report.Warning, p.says(tls, painted[0].Keyword), "%slines were painted over: %s%s", where, firstOf(painted, written), also)
	}
	if len(wrong) > 0 {
		t.find(p, report.Info, p.says(tls, wrong[0].Keyword), "%slines break the grammar: %s", where, firstOf(wrong, written))
	}
}

// written is an extension as it came, in quotes.
func written(e report.Extension) string {
	if e.Param == "" || strings.HasPrefix(e.Param, "=") {
		return quoted(e.Keyword + e.Param)
	}
	return quoted(e.Keyword + " " + e.Param)
}

// minPaint is how many X a keyword that was painted over has at least: the shortest
// keyword has four letters, of which the last is kept as a number.
const minPaint = 3

// paintedOver says whether a keyword is what a firewall leaves of one: X, and at most
// one other letter at the end.
//
// QUIRK: Cisco PIX and ASA ("fixup protocol smtp", "inspect esmtp") overwrite what they
// do not know, and keep the length: XXXXXXXA, XXXB.
func paintedOver(keyword string) bool {
	rest := strings.TrimLeft(keyword, "X")
	return len(keyword)-len(rest) >= minPaint && (rest == "" || len(rest) == 1 && 'A' <= rest[0] && rest[0] <= 'Z')
}
