package text

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"mailtrace/report"
)

// mailFrom is what a well-kept domain says of the mail that it sends.
func mailFrom(target string) report.Policies {
	agreed := true
	asks := func(of, rules, tag, policy string) report.DMARCPolicy {
		return report.DMARCPolicy{For: of, Rules: rules, Tag: tag, Policy: policy, Applied: policy}
	}
	return report.Policies{
		CAA: []report.CAA{{Name: "mx1." + target, Found: target, Status: report.PolicyFound, Issue: []string{"letsencrypt.org", "letsencrypt.org; accounturi=x"}}},
		SPF: &report.SPF{Status: report.PolicyFound, Record: "v=spf1 mx include:_spf.provider.example ip4:192.0.2.0/24 -all", Default: "fail",
			Lookups: new(4), Void: new(0), Answer: new(312), IPv4: new(int64(1236)), IPv6: new(int64(2)),
			Terms: []report.SPFTerm{
				{Domain: target, Term: "mx", Lookups: new(1), Status: "found"},
				{Domain: target, Term: "include:_spf.provider.example", Lookups: new(3), Status: "found"},
				{Depth: 1, Domain: "_spf.provider.example", Term: "include:a.provider.example", Lookups: new(1), Status: "found"},
				{Depth: 2, Domain: "a.provider.example", Term: "ip4:198.51.100.0/22", Lookups: new(0)},
				{Depth: 2, Domain: "a.provider.example", Term: "~all", Lookups: new(0)},
				{Depth: 1, Domain: "_spf.provider.example", Term: "exists:%{i}._ok.provider.example", Lookups: new(1), Why: "hangs on the address"},
				{Depth: 1, Domain: "_spf.provider.example", Term: "~all", Lookups: new(0)},
				{Domain: target, Term: "ip4:192.0.2.0/24", Lookups: new(0)},
				{Domain: target, Term: "-all", Lookups: new(0)},
			}},
		DKIM: &report.DKIM{Status: report.PolicyFound, Tried: []string{"default", "selector1", "selector2"}, Keys: []report.DKIMKey{
			{Selector: "selector1", Domain: target, Source: "list", Status: report.PolicyFound, Record: "v=DKIM1; k=rsa; p=MIIBIjANBg", Type: "rsa", Bits: new(2048)},
			{Selector: "selector2", Domain: target, Source: "list", Status: report.PolicyInvalid, Record: "v=DKIM1; p=", Type: "rsa", Revoked: true},
		}},
		DMARC: &report.DMARC{Status: report.PolicyFound, Record: "v=DMARC1; p=reject; rua=mailto:d@" + target, Domain: target, Organisation: target,
			Steps: []report.DMARCStep{{Name: "_dmarc." + target, Status: report.PolicyFound, Record: "v=DMARC1; p=reject; rua=mailto:d@" + target}},
			Policies: []report.DMARCPolicy{
				asks("domain", "RFC 9989", "p", "reject"), asks("subdomain", "RFC 9989", "p", "reject"), asks("non-existent", "RFC 9989", "p", "reject"),
				asks("domain", "RFC 7489", "p", "reject"), asks("subdomain", "RFC 7489", "p", "reject"), asks("non-existent", "RFC 7489", "p", "reject"),
			},
			Targets: []report.DMARCTarget{{Tag: "rua", URI: "mailto:d@" + target, Domain: target, Authorised: &agreed}}},
		BIMI: &report.BIMI{Status: report.PolicyNone},
	}
}

