package received

import "strings"

// session is what the field says of TLS.
type session struct {
	version, cipher string
	bits            int // -1 where none are stated.
	certificate     ClientCertificate
}

// record turns the session into what the hop keeps, or nil.
func (s *session) record(p *parser) *TLS {
	if s.version == "" && s.cipher == "" && s.bits < 0 && s.certificate == "" {
		return nil
	}
	kept := &struct { // One allocation for all of it.
		TLS
		bits     int
		verified bool
	}{TLS: TLS{Version: s.version, Cipher: s.cipher, ClientCertificate: s.certificate}, bits: s.bits}
	if s.bits >= 0 {
		kept.Bits = &kept.bits
	}
	switch s.certificate {
	case CertificateVerified:
		kept.verified = true
		fallthrough
	case CertificateUnverified:
		kept.ClientVerified = &kept.verified
	}
	if s.version != "" || s.cipher != "" {
		p.implies |= isTLS
	}
	return &kept.TLS
}

// tlsRemark reads what servers write about TLS.
func (p *parser) tlsRemark(text string, off int32) bool {
	s := &p.tls
	if rest, ok := cutFold(text, "using "); ok {
		return p.postfixTLS(rest, off)
	}
	switch text[0] {
	case 'v', 'c', 'b':
		// sendmail, Gmail, Exchange, Mimecast, Momentum.
		if strings.HasPrefix(text, "version=") || strings.HasPrefix(text, "cipher=") || strings.HasPrefix(text, "bits=") {
			return p.tlsPairs(text, off)
		}
	case 'N', 'n':
		if _, ok := cutFold(text, "no client certificate"); ok {
			s.certificate = CertificateNotRequested
			return true
		}
		if strings.HasPrefix(text, "not using TLS") {
			return true
		}
	case 'C':
		if p.clientRemark(text) {
			return true
		}
		if rest, ok := strings.CutPrefix(text, "Cipher "); ok {
			return p.triple(rest, off)
		}
	case 't', 'T', 'S':
		for _, prefix := range [...]string{"tls_cipher ", "TLS: ", "SSL: "} {
			if rest, ok := strings.CutPrefix(text, prefix); ok {
				return p.triple(rest, off) || p.courierTLS(text, off)
			}
		}
		if p.triple(text, off) {
			return true
		}
	}
	if cipher, ok := strings.CutSuffix(text, " encrypted"); ok && !strings.ContainsRune(cipher, ' ') {
		// qmail with the TLS patch, qpsmtpd.
		p.implies |= isTLS
		if cipher != "TLS" {
			s.cipher, p.hop.Spans.Cipher = cipher, p.span(cipher, off)
		}
		return true
	}
	return false
}

// clientRemark reads what Postfix writes about the client's certificate.
func (p *parser) clientRemark(text string) bool {
	rest, ok := strings.CutPrefix(text, "Client ")
	if !ok {
		return false
	}
	switch {
	case strings.HasPrefix(rest, "did not present"), strings.HasPrefix(rest, "certificate not present"):
		p.tls.certificate = CertificateNotPresented
	case strings.HasSuffix(rest, "(verified OK)"):
		p.tls.certificate = CertificateVerified
	case strings.HasPrefix(rest, "CN "):
		p.tls.certificate = CertificateUnverified
	default:
		return false
	}
	return true
}

// postfixTLS reads "TLSv1.3 with cipher X (256/256 bits) key-exchange …", and
// Mimecast's "TLS".
func (p *parser) postfixTLS(text string, off int32) bool {
	s, h := &p.tls, p.hop
	version, rest, _ := strings.Cut(text, " ")
	if len(version) < 3 || !equalFold(version[:3], "TLS") && !equalFold(version[:3], "SSL") {
		return false
	}
	p.implies |= isTLS
	if len(version) > 3 {
		s.version, h.Spans.TLSVersion = version, p.span(version, off)
	}
	_, rest, ok := strings.Cut(unfold(rest), "cipher ")
	if !ok {
		return true
	}
	cipher, rest, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	s.cipher, h.Spans.Cipher = cipher, p.span(cipher, off)
	if rest, ok := strings.CutPrefix(rest, "("); ok {
		s.bits = leadingInt(rest)
	}
	return true
}

