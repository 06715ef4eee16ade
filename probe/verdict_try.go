package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"mailtrace/report"
)

// What senders do at one address. Each begins with connecting, greeting and EHLO, and
// differs in what it makes of STARTTLS and of the certificate.

func leaves(why string, rules ...string) leg {
	return leg{result: report.DeliveryDeferred, why: why, rules: rules}
}
func unclear(why string, rules ...string) leg {
	return leg{result: report.DeliveryUndecided, why: why, rules: rules}
}
func delivers(d report.Delivery, why string, rules ...string) leg {
	return leg{result: d, why: why, rules: rules}
}

// greeted says whether the server answered EHLO or HELO; else the leg is why not. A server
// that says 421 or 554 may say it to us alone; by 521 it says it to all (RFC 7504).
func (w *walk) greeted(h *report.Host, e *report.Endpoint) (leg, bool) {
	if e.Hello != report.HelloNone {
		return leg{}, true
	}
	name, code := called(h), ""
	if e.Code != nil {
		code = fmt.Sprintf(" (%d)", *e.Code)
	}
	switch e.Outcome {
	case report.OutcomeRefused:
		return leaves(name+" refuses the connection", "smtp.no-answer"), false
	case report.OutcomeForbidden:
		return leaves(name+" has an address that is not public", "dns.mx-reserved-address"), false
	case report.OutcomeClosed:
		return leaves(name+" closes the connection", "smtp.broken-off", "smtp.no-answer"), false
	case report.OutcomeProtocol, report.OutcomeTLS:
		return leaves(name+" does not speak SMTP", "smtp.reply-malformed", "smtp.beyond-bounds", "smtp.greeting-syntax"), false
	case report.OutcomeDeferred:
		return unclear(name+" says \"not now\""+code+", perhaps to us alone", "smtp.greeting-deferred"), false
	case report.OutcomeRejected:
		switch {
		case e.Phase == report.PhaseEHLO:
			return leg{result: report.DeliveryBounced, why: name + " refuses EHLO and HELO" + code, rules: []string{"smtp.ehlo-refused"}}, false
		case e.Code != nil && *e.Code == 521 && !aboutUs("521 "+e.Greeting):
			return leg{result: report.DeliveryBounced, why: name + " says that it takes no mail (521)", rules: []string{"smtp.greeting-rejected"}}, false
		}
		return unclear(name+" turns us away"+code+", perhaps us alone", "smtp.greeting-rejected"), false
	case report.OutcomeTimeout:
		return unclear(name+" does not answer from here", "smtp.no-answer", "smtp.greeting-late"), false
	case report.OutcomeNoRoute:
		return unclear("there is no route from here to " + name), false
	}
	return unclear(name + " was not asked"), false
}

// inClear is a sender without TLS.
func (w *walk) inClear(h *report.Host, e *report.Endpoint) leg {
	if l, ok := w.greeted(h, e); !ok {
		return l
	}
	return delivers(report.DeliveredClear, "the server takes clear text, as far as can be seen without MAIL")
}

// opportunistic is a sender that takes TLS where it can be had, and else sends in clear.
func (w *walk) opportunistic(h *report.Host, e *report.Endpoint) leg {
	l, ok := w.greeted(h, e)
	if !ok {
		return l
	}
	if l, ok = w.encrypted(h, e); ok {
		return delivers(report.DeliveredEncrypted, "TLS works, and the certificate is not looked at")
	}
	switch e.StartTLS {
	case report.StartTLSAbsent, report.StartTLSRejected:
		l.result = report.DeliveredClear
		l.why = "without TLS: " + l.why
	case report.StartTLSDeferred:
		l.result = report.DeliveredClear
		l.why = "without TLS this time: " + l.why
	case report.StartTLSFailed:
		if l.result == report.DeliveryDeferred {
			l.result = report.DeliveredClear
			l.why += "; most senders then go on without TLS"
		}
	}
	return l
}

