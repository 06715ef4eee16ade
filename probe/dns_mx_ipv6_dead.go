package probe

import (
	"context"
	"fmt"
	"net/netip"

	"mailtrace/report"
)

var mxIPv6Dead = check{
	Rule: report.Rule{
		ID:    "dns.mx-ipv6-dead",
		Title: "A mail server has an IPv6 address in the DNS, and answers over IPv4 only",
		Max:   report.Warning,
		Explain: `Many senders try IPv6 first. Here they connect to an address at which no mail server answers, while the same
host does answer over IPv4: they lose time, up to minutes, and those that have IPv6 only cannot deliver.
Let the server listen on its IPv6 address and open the firewall for it, or take the AAAA record out.`,
		Innocent: "The provider gave the computer an IPv6 address by itself, and nobody thought of the mail server.",
		Measured: notMeasured + " It rests on RFC 5321, by which the addresses of an MX host are those of its mail server.",
		Refs:     []string{"RFC 5321 section 5.1", "RFC 5321 section 5.2"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		works, answers := false, map[string]place{} // IPv6 from here; hosts over IPv4.
		for p := range s.places() {
			switch {
			case !p.mail():
			case p.Address.Is4() && p.talks():
				answers[p.host.Name] = p
			case !p.Address.Is4() && p.connected():
				works = true
			}
		}
		var found []report.Finding
		var undecided []report.Undecided
		for p := range s.places() {
			four, ok := answers[p.host.Name]
			if !ok || !p.mail() || p.Address.Is4() {
				continue
			}
			switch p.dead(works) {
			case yes:
				f := p.finding(report.Warning, "the server answers over IPv4 (%s), but not at this IPv6 address (%s)", four.Address, p.inShort())
				f.Evidence = append(f.Evidence, p.ended(), four.greeted()) // The other endpoint has a transcript of its own, so that no line is named.
				found = append(found, f)
			case unknown:
				undecided = append(undecided, p.undecided("whether a mail server answers at this IPv6 address is not known (%s): over IPv6 nobody was reached from here, which may be the fault of the network here", p.inShort()))
			}
		}
		return found, undecided, nil
	},
}

// mail says whether mail from other servers comes here.
func (p place) mail() bool {
	return p.host.Role == report.RoleMX || p.host.Role == report.RoleImplicitMX || p.host.Role == report.RoleNamed && p.Port == smtpPort
}

// connected says that a connection was made: the network lets us through to there.
func (p place) connected() bool {
	switch p.Outcome {
	case report.OutcomeForbidden, report.OutcomeUntried, report.OutcomeNoRoute:
		return false
	}
	return p.Phase != report.PhaseNone && p.Phase != report.PhaseDNS && p.Phase != report.PhaseConnect
}

// talks says that something that speaks SMTP answered.
func (p place) talks() bool {
	return p.connected() && len(p.Transcript) > 0 && !p.Transcript[0].Client &&
		(p.Outcome != report.OutcomeProtocol || p.Phase != report.PhaseGreeting)
}

// dead says whether there is no mail server. Without an answer that is certain only
// where others were reached over the same family.
func (p place) dead(reached bool) answered {
	switch {
	case p.talks():
		return no
	case p.Outcome == report.OutcomeRefused:
		return yes
	case p.connected() || reached && p.Outcome == report.OutcomeTimeout:
		return yes
	case p.Outcome == report.OutcomeForbidden || p.Outcome == report.OutcomeUntried:
		return no // Nothing was tried; other words tell that.
	}
	return unknown
}

// inShort says how it ended, for the brackets of a sentence.
func (p place) inShort() string {
	switch {
	case p.Outcome == report.OutcomeRefused:
		return "the connection was refused"
	case p.Outcome == report.OutcomeNoRoute:
		return "there is no way to it from here"
	case p.Outcome == report.OutcomeTimeout && p.connected():
		return "it let us connect and said nothing"
	case p.Outcome == report.OutcomeTimeout:
		return "nothing came back"
	case p.Outcome == report.OutcomeClosed:
		return "it closed the connection at once"
	case p.Why != "":
		return p.Why
	}
	return string(p.Outcome)
}

// greeted is what was heard first at the endpoint, as evidence for a finding about
// another one.
func (p place) greeted() report.Evidence {
	text := fmt.Sprintf("%s: %s", netip.AddrPortFrom(p.Address, uint16(p.Port)), p.line(1).Bytes())
	e := report.NewEvidence(0, 0, text)
	e.Source = report.SourceSMTP
	return e
}