// tlsPairs reads "version=TLSv1/SSLv3 cipher=RC4-MD5 bits=128 verify=NO" and the
// like, with blanks or commas between.
func (p *parser) tlsPairs(text string, off int32) bool {
	s, h := &p.tls, p.hop
	p.implies |= isTLS
	for text != "" {
		var pair string
		if i := strings.IndexAny(text, " ,\r\n\t"); i >= 0 {
			pair, text = text[:i], text[i+1:]
		} else {
			pair, text = text, ""
		}
		key, value, ok := strings.Cut(pair, "=")
		if !ok || value == "" {
			continue
		}
		switch key {
		case "version":
			s.version, h.Spans.TLSVersion = value, p.span(value, off)
		case "cipher":
			s.cipher, h.Spans.Cipher = value, p.span(value, off)
		case "bits":
			s.bits = leadingInt(value)
		case "verify":
			s.certificate = verifyWords[value]
		}
	}
	return true
}

// verifyWords is sendmail's ${verify} (Sendmail Installation and Operation Guide,
// section 5.3); words that are not here say nothing of the certificate.
var verifyWords = map[string]ClientCertificate{
	"OK": CertificateVerified, "FAIL": CertificateUnverified, "NO": CertificateNotPresented,
	"NOT": CertificateNotRequested, "YES": CertificateVerified,
}

// triple reads Exim's and OpenSMTPD's "TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO",
// and a bare "TLS1.3".
func (p *parser) triple(text string, off int32) bool {
	s, h := &p.tls, p.hop
	version, rest, _ := strings.Cut(text, ":")
	if len(version) < 3 || version[:3] != "TLS" && version[:3] != "SSL" || strings.IndexByte(version, ' ') >= 0 || strings.IndexByte(version, ',') >= 0 {
		return false
	}
	p.implies |= isTLS
	if len(version) > 3 {
		s.version, h.Spans.TLSVersion = version, p.span(version, off)
	}
	cipher, rest, _ := strings.Cut(rest, ":")
	if cipher == "" {
		return true
	}
	s.cipher, h.Spans.Cipher = cipher, p.span(cipher, off)
	bits, verdict, _ := strings.Cut(rest, ":")
	s.bits = leadingInt(bits)
	switch {
	case strings.HasPrefix(verdict, "YES"):
		s.certificate = CertificateVerified
	case strings.HasPrefix(verdict, "FAIL"):
		s.certificate = CertificateUnverified
	case strings.HasPrefix(verdict, "NO"):
		s.certificate = CertificateNotPresented
	}
	return true
}

// courierTLS reads "SSL: TLSv1/SSLv3,128bits,RC4-MD5".
func (p *parser) courierTLS(text string, off int32) bool {
	_, text, ok := strings.Cut(text, ": ")
	if !ok {
		return false
	}
	s, h := &p.tls, p.hop
	p.implies |= isTLS
	for i := 0; text != "" && i < 3; i++ {
		var part string
		part, text, _ = strings.Cut(text, ",")
		switch i {
		case 0:
			s.version, h.Spans.TLSVersion = part, p.span(part, off)
		case 1:
			s.bits = leadingInt(part)
		case 2:
			s.cipher, h.Spans.Cipher = part, p.span(part, off)
		}
	}
	return true
}

// leadingInt is the number at the beginning of s, at most six digits, or -1.
func leadingInt(s string) int {
	n := -1
	for i := 0; i < len(s) && i < 6 && s[i] >= '0' && s[i] <= '9'; i++ {
		n = max(n, 0)*10 + int(s[i]-'0')
	}
	return n
}
