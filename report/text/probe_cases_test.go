package text

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"mailtrace/report"
)

// probeNow is when all probes of these tests took place.
var probeNow = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// probeOf is a report on a domain, with the answer to its MX question: what stands in
// the DNS, or in angle brackets why nothing does.
func probeOf(domain string, mx ...string) *report.Report {
	r := report.New(report.KindProbe)
	r.Target, r.Made, r.DecidedOn.Now = domain, probeNow, probeNow
	r.DecidedOn.Observer = report.Observer{Address: "198.51.100.20, 2001:db8:9::20", HELO: "probe.noc.example", Resolver: "127.0.0.1"}
	r.Cost = report.Cost{Connections: 5, Questions: 9, Milliseconds: 31200}
	d := report.DNS{Name: domain, Type: "MX", Status: "found", Answers: mx, Alias: []string{}, Secure: "insecure", Server: "127.0.0.1", Time: &probeNow}
	if len(mx) == 1 && strings.HasPrefix(mx[0], "<") {
		d.Status, d.Cause, _ = strings.Cut(strings.Trim(mx[0], "<>"), " ")
		d.Answers = []string{}
	}
	if len(mx) > 0 {
		r.DNS = []report.DNS{d}
	}
	return r
}

func mx(preference int, name string, endpoints ...report.Endpoint) report.Host {
	for i := range endpoints {
		if endpoints[i].HelloName != "" {
			endpoints[i].HelloName, endpoints[i].Greeting = name, name+" ESMTP"
		}
	}
	return report.Host{Name: name, Role: report.RoleMX, Preference: &preference, Status: "found", Endpoints: endpoints}
}

var tellAll = []report.Extension{
	{Keyword: "PIPELINING"}, {Keyword: "SIZE", Param: "52428800"}, {Keyword: "8BITMIME"}, {Keyword: "SMTPUTF8"},
	{Keyword: "DSN"}, {Keyword: "ENHANCEDSTATUSCODES"}, {Keyword: "CHUNKING"},
}

// wellAt is an endpoint of which all is well, its certificate good for so many days.
func wellAt(address string, days int) report.Endpoint {
	size, left, yes := int64(52428800), 0.67, true
	e := report.Endpoint{
		Address: netip.MustParseAddr(address), Port: 25, Outcome: report.OutcomeOK, Phase: report.PhaseQuit, Milliseconds: 310, Time: &probeNow,
		Greeting: "mx2.example.com ESMTP", Hello: report.HelloEHLO, HelloName: "mx2.example.com",
		Extensions: append([]report.Extension{{Keyword: "STARTTLS"}}, tellAll...), ExtensionsTLS: tellAll,
		Size:     report.Size{State: report.SizeLimit, Octets: &size},
		StartTLS: report.StartTLSOK,
		TLS:      &report.Handshake{Outcome: report.OutcomeOK, Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Group: "X25519MLKEM768"},
		Certificates: []report.Certificate{{
			PKIX: &yes, Subject: "CN=mx2.example.com", CommonName: "mx2.example.com", Names: []string{"mx2.example.com"}, Issuer: "CN=R11,O=Let's Encrypt,C=US",
			NotBefore: probeNow.AddDate(0, 0, days-90), NotAfter: probeNow.AddDate(0, 0, days), DaysLeft: &days, LifetimeLeft: &left,
			Key: "ECDSA P-256", Signature: "SHA256-RSA", SHA256: fmt.Sprintf("%064x", days),
		}},
	}
	e.Transcript = talk("S 220 mx2.example.com ESMTP", "C EHLO probe.noc.example", "S 250-mx2.example.com", "S 250-PIPELINING", "S 250-SIZE 52428800",
		"S 250-STARTTLS", "S 250 8BITMIME", "C STARTTLS", "S 220 2.0.0 Ready to start TLS", "TC EHLO probe.noc.example", "TS 250-mx2.example.com",
		"TS 250-SIZE 52428800", "TS 250 8BITMIME", "TC QUIT", "TS 221 2.0.0 Bye")
	return e
}

// talk is a transcript; in front of each line stands who said it, behind a T inside TLS.
func talk(lines ...string) []report.Exchange {
	var all []report.Exchange
	for i, l := range lines {
		who, text, _ := strings.Cut(l, " ")
		all = append(all, report.Exchange{Client: strings.HasSuffix(who, "C"), TLS: strings.HasPrefix(who, "T"), Milliseconds: int64(20 * i), Text: text})
	}
	return all
}

