package probe

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// serverCase is one way to set up a mail server.
type serverCase struct {
	certificate string // A kind of testCA; "" for no STARTTLS.
	option      string // Of testdata/servers/start.sh.
	size        int64  // 0 is no limit, in each of the servers.
	ports       string // "25" when "".

	faults string // Of the certificate.
	days   int    // That it is still valid.
	fails  bool   // It passes nowhere.
	rules  string // That speak of it at port 25; with "?" those that could not tell.
}

const mebibyte = 1 << 20

// serverCases are those of each server.
var serverCases = []serverCase{
	{certificate: "good", days: 60, ports: "25 587 465s", size: 10 * mebibyte},
	{certificate: "ecdsa", days: 60, ports: "25 587 465s", size: 50 * mebibyte},
	{certificate: "expired", days: -3, ports: "25 587 465s", faults: "expired", fails: true, rules: "tls.certificate-expired"},
	{certificate: "not-yet-valid", days: 93, faults: "not-yet-valid", fails: true, rules: "tls.certificate-expired"},
	{certificate: "expiring", days: 5, rules: "tls.certificate-expiring"},
	{certificate: "wrong-name", days: 60, faults: "name-mismatch", fails: true, rules: "tls.certificate-name"},
	{certificate: "self-signed", days: 60, faults: "self-signed", fails: true, rules: "tls.certificate-untrusted"},
	{certificate: "expired+wrong-name+self-signed", days: -3, faults: "expired name-mismatch self-signed", fails: true, rules: "tls.certificate-expired tls.certificate-name tls.certificate-untrusted"},
	{certificate: "missing-intermediate", days: 60, faults: "incomplete-chain", fails: true, rules: "tls.certificate-untrusted"},
	{certificate: "expired-intermediate", days: 60, faults: "expired-intermediate", fails: true, rules: "tls.certificate-expired"},
	{certificate: "unknown-authority", days: 60, faults: "unknown-authority", fails: true, rules: "tls.certificate-untrusted"},
	{certificate: "weak-key", days: 60, faults: "weak-key", rules: "tls.certificate-weak"},
	{certificate: "sha1", days: 60, faults: "weak-signature", fails: true, rules: "tls.certificate-weak"},
	{certificate: "cn-only", days: 60, faults: "no-san", fails: true, rules: "tls.certificate-no-san"},
	{certificate: "wrong-usage", days: 60, faults: "wrong-usage", fails: true, rules: "tls.certificate-usage"},
	{certificate: "with-root", days: 60},
	{certificate: "wildcard", days: 60},
	{certificate: "must-staple", days: 60, rules: "tls.staple-missing"},
	{certificate: "sans:300", days: 60}, // OpenSMTPD ends itself at a certificate of more than 16 KiB.
	{certificate: "chain:5", days: 60},
	{certificate: "good", option: "421", rules: "smtp.greeting-deferred?"},
	{certificate: "good", option: "554", rules: "smtp.greeting-rejected?"},
	{certificate: "", rules: "smtp.starttls-absent"},
	{certificate: "good", option: "auth-plain", days: 60, size: 1000, rules: "smtp.auth-in-clear smtp.size"},
	{certificate: "good", option: "broken", rules: "smtp.starttls-deferred?"},
	{certificate: "good", option: "tls1.0", days: 60, rules: "tls.no-tls12"},
	{certificate: "good", option: "dual", days: 60},
	{certificate: "good", option: "postscreen", days: 60},
}

// String is the case as part of a host name.
func (c serverCase) String() string {
	s := cmp.Or(c.option, c.certificate, "off")
	return strings.NewReplacer("+", "-", ":", "-", ".", "-").Replace(s)
}

// mailServer is one of the servers that start.sh knows.
type mailServer struct {
	name    string
	network string // Its addresses are in network.0/24.
	six     uint16 // On ::1 its cases have a port each, from this one.
	without string // Options that it does not have.
	only    bool   // It has one size for all cases,
	size    int64  // this one.

	noTLS bool // Its handshakes fail, all of them.
}

// mailServers are those that unpack.sh has put into dir.
func mailServers(t *testing.T, dir string) []mailServer {
	text, err := os.ReadFile(dir + "/versions")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the servers are\n%s", text)
	const no = "auth-plain broken tls1.0 dual postscreen"
	servers := []mailServer{
		{name: "postfix", network: "127.0.25", six: 20000},
		{name: "exim", network: "127.0.26", six: 20100, without: "postscreen"},
		// Debian 12 links this version with an OpenSSL that it cannot use: it offers
		// STARTTLS and every handshake fails (OpenSMTPD issues 1171, 1239).
		{name: "opensmtpd", network: "127.0.27", six: 20200, without: no, only: true, size: 35 * mebibyte, noTLS: strings.Contains(string(text), "opensmtpd 6.8.0")},
	}
	if strings.Contains(string(text), "opensmtpd-bpo ") {
		servers = append(servers, mailServer{name: "opensmtpd-bpo", network: "127.0.28", six: 20300, without: no, only: true})
	}
	return servers
}

