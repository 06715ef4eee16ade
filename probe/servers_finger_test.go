//go:build linux

package probe

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// fingerNetwork has the mail servers that TestServersFinger looks at with posttls-finger,
// and, at fingerDNS, a name server whose answers are signed, as far as it says so.
const (
	fingerNetwork = "127.0.66"
	fingerDNS     = "127.0.66.253"
)

// finger is the test with all that it needs.
type finger struct {
	*testing.T
	ca   *testCA
	root string // A tree that posttls-finger lives in.
}

// TestServersFinger looks at domains with posttls-finger of Postfix and with a probe: where it
// can judge what a sender makes of them that honours DANE, or that demands a certificate
// that holds, our verdicts are the same. Where they are not, testdata/finger.txt says why.
func TestServersFinger(t *testing.T) {
	began := time.Now()
	f := &finger{T: t, ca: newTestCA(t, time.Now())}
	f.unpack(filepath.Join(serversDirectory(t), "debian"))
	cases := fingerCases()
	var zone strings.Builder
	for i, c := range cases {
		f.serve(&zone, i, c)
	}
	text := zone.String()
	resolver := f.nameServer(text)
	var wg sync.WaitGroup
	room := make(chan struct{}, 3)
	for _, c := range cases {
		wg.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			f.look(c, resolver)
		})
	}
	wg.Wait()
	f.hold(cases)
	t.Logf("%d domains in %.1f s", len(cases), time.Since(began).Seconds())
}

// hold compares. The list of what is argued has a line for each difference: "ID: cell:
// theirs ours: why".
func (f *finger) hold(cases []*fingerCase) {
	f.Helper()
	argued := map[string]string{}
	text, err := os.ReadFile("testdata/finger.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if parts := strings.SplitN(strings.TrimSpace(line), ": ", 3); len(parts) == 3 && !strings.HasPrefix(line, "#") {
			argued[parts[0]+": "+parts[1]] = parts[2]
		}
	}
	same, all, used := 0, 0, map[string]bool{}
	for _, c := range cases {
		for _, cell := range [][3]string{{"dane", c.theirs.dane, c.ours.dane}, {"pkix", c.theirs.pkix, c.ours.pkix}} {
			key := fmt.Sprintf("%s: %s %s %s", c.id, cell[0], cell[1], cell[2])
			if cell[1]+cell[2] != "" {
				all++
			}
			switch {
			case cell[1]+cell[2] == "":
			case cell[1] == cell[2]:
				same++
			case argued[key] != "":
				used[key] = true
				f.Logf("argued: %s: %s", key, argued[key])
			default:
				f.Errorf("%s (%s): posttls-finger %s, we %s\n%s", c.id, cell[0], cell[1], cell[2], c.said)
			}
		}
	}
	for key := range argued {
		if !used[key] {
			f.Errorf("argued, and no difference: %s", key)
		}
	}
	f.Logf("%d of %d cells are the same, %d are argued", same, all, len(used))
}

// serve has a mail server listen for a case, and writes its zone.
func (f *finger) serve(zone *strings.Builder, i int, c *fingerCase) {
	f.Helper()
	host, address := "mx."+c.domain, fmt.Sprintf("%s.%d", fingerNetwork, i+1)
	var certificate *tls.Certificate
	if c.certificate != "" {
		made := f.ca.certificate(c.certificate, host)
		certificate = &made
	}
	l, err := net.Listen("tcp", net.JoinHostPort(address, "25"))
	if err != nil {
		f.Skipf("port 25 cannot be listened at: %v", err)
	}
	f.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go talkForFinger(conn, host, certificate)
		}
	}()
	worth := map[string][2]string{"": {"secure", "secure"}, "mx": {"insecure", "secure"}, "all": {"insecure", "insecure"}}[c.insecure]
	fmt.Fprintf(zone, "$DNSSEC %s\n%s. MX 10 %s.\n$DNSSEC %s\n%s. A %s\n", worth[0], c.domain, host, worth[1], host, address)
	for _, record := range c.tlsa {
		zone.WriteString(f.tlsa("_25._tcp."+host+".", record, certificate))
	}
}