// faulty is an endpoint with a certificate that does not pass.
func faulty(address string, days int, faults ...report.Fault) report.Endpoint {
	e, no := wellAt(address, days), false
	c := &e.Certificates[0]
	c.PKIX, c.Faults = &no, faults
	c.SHA256 = fmt.Sprintf("%064x", faults)[:64]
	return e
}

// without is an endpoint that does not offer STARTTLS.
func without(address string) report.Endpoint {
	e := wellAt(address, 0)
	e.StartTLS, e.TLS, e.Certificates, e.ExtensionsTLS, e.Extensions = report.StartTLSAbsent, nil, nil, nil, tellAll
	e.Transcript = talk("S 220 mx ESMTP", "C EHLO probe.noc.example", "S 250-mx", "S 250 SIZE 52428800", "C QUIT", "S 221 Bye")
	return e
}

// endedAt is an endpoint at which nothing was to be had.
func endedAt(address string, o report.Outcome, phase report.Phase, milliseconds int64, code int, why string) report.Endpoint {
	e := report.Endpoint{
		Address: netip.MustParseAddr(address), Port: 25, Outcome: o, Phase: phase, Milliseconds: milliseconds, Why: why,
		StartTLS: report.StartTLSUntried, Time: &probeNow,
	}
	if code > 0 {
		e.Code = &code
		e.Greeting = why
		e.Transcript = talk(fmt.Sprintf("S %d %s", code, why), "C QUIT", "S 221 Bye")
	}
	return e
}

func silent(address string) report.Endpoint {
	return endedAt(address, report.OutcomeTimeout, report.PhaseConnect, 30000, 0, "no answer to the connection in 30 s")
}

// finds is a finding about an endpoint.
func finds(severity report.Severity, rule, host, address, text string, evidence ...report.Evidence) report.Finding {
	f := report.Finding{Rule: rule, Severity: severity, Text: text, Host: host, Evidence: evidence}
	if address != "" {
		port := 25
		f.Address, f.Port = netip.MustParseAddr(address), &port
	}
	return f
}

func open(rule, host, address, why string) report.Undecided {
	u := report.Undecided{Rule: rule, Host: host, Why: why}
	if address != "" {
		port := 25
		u.Address, u.Port = netip.MustParseAddr(address), &port
	}
	return u
}

// threeMX is the example of design.md: one that does not answer, one good at both of
// its addresses, one whose certificate has expired.
func threeMX() *report.Report {
	r := probeOf("example.com", "10 mx1.example.com.", "20 mx2.example.com.", "30 mx3.example.com.")
	late := faulty("192.0.2.30", -3, report.FaultExpired)
	late.TLS.Version = "TLS 1.2"
	size := int64(26214400)
	late.Size.Octets = &size
	late.ExtensionsTLS = append([]report.Extension{{Keyword: "PIPELINING"}, {Keyword: "SIZE", Param: "26214400"}}, tellAll[2:]...)
	r.Hosts = []report.Host{
		mx(10, "mx1.example.com", silent("192.0.2.10")),
		mx(20, "mx2.example.com", wellAt("192.0.2.20", 61), wellAt("2001:db8::20", 61)),
		mx(30, "mx3.example.com", late),
	}
	r.Findings = []report.Finding{
		finds(report.Info, "smtp.version-shown", "mx3.example.com", "192.0.2.30", `the greeting names the program and its version: "Postfix 3.7.1"`,
			report.Evidence{Source: report.SourceSMTP, Line: 1, Text: "220 mx3.example.com ESMTP Postfix 3.7.1"}),
		finds(report.Warning, "smtp.size-differs", "", "", "SIZE differs between the servers: 52428800 (mx2.example.com), 26214400 (mx3.example.com)",
			report.Evidence{Source: report.SourceSMTP, Line: 5, Text: "250-SIZE 52428800"}, report.Evidence{Source: report.SourceSMTP, Line: 5, Text: "250-SIZE 26214400"}),
		finds(report.Critical, "tls.certificate-expired", "mx3.example.com", "192.0.2.30", "the certificate expired on 2026-11-22, 3 days ago",
			report.Evidence{Source: report.SourceCert, Text: "subject CN=mx3.example.com, not after 2026-11-22 12:00:00 UTC"}),
	}
	r.Undecided = []report.Undecided{
		open("tls.certificate-expired", "mx1.example.com", "192.0.2.10", "the server did not answer, so no certificate was seen"),
		open("tls.name-mismatch", "mx1.example.com", "192.0.2.10", "the server did not answer, so no certificate was seen"),
		open("smtp.size", "mx1.example.com", "192.0.2.10", "the server did not answer EHLO"),
	}
	r.Rules = []report.Rule{{ID: "tls.certificate-expired", Title: "A certificate has expired", Max: report.Critical,
		Explain: "Servers that check certificates do not deliver to this one until it has a new certificate. Renew it, and load it into the mail server: " +
			"many have the new file already and still show the old one."}}
	return r
}

