// Package probe asks how a domain receives mail, by talking to its mail servers, and what
// it publishes about mail.
//
// A domain's MX records name the servers that take mail for it, the most preferred
// first; each has one address or several (RFC 5321 section 5.1). A server that sends
// mail connects to port 25 of one of them, is greeted, says EHLO and its own name,
// and is told what the other side can do. With STARTTLS both go over to TLS, and it
// says EHLO again (RFC 3207). All that is public, costs no mail, and is where most of
// what goes wrong with mail can be seen: so a Prober does just that, with every
// server, at every address, and says QUIT. It never sends MAIL, RCPT, VRFY or DATA.
//
// What a server says is written by a stranger. Everything that is read has a bound
// in bytes, lines and time; an address is connected to only if it is one of a public
// mail server, and it is the very address that was looked at; a server that is slow
// or silent costs a deadline, and is not called what it may not be: a time-out is not
// a failure, and "421 too many connections" is not "no TLS".
//
// How bad a certificate is depends on who relies on it: MTA-STS and DANE say that. The
// policy of MTA-STS is fetched from the web server of the domain, once, and held against
// the servers as they were found; the TLSA records of DANE are asked for beside the
// conversations, and count only where DNSSEC protects them: as a resolver says whose path
// can be trusted, or as package dns finds when it checks the signatures. What each kind of
// sender will experience follows from all that: a walk over the servers for each kind, the
// verdicts.
//
// A domain also says how others may know the mail that it sends: SPF, DKIM, DMARC, BIMI.
// These records are read by the rules of those who get its mail, and whatever is wrong with
// them says nothing of mail to the domain.
//
// For each of these subjects there is a look (spf_look.go, dkim_look.go and so on): it asks
// the DNS once, beside all others, and keeps what came, and what did not come and why. The
// checks, one rule a file, ask nobody: each reads the looks, and makes findings of them, or
// says that the rule is undecided.
package probe

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// Prober probes domains. One Prober is for one run: a server that several domains
// share is spoken to once, and no address or network more often than is polite. Its
// methods may be used by many goroutines once the fields are set. The zero Prober
// with a DNS works.
type Prober struct {
	Version  string           // Of mailtrace, for the report.
	Settings []report.Setting // What the user chose, for the report.
	Now      func() time.Time // The clock for certificates and for the report; time.Now when nil.

	// DNS gives what answers the questions for one report, and keeps the answers.
	DNS func() *dns.Recorder

	// Dial opens a connection to just that address; a net.Dialer bound to Bind when
	// nil. Addresses that may not be connected to never get here.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)

	HELO  string         // Our own name, for EHLO; an address literal when "" (RFC 5321 section 4.1.4).
	Bind  []netip.Addr   // Addresses to connect from, one of a family at most.
	Roots *x509.CertPool // Authorities that are trusted; those of the system when nil.

	NoIPv4, NoIPv6 bool
	AllowPrivate   bool     // Addresses that are none of a public mail server may be connected to.
	Ports          []uint16 // At which MX hosts are spoken to; 25 alone when nil.
	Submission     bool     // The servers for users, ports 587 and 465, are looked at too.
	NoPolicies     bool     // What the domain says of mail to it and from it, its policies, is not looked at.
	FullTLS        bool     // Each version of TLS, suites and both kinds of key are tried, with a connection for each.

	// Of the mail that the domain sends.
	Selectors []Selector // Of DKIM keys that are known; where there is none, usual names are tried.

	Authoritative bool     // The name servers of the domain are asked one by one whether they say the same.
	Blocklists    []string // Zones of lists (RFC 5782) that are asked about the addresses of servers.

	Requirements bool // What large mailbox providers require is held against the domain.

	// Server gives what answers for one name server, asked by itself and without recursion,
	// for Authoritative; nil: that is not possible.
	Server func(at netip.AddrPort) dns.Resolver

	Patience time.Duration // For each reply; 30 s when 0. The whole conversation may take four times as long.
	Pace     Pace          // How often others may be asked.

	run run
}

// Selector is the name of a DKIM key (RFC 6376 section 3.1).
type Selector struct {
	Name   string
	Domain string // That signs with it; "" for the domain that is probed.
	Mail   bool   // It was found in a mail; else the user named it.
}

// Domain reports on the servers that take mail for a domain. It always returns a
// report: what could not be done stands in its Error and Undecided.
func (p *Prober) Domain(ctx context.Context, name string) *report.Report {
	return p.report(ctx, name, func(ctx context.Context, asks dns.Resolver, domain string) *servers {
		return p.find(ctx, asks, domain)
	})
}

// Host reports on one server, at some of its ports.
func (p *Prober) Host(ctx context.Context, name string, ports []uint16) *report.Report {
	return p.report(ctx, name, func(ctx context.Context, asks dns.Resolver, host string) *servers {
		return p.named(ctx, asks, host, ports)
	})
}