// talkForFinger has one conversation.
func talkForFinger(conn net.Conn, host string, certificate *tls.Certificate) {
	defer func() { conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	in, offer := bufio.NewReader(conn), "250 STARTTLS\r\n"
	if certificate == nil {
		offer = "250 8BITMIME\r\n"
	}
	fmt.Fprintf(conn, "220 %s ESMTP\r\n", host)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); {
		case verb == "EHLO":
			fmt.Fprintf(conn, "250-%s\r\n%s", host, offer)
		case verb == "STARTTLS" && certificate != nil:
			fmt.Fprint(conn, "220 go ahead\r\n")
			secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*certificate}})
			if secure.Handshake() != nil {
				return
			}
			conn, in, offer = secure, bufio.NewReader(secure), "250 8BITMIME\r\n"
		case verb == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "502 no\r\n")
		}
	}
}

// nameServer answers from a zone, for posttls-finger at fingerDNS, and gives the zone, which
// our prober asks: both hear the same.
func (f *finger) nameServer(text string) *dns.Zone {
	f.Helper()
	zone, err := dns.ParseZone(text)
	if err != nil {
		f.Fatal(err)
	}
	handler := miekg.HandlerFunc(func(w miekg.ResponseWriter, query *miekg.Msg) {
		m := new(miekg.Msg).SetReply(query)
		m.RecursionAvailable = true
		q := query.Question[0]
		kind := dns.Type(q.Qtype)
		if q.Name == "." { // "dnssec_probe": does this resolver validate?
			m.AuthenticatedData = true
			m.Answer = []miekg.RR{&miekg.NS{Hdr: miekg.RR_Header{Name: ".", Rrtype: miekg.TypeNS, Class: miekg.ClassINET, Ttl: 300}, Ns: "ns.example.net."}}
			_ = w.WriteMsg(m)
			return
		}
		a, err := zone.Lookup(context.Background(), strings.ToLower(strings.TrimSuffix(q.Name, ".")), kind)
		switch {
		case err != nil:
			m.Rcode = miekg.RcodeServerFailure
		default:
			m.AuthenticatedData = a.Secure == dns.SecureYes
			if a.Status == dns.NXDomain {
				m.Rcode = miekg.RcodeNameError
			}
			for i := range a.Records {
				rr, err := miekg.NewRR(fmt.Sprintf("%s 300 IN %s %s", q.Name, kind, a.Records[i].Format(kind)))
				if err != nil {
					f.Error(err)
					continue
				}
				m.Answer = append(m.Answer, rr)
			}
		}
		if o := query.IsEdns0(); o != nil {
			m.SetEdns0(1232, o.Do())
		}
		_ = w.WriteMsg(m)
	})
	tcp, err := net.Listen("tcp", fingerDNS+":53")
	if err != nil {
		f.Skipf("a name server cannot listen: %v", err)
	}
	udp, err := net.ListenPacket("udp", fingerDNS+":53")
	if err != nil {
		tcp.Close()
		f.Skipf("a name server cannot listen: %v", err)
	}
	for _, s := range []*miekg.Server{{Listener: tcp, Handler: handler}, {PacketConn: udp, Handler: handler}} {
		go func() { _ = s.ActivateAndServe() }()
		f.Cleanup(func() { _ = s.Shutdown() })
	}
	return zone
}

