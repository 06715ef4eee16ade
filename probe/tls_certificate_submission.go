package probe

import (
	"context"
	"strings"

	"mailtrace/report"
)

var tlsCertificateSubmission = check{
	Rule: report.Rule{
		ID:    "tls.certificate-submission",
		Title: "Mail programs will not accept the certificate of the server that users send through",
		Max:   report.Critical,
		Explain: `On the ports for users, mail programs check the certificate and stop, or frighten the user with a warning that
must not be clicked away: with it goes the password. Everything that is wrong with the certificate is named. Get a certificate
from a public authority for the name that users are told to enter, and let the server send the whole chain.`,
		Innocent: `Users who were told another name than the one that was looked at here.`,
		Measured: "Not measured on live servers. It rests on the certificate, for the name of the server in the DNS; users may have been told another one.",
		Refs:     []string{"RFC 8314 section 4", "RFC 7817 section 3", "RFC 6125 section 6.4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p, c := range s.certified(true) {
			var why []string
			evidence := []report.Evidence{datesEvidence(c)}
			if w := outOfDate(c, s.now); w != "" {
				why = append(why, w)
				evidence = append(evidence, chainDates(c, s.now)...)
			}
			if hasFault(c, report.FaultNoSAN) {
				why = append(why, "has no alternative name")
			}
			if hasFault(c, report.FaultNameMismatch) {
				why = append(why, "does not hold the name "+p.host.Name+", but "+namesText(c))
				evidence = append(evidence, namesEvidence(c))
			}
			if w := untrusted(c); w != "" {
				why = append(why, w)
				evidence = append(evidence, issuerEvidence(c))
			}
			if hasFault(c, report.FaultWrongUsage) {
				why = append(why, "is made for "+enumerated(c.Usage)+", not for servers")
			}
			if len(why) > 0 {
				t.find(p, report.Critical, evidence, "%s %s: mail programs refuse to connect, or warn", p.kindText(c), strings.Join(why, "; it "))
			} else if c.PKIX == nil {
				t.doubt(p, "whether mail programs accept %s: %s", p.kindText(c), c.Why)
			}
		}
		return t.all()
	},
}