// endpointCase is a case at one address and port.
type endpointCase struct {
	server mailServer
	serverCase
	host string // The domain, and its MX, in one.
	to   netip.AddrPort
}

// Each server, with each certificate and size, on IPv4 at the ports of mail, and on
// ::1, where there is one address for all, at a port for each case.
func TestServers(t *testing.T) {
	dir := serversDirectory(t)
	now := time.Now().Truncate(time.Second)
	files := newServerFiles(t, newTestCA(t, now))
	var endpoints []endpointCase
	for _, server := range mailServers(t, dir) {
		for i, c := range serverCases {
			if slices.Contains(strings.Fields(server.without), c.option) {
				continue
			}
			host := fmt.Sprintf("%s.%s.example.net", c, server.name)
			four := netip.MustParseAddr(fmt.Sprintf("%s.%d", server.network, i+1))
			endpoints = append(endpoints, files.add(server, c, host, four, cmp.Or(c.ports, "25"))...)
			six := strconv.Itoa(int(server.six) + i)
			endpoints = append(endpoints, files.add(server, c, "six."+host, netip.IPv6Loopback(), six)...)
		}
	}
	files.start(dir, endpoints)
	compare(t, files.probers(now), endpoints)
}

// One server after the other has ::1 to itself, at the ports of mail.
func TestServersIPv6(t *testing.T) {
	dir := serversDirectory(t)
	for _, server := range mailServers(t, dir) {
		t.Run(server.name, func(t *testing.T) {
			now := time.Now().Truncate(time.Second)
			files := newServerFiles(t, newTestCA(t, now))
			c := serverCase{certificate: "good", days: 60, size: 20 * mebibyte, ports: "25 587 465s"}
			server.size = c.size
			endpoints := files.add(server, c, "mx."+server.name+".example.net", netip.IPv6Loopback(), c.ports)
			files.start(dir, endpoints)
			compare(t, files.probers(now), endpoints)
		})
	}
}

// compare probes the endpoints, a few at a time, and prints what was seen.
func compare(t *testing.T, prober func() *Prober, endpoints []endpointCase) {
	begin := time.Now()
	got := make([]sight, len(endpoints))
	var wait sync.WaitGroup
	room := make(chan struct{}, 8)
	for _, host := range slices.Compact(hostsOf(endpoints)) {
		wait.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			r := probeHost(prober(), host, endpoints)
			for i, c := range endpoints {
				if c.host == host {
					got[i] = found(t, r, c)
				}
			}
		})
	}
	wait.Wait()
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "server\tcase\taddress\t"+strings.Join(sightColumns, "\t")+"\t")
	wrong := 0
	for i, c := range endpoints {
		verdict := ""
		if want := c.want(); got[i] != want {
			verdict = "WRONG"
			wrong++
			t.Errorf("%s %s at %s:\n got %q\nwant %q", c.server.name, c.serverCase, c.to, got[i], want)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.server.name, c.serverCase, c.to, strings.Join(got[i][:], "\t"), verdict)
	}
	w.Flush()
	t.Logf("%d endpoints, %d wrong, in %.1f s\n%s", len(endpoints), wrong, time.Since(begin).Seconds(), table.String())
}

func hostsOf(endpoints []endpointCase) []string {
	hosts := make([]string, len(endpoints))
	for i, c := range endpoints {
		hosts[i] = c.host
	}
	return hosts
}

// probeHost probes the domain; where its ports are none of mail, the host alone.
func probeHost(p *Prober, host string, endpoints []endpointCase) *report.Report {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, c := range endpoints {
		if c.host == host && c.to.Port() >= 1024 {
			return p.Host(ctx, host, []uint16{c.to.Port()})
		}
	}
	return p.Domain(ctx, host)
}

// found is what the report says of the endpoint.
func found(t *testing.T, r *report.Report, c endpointCase) sight {
	for _, h := range r.Hosts {
		for _, e := range h.Endpoints {
			if h.Name == c.host && netip.AddrPortFrom(e.Address, uint16(e.Port)) == c.to {
				if e.Hello != report.HelloNone && e.HelloName != c.host {
					t.Errorf("%s at %s calls itself %q", c.host, c.to, e.HelloName)
				}
				return seen(r, c.host, e)
			}
		}
	}
	t.Errorf("%s at %s is not in the report: %s", c.host, c.to, r.Error)
	return sight{}
}

// probers makes probers that ask a name server which has the hosts of the cases. Each
// host has one: in one run no address is spoken to again that has said 421, and ::1 is
// that of all.
func (f *serverFiles) probers(now time.Time) func() *Prober {
	client := serveZone(f.t, f.zone.String())
	roots := f.ca.roots()
	return func() *Prober {
		return &Prober{
			Now:          func() time.Time { return now },
			DNS:          func() *dns.Recorder { return &dns.Recorder{Resolver: client} },
			Roots:        roots,
			HELO:         "probe.example.net",
			AllowPrivate: true,
			Submission:   true,
			Patience:     20 * time.Second,
			Pace:         Pace{Apart: time.Nanosecond, Rate: 1e6, Burst: 1e6}, // Our own servers may be asked at once.
		}
	}
}