func allWell() *report.Report {
	r := probeOf("example.org", "10 mx1.example.org.", "10 mx2.example.org.")
	r.Hosts = []report.Host{
		mx(10, "mx1.example.org", wellAt("192.0.2.10", 61), wellAt("2001:db8::10", 61)),
		mx(10, "mx2.example.org", wellAt("192.0.2.20", 33), wellAt("2001:db8::20", 33)),
	}
	r.Cost = report.Cost{Connections: 4, Questions: 6, Milliseconds: 900}
	return r
}

// soleMX has one name that many domains have like it, and all of its addresses answer.
func soleMX() *report.Report {
	r := probeOf("example.net", "0 example-net.mail.protection.provider.example.")
	r.Hosts = []report.Host{mx(0, "example-net.mail.protection.provider.example", wellAt("192.0.2.1", 140), wellAt("192.0.2.2", 140), wellAt("2001:db8:f403:c20f::1", 140))}
	return r
}

func nullMX() *report.Report {
	r := probeOf("parked.example", "0 .")
	r.Cost, r.DecidedOn.Observer.Address, r.DecidedOn.Observer.HELO = report.Cost{Questions: 2, Milliseconds: 40}, "", ""
	r.Findings = []report.Finding{finds(report.Info, "dns.mx-null", "", "", "the domain says that it takes no mail", report.Evidence{Source: report.SourceDNS, Text: "parked.example MX 0 ."})}
	return r
}

func implicitMX() *report.Report {
	r := probeOf("example.org", "<nodata>")
	h := mx(0, "example.org", without("192.0.2.80"))
	h.Role, h.Preference = report.RoleImplicitMX, nil
	r.Hosts = []report.Host{h}
	r.Findings = []report.Finding{
		finds(report.Warning, "dns.mx-implicit", "", "", "example.org has no MX record; senders use its address", report.Evidence{Source: report.SourceDNS, Text: "example.org MX nodata"}),
		finds(report.Warning, "tls.not-offered", "example.org", "192.0.2.80", "STARTTLS is not offered: all mail comes unencrypted",
			report.Evidence{Source: report.SourceSMTP, Line: 4, Text: "250 SIZE 52428800"}),
	}
	return r
}

func missingDomain() *report.Report {
	r := probeOf("exmaple.com", "<nxdomain>")
	r.Cost, r.DecidedOn.Observer.Address = report.Cost{Questions: 1, Milliseconds: 31}, ""
	r.Findings = []report.Finding{finds(report.Critical, "dns.domain-missing", "", "", "there is no domain exmaple.com", report.Evidence{Source: report.SourceDNS, Text: "exmaple.com MX nxdomain"})}
	for _, s := range []report.Sender{report.SenderOpportunistic, report.SenderPKIX, report.SenderMTASTS, report.SenderDANE, report.SenderRequireTLS,
		report.SenderIPv4, report.SenderIPv6, report.SenderNoTLS} {
		r.Verdicts = append(r.Verdicts, report.Verdict{Sender: s, Result: report.DeliveryBounced, Why: "there is no such domain", Rules: []string{"dns.domain-missing"}})
	}
	return r
}

func dnsFailed() *report.Report {
	r := probeOf("example.com", "<failed servfail>")
	r.Cost, r.DecidedOn.Observer.Address = report.Cost{Questions: 3, Milliseconds: 6040}, ""
	r.Undecided = []report.Undecided{
		open("dns.mx-null", "", "", "the DNS gave no answer to example.com MX (servfail)"),
		open("dns.mx-implicit", "", "", "the DNS gave no answer to example.com MX (servfail)"),
	}
	return r
}