// wellKept has one server with two addresses, and a policy of every kind: its page is one
// screen.
func wellKept() *report.Report {
	r := probeOf("example.org", "10 mx1.example.org.")
	r.Cost = report.Cost{Connections: 2, Questions: 41, Fetches: 1, Milliseconds: 1100}
	r.Hosts = []report.Host{mx(10, "mx1.example.org", wellAt("192.0.2.10", 61), wellAt("2001:db8::10", 61))}
	for i := range r.Hosts[0].Endpoints {
		r.Hosts[0].Endpoints[i].RDNS = &report.RDNS{Names: []string{"mx1.example.org"}, Name: "mx1.example.org", Status: "pass"}
	}
	age := int64(86400 * 30)
	r.Policies = mailFrom(r.Target)
	r.Policies.MTASTS = &report.MTASTS{Status: report.PolicyFound, ID: "20261101", Mode: "enforce", MaxAge: &age, MX: []string{"mx1.example.org"}}
	r.Policies.TLSRPT = &report.TLSRPT{Status: report.PolicyFound, RUA: []string{"mailto:tls@example.org"}}
	r.Policies.DANE = []report.DANE{daneAt("mx1.example.org", report.DANEUsable, true, "192.0.2.10", "2001:db8::10")}
	const host, at, works = "mx1.example.org", "192.0.2.10", "TLS works, and the certificate is not looked at"
	r.Verdicts = []report.Verdict{
		verdictOf(report.SenderOpportunistic, report.DeliveredEncrypted, host, at, works),
		verdictOf(report.SenderPKIX, report.DeliveredVerified, host, at, "TLS works, and the certificate holds"),
		verdictOf(report.SenderMTASTS, report.DeliveredVerified, host, at, "enforce: TLS works, and the certificate holds"),
		verdictOf(report.SenderDANE, report.DeliveredVerified, host, at, "TLS works, and the server matches a TLSA record"),
		verdictOf(report.SenderRequireTLS, report.DeliveryBounced, "", "", "mx1.example.org does not offer REQUIRETLS inside TLS"),
		verdictOf(report.SenderIPv4, report.DeliveredEncrypted, host, at, works),
		verdictOf(report.SenderIPv6, report.DeliveredEncrypted, host, "2001:db8::10", works),
		verdictOf(report.SenderNoTLS, report.DeliveredClear, host, at, "the server takes clear text, as far as can be seen without MAIL"),
	}
	r.Findings = []report.Finding{
		finds(report.Info, "smtp.size", host, at, "messages of up to 52,428,800 octets are taken", report.Evidence{Source: report.SourceSMTP, Line: 5, Text: "250-SIZE 52428800"}),
		finds(report.Info, "tls.post-quantum", host, at, "the key exchange is X25519MLKEM768", report.Evidence{Source: report.SourceCert, Text: "X25519MLKEM768"}),
	}
	return r
}

// sendsBadly takes mail well, and what it says of the mail that it sends is broken.
func sendsBadly() *report.Report {
	r := wellKept()
	o := &r.Policies
	o.SPF = &report.SPF{Status: report.PolicyInvalid, Why: "11 look-ups, and receivers stop after 10 (permerror)", Record: "v=spf1 include:a.example -all", Lookups: new(11), Void: new(3),
		Terms: []report.SPFTerm{{Domain: r.Target, Term: "include:a.example", Lookups: new(11), Status: "found"}, {Depth: 1, Domain: "a.example", Term: "a:gone.a.example", Lookups: new(1), Status: "nxdomain"},
			{Depth: 1, Domain: "a.example", Term: "include:slow.example", Status: "failed", Why: "timeout"}}}
	o.DKIM = &report.DKIM{Status: report.PolicyUnknown, Tried: make([]string, 22)}
	for i := range o.DKIM.Tried {
		o.DKIM.Tried[i] = "s" + string(rune('a'+i))
	}
	o.DMARC = &report.DMARC{Status: report.PolicyInvalid, Why: "there are 2 records", Steps: []report.DMARCStep{{Name: "_dmarc.example.org", Status: report.PolicyInvalid, Why: "there are 2 records"}}}
	o.CAA, o.TLSRPT = []report.CAA{{Name: "mx1.example.org", Status: report.PolicyNone}}, &report.TLSRPT{Status: report.PolicyNone}
	dns := report.Evidence{Source: report.SourceDNS, Text: "example.org TXT \"v=spf1 include:a.example -all\""}
	r.Findings = append(r.Findings,
		finds(report.Critical, "spf.too-many-lookups", "", "", "the record takes 11 look-ups, and receivers stop after 10: include:a.example costs 11", dns),
		finds(report.Critical, "dmarc.several-records", "", "", "_dmarc.example.org has 2 records", report.Evidence{Source: report.SourceDNS, Text: "_dmarc.example.org TXT \"v=DMARC1; p=none\""},
			report.Evidence{Source: report.SourceDNS, Text: "_dmarc.example.org TXT \"v=DMARC1; p=reject\""}),
		finds(report.Warning, "policy.bimi-needs-dmarc", "", "", "there is a logo and no policy of DMARC that counts", dns))
	r.Rules = []report.Rule{{ID: "spf.too-many-lookups", Title: "The SPF record takes more look-ups than receivers make", Max: report.Critical},
		{ID: "dmarc.several-records", Title: "There are several DMARC records", Max: report.Critical}}
	return r
}

