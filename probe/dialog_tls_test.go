package probe

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
)

// dhe=1024 (to a client that offers nothing else, finite-field Diffie-Hellman).
func (p *player) handshake(words string) bool {
	f := strings.Fields(words)
	config := &tls.Config{MinVersion: tls.VersionTLS10}
	var names []string
	for _, w := range f[1:] {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "min":
			config.MinVersion = tlsVersions[value]
		case "max":
			config.MaxVersion = tlsVersions[value]
		case "names":
			names = strings.Split(value, ",")
		case "suites":
			config.CipherSuites = suitesNamed(value)
		case "groups":
			config.CurvePreferences = groupsNamed(value)
		case "need-sni", "staple", "small-only", "dhe":
		default:
			panic("no such word of a handshake: " + w)
		}
	}
	config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if hello.ServerName == "" && strings.Contains(words, "need-sni") {
			return nil, errors.New("no name was asked for")
		}
		of := names
		if of == nil {
			of = []string{hello.ServerName}
			if hello.ServerName == "" {
				of = []string{p.host}
			}
		}
		c := p.ca.certificate(f[0], of...)
		if slices.Contains(f, "staple") {
			c.OCSPStaple = []byte{0x30, 3, 10, 1, 0} // RFC 6960 section 4.2.1, without content.
		}
		return &c, nil
	}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if slices.Contains(f, "small-only") && slices.Contains(hello.SupportedCurves, tls.X25519MLKEM768) {
			return nil, errors.New("the message is too large")
		}
		if slices.Contains(f, "dhe=1024") && slices.Contains(hello.CipherSuites, suitesDHE()[0].id) {
			_, _ = p.conn.Write(flightDHE(1024))
			return nil, errors.New("enough was seen")
		}
		return nil, nil
	}
	conn := tls.Server(&ahead{p.conn, p.in}, config)
	if err := conn.Handshake(); err != nil {
		return false
	}
	p.conn, p.in = conn, bufio.NewReader(conn)
	return true
}

// ahead is a connection of which some was read already.
type ahead struct {
	net.Conn
	in io.Reader
}

func (a *ahead) Read(b []byte) (int, error) { return a.in.Read(b) }

var tlsVersions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

func suitesNamed(list string) []uint16 {
	var ids []uint16
	for name := range strings.SplitSeq(list, ",") {
		for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			if s.Name == name {
				ids = append(ids, s.ID)
			}
		}
	}
	return ids
}

func groupsNamed(list string) []tls.CurveID {
	var ids []tls.CurveID
	for name := range strings.SplitSeq(list, ",") {
		for _, id := range []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.X25519MLKEM768} {
			if groupName(id) == name {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
