package probe

import (
	"context"

	"mailtrace/report"
)

var tlsCertificateNoSAN = check{
	Rule: report.Rule{
		ID:    "tls.certificate-no-san",
		Title: "The certificate has its name in a place where nobody looks any more",
		Max:   report.Warning,
		Explain: `Names of servers belong into the certificate's list of alternative names; this one has none there, but at most a
"common name", which was the place until about 2010. Senders that check do not accept that: under an MTA-STS policy in force
the mail would not come. Have the certificate issued anew, with the name of the server as an alternative name.`,
		Innocent: `A certificate made by hand, or by an authority of one's own, after an old guide.`,
		Measured: "Not measured on live servers. It rests on the certificate.",
		Refs:     []string{"RFC 8461 section 4.2", "RFC 6125 section 6.4.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p, c := range s.certified(false) {
			if !hasFault(c, report.FaultNoSAN) {
				continue
			}
			what := "no name at all"
			if c.CommonName != "" {
				what = "only the common name " + c.CommonName
			}
			severity, effect := s.effectOnMail(p)
			t.find(p, severity, []report.Evidence{namesEvidence(c)}, "%s has %s, and no alternative name: %s", p.kindText(c), what, effect)
		}
		return t.all()
	},
}
