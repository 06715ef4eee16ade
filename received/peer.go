package received

import (
	"net/netip"
	"strings"
)

// peer is what the from clause says, before it is known which of its names is
// which.
type peer struct {
	helo     string // Given as such: "(HELO x)", "helo=x".
	heloSpan Span
	heloSet  bool // Also where it is empty: "(HELO )".

	inner     string // The host name beside the address, within the comment.
	innerSpan Span

	addr     netip.Addr
	addrSpan Span
	text     string // What stood in the place of the address, where that was none.
	port     int
	portSpan Span

	status RDNSStatus // None, forged or failed, where the field says so.
	ident  string
}

func (q *peer) setHELO(name string, at Span) {
	if !q.heloSet {
		q.helo, q.heloSpan, q.heloSet = name, at, true
	}
}

// readPeer reads the from clause, with the meaning that the dialect gives to its
// names.
func (p *parser) readPeer(d *dialect) {
	p.fromWords()
	for i := range p.n {
		t := &p.tokens[i]
		if t.kind != comment || t.used {
			continue
		}
		switch text := p.text(*t); {
		case t.clause == fromClause:
			p.peerComment(text, t.off+1)
		case t.clause == noClause && strings.HasPrefix(text, "from ") && !p.seen[fromClause]:
			// QUIRK: sendmail writes (from user@localhost) for what was handed in on
			// the same host, NAVGW (from NAME [address]).
			p.fromComment(strings.TrimLeft(text[5:], " "), t.off)
		}
	}
	p.resolve(d)
}

// fromWords reads what stands behind from outside of comments.
func (p *parser) fromWords() {
	h := p.hop
	first, last, closed := int32(-1), int32(-1), false
	for i := range p.n {
		t := &p.tokens[i]
		if t.clause != fromClause {
			continue
		}
		if t.kind == comment {
			closed = first >= 0
			continue
		}
		// Behind a comment that was never closed stands what it held, no name.
		closed = closed || first >= 0 && strings.IndexByte(p.raw[last:t.off], '(') >= 0
		w := p.text(*t)
		if first >= 0 && w[0] == '[' {
			p.peer.slot(p, w, t.off)
			t.used = true
			continue
		}
		if closed {
			continue
		}
		if w == "claiming" || w == "named" && first >= 0 {
			// QUIRK: Obtuse smtpd: claiming to be "name". Gmail's interface: "named
			// unknown".
			break
		}
		if first < 0 {
			first = t.off
		}
		last = t.end
		t.used = true
	}
	if first >= 0 {
		h.From.Name, h.Spans.From = unfold(p.raw[first:last]), Span{first, last - first}
		if i := strings.IndexByte(h.From.Name, '['); i > 0 && h.From.Name[len(h.From.Name)-1] == ']' {
			p.peer.slot(p, h.From.Name[i:], first)
			h.From.Name, h.Spans.From.Length = h.From.Name[:i], int32(i)
		}
	}
	p.claim()
}

// claim reads Obtuse smtpd's: claiming to be "name"; and a webmail's: as user name.
func (p *parser) claim() {
	for i := 0; i+2 < p.n; i++ {
		t := p.tokens[i]
		if t.clause != fromClause || t.kind != word {
			continue
		}
		w := p.text(t)
		if w == "as" && p.text(p.tokens[i+1]) == "user" {
			p.tokens[i].used, p.tokens[i+1].used, p.tokens[i+2].used = true, true, true
			p.user(p.text(p.tokens[i+2]), t.off)
		}
		if w != "claiming" || i+3 >= p.n {
			continue
		}
		for j := i; j <= i+3; j++ {
			p.tokens[j].used = true
		}
		name := strings.Trim(p.text(p.tokens[i+3]), "\"")
		p.peer.setHELO(name, p.span(name, p.tokens[i+3].off))
	}
}

// fromComment reads a from clause that stands in a comment.
func (p *parser) fromComment(text string, off int32) {
	h := p.hop
	name, rest, _ := strings.Cut(text, " ")
	h.From.Name, h.Spans.From = name, p.span(name, off)
	if rest != "" {
		p.peerComment(rest, off)
	}
	p.seen[fromClause] = true
	if !p.peer.addr.IsValid() {
		p.implies |= isLocal
	}
}

// peerComment reads one comment of the from clause.
func (p *parser) peerComment(text string, off int32) {
	q := &p.peer
	if len(text) >= 4 {
		switch text[:4] {
		case "HELO", "EHLO", "LHLO", "helo", "ehlo":
			if len(text) == 4 || class[text[4]] == blank {
				name := strings.TrimSpace(text[4:])
				q.setHELO(name, p.span(name, off))
				return
			}
		}
	}
	if i := strings.IndexByte(text, '('); i > 0 && strings.Contains(text[i:], "may be forged") {
		q.status = RDNSForged
		text = text[:i]
	}
	if len(text) > 10 && text[0] > '9' && text[3] == ',' {
		if isDate(text) {
			q.noAddress(p, text, off, DateInAddress)
			return
		}
	}
	p.peerWords(text, off)
}

func isDate(s string) bool {
	_, ok := readDate(s, new(stamp))
	return ok
}

