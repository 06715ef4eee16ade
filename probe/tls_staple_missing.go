package probe

import (
	"context"

	"mailtrace/report"
)

var tlsStapleMissing = check{
	Rule: report.Rule{
		ID:    "tls.staple-missing",
		Title: "The certificate demands a proof that the server does not send",
		Max:   report.Warning,
		Explain: `The certificate says that it counts only together with a fresh statement of its authority that it is not revoked
("must-staple"). The server does not send that statement, so clients that honour the demand refuse the certificate. Few mail
servers can send it: have the certificate issued anew without must-staple.`,
		Innocent: `A certificate made for a web server, where stapling works, and used for mail too.`,
		Measured: "Not measured on live servers. It rests on the certificate and the handshake.",
		Refs:     []string{"RFC 7633 section 4"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			// The first certificate is that of the handshake of the conversation.
			if p.shook() && len(p.Certificates) > 0 && p.Certificates[0].MustStaple && !p.TLS.Stapled {
				c := &p.Certificates[0]
				t.find(p, report.Warning, []report.Evidence{certificateEvidence("certificate %s, TLS feature status_request; no OCSP response in the handshake", subjectText(c))},
					"the certificate demands a stapled OCSP response, and none came with it: clients that honour that refuse it")
			}
		}
		return t.all()
	},
}
