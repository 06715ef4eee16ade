package dns

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// authority makes a certificate for a name, and the pool that trusts it.
func authority(t *testing.T, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// counting counts the connections that a listener has taken.
type counting struct {
	net.Listener
	taken atomic.Int32
}

func (l *counting) Accept() (net.Conn, error) {
	l.taken.Add(1)
	return l.Listener.Accept()
}

// TestTLS asks over TLS, where the path can be trusted if the name is right.
func TestTLS(t *testing.T) {
	certificate, roots := authority(t, "dns.example.net")
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &counting{Listener: tcp}
	var closing atomic.Bool
	s := &badServer{respond: func(q *dns.Msg, _ string) [][]byte {
		m := answering(q, q.Question[0].Name+" 60 A 192.0.2.1")
		m.AuthenticatedData = true
		all := send("tcp", packed(m))
		if closing.Load() {
			all = append(all, nil)
		}
		return all
	}}
	go s.serveStreams(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}}))
	t.Cleanup(func() { tcp.Close() })

	far := netip.MustParseAddrPort("192.0.2.53:853")
	ask := func(c *Client) (*Answer, error) { return c.Lookup(context.Background(), "example.org", A) }
	c := &Client{
		Servers: []Server{{Address: far, TLSName: "dns.example.net"}}, Roots: roots, Attempts: 1,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, tcp.Addr().String())
		},
	}
	defer c.Close()
	for range 3 {
		a, err := ask(c)
		if err != nil || a.Secure != SecureYes || a.Server != "tls://dns.example.net@192.0.2.53:853" {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	if n := l.taken.Load(); n > 2 { // One is being waited for.
		t.Errorf("%d connections for three questions", n)
	}
	// The server closes after each answer: what fails on the old connection is asked on
	// a new one.
	closing.Store(true)
	for range 3 {
		if a, err := ask(c); err != nil {
			t.Errorf("after the server has closed: %v, %v", a, err)
		}
	}
	for name, bad := range map[string]*Client{
		"another name":         {Servers: []Server{{Address: far, TLSName: "dns.example.com"}}, Roots: roots, Dial: c.Dial, Attempts: 1},
		"an unknown authority": {Servers: c.Servers, Dial: c.Dial, Attempts: 1, Roots: x509.NewCertPool()},
	} {
		if a, err := ask(bad); told(a, err) != "network" || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
}

func TestParseServer(t *testing.T) {
	for s, want := range map[string]string{
		"192.0.2.53":                            "192.0.2.53:53",
		"192.0.2.53:5353":                       "192.0.2.53:5353",
		"2001:db8::53":                          "[2001:db8::53]:53",
		"[2001:db8::53]":                        "[2001:db8::53]:53",
		"[2001:db8::53]:5353":                   "[2001:db8::53]:5353",
		"tls://Dns.Example.net@192.0.2.53":      "tls://dns.example.net@192.0.2.53:853",
		"tls://dns.example.net@[2001:db8::1]:8": "tls://dns.example.net@[2001:db8::1]:8",
	} {
		got, err := ParseServer(s)
		if err != nil || got.String() != want {
			t.Errorf("%s: %s, %v, want %s", s, got, err, want)
		}
		if again, err := ParseServer(got.String()); err != nil || again != got {
			t.Errorf("%s: %s again, %v", s, again, err)
		}
	}
	for _, s := range []string{"", "dns.example.net", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:99999", "tls://192.0.2.53",
		"tls://@192.0.2.53", "tls://a..b@192.0.2.53", "udp://192.0.2.53", strings.Repeat("1", 1000)} {
		if got, err := ParseServer(s); err == nil {
			t.Errorf("%q: %v", s, got)
		}
	}
	for s, want := range map[string]bool{"127.0.0.53": true, "::1": true, "::ffff:127.0.0.1": true, "192.0.2.53": false, "tls://a@192.0.2.53": true} {
		if got, err := ParseServer(s); err != nil || got.trusted() != want {
			t.Errorf("%s: %v, %v", s, got.trusted(), err)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, test := range []struct {
		text, servers string
		timeout       time.Duration
		attempts      int
	}{
		{"", "127.0.0.1:53", 0, 0},
		{"search example.org\nnameserver 192.0.2.53\n", "192.0.2.53:53", 0, 0},
		{"# nameserver 192.0.2.1\nnameserver 192.0.2.2 # two\r\nnameserver fe80::1%eth0\n;nameserver 192.0.2.3", "192.0.2.2:53 [fe80::1%eth0]:53", 0, 0},
		{"nameserver a.example\nnameserver\noptions ndots:5 timeout:1 attempts:3 rotate", "127.0.0.1:53", time.Second, 3},
		{"options timeout:999999 attempts:0\noptions timeout:-1\noptions attempts:999", "127.0.0.1:53", maxTimeout, maxAttempts},
		{"options timeout:999", "127.0.0.1:53", maxTimeout, 0},
		{strings.Repeat("nameserver 192.0.2.9\n", 9), strings.TrimSpace(strings.Repeat("192.0.2.9:53 ", maxServers)), 0, 0},
	} {
		c := fromConfig(test.text)
		var servers []string
		for _, s := range c.Servers {
			servers = append(servers, s.String())
		}
		if got := strings.Join(servers, " "); got != test.servers || c.Timeout != test.timeout || c.Attempts != test.attempts {
			t.Errorf("%q: %s, %v, %d", test.text, got, c.Timeout, c.Attempts)
		}
	}
}
