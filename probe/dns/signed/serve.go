package signed

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/miekg/dns"
)

// Reply is the tree's answer to a message, as a recursive resolver gives it; nil for none.
func (t *Tree) Reply(query []byte, network string) []byte {
	q := new(dns.Msg)
	if err := q.Unpack(query); err != nil || len(q.Question) != 1 {
		return nil
	}
	name, err := norm(q.Question[0].Name)
	if err != nil {
		return nil
	}
	m, cause := t.resolve(name, q.Question[0].Qtype)
	switch cause {
	case "timeout":
		return nil
	case "servfail":
		m = &dns.Msg{MsgHdr: dns.MsgHdr{Rcode: dns.RcodeServerFailure}}
	case "refused":
		m = &dns.Msg{MsgHdr: dns.MsgHdr{Rcode: dns.RcodeRefused}}
	case "malformed":
		m = new(dns.Msg)
	}
	m.RecursionAvailable = true
	wire := finish(m, q, network)
	if cause == "malformed" {
		wire[7] = 1 // It says that there is an answer, and has none.
	}
	return wire
}

// finish makes a message the reply to a question.
func finish(m, q *dns.Msg, network string) []byte {
	rcode, authoritative, recursion := m.Rcode, m.Authoritative, m.RecursionAvailable
	answer, authority, extra := m.Answer, m.Ns, m.Extra
	m = new(dns.Msg).SetReply(q)
	m.Rcode, m.Authoritative, m.RecursionAvailable, m.Compress = rcode, authoritative, recursion, true
	m.CheckingDisabled = q.CheckingDisabled
	m.Answer, m.Ns, m.Extra = answer, authority, extra
	opt, size := q.IsEdns0(), dns.MinMsgSize
	if opt == nil || !opt.Do() {
		m.Answer, m.Ns = bare(m.Answer, q.Question[0].Qtype), bare(m.Ns, q.Question[0].Qtype)
	}
	if opt != nil {
		size = max(size, int(opt.UDPSize()))
		m.SetEdns0(4096, opt.Do())
	}
	if network == "udp" && m.Len() > size {
		m.Answer, m.Ns, m.Extra, m.Truncated = nil, nil, nil, true
		if opt != nil {
			m.SetEdns0(4096, opt.Do())
		}
	}
	wire, err := m.Pack()
	if err != nil {
		panic(fmt.Sprintf("%s: %v", q.Question[0].Name, err)) // What was parsed can be packed.
	}
	return wire
}

// bare leaves out what nobody asked for.
func bare(set []dns.RR, t uint16) []dns.RR {
	var all []dns.RR
	for _, rr := range set {
		switch rr.Header().Rrtype {
		case dns.TypeRRSIG, dns.TypeNSEC, dns.TypeNSEC3:
			if rr.Header().Rrtype != t {
				continue
			}
		}
		all = append(all, rr)
	}
	return all
}

// Dial gives a connection to the tree that needs no network: its ends are two goroutines,
// so that it can be used inside of testing/synctest.
func (t *Tree) Dial(_ context.Context, network, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer ours.Close()
		buffer := make([]byte, 2+65535)
		for {
			query, err := receive(ours, network, buffer)
			if err != nil {
				return
			}
			wire := t.Reply(query, network)
			switch {
			case wire == nil:
				continue
			case network != "udp":
				wire = append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...)
			}
			if _, err := ours.Write(wire); err != nil {
				return
			}
		}
	}()
	return theirs, nil
}

func receive(conn net.Conn, network string, buffer []byte) ([]byte, error) {
	if network == "udp" {
		n, err := conn.Read(buffer)
		return buffer[:n], err
	}
	if _, err := io.ReadFull(conn, buffer[:2]); err != nil {
		return nil, err
	}
	wire := buffer[2 : 2+int(binary.BigEndian.Uint16(buffer))]
	_, err := io.ReadFull(conn, wire)
	return wire, err
}

// Serve has the tree answer at an address of the loopback over UDP and TCP, as a recursive
// resolver. Port 0 is one that is free.
func (t *Tree) Serve(at netip.AddrPort) (netip.AddrPort, func(), error) {
	return serve(at, func(q *dns.Msg, network string) []byte {
		query, err := q.Pack()
		if err != nil {
			return nil
		}
		return t.Reply(query, network)
	})
}

// ServeZones has each zone answer at its own address, at this port, and gives that of the
// root.
func (t *Tree) ServeZones(port uint16) (netip.AddrPort, func(), error) {
	var stops []func()
	stop := func() {
		for _, s := range stops {
			s()
		}
	}
	for _, apex := range t.apexes() {
		z := t.zones[apex]
		_, s, err := serve(netip.AddrPortFrom(z.address, port), func(q *dns.Msg, network string) []byte {
			name, err := norm(q.Question[0].Name)
			if err != nil {
				return nil
			}
			if z.how.keysFail != "" && q.Question[0].Qtype == dns.TypeDNSKEY {
				return finish(&dns.Msg{MsgHdr: dns.MsgHdr{Rcode: dns.RcodeRefused}}, q, network)
			}
			return finish(t.authoritative(z, name, q.Question[0].Qtype), q, network)
		})
		if err != nil {
			stop()
			return netip.AddrPort{}, nil, err
		}
		stops = append(stops, s)
	}
	return netip.AddrPortFrom(t.zones["."].address, port), stop, nil
}

func serve(at netip.AddrPort, reply func(q *dns.Msg, network string) []byte) (netip.AddrPort, func(), error) {
	tcp, udp, err := Listen(at.String())
	if err != nil {
		return netip.AddrPort{}, nil, err
	}
	handler := func(network string) dns.HandlerFunc {
		return func(w dns.ResponseWriter, q *dns.Msg) {
			if len(q.Question) != 1 {
				return
			}
			if wire := reply(q, network); wire != nil {
				_, _ = w.Write(wire)
			}
		}
	}
	servers := []*dns.Server{{Listener: tcp, Handler: handler("tcp")}, {PacketConn: udp, Handler: handler("udp")}}
	for _, s := range servers {
		go func() { _ = s.ActivateAndServe() }()
	}
	stop := func() {
		for _, s := range servers {
			_ = s.Shutdown()
		}
	}
	return netip.MustParseAddrPort(tcp.Addr().String()), stop, nil
}
