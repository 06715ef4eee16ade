package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
	"github.com/rogpeppe/go-internal/testscript"
)

// serving has the *served of each script that serves: testscript keeps nothing for its
// commands.
var serving sync.Map

// servedNow is the clock that certificates of served servers are made for: --now.
var servedNow = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// served are a name server and mail servers on 127.x, as a script wants them.
type served struct {
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
	port      int
	questions atomic.Int64
	calls     atomic.Int64 // Connections to mail servers.
	listening []net.Listener
}

// serve is
//
//	serve ZONE SERVERS
//
// It answers from the zone file at $DNS, and speaks SMTP at the port $PORT, one server for
// each line "ADDRESS KIND NAME" of SERVERS, by whose authority ca.pem is:
//
//	good          with a certificate for NAME that is good for 61 days more
//	days=N        or for N days: less than 0 is expired
//	silent        never says a word
//	deferred      421 instead of a greeting
//	plain         no STARTTLS
//	hostile       says what a terminal or a monitor could fall for
func serve(ts *testscript.TestScript, _ bool, args []string) {
	s := &served{}
	s.key, s.authority = authority(ts)
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.authority.Raw}), 0o600))
	ts.Setenv("DNS", s.nameServer(ts, ts.ReadFile(args[0])))
	ts.Setenv("MAILTRACE_OFFLINE", "")
	var lines [][]string
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, words)
		}
	}
	ts.Check(s.listen(lines))
	ts.Setenv("PORT", strconv.Itoa(s.port))
	for i, l := range s.listening {
		ts.Defer(func() { l.Close() })
		go s.accept(l, lines[i][1], lines[i][len(lines[i])-1])
	}
	serving.Store(ts, s)
	ts.Defer(func() { serving.Delete(ts) })
}

// listen takes one port at all the addresses.
func (s *served) listen(lines [][]string) error {
	const attempts = 20 // The port may be taken at one of them.
	var err error
	for range attempts {
		for _, l := range s.listening {
			l.Close()
		}
		s.listening, s.port = nil, 0
		for _, words := range lines {
			var l net.Listener
			if l, err = net.Listen("tcp", net.JoinHostPort(words[0], strconv.Itoa(s.port))); err != nil {
				break
			}
			s.port = l.Addr().(*net.TCPAddr).Port
			s.listening = append(s.listening, l)
		}
		if err == nil {
			return nil
		}
	}
	return err
}

func (s *served) accept(l net.Listener, kind, name string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s.calls.Add(1)
		go func() {
			defer conn.Close()
			s.talk(conn, kind, name)
		}()
	}
}

// talk has one conversation.
func (s *served) talk(conn net.Conn, kind, name string) {
	greeting, hello := "220 "+name+" ESMTP", "250-"+name+"\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-STARTTLS\r\n250 8BITMIME\r\n"
	switch kind {
	case "silent":
		_, _ = conn.Read(make([]byte, 1)) // Until it is closed.
		return
	case "deferred":
		fmt.Fprintf(conn, "421 %s too many connections from you\r\n", name)
		return
	case "plain":
		hello = strings.Replace(hello, "250-STARTTLS\r\n", "", 1)
	case "hostile":
		const bad = "\x1b[2J\x1b]0;title\x07 | 'x'=1;2 \u202emoc\u202c \xff"
		greeting += " " + bad
		hello = "250-" + name + " " + bad + "\r\n250-SIZE 1 | x=2\r\n250-X" + bad + "\r\n250 8BITMIME\r\n"
	}
	fmt.Fprint(conn, greeting+"\r\n")
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); verb {
		case "EHLO":
			fmt.Fprint(conn, hello)
		case "STARTTLS":
			fmt.Fprint(conn, "220 go ahead\r\n")
			secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.issue(kind, name)}})
			if secure.Handshake() != nil {
				return
			}
			conn, in = secure, bufio.NewReader(secure)
			hello = strings.Replace(hello, "250-STARTTLS\r\n", "", 1)
		case "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			conn.Close() // And so TLS.
			return
		default:
			fmt.Fprint(conn, "502 no\r\n")
		}
	}
}

func authority(ts *testscript.TestScript) (*ecdsa.PrivateKey, *x509.Certificate) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Authority"},
		NotBefore: servedNow.AddDate(-5, 0, 0), NotAfter: servedNow.AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	parsed, err := x509.ParseCertificate(der)
	ts.Check(err)
	return key, parsed
}

// issue makes a certificate as a kind of server has it.
func (s *served) issue(kind, name string) tls.Certificate {
	left := 61
	if n, ok := strings.CutPrefix(kind, "days="); ok {
		left, _ = strconv.Atoi(n)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: servedNow.AddDate(0, 0, left-90), NotAfter: servedNow.AddDate(0, 0, left),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, s.authority, key.Public(), s.key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// nameServer answers from a zone file, by UDP, as a resolver does.
func (s *served) nameServer(ts *testscript.TestScript, zone string) (address string) {
	records := map[string][]dns.RR{}
	parser := dns.NewZoneParser(strings.NewReader(zone), ".", "zone")
	parser.SetDefaultTTL(300)
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		name := strings.ToLower(rr.Header().Name)
		records[name] = append(records[name], rr)
	}
	ts.Check(parser.Err())
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	ts.Check(err)
	started := make(chan struct{})
	server := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(started) }}
	server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		s.questions.Add(1)
		m := new(dns.Msg).SetReply(q)
		m.RecursionAvailable = true
		known, is := records[strings.ToLower(q.Question[0].Name)]
		if !is {
			m.Rcode = dns.RcodeNameError
		}
		for _, rr := range known {
			if rr.Header().Rrtype == q.Question[0].Qtype {
				m.Answer = append(m.Answer, rr)
			}
		}
		_ = w.WriteMsg(m)
	})
	go func() { _ = server.ActivateAndServe() }()
	<-started
	ts.Defer(func() { _ = server.Shutdown() })
	return conn.LocalAddr().String()
}

// heard is
//
//	heard QUESTIONS CONNECTIONS
//
// It fails if the servers of this script were not asked and called just so often; - is
// any number.
func heard(ts *testscript.TestScript, _ bool, args []string) {
	v, ok := serving.Load(ts)
	if !ok {
		ts.Check(errors.New("nobody serves"))
	}
	s := v.(*served)
	for i, got := range [...]int64{s.questions.Load(), s.calls.Load()} {
		if args[i] != "-" && args[i] != strconv.FormatInt(got, 10) {
			ts.Fatalf("%d questions, %d connections", s.questions.Load(), s.calls.Load())
		}
	}
}