// encrypted says whether TLS came about and EHLO was answered inside; else the leg is why
// not, for a sender that insists on it.
func (w *walk) encrypted(h *report.Host, e *report.Endpoint) (leg, bool) {
	if l, ok := w.greeted(h, e); !ok {
		return l, false
	}
	name := called(h)
	passing := e.Outcome == report.OutcomeTimeout || e.Outcome == report.OutcomeDeferred || e.Outcome == report.OutcomeUntried
	switch e.StartTLS {
	case report.StartTLSOK:
		switch {
		case e.Outcome == report.OutcomeOK || e.Phase == report.PhaseQuit:
			return leg{}, true
		case passing:
			return unclear(name + " gives no answer to EHLO inside TLS"), false
		}
		return leaves(name+" breaks off inside TLS", "smtp.broken-off"), false
	case report.StartTLSAbsent:
		return leaves(name+" does not offer STARTTLS", "smtp.starttls-absent", "smtp.ehlo-refused"), false
	case report.StartTLSRejected:
		return leaves(name+" offers STARTTLS and refuses it", "smtp.starttls-rejected"), false
	case report.StartTLSDeferred:
		return unclear(name+" puts STARTTLS off", "smtp.starttls-deferred"), false
	case report.StartTLSFailed:
		if passing {
			return unclear(name+" does not finish the TLS handshake", "tls.handshake-failed"), false
		}
		return leaves("the TLS handshake with "+name+" fails", "tls.handshake-failed"), false
	}
	if !passing && e.Outcome != report.OutcomeOK {
		return leaves(name+" breaks off before TLS", "smtp.broken-off"), false
	}
	return unclear(name + " was not asked for TLS"), false
}

// pkix is a sender that demands a certificate that holds for the name of the server.
func (w *walk) pkix(h *report.Host, e *report.Endpoint) leg {
	l, ok := w.encrypted(h, e)
	if !ok {
		return l
	}
	name := called(h)
	if len(e.Certificates) == 0 {
		return unclear("no certificate of " + name + " was seen")
	}
	c := &e.Certificates[0] // That of the conversation.
	switch {
	case c.PKIX == nil:
		return unclear("whether the certificate of " + name + " holds could not be judged")
	case *c.PKIX:
		return delivers(report.DeliveredVerified, "TLS works, and the certificate holds")
	}
	return leaves("the certificate of "+name+" "+faultText(c), faultRules(c)...)
}

// faultText says what is wrong with a certificate.
func faultText(c *report.Certificate) string {
	if len(c.Faults) == 0 {
		return "does not hold"
	}
	var words []string
	for _, f := range c.Faults {
		words = append(words, strings.ReplaceAll(string(f), "-", " "))
	}
	return "does not hold (" + strings.Join(words, ", ") + ")"
}

// ruleOfFault is the rule that finds a fault of a certificate.
var ruleOfFault = map[report.Fault]string{
	report.FaultExpired:             "tls.certificate-expired",
	report.FaultNotYetValid:         "tls.certificate-expired",
	report.FaultExpiredIntermediate: "tls.certificate-expired",
	report.FaultNameMismatch:        "tls.certificate-name",
	report.FaultNoSAN:               "tls.certificate-no-san",
	report.FaultSelfSigned:          "tls.certificate-untrusted",
	report.FaultUnknownAuthority:    "tls.certificate-untrusted",
	report.FaultIncompleteChain:     "tls.certificate-untrusted",
	report.FaultWrongUsage:          "tls.certificate-usage",
	report.FaultWeakKey:             "tls.certificate-weak",
	report.FaultWeakSignature:       "tls.certificate-weak",
}

func faultRules(c *report.Certificate) []string {
	var rules []string
	for _, f := range c.Faults {
		rules = append(rules, ruleOfFault[f])
	}
	return rules
}

// ofFamily is an opportunistic sender that has one family of addresses alone.
func (w *walk) ofFamily(six bool) leg {
	w.only = func(a netip.Addr) bool { return a.Unmap().Is6() == six }
	v := w.through(w.opportunistic)
	if v.result == report.DeliveryBounced && !slices.ContainsFunc(w.hosts, func(h *report.Host) bool {
		return slices.ContainsFunc(h.Endpoints, func(e report.Endpoint) bool { return w.only(e.Address) })
	}) {
		v.why = "no server has an IPv4 address, and where none can be used mail comes back (RFC 5321 section 5.1)"
		if six {
			v.why = strings.Replace(v.why, "IPv4", "IPv6", 1)
		}
	}
	return v
}
