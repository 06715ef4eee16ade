package probe

import (
	"context"

	"mailtrace/analyze/auth"
	"mailtrace/report"
)

var dkimEd25519 = check{
	Rule: report.Rule{
		ID:    "dkim.ed25519",
		Title: "A DKIM key is of the kind that not all receivers know",
		Max:   report.Warning,
		Explain: `Ed25519 keys are short and strong, but many receivers still do not know them and see no signature. So mail is signed
twice, with an RSA key and with this one, each under a selector of its own. Where an RSA key was found too all is well;
else look whether mail carries a second signature.`,
		Innocent: `An RSA key under a selector that was not tried.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 8463 section 3", "RFC 8463 section 4", "RFC 6376 section 3.3"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		paired := map[string]bool{}
		for _, k := range s.dkim.sound() {
			if k.key.Type == "rsa" && k.key.Bits >= auth.MinKeyBits {
				paired[k.domain] = true
			}
		}
		unknown := map[string]*dkimKey{} // By domain, the first key that may be of RSA.
		if s.dkim != nil {
			for _, k := range s.dkim.tried {
				if status, _ := k.status(); status == report.PolicyUnknown && unknown[k.domain] == nil {
					unknown[k.domain] = k
				}
			}
		}
		var found []report.Finding
		var open []report.Undecided
		for _, k := range s.dkim.sound() {
			switch {
			case k.key.Type != "ed25519":
			case paired[k.domain]:
				found = append(found, k.finding(report.Info, "is of Ed25519, and there is one of RSA too: receivers take the one that they know"))
			case unknown[k.domain] != nil:
				open = append(open, s.undecided("the DKIM key %s is of Ed25519, and whether there is one of RSA beside it is not known: there was no answer about %s", k.name(), unknown[k.domain].name()))
			default:
				found = append(found, k.finding(report.Warning, "is of Ed25519, and no RSA key was found beside it: receivers that do not know Ed25519 see no signature"))
			}
		}
		return found, open, nil
	},
}
