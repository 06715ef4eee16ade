package probe

import (
	"slices"
	"strings"

	"mailtrace/report"
)

// tlsOutcome is how one session went by what a policy asks for. Without failures it went
// well.
type tlsOutcome struct {
	judged   bool // Else it is not known, and does not count.
	failures []tlsFailure
}

// tlsFailure is one way in which a session failed, and why in words.
type tlsFailure struct {
	result report.TLSReportResult
	why    string
}

// greetedAtAll says whether the server spoke with us so far that TLS could have come about.
func greetedAtAll(e *report.Endpoint) bool {
	return e.Hello != report.HelloNone && e.StartTLS != report.StartTLSImplicit
}

// encryptedAlone is how a session went for a sender that asks for TLS and looks at no
// certificate.
func encryptedAlone(e *report.Endpoint) tlsOutcome {
	if !greetedAtAll(e) {
		return tlsOutcome{}
	}
	fails := func(result report.TLSReportResult, why string) tlsOutcome {
		return tlsOutcome{true, []tlsFailure{{result, why}}}
	}
	switch e.StartTLS {
	case report.StartTLSOK:
		return tlsOutcome{judged: true}
	case report.StartTLSAbsent:
		return fails(report.ResultNoSTARTTLS, "STARTTLS is not offered")
	case report.StartTLSRejected:
		return fails(report.ResultValidation, "STARTTLS is offered and was refused")
	case report.StartTLSFailed:
		if e.TLS != nil && e.TLS.Outcome == report.OutcomeTLS {
			return fails(report.ResultValidation, "the TLS handshake failed: "+e.TLS.Why)
		}
	}
	return tlsOutcome{}
}

// certifiedTLS is how a session went, TLS having come about, for a sender that asks for a
// certificate that holds for the name of the MX host (RFC 8461 section 4.2).
func certifiedTLS(e *report.Endpoint) tlsOutcome {
	if len(e.Certificates) == 0 || e.Certificates[0].PKIX == nil {
		return tlsOutcome{}
	}
	c := &e.Certificates[0] // That of the conversation.
	o := tlsOutcome{judged: true}
	if *c.PKIX {
		return o
	}
	for _, fault := range c.Faults {
		result, ok := resultOfFault[fault]
		if !ok {
			result = report.ResultNotTrusted
		}
		why := strings.ReplaceAll(string(fault), "-", " ")
		if i := slices.IndexFunc(o.failures, func(f tlsFailure) bool { return f.result == result }); i >= 0 {
			o.failures[i].why += ", " + why
			continue
		}
		o.failures = append(o.failures, tlsFailure{result, why})
	}
	if len(o.failures) == 0 {
		o.failures = []tlsFailure{{report.ResultNotTrusted, c.Why}}
	}
	return o
}

// resultOfFault is the result of a fault of a certificate, where it is not
// "certificate-not-trusted".
var resultOfFault = map[report.Fault]report.TLSReportResult{
	report.FaultExpired:      report.ResultExpired,
	report.FaultNameMismatch: report.ResultHostMismatch,
	report.FaultNoSAN:        report.ResultHostMismatch,
}

// matchedTLS is how a session went, TLS having come about, for a sender that asks for a
// server that matches a TLSA record.
func matchedTLS(d *report.DANE, e *report.Endpoint) tlsOutcome {
	for i := range d.Results {
		switch m := &d.Results[i]; {
		case m.Address != e.Address || m.Port != e.Port || m.Match == nil:
		case *m.Match:
			return tlsOutcome{judged: true}
		case strings.HasSuffix(m.Why, whyNoMatch[daneNoName]):
			return tlsOutcome{true, []tlsFailure{{report.ResultHostMismatch, m.Why}}}
		case strings.HasSuffix(m.Why, whyNoMatch[daneNoChain]):
			return tlsOutcome{true, []tlsFailure{{report.ResultNotTrusted, m.Why}}}
		default:
			return tlsOutcome{true, []tlsFailure{{report.ResultValidation, m.Why}}}
		}
	}
	return tlsOutcome{}
}

// explained is where the text of RFC 8460 about a result is to be read.
func explained(result report.TLSReportResult) string {
	section := "4.3.1"
	switch result {
	case report.ResultTLSAInvalid, report.ResultDNSSECInvalid:
		section = "4.3.2.1"
	case report.ResultSTSFetch, report.ResultSTSInvalid, report.ResultSTSCertificate:
		section = "4.3.2.2"
	}
	return "https://www.rfc-editor.org/rfc/rfc8460#section-" + section
}
