package probe

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"mailtrace/probe/dns"
)

// TestPlanOpensNothing counts what a plan asks and whom it connects to: nothing, nobody.
func TestPlanOpensNothing(t *testing.T) {
	calls := 0
	p := &Prober{
		Submission: true, FullTLS: true,
		DNS:  func() *dns.Recorder { calls++; return &dns.Recorder{Resolver: dns.Nobody{}} },
		Dial: func(context.Context, netip.AddrPort) (net.Conn, error) { calls++; return nil, net.ErrClosed },
	}
	if len(p.Plan([]string{"example.org", "Bücher.example", "no domain"})) == 0 || len(p.PlanHost("mx.example.org", []uint16{25})) == 0 {
		t.Error("nothing is planned")
	}
	if calls != 0 {
		t.Errorf("planning asked the DNS or connected %d times", calls)
	}
}

func TestPlan(t *testing.T) {
	plain := &Prober{}
	cases := []struct {
		name  string
		steps []PlanStep
		want  string
	}{
		{"domain", plain.Plan([]string{"Example.org."}), `
question | | MX example.org
question | if its MX record says that it takes no mail | TXT example.org
question | for each MX host | A its name
question | for each MX host | AAAA its name
question | if it has no MX record | A example.org
question | if it has no MX record | AAAA example.org
question | for each MX host, unless its address is known to be unsigned | TLSA _25._tcp.its name
question | for each MX host, where that is an alias | CNAME its name, or TLSA _25._tcp. and what it is an alias for
question | if it has no MX record, unless its address is known to be unsigned | TLSA _25._tcp.example.org
question | if it has no MX record, where that is an alias | CNAME example.org, or TLSA _25._tcp. and what it is an alias for
question | | TXT example.org
question | for each include, redirect, a, mx and exists of its SPF record, as far as that leads | TXT, A, AAAA or MX of the name in it: at most 60 questions
question | for each MX host of the same organisation, if there is an SPF record | TXT its name
question | if it takes mail | TXT _mta-sts.example.org
question | if it takes mail | TXT _smtp._tls.example.org
question | if there is an MTA-STS record | A mta-sts.example.org
question | if there is an MTA-STS record | AAAA mta-sts.example.org
question | for each MX host, or for example.org if it has no MX record | CAA its name, and the names above until one has such records (60 names at most)
question | | TXT _domainkey.example.org
question | if that name exists | TXT of at most 24 usual selectors, and of one that nobody uses, below _domainkey.example.org
question | | TXT _dmarc.example.org
question | | TXT _dmarc.org
question | if the DMARC policy is that of a name above, and another one is for names that do not exist | A example.org
question | for each foreign domain that DMARC reports go to, 10 at most | TXT example.org._report._dmarc.its name
question | | TXT default._bimi.example.org
question | for each address of each of these hosts | PTR its reverse form.in-addr.arpa or .ip6.arpa
question | for each address of each of these hosts, for each of its names | A or AAAA the name
question | if one of them has no name that leads back | TXT example.org, and what its SPF record names
connection | for each address of each MX host, or of example.org if it has no MX record | port 25: greeting, EHLO, STARTTLS, EHLO, QUIT
connection | if there is an MTA-STS record | port 443: the MTA-STS policy, by HTTPS`},
		{"idn, IPv4 alone", (&Prober{NoIPv6: true}).Plan([]string{"bücher.example"}), `
question | | MX xn--bcher-kva.example
question | if its MX record says that it takes no mail | TXT xn--bcher-kva.example
question | for each MX host | A its name
question | if it has no MX record | A xn--bcher-kva.example
question | for each MX host, unless its address is known to be unsigned | TLSA _25._tcp.its name
question | for each MX host, where that is an alias | CNAME its name, or TLSA _25._tcp. and what it is an alias for
question | if it has no MX record, unless its address is known to be unsigned | TLSA _25._tcp.xn--bcher-kva.example
question | if it has no MX record, where that is an alias | CNAME xn--bcher-kva.example, or TLSA _25._tcp. and what it is an alias for
question | | TXT xn--bcher-kva.example
question | for each include, redirect, a, mx and exists of its SPF record, as far as that leads | TXT, A, AAAA or MX of the name in it: at most 60 questions
question | for each MX host of the same organisation, if there is an SPF record | TXT its name
question | if it takes mail | TXT _mta-sts.xn--bcher-kva.example
question | if it takes mail | TXT _smtp._tls.xn--bcher-kva.example
question | if there is an MTA-STS record | A mta-sts.xn--bcher-kva.example
question | for each MX host, or for xn--bcher-kva.example if it has no MX record | CAA its name, and the names above until one has such records (60 names at most)
question | | TXT _domainkey.xn--bcher-kva.example
question | if that name exists | TXT of at most 24 usual selectors, and of one that nobody uses, below _domainkey.xn--bcher-kva.example
question | | TXT _dmarc.xn--bcher-kva.example
question | | TXT _dmarc.example
question | if the DMARC policy is that of a name above, and another one is for names that do not exist | A xn--bcher-kva.example
question | for each foreign domain that DMARC reports go to, 10 at most | TXT xn--bcher-kva.example._report._dmarc.its name
question | | TXT default._bimi.xn--bcher-kva.example
question | for each address of each of these hosts | PTR its reverse form.in-addr.arpa or .ip6.arpa
question | for each address of each of these hosts, for each of its names | A or AAAA the name
question | if one of them has no name that leads back | TXT xn--bcher-kva.example, and what its SPF record names
connection | for each address of each MX host, or of xn--bcher-kva.example if it has no MX record | port 25: greeting, EHLO, STARTTLS, EHLO, QUIT
connection | if there is an MTA-STS record | port 443: the MTA-STS policy, by HTTPS`},
		{"no policies", (&Prober{NoPolicies: true, NoIPv6: true}).Plan([]string{"example.org"}), `
question | | MX example.org
question | if its MX record says that it takes no mail | TXT example.org
question | for each MX host | A its name
question | if it has no MX record | A example.org
connection | for each address of each MX host, or of example.org if it has no MX record | port 25: greeting, EHLO, STARTTLS, EHLO, QUIT`},
		{"no domain", plain.Plan([]string{"who@example.org"}), `
nothing | | "who@example.org" is no domain name; this is a mail address: write example.org`},
		{"host", plain.PlanHost("mx.example.org", []uint16{25, 465}), `
question | | A mx.example.org
question | | AAAA mx.example.org
question | | CAA mx.example.org, and the names above until one has such records (60 names at most)
question | for each of its addresses | PTR its reverse form.in-addr.arpa or .ip6.arpa
question | for each of its addresses, for each of its names | A or AAAA the name
connection | for each of its addresses | port 25: greeting, EHLO, STARTTLS, EHLO, QUIT
connection | for each of its addresses | port 465: TLS, greeting, EHLO, QUIT`},
		{"address", (&Prober{FullTLS: true}).PlanHost("[192.0.2.1]", []uint16{25}), fmt.Sprintf(`
question | | PTR 1.2.0.192.in-addr.arpa
question | for each of its names | A or AAAA the name
connection | | port 25: greeting, EHLO, STARTTLS, EHLO, QUIT
connection | | port 25: at most %d more, one after the other, each with another TLS handshake (--tls full)`, furtherConnections)},
		{"submission", (&Prober{Submission: true, NoIPv4: true}).Plan([]string{"example.org"}), `
question | | MX example.org
question | if its MX record says that it takes no mail | TXT example.org
question | for each MX host | AAAA its name
question | if it has no MX record | AAAA example.org
question | for each MX host, unless its address is known to be unsigned | TLSA _25._tcp.its name
question | for each MX host, where that is an alias | CNAME its name, or TLSA _25._tcp. and what it is an alias for
question | if it has no MX record, unless its address is known to be unsigned | TLSA _25._tcp.example.org
question | if it has no MX record, where that is an alias | CNAME example.org, or TLSA _25._tcp. and what it is an alias for
question | | SRV _submission._tcp.example.org
question | | SRV _submissions._tcp.example.org
question | for each host that an SRV record names | AAAA its name
question | | TXT example.org
question | for each include, redirect, a, mx and exists of its SPF record, as far as that leads | TXT, A, AAAA or MX of the name in it: at most 60 questions
question | for each MX host of the same organisation, if there is an SPF record | TXT its name
question | if it takes mail | TXT _mta-sts.example.org
question | if it takes mail | TXT _smtp._tls.example.org
question | if there is an MTA-STS record | AAAA mta-sts.example.org
question | for each MX host, or for example.org if it has no MX record | CAA its name, and the names above until one has such records (60 names at most)
question | | TXT _domainkey.example.org
question | if that name exists | TXT of at most 24 usual selectors, and of one that nobody uses, below _domainkey.example.org
question | | TXT _dmarc.example.org
question | | TXT _dmarc.org
question | if the DMARC policy is that of a name above, and another one is for names that do not exist | A example.org
question | for each foreign domain that DMARC reports go to, 10 at most | TXT example.org._report._dmarc.its name
question | | TXT default._bimi.example.org
question | for each address of each of these hosts | PTR its reverse form.in-addr.arpa or .ip6.arpa
question | for each address of each of these hosts, for each of its names | A or AAAA the name
question | if one of them has no name that leads back | TXT example.org, and what its SPF record names
connection | for each address of each MX host, or of example.org if it has no MX record | port 25: greeting, EHLO, STARTTLS, EHLO, QUIT
connection | for each address of each host of _submission | port 587: greeting, EHLO, STARTTLS, EHLO, QUIT
connection | for each address of each host of _submissions | port 465: TLS, greeting, EHLO, QUIT
connection | if there is an MTA-STS record | port 443: the MTA-STS policy, by HTTPS`},
	}
	for _, c := range cases {
		var got strings.Builder
		for _, s := range c.steps {
			fmt.Fprintf(&got, "\n%s |%s | %s", s.Kind, strings.TrimRight(" "+s.When, " "), s.Text)
		}
		if got.String() != c.want {
			t.Errorf("%s: planned%s\nwant%s", c.name, &got, c.want)
		}
	}
}
