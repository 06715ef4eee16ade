package probe

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"

	"mailtrace/report"
)

// suite is a cipher suite as IANA numbers and names it.
type suite struct {
	id   uint16
	name string
}

// suitesDHE agree on a key by finite-field Diffie-Hellman, which crypto/tls does not do.
func suitesDHE() []suite {
	return []suite{
		{0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"}, {0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
		{0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"}, {0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"},
		{0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"}, {0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
		{0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"}, {0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"},
	}
}

// suitesBroken are those that RFC 9325 section 4.1 says MUST NOT be used: without
// encryption, RC4, and less than 112 bits.
func suitesBroken() []suite {
	return []suite{
		{0x0001, "TLS_RSA_WITH_NULL_MD5"}, {0x0002, "TLS_RSA_WITH_NULL_SHA"}, {0x003b, "TLS_RSA_WITH_NULL_SHA256"},
		{0xc006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA"}, {0xc010, "TLS_ECDHE_RSA_WITH_NULL_SHA"},
		{0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"}, {0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5"},
		{0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA"}, {0x0014, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"},
		{0x0009, "TLS_RSA_WITH_DES_CBC_SHA"}, {0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA"},
		{0x0004, "TLS_RSA_WITH_RC4_128_MD5"}, {0x0005, "TLS_RSA_WITH_RC4_128_SHA"},
		{0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"}, {0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"},
	}
}

// hello sends a first message that offers TLS 1.2 and older with these suites, reads what
// the server chose, and closes the connection: the handshake is not gone on with.
func (p *Prober) hello(ctx context.Context, conn net.Conn, name string, suites []suite) report.Handshake {
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, p.patience())
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	h := report.Handshake{Outcome: report.OutcomeOK, ServerName: name}
	_, err := conn.Write(clientHello(name, suites))
	var chose serverHello
	if err == nil {
		chose, err = readServerHello(conn)
	}
	if err != nil {
		h.Outcome, h.Why = handshakeFailure(ctx, err)
		return h
	}
	// A handshake that is broken off deserves a word (RFC 8446 section 6.1: user_canceled).
	_ = conn.SetDeadline(time.Now().Add(farewell))
	_, _ = conn.Write([]byte{recordAlert, 3, 1, 0, 2, 1, 90})
	h.Version, h.Cipher, h.KeyBits = tls.VersionName(chose.version), fmt.Sprintf("0x%04x", chose.suite), chose.bits
	for _, s := range suites {
		if s.id == chose.suite {
			h.Cipher = s.name
			return h
		}
	}
	h.Outcome, h.Why = report.OutcomeTLS, "the server chose a cipher suite that was not offered: "+h.Cipher
	return h
}

// Types of records and of handshake messages (RFC 5246 sections 6.2.1 and 7.4).
const (
	recordAlert     = 21
	recordHandshake = 22

	messageClientHello       = 1
	messageServerHello       = 2
	messageServerKeyExchange = 12
	messageServerHelloDone   = 14
)

// clientHello is a record with the message of RFC 5246 section 7.4.1.2.
func clientHello(name string, suites []suite) []byte {
	u16 := binary.BigEndian.AppendUint16
	body := []byte{3, 3} // TLS 1.2.
	var random [32]byte
	_, _ = rand.Read(random[:]) // Never fails (crypto/rand).
	body = append(body, random[:]...)
	body = append(body, 0) // No session.
	body = u16(body, uint16(2*len(suites)+2))
	for _, s := range suites {
		body = u16(body, s.id)
	}
	body = u16(body, 0x00ff)  // TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 section 3.3).
	body = append(body, 1, 0) // No compression.
	extensions := []byte(nil) // As of RFC 6066 section 3, RFC 8422 section 5.1, RFC 5246 section 7.4.1.4.1.
	if n := len(name); n > 0 && n < 256 {
		extensions = u16(u16(u16(extensions, 0), uint16(n+5)), uint16(n+3))
		extensions = append(u16(append(extensions, 0), uint16(n)), name...)
	}
	extensions = append(extensions, 0, 10, 0, 10, 0, 8, 0, 29, 0, 23, 0, 24, 0, 25)                      // Groups: x25519, secp256r1, secp384r1, secp521r1.
	extensions = append(extensions, 0, 11, 0, 2, 1, 0)                                                   // Points uncompressed.
	extensions = append(extensions, 0, 13, 0, 18, 0, 16, 4, 1, 4, 3, 8, 4, 5, 1, 5, 3, 6, 1, 2, 1, 2, 3) // Signatures: by SHA-256, 384, 512 and SHA-1, of RSA and ECDSA.
	body = append(u16(body, uint16(len(extensions))), extensions...)
	record := u16([]byte{recordHandshake, 3, 1}, uint16(len(body)+4))
	record = append(record, messageClientHello, 0)
	return append(u16(record, uint16(len(body))), body...)
}

// serverHello is what a server chose.
type serverHello struct {
	version, suite uint16
	bits           *int // Of the prime of finite-field Diffie-Hellman; nil where the suite has none.
}

// maxServerFlight is how much of a server's first messages is read, in octets. Its
// certificates are most of it: crypto/tls takes 256 KiB of those.
const maxServerFlight = 256 << 10

var (
	errFlight  = errors.New("what the server sent cannot be read as a handshake of TLS")
	errRefused = errors.New("the server sent an alert")
)

// readServerHello reads until it is known what the server chose.
func readServerHello(r io.Reader) (serverHello, error) {
	f := flight{r: io.LimitReader(r, maxServerFlight)}
	var chose serverHello
	kind, body, err := f.next()
	if err != nil {
		return chose, err
	}
	// Version, random, session, suite (RFC 5246 section 7.4.1.3).
	if kind != messageServerHello || len(body) < 35 || len(body) < 35+int(body[34])+2 {
		return chose, errFlight
	}
	chose.version = binary.BigEndian.Uint16(body)
	chose.suite = binary.BigEndian.Uint16(body[35+int(body[34]):])
	if !finiteField(chose.suite) {
		return chose, nil
	}
	for {
		kind, body, err := f.next()
		switch {
		case err != nil:
			return chose, err
		case kind == messageServerHelloDone:
			return chose, nil
		case kind == messageServerKeyExchange: // Begins with the prime (RFC 5246 section 7.4.3).
			if len(body) < 2 || len(body) < 2+int(binary.BigEndian.Uint16(body)) {
				return chose, errFlight
			}
			bits := new(big.Int).SetBytes(body[2 : 2+binary.BigEndian.Uint16(body)]).BitLen()
			chose.bits = &bits
			return chose, nil
		}
	}
}

// finiteField says whether a suite that we offer works by finite-field Diffie-Hellman.
func finiteField(id uint16) bool {
	for _, s := range suitesDHE() {
		if s.id == id {
			return true
		}
	}
	return id == 0x0014 || id == 0x0015
}

// flight is handshake messages out of records.
type flight struct {
	r    io.Reader
	rest []byte // Of the records that were read.
}

// next is the next message, whole.
func (f *flight) next() (kind byte, body []byte, err error) {
	for {
		if len(f.rest) >= 4 {
			if n := 4 + int(f.rest[1])<<16 + int(binary.BigEndian.Uint16(f.rest[2:])); len(f.rest) >= n {
				kind, body, f.rest = f.rest[0], f.rest[4:n], f.rest[n:]
				return kind, body, nil
			} else if n > maxServerFlight {
				return 0, nil, errFlight
			}
		}
		if err := f.record(); err != nil {
			return 0, nil, err
		}
	}
}

// record reads one record: five octets and at most 16 KiB (RFC 5246 section 6.2.1).
func (f *flight) record() error {
	var head [5]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint16(head[3:]))
	if head[1] != 3 || n == 0 || n > 1<<14 {
		return tls.RecordHeaderError{Msg: "no record of TLS", RecordHeader: head}
	}
	at := len(f.rest)
	f.rest = append(f.rest, make([]byte, n)...)
	if _, err := io.ReadFull(f.r, f.rest[at:]); err != nil {
		return err
	}
	switch {
	case head[0] == recordAlert && n == 2:
		return &net.OpError{Op: "remote error", Err: tls.AlertError(f.rest[at+1])}
	case head[0] == recordAlert:
		return errRefused
	case head[0] != recordHandshake:
		return errFlight
	}
	return nil
}