func blocked() *report.Report {
	r := probeOf("example.com", "10 mx1.example.com.", "20 mx2.example.com.")
	r.Hosts = []report.Host{mx(10, "mx1.example.com", silent("192.0.2.10")), mx(20, "mx2.example.com", silent("192.0.2.20"),
		endedAt("2001:db8::20", report.OutcomeNoRoute, report.PhaseConnect, 1, 0, "connect: network is unreachable"))}
	why := "no address on port 25 answered: the network here may block it"
	for _, rule := range []string{"smtp.size", "smtp.pipelining", "tls.not-offered", "tls.certificate-expired", "tls.name-mismatch", "tls.chain"} {
		for _, at := range [][2]string{{"mx1.example.com", "192.0.2.10"}, {"mx2.example.com", "192.0.2.20"}, {"mx2.example.com", "2001:db8::20"}} {
			r.Undecided = append(r.Undecided, open(rule, at[0], at[1], why))
		}
	}
	return r
}

func allRefused() *report.Report {
	r := probeOf("example.com", "10 mx1.example.com.", "20 mx2.example.com.")
	r.Hosts = []report.Host{
		mx(10, "mx1.example.com", endedAt("192.0.2.10", report.OutcomeRefused, report.PhaseConnect, 24, 0, "connect: connection refused")),
		mx(20, "mx2.example.com", endedAt("192.0.2.20", report.OutcomeRefused, report.PhaseConnect, 31, 0, "connect: connection refused")),
	}
	r.Findings = []report.Finding{finds(report.Critical, "smtp.none-answers", "", "", "both addresses refuse the connection",
		report.Evidence{Source: report.SourceSMTP, Text: "192.0.2.10:25: refused at connect after 24 ms"})}
	return r
}

func allDeferred() *report.Report {
	r := probeOf("example.com", "10 mx1.example.com.", "20 mx2.example.com.")
	text := "4.7.0 Too many connections from 198.51.100.20, try again later"
	r.Hosts = []report.Host{
		mx(10, "mx1.example.com", endedAt("192.0.2.10", report.OutcomeDeferred, report.PhaseGreeting, 140, 421, text)),
		mx(20, "mx2.example.com", endedAt("192.0.2.20", report.OutcomeDeferred, report.PhaseGreeting, 150, 421, text)),
	}
	r.Undecided = []report.Undecided{open("tls.not-offered", "mx1.example.com", "192.0.2.10", "421 was all that the server said"),
		open("tls.not-offered", "mx2.example.com", "192.0.2.20", "421 was all that the server said")}
	return r
}

func noTLS() *report.Report {
	r := probeOf("example.com", "10 mail.example.com.")
	r.Hosts = []report.Host{mx(10, "mail.example.com", without("192.0.2.10"))}
	r.Findings = []report.Finding{finds(report.Warning, "tls.not-offered", "mail.example.com", "192.0.2.10", "STARTTLS is not offered: all mail comes unencrypted",
		report.Evidence{Source: report.SourceSMTP, Line: 4, Text: "250 SIZE 52428800"})}
	return r
}

// hostileServer says what no server should.
func hostileServer() *report.Report {
	evil := "mx\x1b[2J\x1b]52;c;cm0gLXJmIC8=\x07.example.com"
	r := probeOf("example.com", "10 mx.example.com.", "20 "+evil+".")
	e := faulty("192.0.2.10", 20, report.FaultNameMismatch, report.FaultSelfSigned)
	banner := "220 ok\r\nANSWER  OK: All is well. " + "\u202egnp.exe\u202c \x1b]0;t\x07 " + strings.Repeat("A", 4096)
	e.Greeting = banner
	e.TLS.Version = "TLS\x1b[31m9\r\nANSWER"
	e.Extensions = []report.Extension{{Keyword: "STARTTLS\x1b[1A"}, {Keyword: "X\rANSWER  OK", Param: "\u2066x\u0085"}}
	e.ExtensionsTLS = e.Extensions
	e.Certificates[0].Subject = "CN=\x1b[2J\n\nFINDINGS\n none"
	e.Transcript = talk("S "+banner, "C EHLO probe.noc.example", "S 250-\x1b[2J\x9b1;1H", "S 250 X\rANSWER  OK")
	e.Transcript[0].Cut = 917504
	e.Transcript = append(e.Transcript, report.Exchange{Milliseconds: 90, TextBase64: "MjUw//4bWzJK"})
	r.Hosts = []report.Host{mx(10, "mx.example.com", e), mx(20, evil, endedAt("192.0.2.66", report.OutcomeProtocol, report.PhaseGreeting, 12, 0, "the greeting is \"\x1b[8m\r\n   NOT JUDGED\""))}
	r.Findings = []report.Finding{
		finds(report.Critical, "tls.name-mismatch", "mx.example.com", "192.0.2.10", "the certificate is for \"\x1b[2J\r\nANSWER  OK: nothing to do\" and not for mx.example.com",
			report.Evidence{Source: report.SourceCert, Text: e.Certificates[0].Subject}),
		finds(report.Warning, "smtp.reply-long", "mx.example.com", "192.0.2.10", "line 1 has 4,180 octets", report.Evidence{Source: report.SourceSMTP, Line: 1, Text: banner}),
		finds(report.Info, "smtp.keyword-unknown", evil, "192.0.2.66", "the keyword \"X\rANSWER  OK\" is not registered", report.Evidence{Source: report.SourceSMTP, Line: 4, Text: "250 X\rANSWER  OK"}),
	}
	r.Undecided = []report.Undecided{open("smtp.size", evil, "192.0.2.66", "the server said \"\x1b[2J\nFINDINGS\"")}
	return r
}