// unpack makes a tree for posttls-finger beside that of the servers, which others may use at
// this time: with libraries, a resolver of its own, and the authority.
func (f *finger) unpack(from string) {
	f.Helper()
	f.root = f.TempDir()
	script := `set -eu
cd "$2"
mkdir -p usr/sbin usr/bin etc/postfix dev tmp
cp -al "$1/usr/lib" usr/ 2>/dev/null || cp -a "$1/usr/lib" usr/
[ ! -d "$1/usr/lib64" ] || cp -a "$1/usr/lib64" usr/
for d in bin sbin lib lib64; do ln -s usr/$d $d; done
cp -a "$1/usr/sbin/posttls-finger" usr/sbin/
cp "$1/etc/passwd" "$1/etc/group" "$1/etc/hosts" etc/
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/urandom c 1 9
printf 'nameserver %s\noptions trust-ad timeout:5 attempts:2\n' "$3" >etc/resolv.conf
printf 'compatibility_level = 3.6\nshlib_directory = /usr/lib/postfix\n' >etc/postfix/main.cf
`
	if out, err := exec.Command("bash", "-c", script, "bash", from, f.root, fingerDNS).CombinedOutput(); err != nil {
		f.Skipf("posttls-finger cannot be had: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(f.root, "ca.pem"), f.ca.rootPEM(), 0o644); err != nil {
		f.Fatal(err)
	}
}

// look has both look at a case.
func (f *finger) look(c *fingerCase, resolver dns.Resolver) {
	c.said = f.run(c, "dane-only")
	c.theirs.dane = daneCell(c.said)
	if c.tlsa == nil { // Where there are records they make no difference.
		said := f.run(c, "verify", "mx."+c.domain)
		c.theirs.pkix = pkixCell(said)
		c.said += "\nverify: " + said
	}
	p := &Prober{
		DNS: func() *dns.Recorder { return &dns.Recorder{Resolver: resolver} }, Roots: f.ca.roots(), HELO: "probe.example.net", AllowPrivate: true,
		Patience: 20 * time.Second, Pace: Pace{Apart: time.Nanosecond, Rate: 1e6, Burst: 1e6},
		Dial: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", to.String())
		},
	}
	r := p.Domain(f.Context(), c.domain)
	for _, v := range r.Verdicts {
		cell := cellsOf([]report.Verdict{v})[0][:1]
		switch v.Sender {
		case report.SenderDANE:
			c.ours.dane = ourDANE(r, cell, c.certificate != "")
		case report.SenderPKIX:
			if c.tlsa == nil {
				c.ours.pkix = cell
			}
		}
	}
}

// run is what posttls-finger says at a level.
func (f *finger) run(c *fingerCase, level string, match ...string) string {
	ctx, cancel := context.WithTimeout(f.Context(), 30*time.Second)
	defer cancel()
	args := append([]string{f.root, "/usr/sbin/posttls-finger", "-c", "-t", "10", "-T", "10", "-L", "summary", "-l", level, "-F", "/ca.pem", c.domain}, match...)
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "chroot", args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && ctx.Err() != nil {
		f.Errorf("%s: posttls-finger: %v", c.id, err)
	}
	return out.String()
}

// pkixCell reads what posttls-finger says at the level verify: V where the server was
// verified, else D. It goes on where a sender of that level does not.
func pkixCell(said string) string {
	if strings.Contains(said, "Verified TLS connection established") {
		return "V"
	}
	return "D"
}

// daneCell reads the same of the level dane-only: V and D, "-" where it finds that DANE has
// no say, and T where it has to use TLS and can authenticate nobody.
func daneCell(said string) string {
	switch {
	case strings.Contains(said, "no TLSA records found"), strings.Contains(said, "MX RRset insecure"):
		return "-"
	case strings.Contains(said, "no usable TLSA records found"), strings.Contains(said, "all TLSA records unusable"):
		return "T"
	case strings.Contains(said, "Verified TLS connection established"):
		return "V"
	}
	return "D"
}

// ourDANE is our verdict in these words.
func ourDANE(r *report.Report, cell string, withTLS bool) string {
	if len(r.Policies.DANE) != 1 {
		return "?"
	}
	of := func(with, without string) bool { return cell == with && withTLS || cell == without && !withTLS }
	switch s := r.Policies.DANE[0].Status; {
	case (s == report.DANENone || s == report.DANEInsecure) && of("E", "C"):
		return "-"
	case s == report.DANEUnusable && of("E", "D"):
		return "T"
	}
	return cell
}
