package probe

import (
	"context"

	"mailtrace/report"
)

var smtpUTF8 = check{
	Rule: report.Rule{
		ID:    "smtp.utf8",
		Title: "Addresses in other scripts are offered in a wrong way",
		Max:   report.Warning,
		Explain: `SMTPUTF8 says that mail addresses may hold letters beyond a to z. A server that offers it must offer 8BITMIME too,
and must write nothing behind the keyword. Senders that check both may treat the server as one without SMTPUTF8, and
mail to or from such addresses bounces there. Switch 8BITMIME on, or SMTPUTF8 off.`,
		Innocent: `A filter in front of the server that strikes out 8BITMIME.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 6531 section 3.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			all, tls, _ := p.offers()
			e := offered(all, "SMTPUTF8")
			if e == nil {
				continue
			}
			if !offers(all, "8BITMIME") {
				t.find(p, report.Warning, p.says(tls, "SMTPUTF8"), "SMTPUTF8 is offered without 8BITMIME, which it needs")
			}
			if e.Param != "" {
				t.find(p, report.Warning, p.says(tls, "SMTPUTF8"), "behind SMTPUTF8 stands %s, where nothing may stand; senders have to ignore it", quoted(e.Param))
			}
		}
		return t.all()
	},
}
