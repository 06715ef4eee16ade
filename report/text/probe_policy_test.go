package text

import (
	"net/netip"

	"mailtrace/report"
)

// verdictOf is what becomes of the mail of one kind of sender.
func verdictOf(s report.Sender, d report.Delivery, host, address, why string, rules ...string) report.Verdict {
	v := report.Verdict{Sender: s, Result: d, Host: host, Why: why, Rules: rules}
	if address != "" {
		v.Address = netip.MustParseAddr(address)
	}
	return v
}

// daneAt is the TLSA record of a host, and how its addresses do by it.
func daneAt(host string, status report.DANEStatus, match bool, addresses ...string) report.DANE {
	d := report.DANE{Host: host, Name: "_25._tcp." + host, Status: status}
	if len(addresses) > 0 {
		d.Records = []report.TLSA{{Usage: 3, Selector: 1, Matching: 1, Data: "9f2c41d7", Usable: true}}
	}
	for _, a := range addresses {
		d.Results = append(d.Results, report.DANEResult{Address: netip.MustParseAddr(a), Port: 25, Match: &match})
	}
	return d
}

// policyEnforced is threeMX, with an MTA-STS policy in force and a record of DANE.
func policyEnforced() *report.Report {
	r := threeMX()
	status, age := 200, int64(86400*14)
	r.Policies = report.Policies{
		MTASTS: &report.MTASTS{Status: report.PolicyFound, Record: "v=STSv1; id=20261101T1", ID: "20261101T1", URL: "https://mta-sts.example.com/.well-known/mta-sts.txt",
			Outcome: report.OutcomeOK, HTTPStatus: &status, Mode: "enforce", MaxAge: &age, MX: []string{"mx1.example.com", "mx2.example.com"}, Unmatched: []string{"mx3.example.com"}},
		TLSRPT: &report.TLSRPT{Status: report.PolicyFound, Record: "v=TLSRPTv1; rua=mailto:tls@example.com", RUA: []string{"mailto:tls@example.com"}},
		DANE: []report.DANE{daneAt("mx1.example.com", report.DANENone, false), daneAt("mx2.example.com", report.DANEUsable, true, "192.0.2.20", "2001:db8::20"),
			daneAt("mx3.example.com", report.DANENone, false)},
	}
	const host, at = "mx2.example.com", "192.0.2.20"
	const silent = "; before it: mx1.example.com does not answer from here"
	r.Verdicts = []report.Verdict{
		verdictOf(report.SenderOpportunistic, report.DeliveredEncrypted, host, at, "TLS works, and the certificate is not looked at"+silent),
		verdictOf(report.SenderPKIX, report.DeliveredVerified, host, at, "TLS works, and the certificate holds"+silent),
		verdictOf(report.SenderMTASTS, report.DeliveredVerified, host, at, "enforce: TLS works, and the certificate holds"+silent),
		verdictOf(report.SenderDANE, report.DeliveredVerified, host, at, "TLS works, and the server matches a TLSA record"+silent),
		verdictOf(report.SenderRequireTLS, report.DeliveryUndecided, "", "", "mx1.example.com does not answer from here; nor do the 2 others take the mail"),
		verdictOf(report.SenderIPv4, report.DeliveredEncrypted, host, at, "TLS works, and the certificate is not looked at"+silent),
		verdictOf(report.SenderIPv6, report.DeliveredEncrypted, host, "2001:db8::20", "TLS works, and the certificate is not looked at"),
		verdictOf(report.SenderNoTLS, report.DeliveredClear, host, at, "the server takes clear text, as far as can be seen without MAIL"+silent),
	}
	return r
}

