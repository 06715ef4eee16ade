package probe

import (
	"context"
	"strings"

	"mailtrace/analyze/domain"
	"mailtrace/report"
)

var sendingHELOSyntax = check{
	Rule: report.Rule{
		ID:    "smtp.sending-helo-syntax",
		Title: "The server does not call itself by a full name",
		Max:   report.Warning,
		Explain: `A server that sends mail has to say its full name in EHLO, such as mail.example.org, or, if it has none, its address
in brackets. Many receivers refuse anything else, and some the address too: nobody's mail server is without a name. Set the
name in the server, to one that leads to its address.`,
		Innocent: `A server that was installed and never told its name.`,
		Measured: notMeasured + " It rests on RFC 5321.",
		Refs:     []string{"RFC 5321 section 4.1.1.1", "RFC 5321 section 4.1.4", "RFC 5321 section 2.3.5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		v := s.sending
		if v == nil || v.HELO == "" || isHostName(v.name) && strings.EqualFold(v.HELO, v.name) {
			return nil, nil, nil
		}
		evidence := []report.Evidence{v.saidHELO()}
		switch name := quoted(v.HELO); {
		case v.literal.IsValid() && v.literal == v.Address:
			return v.finding(report.Warning, evidence, "the server calls itself by its address, %s: that is allowed, and some receivers refuse it", name), nil, nil
		case v.literal.IsValid():
			return v.finding(report.Warning, evidence, "the server calls itself %s, and that is another address than %s", name, v.Address), nil, nil
		case addressLiteral(v.HELO).IsValid() || numeric(v.HELO):
			return v.finding(report.Warning, evidence, "the server calls itself %s: that is no name, and an address has to stand in brackets", name), nil, nil
		case domain.ASCII(v.HELO) != "" && !strings.Contains(strings.TrimSuffix(v.HELO, "."), "."):
			return v.finding(report.Warning, evidence, "the server calls itself %s: that is no full name", name), nil, nil
		default:
			return v.finding(report.Warning, evidence, "the server calls itself %s: that is no name of a host", name), nil, nil
		}
	},
}

// isHostName says whether a name is of letters, digits and hyphens alone (RFC 5321 section
// 4.1.2): of one that sends mail nothing else is let pass.
func isHostName(name string) bool {
	return name != "" && isHost(name) && !strings.Contains(name, "_")
}