// dmarcWalk is a subdomain that goes by the record of its organisation, which tests.
func dmarcWalk() *report.Report {
	r := sendsBadly()
	r.Target, r.Findings = "mail.example.org", nil
	yes, no := true, false
	r.Policies.DMARC = &report.DMARC{Status: report.PolicyFound, Record: "v=DMARC1; p=reject; sp=none; t=y; rua=mailto:d@example.org,mailto:x@reports.example.net", Domain: "example.org", Organisation: "example.org",
		Steps: []report.DMARCStep{{Name: "_dmarc.mail.example.org", Status: report.PolicyNone}, {Name: "_dmarc.example.org", Status: report.PolicyFound, Record: "v=DMARC1; p=reject; sp=none; t=y"},
			{Name: "_dmarc.org", Status: report.PolicyUnknown, Why: "timeout"}},
		Policies: []report.DMARCPolicy{{For: "domain", Rules: "RFC 9989", Tag: "sp", Policy: "reject", Applied: "quarantine"}, {For: "subdomain", Rules: "RFC 9989", Tag: "sp", Policy: "none", Applied: "none"},
			{For: "non-existent", Rules: "RFC 9989", Tag: "np", Policy: "reject", Applied: "quarantine"}, {For: "domain", Rules: "RFC 7489", Tag: "sp", Policy: "reject", Applied: "reject"},
			{For: "subdomain", Rules: "RFC 7489", Tag: "sp", Policy: "none", Applied: "none"}, {For: "non-existent", Rules: "RFC 7489", Tag: "sp", Policy: "none", Applied: "none"}},
		Targets: []report.DMARCTarget{{Tag: "rua", URI: "mailto:d@example.org", Domain: "example.org", Authorised: &yes},
			{Tag: "rua", URI: "mailto:x@reports.example.net", Domain: "reports.example.net", Authorised: &no, Why: "there is no record at mail.example.org._report._dmarc.reports.example.net"},
			{Tag: "ruf", URI: "https://\x1b[2J.example/", Why: "is no mailto"}}}
	r.Policies.BIMI = &report.BIMI{Status: report.PolicyFound, Location: "https://example.org/logo.svg"}
	r.Policies.CAA = []report.CAA{{Name: "mx1.example.org", Status: report.PolicyFound, Issue: []string{";"}}, {Name: "mx2.example.org", Status: report.PolicyUnknown, Why: "timeout"}}
	return r
}

