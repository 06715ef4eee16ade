//go:build linux

package probe

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/hex"
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

// fingerCase is a domain, its one MX host, and what posttls-finger and we make of it.
type fingerCase struct {
	id          string
	domain      string
	certificate string   // A kind of testCA; "" for no STARTTLS.
	tlsa        []string // See fingerTLSA.
	insecure    string   // Which answers are not signed: "mx", "all"; "" for none.

	theirs, ours struct{ dane, pkix string } // Cells: V, E, C, D.
	said         string                      // By posttls-finger.
}

// fingerKinds are the certificates that the matrix has, and fingerSets its TLSA records.
var (
	fingerKinds = []string{
		"good", "ecdsa", "expired", "not-yet-valid", "wrong-name", "self-signed", "expired+wrong-name+self-signed", "missing-intermediate",
		"expired-intermediate", "unknown-authority", "cn-only", "wrong-usage", "with-root", "wildcard", "must-staple", "sans:300", "chain:5", "",
	}
	fingerSets = [][]string{
		nil,
		{"3 1 1 match"},
		{"3 1 1 other"},
		{"2 0 1 intermediate"},
		{"2 1 1 intermediate", "3 1 1 other"},
	}
	// fingerSpecial are those that are not of the matrix.
	fingerSpecial = []fingerCase{
		{certificate: "good", tlsa: []string{"3 0 1 match"}},
		{certificate: "expired", tlsa: []string{"3 0 1 match"}},
		{certificate: "good", tlsa: []string{"3 0 1 other"}},
		{certificate: "good", tlsa: []string{"3 1 2 match"}},
		{certificate: "good", tlsa: []string{"3 1 0 match"}},
		{certificate: "good", tlsa: []string{"3 0 0 match"}},
		{certificate: "good", tlsa: []string{"3 0 2 match"}},
		{certificate: "with-root", tlsa: []string{"2 0 1 root"}},
		{certificate: "with-root", tlsa: []string{"2 1 1 root"}},
		{certificate: "with-root", tlsa: []string{"2 0 2 root"}},
		{certificate: "good", tlsa: []string{"2 0 1 root"}},
		{certificate: "good", tlsa: []string{"2 0 0 root"}},
		{certificate: "good", tlsa: []string{"2 1 0 root"}},
		{certificate: "good", tlsa: []string{"2 0 1 other"}},
		{certificate: "good", tlsa: []string{"2 1 1 other"}},
		{certificate: "good", tlsa: []string{"3 1 1 match", "3 1 1 other"}},
		{certificate: "good", tlsa: []string{"3 1 1 match", "3 1 2 other"}}, // RFC 7671 section 9: the stronger digest hides the other.
		{certificate: "good", tlsa: []string{"3 1 1 other", "3 1 2 match"}},
		{certificate: "good", tlsa: []string{"3 0 1 other", "3 1 1 match"}},
		{certificate: "good", tlsa: []string{"1 1 1 match"}},
		{certificate: "good", tlsa: []string{"0 0 1 intermediate"}},
		{certificate: "expired", tlsa: []string{"1 1 1 match"}},
		{certificate: "", tlsa: []string{"1 1 1 match"}},
		{certificate: "good", tlsa: []string{"1 1 1 other", "3 1 1 match"}},
		{certificate: "good", tlsa: []string{"3 1 9 match"}},
		{certificate: "good", tlsa: []string{"9 9 9 match"}},
		{certificate: "good", tlsa: []string{"3 9 1 match"}},
		{certificate: "good", tlsa: []string{"3 1 1 short"}},
		{certificate: "good", tlsa: []string{"3 1 1 short", "3 1 1 match"}},
		{certificate: "good", tlsa: []string{"FAIL servfail"}},
		{certificate: "good", tlsa: []string{"FAIL bogus"}},
		{certificate: "good", tlsa: []string{"3 1 1 match"}, insecure: "mx"},
		{certificate: "good", tlsa: []string{"3 1 1 other"}, insecure: "all"},
		{certificate: "", tlsa: []string{"3 1 1 match"}, insecure: "all"},
	}
)

