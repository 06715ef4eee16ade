package probe

import (
	"context"

	"mailtrace/report"
)

var smtpPort25ClosedHere = check{
	Rule: report.Rule{
		ID:    "smtp.port-25-closed-here",
		Title: "No mail server could be reached on port 25, perhaps because of the network here",
		Max:   report.Info,
		Explain: `Not one address answered on port 25, so nothing is known of these servers. Many networks (at home, in hotels, of
cloud providers) let nobody but their own mail servers connect to port 25, and then every server looks dead.
Try a domain that surely works: if that is silent too, the network here blocks the port; then probe from
elsewhere, from a computer that may send mail.`,
		Innocent: `A network that keeps its users from sending mail past its own servers. That is good practice against spam.`,
		Measured: notMeasured + " It rests on how connecting ended at every address of the report.",
		Refs:     []string{"RFC 5321 section 4.5.4.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		if !s.portClosedHere() {
			return nil, nil, nil
		}
		var places []place
		silent := true
		for p := range s.places() {
			if p.Port == smtpPort && p.tried() {
				places = append(places, p)
				silent = silent && p.Outcome == report.OutcomeTimeout
			}
		}
		port := smtpPort
		why := counted(int64(len(addresses(places))), "address", "addresses") + " on port 25"
		if silent {
			why += ", and nothing came back"
		} else {
			why += ", and no connection could be made"
		}
		why += ": either the servers are down, or the network here does not let mail out"
		return nil, []report.Undecided{{Port: &port, Why: why}}, nil
	},
}

// portClosedHere says whether port 25 was tried and answered nowhere. Then it cannot be
// told apart from here whether the servers are down or the network here blocks the
// port. No third party is asked: that would be one more stranger's server, and would
// tell it who looks.
func (s *subject) portClosedHere() bool {
	tried := false
	for p := range s.places() {
		if p.Port != smtpPort || !p.tried() {
			continue
		}
		if p.connected() {
			return false
		}
		tried = true
	}
	return tried
}