// policyBroken has a server whose certificate expired: MTA-STS and DANE are in force, and
// senders that honour them keep the mail.
func policyBroken() *report.Report {
	r := probeOf("example.com", "10 mx1.example.com.")
	r.Hosts = []report.Host{mx(10, "mx1.example.com", faulty("192.0.2.10", -3, report.FaultExpired))}
	age := int64(86400)
	r.Policies = report.Policies{
		MTASTS: &report.MTASTS{Status: report.PolicyFound, ID: "1", Mode: "enforce", MaxAge: &age, MX: []string{"*.example.com"}},
		TLSRPT: &report.TLSRPT{Status: report.PolicyNone},
		DANE:   []report.DANE{daneAt("mx1.example.com", report.DANEUsable, false, "192.0.2.10")},
	}
	r.Findings = []report.Finding{
		finds(report.Warning, "tls.certificate-expired", "mx1.example.com", "192.0.2.10", "the certificate expired 3 days ago (2026-11-22)",
			report.Evidence{Source: report.SourceCert, Text: "certificate CN=mx2.example.com, valid from 2026-08-24 to 2026-11-22"}),
		finds(report.Critical, "policy.dane-no-match", "mx1.example.com", "192.0.2.10", "no TLSA record matches what the server sent",
			report.Evidence{Source: report.SourceDNS, Text: "_25._tcp.mx1.example.com TLSA 3 1 1 9f2c41d7"}),
	}
	const host, at, expired = "mx1.example.com", "192.0.2.10", "the certificate of mx1.example.com does not hold (expired)"
	r.Verdicts = []report.Verdict{
		verdictOf(report.SenderOpportunistic, report.DeliveredEncrypted, host, at, "TLS works, and the certificate is not looked at"),
		verdictOf(report.SenderPKIX, report.DeliveryDeferred, "", "", expired, "tls.certificate-expired"),
		verdictOf(report.SenderMTASTS, report.DeliveryDeferred, "", "", "enforce: "+expired, "tls.certificate-expired"),
		verdictOf(report.SenderDANE, report.DeliveryDeferred, "", "", "mx1.example.com does not match its TLSA records", "policy.dane-no-match"),
		verdictOf(report.SenderRequireTLS, report.DeliveryBounced, "", "", "mx1.example.com does not offer REQUIRETLS inside TLS"),
		verdictOf(report.SenderIPv4, report.DeliveredEncrypted, host, at, "TLS works, and the certificate is not looked at"),
		verdictOf(report.SenderIPv6, report.DeliveryBounced, "", "", "no server has an IPv6 address, and where none can be used mail comes back (RFC 5321 section 5.1)"),
		verdictOf(report.SenderNoTLS, report.DeliveredClear, host, at, "the server takes clear text, as far as can be seen without MAIL"),
	}
	return r
}

// policyOpen has no policy that is known: MTA-STS could not be fetched from here, and
// nobody who can be believed said whether the TLSA records are signed.
func policyOpen() *report.Report {
	r := allWell()
	r.Policies = report.Policies{
		MTASTS: &report.MTASTS{Status: report.PolicyUnknown, Why: "the DNS gave no answer (timeout)"},
		TLSRPT: &report.TLSRPT{Status: report.PolicyInvalid, Why: "there are 2 records"},
		DANE: []report.DANE{daneAt("mx1.example.org", report.DANEUnverified, true, "192.0.2.10", "2001:db8::10"),
			daneAt("mx2.example.org", report.DANEUnverified, true, "192.0.2.20", "2001:db8::20")},
	}
	const host, at = "mx1.example.org", "192.0.2.10"
	const works, name = "TLS works, and the certificate is not looked at", "mx1.example.org does not offer REQUIRETLS inside TLS; nor does the other server take the mail"
	r.Verdicts = []report.Verdict{
		verdictOf(report.SenderOpportunistic, report.DeliveredEncrypted, host, at, works),
		verdictOf(report.SenderPKIX, report.DeliveredVerified, host, at, "TLS works, and the certificate holds"),
		verdictOf(report.SenderMTASTS, report.DeliveryUndecided, "", "", "it is not known whether the domain has a policy; without one mail is delivered, encrypted"),
		verdictOf(report.SenderDANE, report.DeliveryUndecided, "", "", "whether the zones are signed is not known: if so, mail is delivered, verified, else delivered, encrypted"),
		verdictOf(report.SenderRequireTLS, report.DeliveryBounced, "", "", name),
		verdictOf(report.SenderIPv4, report.DeliveredEncrypted, host, at, works),
		verdictOf(report.SenderIPv6, report.DeliveredEncrypted, host, "2001:db8::10", works),
		verdictOf(report.SenderNoTLS, report.DeliveredClear, host, at, "the server takes clear text, as far as can be seen without MAIL"),
	}
	return r
}
