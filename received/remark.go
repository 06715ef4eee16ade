package received

import "strings"

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