// fingerCases are all of them.
func fingerCases() []*fingerCase {
	var all []*fingerCase
	add := func(c fingerCase) {
		kind := c.certificate
		if kind == "" {
			kind = "no-tls"
		}
		c.id = strings.TrimSpace(kind + " | " + strings.Join(c.tlsa, " + ") + " | " + c.insecure)
		c.domain = fmt.Sprintf("d%d.example.net", len(all)+1)
		all = append(all, &c)
	}
	for _, kind := range fingerKinds {
		for _, set := range fingerSets {
			add(fingerCase{certificate: kind, tlsa: set})
		}
	}
	for _, c := range fingerSpecial {
		add(c)
	}
	return all
}

// fingerTLSA is the line of a zone for a record "3 1 1 match".
func (f *finger) tlsa(owner, record string, c *tls.Certificate) string {
	if strings.HasPrefix(record, "FAIL") {
		return owner + " " + record + "\n"
	}
	var usage, selector, matching int
	var what string
	if _, err := fmt.Sscan(record, &usage, &selector, &matching, &what); err != nil {
		f.Fatal(err)
	}
	const other = "abababababababababababababababababababababababababababababababab"
	data := other
	switch of := what; {
	case of == "short":
		data = "abab"
	case of == "other" && matching == matchSHA512:
		data += other
	case of == "match" && c != nil:
		data = f.digest(c.Leaf.Raw, c.Leaf.RawSubjectPublicKeyInfo, selector, matching)
	case of == "root":
		data = f.digest(f.ca.root.cert.Raw, f.ca.root.cert.RawSubjectPublicKeyInfo, selector, matching)
	case of == "intermediate":
		data = f.digest(f.ca.sub.cert.Raw, f.ca.sub.cert.RawSubjectPublicKeyInfo, selector, matching)
	}
	return fmt.Sprintf("%s TLSA %d %d %d %s\n", owner, usage, selector, matching, data)
}

// digest is the data of a record, of a matching type that is none that of SHA-256.
func (f *finger) digest(certificate, key []byte, selector, matching int) string {
	data := certificate
	if selector == selectKey {
		data = key
	}
	return hex.EncodeToString(digestOf(data, matching))
}

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
	same, used := 0, map[string]bool{}
	for _, c := range cases {
		for _, cell := range [][3]string{{"dane", c.theirs.dane, c.ours.dane}, {"pkix", c.theirs.pkix, c.ours.pkix}} {
			key := fmt.Sprintf("%s: %s %s %s", c.id, cell[0], cell[1], cell[2])
			switch {
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
	f.Logf("%d of %d cells are the same, %d are argued", same, 2*len(cases), len(used))
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
	dane, pkix := f.run(c, "dane"), f.run(c, "verify", "mx."+c.domain)
	c.theirs.dane, c.theirs.pkix = daneCell(dane), pkixCell(pkix)
	c.said = "dane: " + dane + "\nverify: " + pkix
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
			c.ours.dane = cell
		case report.SenderPKIX:
			c.ours.pkix = cell
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

// pkixCell and daneCell read what posttls-finger says: V where the server was verified, else
// what a sender of that level does. It goes on where such a sender does not.
func pkixCell(said string) string {
	if strings.Contains(said, "Verified TLS connection established") {
		return "V"
	}
	return "D"
}

func daneCell(said string) string { return said }

// digestOf is the data of a TLSA record by its matching type: that of SHA-256 where there is no
// such type.
func digestOf(data []byte, matching int) []byte {
	switch matching {
	case matchFull:
		return data
	case matchSHA512:
		sum := sha512.Sum512(data)
		return sum[:]
	}
	sum := sha256.Sum256(data)
	return sum[:]
}