// serversSeen has servers with other names than the DNS, name servers that disagree, and
// an address on a list.
func serversSeen() *report.Report {
	r := allWell()
	back := func(status report.Status, name string, names ...string) *report.RDNS {
		return &report.RDNS{Names: names, Name: name, Status: status}
	}
	one, two := r.Hosts[0].Endpoints, r.Hosts[1].Endpoints
	one[0].RDNS, one[1].RDNS = back("pass", "a.farm.example.net", "a.farm.example.net"), back("pass", "b.farm.example.net", "b.farm.example.net")
	two[0].RDNS, two[1].RDNS = back("fail", "", "pool-20.isp.example\x1b[2J"), back("fail", "")
	for i := range one {
		one[i].Greeting, one[i].HelloName = "farm.example.net ESMTP ready", "farm.example.net"
	}
	two[0].Greeting, two[0].HelloName = "localhost ESMTP", "mx.internal.example.org"
	soa := func(serial int64, mx string) []report.ServerAnswer {
		return []report.ServerAnswer{{Name: "example.org", Type: "MX", Status: "found", Answers: []string{mx}}, {Name: "_dmarc.example.org", Type: "TXT", Status: "nodata"}}
	}
	r.NameServers = []report.NameServer{
		{Name: "ns1.example.org", Address: netip.MustParseAddr("192.0.2.53"), Status: "answered", Serial: new(int64(2026112501)), Answers: soa(1, "10 mx1.example.org.")},
		{Name: "ns2.example.org", Address: netip.MustParseAddr("192.0.2.54"), Status: "answered", Serial: new(int64(2026112501)), Answers: soa(1, "10 mx1.example.org.")},
		{Name: "ns3.example.org", Address: netip.MustParseAddr("2001:db8::53"), Status: "answered", Serial: new(int64(2026110101)), Answers: soa(1, "10 old.example.org.")},
		{Name: "ns4.example.org", Address: netip.MustParseAddr("192.0.2.55"), Status: "not-authoritative"},
		{Name: "ns5.example.org", Status: "failed", Why: "timeout"},
	}
	on := func(list, target string, result report.ListingResult, why, text string, codes ...string) report.Listing {
		return report.Listing{List: list, Target: target, Result: result, Why: why, Text: text, Codes: codes}
	}
	r.Listings = []report.Listing{
		on("zen.list.example", "192.0.2.10", report.Listed, "", "https://list.example/q?192.0.2.10 \x1b[2J", "127.0.0.2", "127.0.0.10"),
		on("zen.list.example", "192.0.2.20", report.NotListed, "", ""), on("zen.list.example", "2001:db8::10", report.NotListed, "", ""),
		on("open.list.example", "192.0.2.10", report.ListingRefused, "127.255.255.254: asked through a public resolver", "", "127.255.255.254"),
		on("dead.list.example", "", report.ListingUnusable, "127.0.0.2 is not listed", ""),
	}
	return r
}

// nameServersAgree: one line is enough.
func nameServersAgree() *report.Report {
	r := serversSeen()
	r.NameServers, r.Listings = r.NameServers[:2], r.Listings[1:3]
	for i := range r.Hosts {
		for k := range r.Hosts[i].Endpoints {
			e := &r.Hosts[i].Endpoints[k]
			e.RDNS, e.Greeting, e.HelloName = nil, r.Hosts[i].Name, r.Hosts[i].Name
		}
	}
	return r
}

// sendingOf is a server that sends.
func sendingOf(d *report.RDNS, helo string) *report.Report {
	r := probeOf("192.0.2.1")
	r.Cost, r.DecidedOn.Observer.Address, r.DecidedOn.Observer.HELO = report.Cost{Questions: 7, Milliseconds: 210}, "", ""
	r.Sending = &report.Sending{Address: netip.MustParseAddr("192.0.2.1"), HELO: helo, MailFrom: "example.org", RDNS: d}
	return r
}

func sendingWell() *report.Report {
	r := sendingOf(&report.RDNS{Names: []string{"out.example.org"}, Name: "out.example.org", Status: "pass"}, "out.example.org")
	r.Auth = []report.Auth{
		{Method: "iprev", Status: "pass", Domain: "out.example.org", Property: "policy.iprev", By: report.ByUs},
		{Method: "spf", Status: "none", Domain: "out.example.org", Property: "smtp.helo", By: report.ByUs, Reason: "there is no record"},
		{Method: "spf", Status: "pass", Domain: "example.org", Property: "smtp.mailfrom", By: report.ByUs, Reason: "ip4:192.0.2.0/24 matches",
			Trace: []string{"smtp.mailfrom example.org from 192.0.2.1", "record example.org; \"v=spf1 ip4:192.0.2.0/24 -all\"", " ip4:192.0.2.0/24: match, pass"}},
	}
	r.Findings = []report.Finding{finds(report.Info, "spf.sending-helo", "", "", "out.example.org has no SPF record of its own", report.Evidence{Source: report.SourceDNS, Text: "out.example.org TXT nodata"})}
	return r
}