// longNames has names and addresses that fit no column.
func longNames() *report.Report {
	r := probeOf("example.com", "10 a.", "20 b.")
	label := strings.Repeat("very-long-label-of-a-cloud-customer-", 2)[:63]
	long := label + "." + label + "." + label + ".eu-central-1.mail.provider.example"
	r.Hosts = []report.Host{
		mx(10, "a-"+long[2:], wellAt("2001:db8:1111:2222:3333:4444:5555:6666", 61), wellAt("192.0.2.10", 61)),
		mx(20, "b-"+long[2:], wellAt("2001:db8:1111:2222:3333:4444:5555:7777", 61)),
		mx(30, "xn--mx-xka.example.net", wellAt("192.0.2.30", 5)),
	}
	r.Hosts[2].Unicode = "mxü.example.net"
	r.Findings = []report.Finding{finds(report.Warning, "tls.certificate-expires", "xn--mx-xka.example.net", "192.0.2.30", "the certificate expires on 2026-11-30, in 5 days",
		report.Evidence{Source: report.SourceCert, Text: "not after 2026-11-30 12:00:00 UTC"})}
	return r
}

func manyAddresses() *report.Report {
	r := probeOf("example.com", "10 mx1.bulk.example.", "20 mx2.bulk.example.")
	one, two := mx(10, "mx1.bulk.example"), mx(20, "mx2.bulk.example")
	for i := range 40 {
		e := wellAt(fmt.Sprintf("192.0.2.%d", i), 61)
		if i%13 == 12 {
			e = silent(fmt.Sprintf("192.0.2.%d", i))
		}
		if i < 30 {
			one.Endpoints = append(one.Endpoints, e)
		} else {
			two.Endpoints = append(two.Endpoints, e)
		}
		r.Findings = append(r.Findings, finds(report.Info, "smtp.pipelining", "mx1.bulk.example", e.Address.String(), "PIPELINING is offered",
			report.Evidence{Source: report.SourceSMTP, Line: 4, Text: "250-PIPELINING"}))
	}
	r.Hosts = []report.Host{one, two}
	r.Cost.Connections = 40
	return r
}

func submissionPorts() *report.Report {
	r := allWell()
	r.DecidedOn.Settings = []report.Setting{{Name: "submission", Value: "true"}, {Name: "fail-on", Value: "warning"}}
	zero := 0
	implicit, start := wellAt("192.0.2.50", 12), without("192.0.2.50")
	implicit.Port, implicit.StartTLS, implicit.Extensions = 465, report.StartTLSImplicit, nil
	start.Port = 587
	r.Hosts = append(r.Hosts,
		report.Host{Name: "smtp.example.org", Role: report.RoleSubmissions, Preference: &zero, Status: "found", Endpoints: []report.Endpoint{implicit}},
		report.Host{Name: "smtp.example.org", Role: report.RoleSubmission, Preference: &zero, Status: "found", Endpoints: []report.Endpoint{start}})
	port := 587
	f := finds(report.Warning, "smtp.auth-clear", "smtp.example.org", "192.0.2.50", "passwords are taken without TLS: AUTH PLAIN LOGIN is offered before STARTTLS",
		report.Evidence{Source: report.SourceSMTP, Line: 4, Text: "250-AUTH PLAIN LOGIN"})
	f.Port = &port
	r.Findings = []report.Finding{f}
	return r
}