// peerWords reads the words of a comment of the from clause; a bracket and all
// that stands in it are part of a word.
func (p *parser) peerWords(text string, off int32) {
	q := &p.peer
	for n := 0; text != "" && n < MaxTokens; n++ {
		text = strings.TrimLeft(text, " \t\r\n,")
		end := peerWordEnd(text)
		w := text[:end]
		text = text[end:]
		if w == "" {
			continue
		}
		if rest, ok := cutFold(w, "helo="); ok {
			q.setHELO(rest, p.span(rest, off))
			continue
		}
		if rest, ok := cutFold(w, "ident="); ok {
			q.setIdent(p, strings.Trim(rest, "[]"), off)
			continue
		}
		if rest, ok := cutFold(w, "port="); ok {
			q.setPort(readPort(rest), p.span(rest, off))
			continue
		}
		switch w {
		case "HELO", "EHLO":
			name := strings.TrimSpace(text)
			q.setHELO(name, p.span(name, off))
			return
		case "verified", "unverified", "Not":
		case "\"EHLO", "\"HELO":
			// QUIRK: ZMailer.
			name, rest, _ := strings.Cut(text, "\"")
			name = strings.TrimSpace(name)
			q.setHELO(name, p.span(name, off))
			text = rest
		case "RDNS":
			if strings.HasPrefix(text, " failed") {
				q.status = RDNSFailed
				return
			}
		case "with":
			// QUIRK: Yahoo writes (account@address with login).
			if strings.HasPrefix(text, " login") {
				p.user(q.ident, off)
				return
			}
		case "softdnserr":
			q.status = RDNSFailed
		case "unknown", "Unknown":
			if q.status == "" {
				q.status = RDNSNone
			}
		default:
			p.peerWord(w, off)
		}
	}
}

// peerWordEnd is the length of the word that text begins with.
func peerWordEnd(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '[':
			depth++
		case ']':
			depth--
		case ' ', '\t', '\r', '\n', ',':
			if depth <= 0 {
				return i
			}
		}
	}
	if depth > 0 { // Never closed: then a bracket holds nothing together.
		if i := strings.IndexAny(text, " \t\r\n,"); i > 0 {
			return i
		}
	}
	return len(text)
}

// peerWord reads a word that is an address, a name, or both.
func (p *parser) peerWord(w string, off int32) {
	q := &p.peer
	if i := strings.IndexByte(w, '['); i >= 0 {
		if i > 0 {
			p.peerName(w[:i], off)
		}
		q.slot(p, w[i:], off)
		return
	}
	if w[0] <= '9' || strings.IndexByte(w, ':') >= 0 {
		if e, ok := readAddress(w); ok {
			q.setAddress(p, e, w, off)
			return
		} else if e.odd == ImpossibleAddress {
			q.noAddress(p, w, off, e.odd)
			return
		}
	}
	if i := strings.LastIndexByte(w, '@'); i >= 0 {
		if e, ok := readAddress(w[i+1:]); ok {
			q.setIdent(p, w[:i], off)
			q.setAddress(p, e, w[i+1:], off)
			return
		}
	}
	p.peerName(w, off)
}

// peerName reads "host", "IDENT:user@host", "user@", "<host>".
func (p *parser) peerName(w string, off int32) {
	q := &p.peer
	if rest, ok := cutFold(w, "IDENT:"); ok {
		w = rest
	}
	if i := strings.LastIndexByte(w, '@'); i >= 0 {
		q.setIdent(p, w[:i], off)
		w = w[i+1:]
	}
	w = strings.Trim(w, "<>:")
	switch w {
	case "":
	case "unknown", "Unknown", "unknown.domain":
		if q.status == "" {
			q.status = RDNSNone
		}
	case "softdnserr":
		q.status = RDNSFailed
	case "unverified", "Verified":
	default:
		if q.inner == "" && isHost(w) {
			q.inner, q.innerSpan = strings.TrimSuffix(w, "."), p.span(w, off)
		}
	}
}

// isHost says whether s is made of what host names are made of; underscores are
// found in reverse zones.
func isHost(s string) bool {
	for i := range len(s) {
		c := s[i]
		if l := c | 0x20; (l < 'a' || l > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' && c < 0x80 {
			return false
		}
	}
	return s != "" && len(s) <= 255
}

// slot reads the bracket in which the address of the peer stands.
func (q *peer) slot(p *parser, s string, off int32) {
	if e, ok := readAddress(s); ok {
		q.setAddress(p, e, s, off)
		return
	}
	inner := strings.Trim(s, "[] \t\r\n")
	if e, _ := readAddress(inner); e.odd == ImpossibleAddress {
		q.noAddress(p, inner, off, ImpossibleAddress)
		return
	}
	switch {
	case inner == "local", inner == "unix socket", strings.HasPrefix(inner, "UNIX:"):
		p.implies |= isLocal
	case len(inner) > 10:
		if isDate(inner) {
			q.noAddress(p, inner, off, DateInAddress)
			return
		}
	}
	q.noAddress(p, inner, off, "")
}

// noAddress keeps what stands in the place of the address.
func (q *peer) noAddress(p *parser, text string, off int32, o Oddity) {
	if q.text == "" && !q.addr.IsValid() {
		q.text, q.addrSpan = text, p.span(text, off)
		if o != "" {
			p.odd(o)
		}
	}
}

func (q *peer) setAddress(p *parser, e endpoint, text string, off int32) {
	if q.addr.IsValid() {
		return
	}
	q.addr, q.addrSpan = e.addr, p.span(text, off)
	q.setPort(e.port, q.addrSpan)
	if e.odd != "" {
		p.odd(e.odd)
	}
}

func (q *peer) setPort(port int, at Span) {
	if port >= 0 && q.port < 0 {
		q.port, q.portSpan = port, at
	}
}

func (q *peer) setIdent(p *parser, ident string, off int32) {
	if q.ident == "" && ident != "" {
		q.ident = ident
		p.hop.Spans.Ident = p.span(ident, off)
	}
}
