package probe

import (
	"context"
	"slices"
	"strings"

	"mailtrace/report"
)

var smtpAuthInClear = check{
	Rule: report.Rule{
		ID:    "smtp.auth-in-clear",
		Title: "Users are invited to send their password in clear text",
		Max:   report.Warning,
		Explain: `Before TLS the server offers log-in by a method that shows the password, or a token as good as one, to everybody
on the way. Mail programs that are set to "TLS if available", and those that somebody on the line talks out of TLS, use it.
Offer log-in inside TLS alone (in Postfix smtpd_tls_auth_only = yes, in Exim auth_advertise_hosts with tls_in_cipher).`,
		Innocent: `Old machines in an office, such as scanners, that cannot do TLS; they need a server of their own that the Internet does not reach.`,
		Measured: notMeasured + " It rests on the answer to EHLO before TLS.",
		Refs:     []string{"RFC 4954 section 4", "RFC 8314 section 4.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			if methods := clearMethods(p.Extensions); len(methods) > 0 {
				t.find(p, report.Warning, p.says(false, "AUTH"), "log-in by %s is offered before TLS: passwords can be read on the way", enumerated(methods))
			}
		}
		return t.all()
	},
}

// clearMethods is the ways to log in of a list of extensions that show the password,
// or a token that is as good, to who reads along.
func clearMethods(all []report.Extension) []string {
	var methods []string
	for i := range all {
		if all[i].Keyword != "AUTH" {
			continue
		}
		for m := range strings.FieldsSeq(strings.TrimPrefix(all[i].Param, "=")) {
			switch m = upper(m); m {
			case "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER":
				if !slices.Contains(methods, m) {
					methods = append(methods, m)
				}
			}
		}
	}
	return methods
}
