package probe

import (
	"context"
	"strings"

	"mailtrace/report"
)

var smtpGreetingRejected = check{
	Rule: report.Rule{
		ID:    "smtp.greeting-rejected",
		Title: "The server refuses to talk",
		Max:   report.Critical,
		Explain: `Instead of a greeting the server answered with a code that begins with 5: no. By 521 a computer says that it
takes no mail from anybody; then its name must not be in the MX records. Other codes, most often 554, may be meant
for us alone: our address may be on a block list. Read the text of the reply, and look into the server's log.`,
		Innocent: `Servers refuse addresses of home connections and of cloud providers, or those on block lists, and serve others.`,
		Measured: notMeasured + " It rests on the reply code and on the enhanced code behind it.",
		Refs:     []string{"RFC 5321 section 3.1", "RFC 7504 section 3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if p.Outcome != report.OutcomeRejected || p.Phase != report.PhaseGreeting {
				continue
			}
			tls := p.Port == implicitPort
			code, _ := p.reply(tls, "")
			evidence, text := p.replied(tls, "")
			if code == "521" && !aboutUs(evidence[0].Bytes()) {
				t.find(p, report.Critical, evidence, "the server greets with %s: by 521 it says that it takes no mail from anybody, but it is named as a server of this domain", text)
				continue
			}
			t.doubt(p, "the server greets with %s: it gives no service, perhaps to us alone. What it offers to others is not known", text)
		}
		return t.all()
	},
}

// aboutUs says whether a reply 521 is about the client.
//
// QUIRK: Postfix's postscreen says 521 to clients that it drops, with 5.3.2 or 5.7.1,
// although RFC 7504 section 3 keeps that code for hosts that take no mail at all.
func aboutUs(line string) bool {
	f := strings.Fields(line)
	return len(f) > 1 && (f[1] == "5.3.2" || strings.HasPrefix(f[1], "5.7."))
}
