package received

import "strings"

// clause is the part of a field that a token belongs to.
type clause uint8

const (
	noClause clause = iota // Before the first keyword.
	fromClause
	byClause
	viaClause
	withClause
	idClause
	forClause
	envelopeClause
	cipherClause // Exim's bare "tls".
	dateClause   // The date itself, and comments behind it.
)

// keyword is the clause that a word begins.
func keyword(w string) clause {
	switch len(w) {
	case 2:
		if equalFold(w, "by") {
			return byClause
		}
		if equalFold(w, "id") {
			return idClause
		}
	case 3:
		if equalFold(w, "for") {
			return forClause
		}
		if equalFold(w, "via") {
			return viaClause
		}
		if w == "tls" {
			return cipherClause
		}
	case 4:
		if equalFold(w, "from") {
			return fromClause
		}
		if equalFold(w, "with") {
			return withClause
		}
	case 13:
		// QUIRK: Haraka writes envelope-from as a clause.
		if equalFold(w, "envelope-from") {
			return envelopeClause
		}
	}
	return noClause
}

func isKeyword(w string) bool { return keyword(w) != noClause }

// split gives every token its clause. The first of each keyword counts (RFC 5321
// section 4.4: each clause at most once); the word itself belongs to none.
func (p *parser) split() {
	cur := noClause
	badDate := p.dateEnd == 0 && p.nodd > 0 && p.oddities[p.nodd-1] == BadDate
	for i := range p.n {
		t := &p.tokens[i]
		switch {
		case t.clause == dateClause:
			cur = dateClause
			continue
		case t.kind == comment:
			t.clause = cur
			continue
		case t.kind == semicolon:
			if badDate {
				cur = dateClause
			}
			continue
		}
		k := keyword(p.text(*t))
		if k == noClause {
			t.clause = cur
			continue
		}
		if !p.begins(k, i) {
			t.clause, cur = noClause, noClause
			continue
		}
		if cur == dateClause {
			p.odd(TrailingClause)
		}
		if k == fromClause && p.seen[fromClause] {
			k = envelopeClause
		}
		p.seen[k], cur = true, k
		t.used, t.clause = true, noClause
	}
}

// begins says whether the keyword at token i begins its clause. The second of its
// kind does not: it and what stands behind it stay unparsed.
func (p *parser) begins(k clause, i int) bool {
	if !p.seen[k] {
		return true
	}
	switch k {
	case fromClause:
		// QUIRK: XMail and Domino write the reverse-path as a second "from".
		if !p.seen[envelopeClause] && i+1 < p.n && strings.IndexByte(p.text(p.tokens[i+1]), '@') >= 0 {
			return true
		}
	case withClause:
		// QUIRK: Mimecast writes "with ESMTP with STARTTLS".
		p.odd(RepeatedClause)
		return true
	}
	p.odd(RepeatedClause)
	return k == forClause
}

// words is the first run of words of a clause, joined as they stand in the field.
func (p *parser) words(c clause) (text string, s Span) {
	if !p.seen[c] {
		return "", Span{}
	}
	first, last := -1, -1
	for i := range p.n {
		t := p.tokens[i]
		if t.clause != c || t.kind != word {
			if first >= 0 {
				break
			}
			continue
		}
		if first < 0 {
			first = i
		}
		last = i
	}
	if first < 0 {
		return "", Span{}
	}
	for i := first; i <= last; i++ {
		p.tokens[i].used = true
	}
	off, end := p.tokens[first].off, p.tokens[last].end
	return unfold(p.raw[off:end]), Span{off, end - off}
}

// readClauses reads the clauses that are words: all but from.
func (p *parser) readClauses() {
	h := p.hop
	p.readBy()
	h.Via, h.Spans.Via = p.words(viaClause)
	h.With, h.Spans.With = p.words(withClause)
	p.readWith()
	if id, s := p.firstWord(idClause); id != "" {
		h.Spans.ID = s
		h.ID, h.Spans.ID = trimPair(id, s, '<', '>')
	}
	if from, s := p.firstWord(envelopeClause); from != "" {
		p.envelopeFrom(from, s)
	}
	if cipher, s := p.firstWord(cipherClause); cipher != "" {
		p.tls.cipher, h.Spans.Cipher = cipher, s
	}
}

