package main

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"mailtrace/analyze/domain"
	"mailtrace/probe"
	"mailtrace/probe/dns"
)

const (
	maxBlocklists = 5   // Each is asked about each address.
	maxHELO       = 255 // Octets of --helo with --sending: it may be no name at all.
)

// sendingFlags are about a server that sends mail, and about what others hold against
// servers.
type sendingFlags struct {
	server        sendingAddress
	mailFrom      string
	dnsbl         zoneList
	authoritative bool
	named         []string // Flags of the command line. In the settings --helo is our own name, and others are for servers that receive.
}

func (f *sendingFlags) add(fs *pflag.FlagSet) {
	fs.Var(&f.server, "sending", "look at the server at `IP` as those do that get mail\nfrom it (--helo: what it calls itself); it is not\nconnected to")
	fs.StringVar(&f.mailFrom, "mail-from", "", "--sending: the domain `NAME` that it sends for, in\nMAIL FROM")
	fs.Var(&f.dnsbl, "dnsbl", "ask these lists about each address (zen.example.org);\nmost want a --resolver of your own")
	fs.BoolVar(&f.authoritative, "authoritative", false, "ask each name server of the domain whether all say\nthe same")
}

// note takes down what stands on the command line, before settings are read.
func (f *sendingFlags) note(fs *pflag.FlagSet) {
	fs.Visit(func(flag *pflag.Flag) { f.named = append(f.named, flag.Name) })
}

// asked says that a server is looked at as one that sends.
func (f *sendingFlags) asked() bool { return f.server.IsValid() }

// check refuses what contradicts itself. args are the domains on the command line.
func (f *sendingFlags) check(p *probeFlags, args []string) error {
	if err := f.ownResolver(p); err != nil {
		return err
	}
	if !f.asked() {
		if f.mailFrom != "" {
			return misuse("mailtrace probe --sending 192.0.2.25 --mail-from example.org", "--mail-from goes with --sending, which names the server")
		}
		if len(p.hosts) > 0 && slices.Contains(f.named, "authoritative") {
			return misuse("probe the domain: mailtrace probe --authoritative example.org", "--authoritative is about a domain, and --host about one server")
		}
		return nil
	}
	switch {
	case len(args) > 0 || p.domains != "" || len(p.hosts) > 0:
		return misuse("leave one of the two out", "--sending looks at one server, and at no domain or other server")
	case p.nagios:
		return misuse("--json has all of it, and --fail-on the exit code", "--nagios watches servers that receive, not --sending")
	}
	for _, name := range f.named {
		if slices.Contains([]string{"port", "submission", "tls", "authoritative", "resume"}, name) {
			return misuse("leave it out", "--%s is about servers that receive, not --sending", name)
		}
	}
	if !slices.Contains(f.named, "helo") {
		p.helo = ""
	}
	if len(p.helo) > maxHELO {
		return misuse("what the server says behind EHLO", "--helo is longer than %d bytes", maxHELO)
	}
	if f.mailFrom == "" {
		return nil
	}
	name, hint, err := parseDomain(f.mailFrom)
	if err != nil {
		return misuse(hint, "--mail-from: %w", err)
	}
	f.mailFrom = domain.ASCII(name)
	return nil
}

// public are resolvers that serve everybody. Most lists do not serve them, and what a list
// is asked through them it can put to nobody's account.
var public = [...]string{
	"1.0.0.1", "1.1.1.1", "2606:4700:4700::1001", "2606:4700:4700::1111",
	"8.8.4.4", "8.8.8.8", "2001:4860:4860::8844", "2001:4860:4860::8888",
	"9.9.9.9", "149.112.112.112", "2620:fe::9", "2620:fe::fe",
	"208.67.220.220", "208.67.222.222", "2620:119:35::35", "2620:119:53::53",
}

// ownResolver refuses to ask lists through a resolver that is known to be public.
func (f *sendingFlags) ownResolver(p *probeFlags) error {
	if len(f.dnsbl) == 0 {
		return nil
	}
	servers := []dns.Server(p.resolver)
	if len(servers) == 0 {
		if system, err := dns.System(); err == nil {
			servers = system.Servers
		}
	}
	for _, s := range servers {
		if a := s.Address.Addr().Unmap().String(); slices.Contains(public[:], a) {
			return misuse("--resolver names another, such as 127.0.0.1 if one runs here", "--dnsbl needs a resolver of one's own: lists do not serve %s, which everybody uses", a)
		}
	}
	return nil
}

// settings puts the settings into what a report says that it was decided on.
func (f *sendingFlags) settings(set func(name, value string, is bool)) {
	set("sending", f.server.String(), f.asked())
	set("mail-from", f.mailFrom, f.mailFrom != "")
	set("dnsbl", f.dnsbl.String(), len(f.dnsbl) > 0)
	set("authoritative", "true", f.authoritative)
}

// prepare tells the prober.
func (f *sendingFlags) prepare(p *probe.Prober) {
	p.Blocklists = f.dnsbl
	if f.authoritative {
		p.Authoritative = true
		p.Server = func(at netip.AddrPort) dns.Resolver { return &dns.Authoritative{Server: at, Timeout: tryTimeout} }
	}
}

// sender is the server that is looked at.
func (f *probeFlags) sender() probe.Sending {
	return probe.Sending{Address: f.sending.server.Addr, HELO: f.helo, MailFrom: f.sending.mailFrom}
}

// sendingAddress is a flag that takes an address, with or without brackets.
type sendingAddress struct{ netip.Addr }

func (a *sendingAddress) Type() string { return "IP" }

func (a *sendingAddress) String() string {
	if !a.IsValid() {
		return ""
	}
	return a.Addr.String()
}

func (a *sendingAddress) Set(s string) error {
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil || ip.Zone() != "" {
		return fmt.Errorf("%s is no address like 192.0.2.1 or 2001:db8::1", quoted(s))
	}
	a.Addr = ip.Unmap()
	return nil
}

// zoneList is a flag that takes the zones of lists in the DNS, with commas between them,
// any number of times.
type zoneList []string

func (l *zoneList) Type() string   { return "ZONE" }
func (l *zoneList) String() string { return strings.Join(*l, ",") }

func (l *zoneList) Set(s string) error {
	zones := slices.Clone(*l)
	for e := range strings.SplitSeq(s, ",") {
		zone := domain.ASCII(strings.TrimSpace(e))
		if !strings.Contains(zone, ".") {
			return fmt.Errorf("%s is no zone of a list, like zen.example.org", quoted(e))
		}
		if !slices.Contains(zones, zone) {
			zones = append(zones, zone)
		}
	}
	if len(zones) > maxBlocklists {
		return errors.New("more than " + fmt.Sprint(maxBlocklists) + " lists are not asked")
	}
	*l = zones
	return nil
}
