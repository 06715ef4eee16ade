package received

import "strings"

// The conditions below say what the columns of the table cannot.

func qmailNote(p *parser) bool { return p.opens("qmail ") }

// opens says whether the field begins with a comment that begins so.
func (p *parser) opens(prefix string) bool {
	return p.n > 0 && p.tokens[0].kind == comment && strings.HasPrefix(p.text(p.tokens[0]), prefix)
}

func nullmailer(p *parser) bool { return p.opens("nullmailer pid ") }

func tessian(p *parser) bool { return p.opens("\"Tessian ") }

func indimail(p *parser) bool {
	return strings.HasPrefix(strings.TrimLeft(p.raw, " "), "indimail-mta ")
}

// listexpand is how vger.kernel.org writes; mlmmj there does too.
// barracuda is seldom renamed by those who buy one.
func barracuda(p *parser) bool {
	_, ok := cutFold(p.hop.By.Name, "barracuda")
	return ok && len(p.hop.ID) == 16 && p.product == ""
}

// zmailer quotes the command: ([192.0.2.1]:25 "EHLO name" rhost-flags-OK-OK-OK-OK).
func zmailer(p *parser) bool {
	return p.hasFromComment("rhost-flags-") || p.hasFromComment("smtp.peer") || strings.HasPrefix(p.hop.ID, "S") && len(p.hop.ID) > 12 && p.hasFromComment("\"EHLO ")
}

func listexpand(p *parser) bool { return strings.HasPrefix(p.hop.Via, "listexpand") }

// forcepoint has a blank in the place of its host name.
func forcepoint(p *parser) bool { return p.hop.By.Name == "Forcepoint" }

// filterPort is amavis under another name: "(MXG, port 10024)".
func filterPort(p *parser) bool { return strings.Contains(p.product, ", port 100") }

func tlsPairsBehindID(p *parser) bool { return p.tls.version != "" && p.product == "" }

func byZoho(p *parser) bool {
	return strings.HasPrefix(p.hop.By.Name, "mx.zoho") || strings.HasPrefix(p.hop.By.Name, "sender") && strings.Contains(p.hop.By.Name, ".zoho")
}

func noDot22(p *parser) bool {
	return len(p.hop.ID) == 22 && p.product == "" && p.date.zone == "" && p.hop.EnvelopeFrom != ""
}

func exactlySG(p *parser) bool { return p.product == "SG" }

// courierShape is Courier where its id is left out: a small-letter protocol and
// no product.
func courierShape(p *parser) bool {
	return p.hop.With == "esmtp" && p.hop.ID == "" && p.product == "" && p.hasFromComment("[")
}

func exactlyME(p *parser) bool { return p.hop.With == "ME" }

// ironportShape is AsyncOS without TLS: no weekday, no id, an offset, and nothing
// that says who wrote it.
func ironportShape(p *parser) bool {
	h := p.hop
	return h.ID == "" && p.product == "" && h.With == "ESMTP" && p.seen[fromClause] && p.date.has(NoWeekday) && p.date.zoned && !p.date.has(TwoDigitYear)
}

// hmailserver writes a blank before the semicolon, no id, and "Unknown" with a
// capital where it found no name.
func hmailserver(p *parser) bool {
	h := p.hop
	if h.ID != "" || p.product != "" || h.By.Name == "" || !p.hasFromComment(" [") && !p.hasFromComment("[") || len(h.With) < 4 {
		return false
	}
	at := int(h.Spans.Time.Offset)
	for at > 1 && p.raw[at-1] != ';' {
		at--
	}
	return at > 1 && class[p.raw[at-2]] == blank && !p.date.has(NoWeekday)
}

func byOutlook(p *parser) bool {
	by := p.hop.By.Name
	return hasSuffixFold(by, ".outlook.com") || hasSuffixFold(by, ".office365.com") || hasSuffixFold(by, ".office365.us")
}

func byHotmail(p *parser) bool {
	by := p.hop.By.Name
	return hasSuffixFold(by, ".hotmail.com") || hasSuffixFold(by, ".hotmail.msn.com") || hasSuffixFold(by, ".msn.com")
}

func pickup(p *parser) bool { return equalFold(p.fromName(), "mail") && !p.peer.addr.IsValid() }

// submitted is Google's mark of authenticated submission: "sm" between the
// numbers of the id.
func submitted(p *parser) bool {
	word, _, _ := strings.Cut(p.hop.ID, ".")
	i := strings.Index(word, "sm")
	return i > 0 && i+2 < len(word) && isDigits(word[i+2:min(len(word), i+5)]) && word[i-1] >= '0' && word[i-1] <= '9'
}

func byGoogleInside(p *parser) bool {
	by := p.hop.By.Address
	return by.IsValid() && !p.seen[fromClause] && p.hop.With == "SMTP" && (strings.HasPrefix(p.hop.By.Name, "2002:a") || by.Is4() && by.IsPrivate() && gmailID(p.hop.ID))
}

func local(p *parser) bool { return p.implies&isLocal != 0 && !p.hasFromComment("[") }