// firstWord is the first word of a clause.
func (p *parser) firstWord(c clause) (string, Span) {
	if !p.seen[c] {
		return "", Span{}
	}
	for i := range p.n {
		if t := &p.tokens[i]; t.clause == c && t.kind == word {
			t.used = true
			return p.text(*t), Span{t.off, t.end - t.off}
		}
	}
	return "", Span{}
}

// trimPair takes one pair of brackets off s.
func trimPair(s string, at Span, open, end byte) (string, Span) {
	if n := len(s); n >= 2 && s[0] == open && s[n-1] == end {
		return s[1 : n-1], Span{at.Offset + 1, at.Length - 2}
	}
	return s, at
}

// readBy reads the name of the host that wrote the field, and its address where
// that stands in the open: "by 10.0.0.1", "by a [192.0.2.1]".
func (p *parser) readBy() {
	h := p.hop
	for i := range p.n {
		t := &p.tokens[i]
		if t.clause != byClause || t.kind != word {
			continue
		}
		w, s := p.text(*t), Span{t.off, t.end - t.off}
		if h.By.Name == "" {
			h.By.Name, h.Spans.By = w, s
			t.used = true
		} else if w == "TLS" {
			p.implies |= isTLS // QUIRK: Microsoft SMTPSVC: by host over TLS secured channel with …
		} else if w[0] == '<' && h.ID == "" {
			h.ID, h.Spans.ID = trimPair(w, s, '<', '>')
			t.used = true
		}
		if h.By.Address.IsValid() {
			continue
		}
		if e, ok := readAddress(w); ok {
			h.By.Address, h.Spans.ByAddress = e.addr, s
			t.used = true
		}
	}
}

// readWith looks for the protocol among the words behind with: "Microsoft SMTP
// Server", "[XMail 1.20 ESMTP Server]", "ESMTP/TLS/ECDHE-RSA-AES128-GCM-SHA256".
func (p *parser) readWith() {
	known := false
	for i := range p.n {
		t := &p.tokens[i]
		if t.clause != withClause && t.clause != viaClause || t.kind != word {
			continue
		}
		rest := strings.Trim(p.text(*t), "[]")
		for rest != "" {
			var w string
			w, rest, _ = strings.Cut(rest, " ")
			if set, ok := protocol(w); ok {
				p.implies |= set
				known, t.used = true, true
			} else if name, tls, found := strings.Cut(w, "/"); found {
				p.slashes(name, tls, t.off)
			}
		}
	}
	if !known && p.seen[withClause] && strings.HasPrefix(p.hop.With, "local") {
		p.implies |= isLocal
	}
}

// slashes reads IronPort's "ESMTP/TLS/CIPHER".
func (p *parser) slashes(name, rest string, off int32) {
	set, ok := protocol(name)
	if !ok {
		return
	}
	p.implies |= set
	if rest == "TLS" {
		p.implies |= isTLS
	}
	if cipher, found := strings.CutPrefix(rest, "TLS/"); found {
		p.implies |= isTLS
		p.tls.cipher, p.hop.Spans.Cipher = cipher, p.span(cipher, off)
	}
}

// envelopeFrom keeps the reverse-path (RFC 5321 section 4.1.1.2).
func (p *parser) envelopeFrom(path string, s Span) {
	h := p.hop
	if h.EnvelopeFrom != "" {
		return
	}
	if path == "<>" {
		h.EnvelopeFrom, h.Spans.EnvelopeFrom = path, s
		return
	}
	for len(path) > 1 && path[0] == '<' && path[len(path)-1] == '>' {
		path, s = trimPair(path, s, '<', '>')
	}
	h.EnvelopeFrom, h.Spans.EnvelopeFrom = path, s
}
