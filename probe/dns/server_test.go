package dns

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"mailtrace/probe/dns/signed"
)

// behaviour gives what a server sends for a question: any number of messages, nil for
// silence.
type behaviour func(q *dns.Msg, network string) [][]byte

// badServer is one whose every octet the test decides.
type badServer struct {
	Server
	respond behaviour

	mu    sync.Mutex
	asked []string // "udp example.org. TXT"
}

func startServer(t *testing.T, respond behaviour) *badServer {
	t.Helper()
	s := &badServer{respond: respond}
	tcp, udp, err := signed.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = netip.MustParseAddrPort(tcp.Addr().String())
	t.Cleanup(func() { tcp.Close(); udp.Close() })
	go s.serveUDP(udp)
	go s.serveStreams(tcp)
	return s
}

func (s *badServer) replies(wire []byte, network string) [][]byte {
	q := new(dns.Msg)
	if q.Unpack(wire) != nil {
		return nil
	}
	s.mu.Lock()
	s.asked = append(s.asked, network+" "+q.Question[0].Name+" "+dns.TypeToString[q.Question[0].Qtype])
	s.mu.Unlock()
	return s.respond(q, network)
}

func (s *badServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func (s *badServer) serveUDP(c net.PacketConn) {
	buffer := make([]byte, 65535)
	for {
		n, from, err := c.ReadFrom(buffer)
		if err != nil {
			return
		}
		for _, m := range s.replies(buffer[:n], "udp") {
			_, _ = c.WriteTo(m, from)
		}
	}
}

func (s *badServer) serveStreams(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go s.serveStream(c)
	}
}

// serveStream sends replies as they are: who wants a length before them puts it there.
func (s *badServer) serveStream(c net.Conn) {
	defer c.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return
		}
		wire := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(c, wire); err != nil {
			return
		}
		for _, m := range s.replies(wire, "tcp") {
			if len(m) == 0 {
				return
			}
			if _, err := c.Write(m); err != nil {
				return
			}
		}
	}
}

// client asks these servers once, and does not find out whether they validate.
func client(servers ...*badServer) *Client {
	c := &Client{validating: map[Server]bool{}, Timeout: 10 * time.Second, Attempts: 1, Now: func() time.Time { return time.Unix(1790000000, 0) }}
	for _, s := range servers {
		c.Servers = append(c.Servers, s.Server)
		c.validating[s.Server] = false
	}
	return c
}

// answering gives a reply with these records, in zone-file form, in the answer section.
func answering(q *dns.Msg, records ...string) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable = true
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			panic(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	return m
}

func packed(m *dns.Msg) []byte {
	wire, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return wire
}

// send puts the length before a message where that belongs.
func send(network string, wire []byte) [][]byte {
	if network == "tcp" {
		wire = append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...)
	}
	return [][]byte{wire}
}
