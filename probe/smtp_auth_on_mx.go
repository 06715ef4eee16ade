package probe

import (
	"context"

	"mailtrace/report"
)

var smtpAuthOnMX = check{
	Rule: report.Rule{
		ID:    "smtp.auth-on-mx",
		Title: "The port for mail between servers lets users log in",
		Max:   report.Warning,
		Explain: `Port 25 of a server that the MX records name is for other servers. It also offers log-in for users, so everybody on
the Internet may try passwords there, and it cannot demand TLS, because not all servers have it. Let users hand in
their mail on port 465, or 587, and switch log-in off on port 25.`,
		Innocent: `One small server that does all, or the default settings of a mail server; users of long ago may still be set to port 25.`,
		Measured: notMeasured + " It rests on the answer to EHLO.",
		Refs:     []string{"RFC 8314 section 4", "RFC 6409 section 4.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if !p.takesMail() || p.host.Role != report.RoleMX && p.host.Role != report.RoleImplicitMX {
				continue
			}
			all, tls, _ := p.offers()
			if e := offered(all, "AUTH"); e != nil {
				t.find(p, report.Warning, p.says(tls, "AUTH"), "users can log in on port 25, by %s", quoted(e.Param))
			}
		}
		return t.all()
	},
}
