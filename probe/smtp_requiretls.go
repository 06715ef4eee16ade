package probe

import (
	"context"
	"strings"

	"mailtrace/report"
)

var smtpRequireTLS = check{
	Rule: report.Rule{
		ID:    "smtp.requiretls",
		Title: "The server promises REQUIRETLS, and senders can hardly use it",
		Max:   report.Warning,
		Explain: `By REQUIRETLS a sender asks that a mail travels encrypted all the way, or comes back. It may do so only where the
offer stands inside TLS, the certificate is valid for the name of the server, and that name is protected by DNSSEC
or by MTA-STS. Where one of them is missing the offer is of no use and such mail comes back to its sender. Put the
certificate right first.`,
		Innocent: `Software that offers it by default, on a server whose certificate or domain is not ready.`,
		Measured: notMeasured + " It rests on the standard.",
		Refs:     []string{"RFC 8689 section 2", "RFC 8689 section 4.2.1"},
	},
	run: func(_ context.Context, s *subject) ([]report.Finding, []report.Undecided, error) {
		t := s.tell()
		for p := range s.places() {
			inside, before := p.secured() && offers(p.ExtensionsTLS, "REQUIRETLS"), offers(p.Extensions, "REQUIRETLS")
			switch {
			case inside && passes(p) == notPassing:
				t.find(p, report.Warning, append(p.says(true, "REQUIRETLS"), certificateEvidence("faults: %s", faultsOf(p))),
					"REQUIRETLS is offered, and the certificate does not pass (%s): senders that ask for it bring no mail, unless DANE vouches for the certificate", faultsOf(p))
			case inside:
				t.find(p, report.Info, p.says(true, "REQUIRETLS"), "REQUIRETLS is offered inside TLS; %s", s.nameProtected(p))
			case before && p.upgraded():
				t.find(p, report.Warning, p.says(false, "REQUIRETLS"), "REQUIRETLS is offered before TLS and not inside, where alone it counts: senders that ask for it bring no mail")
			case before && p.StartTLS == report.StartTLSAbsent:
				t.find(p, report.Warning, p.says(false, "REQUIRETLS"), "REQUIRETLS is offered and STARTTLS is not: senders that ask for it bring no mail")
			}
		}
		return t.all()
	},
}

// verdict says whether the certificates of an endpoint pass for its name.
type verdict int

const (
	notKnown verdict = iota
	passing
	notPassing
)

// passes is what is known of the certificate of an endpoint.
func passes(p place) verdict {
	v := notKnown
	for i := range p.Certificates {
		switch pkix := p.Certificates[i].PKIX; {
		case pkix == nil:
		case !*pkix:
			return notPassing
		default:
			v = passing
		}
	}
	return v
}

// faultsOf is the faults of the certificates of an endpoint.
func faultsOf(p place) string {
	var words []string
	for i := range p.Certificates {
		for _, f := range p.Certificates[i].Faults {
			words = append(words, string(f))
		}
	}
	if len(words) == 0 {
		return "not verified"
	}
	return strings.Join(words, ", ")
}

// nameProtected says whether DNSSEC or MTA-STS protects the name of a server, which a
// sender that asks for REQUIRETLS has to make sure of.
func (s *subject) nameProtected(p place) string {
	if !s.relied(p).looked {
		return "it can be used if DNSSEC or MTA-STS protects the name of the server, which is not looked at yet"
	}
	w := walk{r: &report.Report{Policies: *s.promises}}
	if s.mx.answer != nil {
		w.r.DNS = []report.DNS{{Type: "MX", Secure: string(s.mx.answer.Secure)}}
	}
	switch sts, signed := w.stsNames(p.host), w.nameSigned(p.host); {
	case sts == yes || signed == yes:
		return "it can be used: DNSSEC or MTA-STS protects the name of the server"
	case sts == no && signed == no:
		return "it cannot be used: neither DNSSEC nor MTA-STS protects the name of the server"
	}
	return "it can be used if DNSSEC or MTA-STS protects the name of the server, which could not be told"
}
