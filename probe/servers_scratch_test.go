package probe

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"
)

func talk(address string, name string, implicit bool) string {
	var b strings.Builder
	c, err := net.DialTimeout("tcp", address, 2*time.Second)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(8 * time.Second))
	shake := func() bool {
		tc := tls.Client(c, &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10})
		if err := tc.Handshake(); err != nil {
			fmt.Fprintf(&b, "TLS: %v", err)
			return false
		}
		s := tc.ConnectionState()
		fmt.Fprintf(&b, "%s %d certs CN=%s %s %s | ", tls.VersionName(s.Version), len(s.PeerCertificates), s.PeerCertificates[0].Subject.CommonName, s.PeerCertificates[0].SignatureAlgorithm, s.PeerCertificates[0].NotAfter.Format("2006-01-02"))
		c = tc
		return true
	}
	if implicit && !shake() {
		return b.String()
	}
	r := bufio.NewReader(c)
	reply := func() string {
		var all string
		for {
			l, err := r.ReadString('\n')
			all += strings.TrimSpace(l) + ","
			if err != nil {
				return all + err.Error()
			}
			if len(l) < 4 || l[3] != '-' {
				return all
			}
		}
	}
	b.WriteString(reply() + " | ")
	fmt.Fprintf(c, "EHLO probe.example.net\r\n")
	s := reply()
	b.WriteString(s + " | ")
	if !implicit && strings.Contains(s, "STARTTLS") {
		fmt.Fprintf(c, "STARTTLS\r\n")
		s := reply()
		b.WriteString(s + " | ")
		if strings.HasPrefix(s, "220") {
			if !shake() {
				return b.String()
			}
			r = bufio.NewReader(c)
			fmt.Fprintf(c, "EHLO probe.example.net\r\n")
			b.WriteString(reply() + " | ")
		}
	}
	fmt.Fprintf(c, "QUIT\r\n")
	b.WriteString(reply())
	return b.String()
}
