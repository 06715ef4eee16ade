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

// readComments reads the comments that mean the same wherever they stand: TLS,
// authentication, reverse-path. What is left of them behind "by" and "with" is
// what the server says of itself.
func (p *parser) readComments() {
	for i := range p.n {
		t := &p.tokens[i]
		if t.kind != comment || t.used {
			continue
		}
		text := p.text(*t)
		if text == "" {
			t.used = true
			continue
		}
		if p.remark(text, t.off+1) {
			t.used = true
			continue
		}
		switch t.clause {
		case byClause, withClause, idClause, viaClause, cipherClause:
			p.serverComment(t, text)
		}
	}
}

// serverComment reads a comment behind by or with: the address of the host, or
// its product.
func (p *parser) serverComment(t *token, text string) {
	h := p.hop
	if t.clause == byClause && !h.By.Address.IsValid() {
		slot := text
		if i := strings.IndexByte(text, '['); i > 0 && text[len(text)-1] == ']' {
			// "(mreue109 [213.165.67.113])", "(zimbra8.example.org [127.0.0.1])".
			slot = text[i:]
		}
		// A version of four numbers is padded (Critical Path's 7.0.030.2), an
		// address that a program printed is not.
		if e, ok := readAddress(slot); ok && e.odd != UnusualAddress {
			h.By.Address, h.Spans.ByAddress = e.addr, p.span(slot, t.off)
			t.used = true
			return
		}
	}
	// "clamdscan: 0.80/594. Clear: …" and "ORCPT <…>" say nothing of the server.
	if p.product == "" && t.clause != viaClause && !strings.Contains(text, ": ") && !strings.HasPrefix(text, "ORCPT ") {
		p.product = text
		t.used = true
		p.splitProduct(text, t.off)
	}
}

// splitProduct cuts "Exim 4.50 #1 (Debian)" into product and version: the version
// begins at the first word that begins with a digit, or with "v" and a digit, or
// behind a slash. sendmail writes nothing but its version.
func (p *parser) splitProduct(text string, off int32) {
	h := p.hop
	cut := len(text)
	if i := strings.IndexAny(text, ",("); i > 0 && text[i] == ',' {
		cut = i // "Postfix, from userid 33", "amavisd-new, port 10024".
	}
	name, version := text[:cut], ""
	for i := 0; i < cut; i++ {
		if i > 0 && text[i-1] != ' ' && text[i-1] != '/' && text[i-1] != '-' {
			continue
		}
		c := text[i]
		if (c|0x20) == 'v' && i+1 < cut {
			c = text[i+1]
			if c == '.' && i+2 < cut {
				c = text[i+2]
			}
		}
		if '0' <= c && c <= '9' {
			name, version = strings.TrimRight(text[:i], " /-"), text[i:cut]
			break
		}
	}
	h.By.Product, h.By.Version = unfold(name), unfold(strings.TrimSpace(version))
	h.Spans.Product, h.Spans.Version = p.span(name, off), p.span(strings.TrimSpace(version), off)
}

// remark reads one comment that means the same in every dialect. It is false when
// the comment is something else.
func (p *parser) remark(text string, off int32) bool {
	switch text[0] | 0x20 {
	case 'a':
		return p.authRemark(text, off)
	case 'u':
		// QUIRK: sendmail with Coremail's patch: (user=a@b mech=LOGIN bits=0).
		if rest, ok := strings.CutPrefix(text, "user="); ok {
			name, _, _ := strings.Cut(rest, " ")
			p.user(name, off)
			return true
		}
	case 'e':
		for _, prefix := range [...]string{"envelope-from", "envelope-sender"} {
			if rest, ok := cutFold(text, prefix); ok {
				rest = strings.TrimLeft(rest, " \t\r\n:=")
				path, _, _ := strings.Cut(rest, ",")
				path = strings.TrimSpace(path)
				p.envelopeFrom(path, p.span(path, off))
				return true
			}
		}
	case 'v':
		// QUIRK: web.de.
		if equalFold(text, "via HTTP") {
			p.implies |= isHTTP
			return true
		}
	case 'm':
		// QUIRK: Alibaba writes (mailfrom:<a@b> fp:…).
		if rest, ok := cutFold(text, "mailfrom:"); ok {
			path, _, _ := strings.Cut(rest, " ")
			p.envelopeFrom(path, p.span(path, off))
			return true
		}
	}
	if text[0] == 'u' && strings.HasPrefix(text, "uid ") {
		return true // Courier and qmail: the Unix user of a local program.
	}
	if i := strings.Index(text, " authenticated user "); i > 0 {
		// QUIRK: SquirrelMail and NaSMail.
		p.user(text[i+len(" authenticated user "):], off)
		p.product = text[:i]
		return true
	}
	return p.tlsRemark(text, off)
}

// authRemark reads what servers write about SMTP authentication (RFC 4954).
func (p *parser) authRemark(text string, off int32) bool {
	if rest, ok := cutFold(text, "authenticated"); ok {
		rest = strings.TrimLeft(rest, " ")
		for _, prefix := range [...]string{"sender:", "user:", "as ", "id:"} {
			if name, ok := cutFold(rest, prefix); ok {
				p.user(name, off)
				return true
			}
		}
		p.implies |= isAuth
		return true
	}
	if rest, ok := cutFold(text, "auth:"); ok {
		// QUIRK: Courier writes (AUTH: LOGIN user, SSL: TLSv1/SSLv3,128bits,RC4-MD5).
		auth, tls, _ := strings.Cut(rest, ",")
		auth = strings.TrimSpace(auth)
		if _, name, ok := strings.Cut(auth, " "); ok {
			p.user(name, off)
		} else if auth != "" {
			p.user(auth, off)
		}
		p.courierTLS(strings.TrimSpace(tls), off)
		return true
	}
	if rest, ok := cutFold(text, "account "); ok {
		// QUIRK: CommuniGate Pro writes (account user [address] verified HELO name).
		name, rest, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
		p.user(name, off)
		rest, helo, ok := strings.Cut(rest, "HELO ")
		if ok {
			p.peer.setHELO(strings.TrimSpace(helo), p.span(strings.TrimSpace(helo), off))
		}
		if i := strings.IndexByte(rest, '['); i >= 0 {
			p.peer.slot(p, rest[i:max(i, strings.IndexByte(rest, ']')+1)], off)
		}
		return true
	}
	return false
}

// user keeps the account that authenticated.
func (p *parser) user(name string, off int32) {
	p.implies |= isAuth
	name = strings.TrimSpace(name)
	if p.hop.User == "" && name != "" {
		p.hop.User, p.hop.Spans.User = name, p.span(name, off)
	}
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