func sendingBadly() *report.Report {
	r := sendingOf(&report.RDNS{Names: []string{"pool-1.isp.example"}, Status: "fail", Why: "pool-1.isp.example has no address"}, "[192.0.2.1]")
	r.Auth = []report.Auth{{Method: "spf", Status: "fail", Domain: "example.org", Property: "smtp.mailfrom", By: report.ByUs, Reason: "-all matches"}}
	r.Findings = []report.Finding{
		finds(report.Critical, "dns.sending-not-confirmed", "", "", "192.0.2.1 has the name pool-1.isp.example, which does not lead back", report.Evidence{Source: report.SourceDNS, Text: "pool-1.isp.example A nxdomain"}),
		finds(report.Critical, "spf.sending-fail", "", "", "SPF of example.org fails for 192.0.2.1", report.Evidence{Source: report.SourceDNS, Text: "example.org TXT \"v=spf1 -all\""}),
	}
	r.Listings = []report.Listing{{List: "zen.list.example", Target: "192.0.2.1", Result: report.Listed, Codes: []string{"127.0.0.11"}}}
	return r
}

func sendingUnknown() *report.Report {
	r := sendingOf(&report.RDNS{Status: "temperror", Why: "1.2.0.192.in-addr.arpa PTR: timeout"}, "")
	r.Undecided = []report.Undecided{{Rule: "dns.sending-no-name", Why: "the DNS gave no answer to 1.2.0.192.in-addr.arpa PTR (timeout)"}}
	return r
}

// TestWellKept holds the page of a well-kept domain to one screen.
func TestWellKept(t *testing.T) {
	const screen = 40
	page, _ := probePage(t, wellKept(), Style{})
	if n := pageLines(page); n > screen {
		t.Errorf("%d lines:\n%s", n, page)
	}
}

// TestPoliciesAreBounded holds the page, and what is explained, of a report with a
// thousand of everything to a size.
func TestPoliciesAreBounded(t *testing.T) {
	r := sendsBadly()
	o := &r.Policies
	for i := range 1000 {
		name := fmt.Sprintf("host-%d.example", i)
		o.SPF.Terms = append(o.SPF.Terms, report.SPFTerm{Depth: i, Domain: name, Term: "include:" + name})
		o.DKIM.Keys = append(o.DKIM.Keys, report.DKIMKey{Selector: name, Source: "list", Status: report.PolicyFound, Type: "rsa", Record: strings.Repeat("x", 500)})
		o.DKIM.Tried = append(o.DKIM.Tried, name)
		o.DMARC.Steps = append(o.DMARC.Steps, report.DMARCStep{Name: name, Status: report.PolicyNone})
		o.DMARC.Targets = append(o.DMARC.Targets, report.DMARCTarget{Tag: "rua", URI: "mailto:d@" + name})
		o.CAA = append(o.CAA, report.CAA{Name: name, Status: report.PolicyFound, Issue: []string{name, name + ".example"}})
		o.DANE = append(o.DANE, report.DANE{Host: name, Status: report.DANEUsable, Records: make([]report.TLSA, i)})
		r.NameServers = append(r.NameServers, report.NameServer{Name: name, Status: "answered", Answers: []report.ServerAnswer{{Name: name, Type: "MX", Answers: []string{name}}}})
		r.Listings = append(r.Listings, report.Listing{List: name, Result: report.Listed, Text: strings.Repeat("y ", 500)})
		e := wellAt(fmt.Sprintf("192.0.%d.%d", i/200, i%200), 61)
		e.Greeting, e.RDNS = name, &report.RDNS{Names: []string{name}, Status: "fail"}
		r.Hosts[0].Endpoints = append(r.Hosts[0].Endpoints, e)
	}
	page, _ := probePage(t, r, Style{})
	if n := pageLines(page); n > 300 {
		t.Errorf("%d lines", n)
	}
	for method, most := range map[string]int{"spf": 150, "dkim": 400, "dmarc": 300} {
		if n := pageLines(explainedProbe(t, r, method, Style{})); n > most {
			t.Errorf("%s: %d lines", method, n)
		}
	}
}

func TestAuthority(t *testing.T) {
	for issuer, want := range map[string]string{
		"CN=R11,O=Let's Encrypt,C=US": "R11 (Let's Encrypt)", "O=Example,C=DE": "Example", "CN=Example": "Example", "CN=A,O=A": "A", "": "", "C=US": "C=US",
		`CN=R11\\,O=x,O=Example`: `CN=R11\\,O=x,O=Example`, "CN=a+O=b": "CN=a+O=b",
	} {
		if got := authority(issuer); got != want {
			t.Errorf("%s: %s, want %s", issuer, got, want)
		}
	}
}
