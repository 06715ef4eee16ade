package probe

import (
	"slices"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// mtaSTS is a sender that honours MTA-STS (RFC 8461 section 5).
func (w *walk) mtaSTS() leg {
	as := func(by string, rules ...string) leg {
		v := w.through(w.opportunistic)
		v.goesBy, v.rules = by, append(v.rules, rules...)
		return v
	}
	m := w.r.Policies.MTASTS
	switch {
	case m == nil && w.nobody():
		return w.through(w.opportunistic)
	case m == nil:
		return leg{result: report.DeliveryUndecided, why: "whether the domain has an MTA-STS policy was not looked at"}
	case m.Status == report.PolicyNone:
		return as("no policy")
	case m.Status == report.PolicyInvalid: // Or it can be fetched by nobody; an earlier one may be kept.
		return as("the policy does not count", "policy.sts-fetch", "policy.sts-record", "policy.sts-syntax") // RFC 8461 section 3.3.
	case m.Status != report.PolicyFound:
		v := w.through(w.opportunistic)
		if v.delivers() || v.result == report.DeliveryUndecided {
			return leg{result: report.DeliveryUndecided, why: "it is not known whether the domain has a policy; without one mail is " + outcomeText(v.result)}
		}
		return v // A policy lets no more mail pass.
	case m.Mode == string(stsEnforce):
		w.never = func(h *report.Host) (leg, bool) {
			return leaves("the policy does not name "+called(h), "policy.sts-mx"), !allowedBy(m, h, w.domain())
		}
		v := w.through(func(h *report.Host, e *report.Endpoint) leg {
			l := w.pkix(h, e)
			if !l.delivers() {
				l.rules = append(l.rules, "policy.sts-certificate")
			}
			return l
		})
		v.goesBy = "enforce"
		return v
	}
	return as("mode " + m.Mode)
}

// nobody says that no server has an address, so that no policy changes anything and none is
// looked at.
func (w *walk) nobody() bool {
	return !slices.ContainsFunc(w.hosts, func(h *report.Host) bool { return len(h.Endpoints) > 0 || h.Cause != "" })
}

// allowedBy says whether a pattern of the policy allows a host (RFC 8461 section 4.1). One
// that is the domain itself, without MX records, may be named as the domain is: see stsHosts.
func allowedBy(m *report.MTASTS, h *report.Host, domain string) bool {
	return stsAllows(m.MX, h.Name) || h.Role == report.RoleImplicitMX && stsAllows(m.MX, domain)
}

// domain is the domain of the report, in A-labels.
func (w *walk) domain() string {
	if name, err := domainName(w.r.Target); err == nil {
		return name
	}
	return w.r.Target
}

// dane is a sender that honours DANE (RFC 7672 section 2.2). Where it is not known whether
// answers are signed, both are tried.
func (w *walk) dane() leg {
	if len(w.r.Policies.DANE) == 0 && w.nobody() {
		return w.through(w.opportunistic)
	}
	if !slices.ContainsFunc(w.r.Policies.DANE, func(d report.DANE) bool { return tlsaPort(d.Name) == smtpPort }) {
		return leg{result: report.DeliveryUndecided, why: "whether the servers have TLSA records was not looked at"}
	}
	w.signed = true
	signed := w.through(w.daneAt)
	w.signed = false
	v := w.through(w.daneAt)
	if signed.result != v.result || signed.host != v.host && v.delivers() {
		return leg{result: report.DeliveryUndecided, why: "whether the zones are signed is not known: if so, mail is " + outcomeText(signed.result) + ", else " + outcomeText(v.result), rules: signed.rules, passed: signed.passed}
	}
	return v
}

func outcomeText(d report.Delivery) string {
	switch d {
	case report.DeliveredVerified:
		return "delivered, verified"
	case report.DeliveredEncrypted:
		return "delivered, encrypted"
	case report.DeliveredClear:
		return "delivered in clear text"
	}
	return string(d)
}

// daneOf is what the DNS says of a host at a port, or nil.
func (w *walk) daneOf(h *report.Host, port int) *report.DANE {
	for i := range w.r.Policies.DANE {
		if d := &w.r.Policies.DANE[i]; d.Host == h.Name && tlsaPort(d.Name) == port {
			return d
		}
	}
	return nil
}

// daneAt is what a sender that honours DANE does at one address.
func (w *walk) daneAt(h *report.Host, e *report.Endpoint) leg {
	d := w.daneOf(h, e.Port)
	status := report.DANEUnverified
	if d != nil {
		status = d.Status
	}
	if status == report.DANEUnverified {
		status = report.DANEInsecure
		if w.signed {
			status = signedStatus(d)
		}
	}
	switch status {
	case report.DANEFailed: // "the client SHOULD NOT" go there: RFC 7672 section 2.1.2.
		return leaves("the TLSA records of "+called(h)+" cannot be looked up", "policy.dane-lookup-failed")
	case report.DANEUsable:
		return w.matched(h, e, d)
	case report.DANEUnusable:
		l, ok := w.encrypted(h, e)
		if ok {
			return delivers(report.DeliveredEncrypted, "no TLSA record can be used, so TLS is forced and nobody is authenticated")
		}
		l.rules = append(l.rules, "policy.dane-no-tls", "policy.dane-unusable")
		return l
	}
	l := w.opportunistic(h, e)
	if l.delivers() {
		l.why = "no DANE: " + l.why
	}
	return l
}

// signedStatus is the status that a host would have if the answers were signed. Without
// records there was no answer.
func signedStatus(d *report.DANE) report.DANEStatus {
	switch {
	case d == nil || len(d.Records) == 0:
		return report.DANEFailed
	case slices.ContainsFunc(d.Records, func(t report.TLSA) bool { return t.Usable }):
		return report.DANEUsable
	}
	return report.DANEUnusable
}

// matched is a sender that demands that the server matches a TLSA record (RFC 7672
// section 2.2).
func (w *walk) matched(h *report.Host, e *report.Endpoint, d *report.DANE) leg {
	l, ok := w.encrypted(h, e)
	if !ok {
		l.rules = append(l.rules, "policy.dane-no-tls")
		return l
	}
	for i := range d.Results {
		switch r := &d.Results[i]; {
		case r.Address != e.Address || r.Port != e.Port || r.Match == nil:
		case *r.Match:
			return delivers(report.DeliveredVerified, "TLS works, and the server matches a TLSA record")
		default:
			return leaves(called(h)+" does not match its TLSA records", "policy.dane-no-match", "policy.dane-ta-chain")
		}
	}
	return unclear("whether " + called(h) + " matches its TLSA records is not known")
}

// requireTLS is a sender of mail that must not go without REQUIRETLS. Whatever step fails,
// the mail comes back: RFC 8689 section 4.2.1.
func (w *walk) requireTLS() leg {
	w.now = report.DeliveryBounced
	w.never = func(h *report.Host) (leg, bool) {
		return leaves("neither DNSSEC nor MTA-STS protects the name of "+called(h), "smtp.requiretls"), w.stsNames(h) == no && w.nameSigned(h) == no
	}
	return w.through(w.requiredAt)
}

func (w *walk) requiredAt(h *report.Host, e *report.Endpoint) leg {
	l, ok := w.encrypted(h, e)
	switch {
	case !ok:
		return l
	case !offers(e.ExtensionsTLS, "REQUIRETLS"):
		return leaves(called(h)+" does not offer REQUIRETLS inside TLS", "smtp.requiretls")
	}
	sts, signed := w.stsNames(h), w.nameSigned(h)
	proof := w.pkix(h, e)
	if d := w.daneOf(h, e.Port); d != nil && d.Status == report.DANEUsable && (sts != yes || proof.result != report.DeliveredVerified) {
		proof = w.matched(h, e, d)
	}
	switch {
	case proof.result != report.DeliveredVerified && w.mayMatch(h, e):
		return unclear("whether "+called(h)+" can be verified by DANE is not known", proof.rules...)
	case proof.result != report.DeliveredVerified:
		return proof
	case sts == yes || signed == yes:
		return delivers(report.DeliveredVerified, "REQUIRETLS is offered, and name and certificate of the server are proven")
	}
	return unclear("whether DNSSEC or MTA-STS protects the name of " + called(h) + " is not known")
}

// stsNames says whether MTA-STS vouches for the name of a host. A policy of mode "none"
// vouches for nothing.
func (w *walk) stsNames(h *report.Host) answered {
	switch m := w.r.Policies.MTASTS; {
	case m == nil || m.Status == report.PolicyUnknown:
		return unknown
	case m.Status == report.PolicyFound && m.Mode != string(stsNone) && allowedBy(m, h, w.domain()):
		return yes
	}
	return no
}

// nameSigned says whether DNSSEC vouches for the name of a host: the MX records are signed.
// Those are, too, where a host has TLSA records that count (RFC 7672 section 2.2.1).
func (w *walk) nameSigned(h *report.Host) answered {
	d, mx := w.daneOf(h, smtpPort), firstMX(w.r)
	switch {
	case mx != nil && mx.Secure == string(dns.Insecure):
		return no
	case d != nil && d.Status == report.DANEUsable, mx != nil && mx.Secure == string(dns.SecureYes):
		return yes
	case mx != nil && mx.Secure == string(dns.Unverified), d == nil, d.Status == report.DANEUnverified:
		return unknown
	}
	return no
}

// mayMatch says whether a server may be proven by TLSA records of which that is not known.
func (w *walk) mayMatch(h *report.Host, e *report.Endpoint) bool {
	switch d := w.daneOf(h, e.Port); {
	case d == nil:
		return true
	case d.Status != report.DANEUnverified || signedStatus(d) == report.DANEUnusable:
		return false
	case signedStatus(d) == report.DANEUsable:
		return w.matched(h, e, d).result != report.DeliveryDeferred
	}
	return true // They could not be looked up.
}
