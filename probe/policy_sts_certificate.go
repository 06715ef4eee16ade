package probe

import (
	"context"

	"mailtrace/report"
)

var stsCertificate = check{
	Rule: report.Rule{
		ID:    "policy.sts-certificate",
		Title: "A mail server does not keep to the domain's own MTA-STS policy",
		Max:   report.Critical,
		Explain: `The MTA-STS policy of the domain says that its servers speak TLS, with a certificate from a known authority that
holds for the name of the MX record; this one does not. With mode enforce, senders that keep to MTA-STS, among
them the largest, bring no mail there: it waits, goes to another server of the domain if that does better, or comes back after some
days. Put the certificate right; until then, mode testing in the policy, and a new id in the record, lets mail through.`,
		Innocent: `A device between here and there that removes STARTTLS; an authority that this computer does not know, and others do.`,
		Measured: notMeasured + " Each address was spoken to once; what did not come to TLS for another reason is undecided.",
		Refs:     []string{"RFC 8461 section 4.2", "RFC 8461 section 4.1", "RFC 8461 section 5"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		severity := s.stsSeverity()
		if severity == "" {
			return nil, nil, nil
		}
		t := s.tell()
		for p := range s.places() {
			if !p.takesMail() || p.host.Role != report.RoleMX && p.host.Role != report.RoleImplicitMX {
				continue
			}
			if !allowedBy(&s.policies.sts.said, p.host, s.domain) {
				continue // Senders do not go there at all, which policy.sts-mx says.
			}
			s.holdToSTS(t, p, severity)
		}
		return t.all()
	},
}

// holdToSTS says where an endpoint does not do what the policy promises (RFC 8461 section
// 4.2).
func (s *subject) holdToSTS(t *told, p place, severity report.Severity) {
	effect := s.stsEffect(false)
	switch {
	case p.StartTLS == report.StartTLSAbsent && p.heard():
		evidence, _ := p.replied(false, string(p.Hello))
		t.find(p, severity, evidence, "MTA-STS asks for TLS, and STARTTLS is not offered: %s", effect)
	case p.StartTLS == report.StartTLSRejected:
		evidence, _ := p.replied(false, "STARTTLS")
		t.find(p, severity, evidence, "MTA-STS asks for TLS, and STARTTLS was refused: %s", effect)
	case p.StartTLS == report.StartTLSFailed && p.TLS != nil && p.TLS.Outcome == report.OutcomeTLS:
		t.find(p, severity, []report.Evidence{shakeEvidence(p.TLS)}, "MTA-STS asks for TLS, and the handshake failed: %s", effect)
	case passes(p) == notPassing:
		var evidence []report.Evidence
		for i := range p.Certificates {
			c := &p.Certificates[i]
			evidence = append(evidence, namesEvidence(c), datesEvidence(c), issuerEvidence(c))
		}
		t.find(p, severity, evidence, "the certificate does not pass for the name of the server (%s), as MTA-STS asks for: %s", faultsOf(p), effect)
	case passes(p) == passing:
	case p.shook():
		t.doubt(p, "whether the certificate keeps to the MTA-STS policy could not be judged")
	default:
		t.doubt(p, "whether the server keeps to the MTA-STS policy is not known: the conversation did not come to a certificate (%s)", p.noTLS())
	}
}

// noTLS says in a word why there was no TLS.
func (p place) noTLS() string {
	switch {
	case p.Outcome != report.OutcomeOK:
		return string(p.Outcome)
	case p.StartTLS == report.StartTLSDeferred:
		return "STARTTLS was put off"
	}
	return "STARTTLS " + string(p.StartTLS)
}
