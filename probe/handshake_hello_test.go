package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mailtrace/report"
)

// message is a handshake message in a record of its own.
func message(kind byte, body []byte) []byte {
	u16 := binary.BigEndian.AppendUint16
	b := u16([]byte{recordHandshake, 3, 3}, uint16(len(body)+4))
	return append(u16(append(b, kind, byte(len(body)>>16)), uint16(len(body))), body...)
}

// serverHelloOf is a ServerHello of TLS 1.2 that chooses a suite.
func serverHelloOf(id uint16) []byte {
	body := append([]byte{3, 3}, make([]byte, 33)...)
	return message(messageServerHello, append(binary.BigEndian.AppendUint16(body, id), 0))
}

// flightDHE is what a server sends that agrees on keys by a prime of so many bits.
func flightDHE(bits int) []byte {
	prime := bytes.Repeat([]byte{0xff}, bits/8)
	exchange := binary.BigEndian.AppendUint16(nil, uint16(len(prime)))
	exchange = append(append(exchange, prime...), 0, 1, 2)
	b := append(serverHelloOf(suitesDHE()[0].id), message(11, make([]byte, 100))...)
	return append(b, message(messageServerKeyExchange, exchange)...)
}

func TestReadServerHello(t *testing.T) {
	flight := flightDHE(1024)
	for _, c := range []struct {
		name string
		sent []byte
		bits int
		err  error // What it is, or nil.
	}{
		{"DHE 1024", flight, 1024, nil},
		{"DHE 2048", flightDHE(2048), 2048, nil},
		{"RC4", serverHelloOf(5), 0, nil},
		{"two records of one message", append([]byte{22, 3, 3, 0, 10}, append(flight[5:15:15], append([]byte{22, 3, 3, byte((len(serverHelloOf(0)) - 15) >> 8), byte(len(serverHelloOf(0)) - 15)}, flight[15:]...)...)...), 1024, nil},
		{"nothing", nil, 0, io.EOF},
		{"cut off", flight[:50], 0, io.ErrUnexpectedEOF},
		{"no key exchange", flight[:len(serverHelloOf(0))], 0, io.EOF},
		{"done without a key", append(serverHelloOf(0x009e), message(messageServerHelloDone, nil)...), 0, nil},
		{"another message", message(2, []byte{3, 3}), 0, errFlight},
		{"application data", []byte{23, 3, 3, 0, 1, 0}, 0, errFlight},
		{"too long", append([]byte{22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff}, make([]byte, 100)...), 0, errFlight},
	} {
		got, err := readServerHello(bytes.NewReader(c.sent))
		bits := 0
		if got.bits != nil {
			bits = *got.bits
		}
		if bits != c.bits || !errors.Is(err, c.err) {
			t.Errorf("%s: %d bits, %v; want %d, %v", c.name, bits, err, c.bits, c.err)
		}
	}
	var alert *net.OpError
	if _, err := readServerHello(bytes.NewReader([]byte{21, 3, 1, 0, 2, 2, 40})); !errors.As(err, &alert) || alert.Op != "remote error" {
		t.Errorf("an alert is %v", err)
	}
	var record tls.RecordHeaderError
	if _, err := readServerHello(strings.NewReader("454 no TLS today\r\n")); !errors.As(err, &record) {
		t.Errorf("text is %v", err)
	}
}

// Our first message is one that crypto/tls reads, and answers.
func TestClientHello(t *testing.T) {
	ca := authority()
	c := ca.certificate("good", "mx.example.org")
	for _, test := range []struct {
		server []uint16
		want   string // Outcome and suite.
	}{
		{[]uint16{tls.TLS_RSA_WITH_RC4_128_SHA}, "ok TLS 1.2 TLS_RSA_WITH_RC4_128_SHA"},
		{[]uint16{tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA}, "ok TLS 1.2 TLS_ECDHE_RSA_WITH_RC4_128_SHA"},
		{[]uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, "tls  "},
	} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			asked := ""
			server := tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS10, CipherSuites: test.server,
				GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) { asked = h.ServerName; return nil, nil }})
			done := make(chan struct{})
			go func() { _ = server.Handshake(); theirs.Close(); close(done) }()
			h := (&Prober{Patience: 5 * time.Second}).hello(context.Background(), ours, "mx.example.org", suitesBroken())
			<-done
			if got := string(h.Outcome) + " " + h.Version + " " + h.Cipher; got != test.want || asked != "mx.example.org" {
				t.Errorf("got %q (%s), asked for %q, want %q", got, h.Why, asked, test.want)
			}
			if (h.Outcome == report.OutcomeOK) != (h.Why == "") {
				t.Errorf("%s, and why is %q", h.Outcome, h.Why)
			}
		})
	}
}

// Whatever a server sends is read with bounds and an end.
func FuzzServerHello(f *testing.F) {
	f.Add(flightDHE(1024))
	f.Add(serverHelloOf(5))
	f.Add([]byte{21, 3, 1, 0, 2, 2, 40})
	f.Add([]byte("220 mx.example.org\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		got, err := readServerHello(bytes.NewReader(sent))
		if got.bits != nil && (err != nil || *got.bits > 1<<19) {
			t.Errorf("%d bits, %v", *got.bits, err)
		}
	})
}