func http(p *parser) bool { return p.implies&isHTTP != 0 }

func (p *parser) hasFromComment(part string) bool {
	for _, t := range p.tokens[:p.n] {
		if t.clause == fromClause && t.kind == comment && strings.Contains(p.text(t), part) {
			return true
		}
	}
	return false
}

func verified(p *parser) bool { return p.hasFromComment("] verified") && !p.hasFromComment("account") }

func accountOnly(p *parser) bool { return p.hasFromComment("account") && !p.peer.heloSet }

func mailfromComment(p *parser) bool { return p.hasFromComment("mailfrom:") }

func ehloInCapitals(p *parser) bool { return p.hasFromComment("EHLO") }

func lhlo(p *parser) bool { return p.hasFromComment("LHLO") }

func sendgridID(id string) bool {
	return strings.HasPrefix(id, "recvd-") || strings.HasPrefix(id, "filter") || strings.HasPrefix(id, "geopod-")
}

func ironport(p *parser) bool {
	return hasSuffixFold(p.hop.By.Name, "iphmx.com") || strings.Contains(p.hop.With, "/TLS/") && p.date.has(NoWeekday)
}

// powermta recognises PowerMTA where it does not name itself: an envelope-from
// behind the date, and a short id.
func powermta(p *parser) bool {
	h := p.hop
	return h.With == "" && h.EnvelopeFrom != "" && p.dateEnd > 0 && h.Spans.EnvelopeFrom.Offset > p.dateEnd && p.product == "" && len(h.ID) >= 7 && isLowerAlnum(strings.ToLower(h.ID))
}

func obtuse(p *parser) bool { return strings.HasPrefix(p.hop.ID, "smtpd") && p.seen[viaClause] }

func smap(p *parser) bool {
	return strings.HasPrefix(p.hop.Via, "csmap") || strings.HasPrefix(p.hop.Via, "smap")
}

func raptor(p *parser) bool { return p.hop.Via == "smtpd" && p.hop.By.Address.IsValid() }

// simta writes its keywords in capitals.
func simta(p *parser) bool {
	return strings.HasPrefix(p.raw, "FROM ") || strings.HasPrefix(strings.TrimLeft(p.raw, " \t\r\n"), "FROM ")
}

// sendmailVersion is two versions with a slash between, whatever the vendor put
// before or behind them; or one, with an id of sendmail's.
func sendmailVersion(p *parser) bool {
	s := p.product
	if strings.HasPrefix(s, "Xserve/") || strings.HasPrefix(s, "AIX") {
		return true
	}
	if i := strings.IndexByte(s, '/'); i > 0 && i+2 < len(s) && isDigit(s[i+1]) {
		dotted := s[i+2] == '.' && (isAlnum(s[i-1]) || s[i-1] == ')') && strings.IndexByte(s[:i], '.') > 0
		if dotted || strings.HasPrefix(s, "SGI") {
			return true
		}
	}
	id := p.hop.ID
	return len(s) > 2 && isDigit(s[0]) && s[1] == '.' && (sendmailID(id) || sendmail8ID(id) || strings.HasPrefix(id, "AA"))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func sendmailLocal(p *parser) bool {
	return p.n > 0 && p.tokens[0].kind == comment && strings.HasPrefix(p.text(p.tokens[0]), "from ") && strings.IndexByte(p.text(p.tokens[0]), '[') < 0 ||
		strings.HasSuffix(p.product, "/Submit")
}

// criticalPath writes a version of three parts in place of a product.
func criticalPath(p *parser) bool {
	v := p.product
	return len(v) >= 7 && len(v) <= 12 && isDigits(strings.ReplaceAll(v, ".", "")) && strings.Count(v, ".") >= 2 && v[1] == '.'
}

func lowerProtocol(p *parser) bool {
	w := p.hop.With
	return strings.HasPrefix(w, "esmtp") || strings.HasPrefix(w, "smtp") || strings.HasPrefix(w, "asmtp") || strings.HasPrefix(w, "local")
}

// postfixShape is Postfix under another mail_name: it always writes the zone
// name behind the offset (9,192 of 9,193 lines).
func postfixShape(p *parser) bool {
	return p.date.zone != "" && p.hop.Spans.Zone.Length > 0 || p.zoneNamed()
}

func (p *parser) zoneNamed() bool {
	if p.dateEnd == 0 {
		return false
	}
	rest := strings.TrimLeft(p.raw[p.dateEnd:], " \t\r\n")
	return strings.HasPrefix(rest, "(") && len(rest) > 4 && rest[1] >= 'A' && rest[1] <= 'Z' && rest[2] >= 'A' && rest[2] <= 'Z'
}

// qmailShape is qmail's smtpd: no id, SMTP, a date without weekday in zone -0000.
func qmailShape(p *parser) bool {
	return p.hop.ID == "" && p.product == "" && p.seen[byClause] && p.date.has(NoWeekday) && p.date.zoned && p.date.offset == 0 &&
		strings.HasSuffix(strings.TrimRight(p.hop.Spans.Time.In(p.raw), " "), "-0000")
}