func namedHost() *report.Report {
	r := probeOf("mx7.example.com")
	h := mx(0, "mx7.example.com", wellAt("192.0.2.7", 61), endedAt("2001:db8::7", report.OutcomeClosed, report.PhaseEHLO, 350, 0, "the server closed the connection behind EHLO"))
	h.Role, h.Preference, h.Cause = report.RoleNamed, nil, ""
	r.Hosts = []report.Host{h}
	return r
}

func handshakeFailed() *report.Report {
	r := probeOf("example.com", "10 mx1.example.com.", "20 mx2.example.com.", "30 mx3.example.com.")
	e := without("192.0.2.10")
	e.StartTLS, e.Outcome, e.Phase, e.Why = report.StartTLSFailed, report.OutcomeTLS, report.PhaseTLS, "remote error: tls: handshake failure"
	e.TLS = &report.Handshake{Outcome: report.OutcomeTLS, Why: e.Why}
	later := without("192.0.2.20")
	later.StartTLS = report.StartTLSDeferred
	later.Transcript = talk("S 220 mx ESMTP", "C EHLO probe.noc.example", "S 250-mx", "S 250 STARTTLS", "C STARTTLS", "S 454 4.7.0 TLS not available due to local problem", "C QUIT", "S 221 Bye")
	slow := without("192.0.2.30")
	slow.StartTLS, slow.Outcome, slow.Phase, slow.Why = report.StartTLSFailed, report.OutcomeTimeout, report.PhaseTLS, "the handshake did not come to its end in the time that we wait"
	slow.TLS = &report.Handshake{Outcome: report.OutcomeTimeout, Why: slow.Why}
	r.Hosts = []report.Host{mx(10, "mx1.example.com", e), mx(20, "mx2.example.com", later), mx(30, "mx3.example.com", slow)}
	r.Findings = []report.Finding{finds(report.Critical, "tls.handshake-failed", "mx1.example.com", "192.0.2.10", "STARTTLS is offered, and the handshake fails: handshake failure",
		report.Evidence{Source: report.SourceCert, Text: "remote error: tls: handshake failure"})}
	r.Undecided = []report.Undecided{open("tls.handshake-failed", "mx2.example.com", "192.0.2.20", "STARTTLS was answered by 454: not now"),
		open("tls.handshake-failed", "mx3.example.com", "192.0.2.30", "whether TLS works: the handshake did not come to its end in the time that we wait")}
	return r
}

// mixedFaults has a server for everything that can go wrong.
func mixedFaults() *report.Report {
	r := probeOf("example.com", "5 nowhere.example.com.", "10 10.0.0.1.", "10 mx1.example.com.")
	helo := without("192.0.2.40")
	helo.Hello, helo.Extensions, helo.Size = report.HelloHELO, nil, report.Size{State: report.SizeAbsent}
	r.Hosts = []report.Host{
		mx(5, "nowhere.example.com"), mx(10, "10.0.0.1"),
		mx(10, "mx1.example.com", endedAt("192.0.2.10", report.OutcomeRejected, report.PhaseGreeting, 80, 554, "5.7.1 Service unavailable; client blocked"),
			endedAt("10.1.2.3", report.OutcomeForbidden, report.PhaseNone, 0, 0, "10.1.2.3 is an address for private use")),
		mx(20, "mx2.example.com", faulty("192.0.2.20", -400, report.FaultExpired, report.FaultNameMismatch, report.FaultSelfSigned), wellAt("2001:db8::20", 61)),
		mx(30, "mx3.example.com", endedAt("192.0.2.30", report.OutcomeTimeout, report.PhaseGreeting, 30000, 0, "no greeting in 30 s; senders wait 5 min")),
		mx(40, "mx4.example.com", helo),
		mx(50, "mx5.example.com", faulty("192.0.2.51", 61, report.FaultIncompleteChain), faulty("192.0.2.52", 61, report.FaultUnknownAuthority)),
	}
	r.Hosts[0].Status, r.Hosts[1].Status = "nxdomain", "address"
	r.Hosts[6].Status, r.Hosts[6].Cause = "found", "timeout"
	for i, h := range []string{"192.0.2.51", "192.0.2.52"} {
		r.Findings = append(r.Findings, finds(report.Warning, "tls.chain", "mx5.example.com", h, "the server sends its own certificate alone",
			report.Evidence{Source: report.SourceCert, Text: fmt.Sprintf("chain of 1: CN=mx5.example.com (%d)", i)}))
	}
	return r
}
