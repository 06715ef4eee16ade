package received

import (
	"strings"
	"time"
)

// parser reads one field after another. It is large and is used again for the
// next field, so that only what goes into a Hop is allocated.
type parser struct {
	state
	tokens [MaxTokens]token // The first n of them are of this field.
}

// state is what a parser knows of the field it reads.
type state struct {
	raw string
	hop *Hop

	n    int // Tokens.
	open int // Comments that were never closed.

	seen    [dateClause + 1]bool
	dateEnd int32 // Offset behind the date; 0 when there is none.
	date    stamp

	implies implied
	tls     session
	peer    peer
	product string // The first comment of the server about itself.

	oddities [maxOddity]Oddity
	nodd     int
}

// Parse reads one Received field. It never fails: what is not understood stays in
// Raw, Comments and Unparsed, and Oddities says what is unusual.
func Parse(f Field) Hop {
	var h Hop
	new(parser).read(f, &h)
	return h
}

func (p *parser) read(f Field, h *Hop) {
	h.Line, h.Raw = f.Line, f.Value
	p.state = state{raw: f.Value, hop: h}
	if len(p.raw) > MaxField {
		p.raw = p.raw[:MaxField]
		p.odd(TooLong)
	}
	p.tls.bits, p.peer.port = -1, -1
	p.lex()
	p.findDate()
	p.split()
	p.readClauses()
	p.readComments()
	d := p.recognise()
	p.readPeer(d)
	p.finish(d)
	h.readIDClock()
}

// findDate looks for the date: behind the last semicolon that has one behind it,
// or else, QUIRK: SendGrid and Salesforce write none, wherever a date begins.
func (p *parser) findDate() {
	semicolons := 0
	for i := p.n - 1; i >= 0; i-- {
		if p.tokens[i].kind != semicolon {
			continue
		}
		semicolons++
		if p.dateEnd == 0 {
			p.dateAt(p.tokens[i].end)
		}
	}
	switch {
	case p.dateEnd != 0:
		if semicolons > 1 {
			p.odd(EarlySemicolon)
		}
	case p.bareDate():
		p.odd(NoSemicolon)
	case semicolons > 0 && p.textBehindSemicolon() != "":
		p.odd(BadDate)
	default:
		p.odd(NoDate)
	}
}

// dateAt reads the date at an offset of the field.
func (p *parser) dateAt(off int32) bool {
	p.date = stamp{}
	end, ok := readDate(p.raw[off:], &p.date)
	if !ok {
		p.date = stamp{}
		return false
	}
	p.dateEnd = off + int32(end)
	for i := range p.n {
		t := &p.tokens[i]
		if t.off >= off && t.off < p.dateEnd {
			t.clause, t.used = dateClause, true
		}
	}
	begin := off
	for begin < p.dateEnd && class[p.raw[begin]] == blank {
		begin++
	}
	p.hop.Spans.Time = Span{begin, p.dateEnd - begin}
	return true
}

// bareDate looks for a date that no semicolon announces.
func (p *parser) bareDate() bool {
	for i := range p.n {
		t := p.tokens[i]
		if t.kind != word || t.end-t.off < 1 {
			continue
		}
		w := p.text(t)
		dayName := len(w) == 3 && lookup(weekdays, w) >= 0
		dayNumber := len(w) <= 2 && w[0] >= '0' && w[0] <= '9'
		isoDate := len(w) == 10 && w[4] == '-' && w[7] == '-' && w[0] >= '1' && w[0] <= '2'
		if (dayName || dayNumber || isoDate) && p.dateAt(t.off) {
			return true
		}
	}
	return false
}

// textBehindSemicolon is what stands where the date belongs.
func (p *parser) textBehindSemicolon() string {
	for i := p.n - 1; i >= 0; i-- {
		if t := p.tokens[i]; t.kind == semicolon {
			text := strings.TrimSpace(p.raw[t.end:])
			if text != "" {
				p.hop.Spans.Time = p.span(text, t.end)
			}
			return text
		}
	}
	return ""
}

// finish puts into the hop what the parser gathered.
func (p *parser) finish(d *dialect) {
	h := p.hop
	p.finishDate()
	h.TLS = p.tls.record(p)
	h.Implies = p.implies.list()
	p.finishStrings()
	for _, o := range p.date.oddities[:p.date.nodd] {
		p.odd(o)
	}
	h.Oddities = []Oddity{}
	if p.nodd > 0 {
		h.Oddities = append(make([]Oddity, 0, p.nodd), p.oddities[:p.nodd]...)
	}
	h.Kind = p.kind(d)
}

func (p *parser) finishDate() {
	h := p.hop
	if p.dateEnd == 0 {
		h.TimeText = unfold(h.Spans.Time.In(p.raw))
		return
	}
	d := &p.date
	p.zoneComment()
	h.Zone = d.zone
	if d.zone != "" && h.Spans.Zone.Length == 0 {
		h.Spans.Zone = p.span(d.zone, h.Spans.Time.Offset)
	}
	kept := &struct { // One allocation for both.
		time   time.Time
		offset int
	}{d.time, d.offset}
	if !d.time.IsZero() {
		h.Time = &kept.time
	}
	if d.zoned {
		h.OffsetSeconds = &kept.offset
	}
	h.TimeText = unfold(h.Spans.Time.In(p.raw))
}

// zoneComment reads the zone name in the comment behind the date: "+0200 (CEST)".
func (p *parser) zoneComment() {
	for i := range p.n {
		t := p.tokens[i]
		if t.off < p.dateEnd {
			continue
		}
		if t.kind != comment || !blankOnly(p.raw[p.dateEnd:t.off]) {
			return
		}
		name := strings.Trim(p.text(t), "\"")
		if name == "" || len(name) > 40 || strings.ContainsAny(name, "<>=@;/") || strings.HasPrefix(name, "envelope") {
			return
		}
		if c := name[0] | 0x20; c < 'a' && name[0] < 0x80 || c > 'z' && name[0] < 0x80 {
			return
		}
		p.date.setZone(name)
		p.hop.Spans.Zone = p.span(name, t.off)
		s := &p.hop.Spans.Time
		s.Length = t.end - s.Offset
		p.tokens[i].clause, p.tokens[i].used = dateClause, true
		return
	}
}

func blankOnly(s string) bool { return strings.TrimSpace(s) == "" }

// list is the list of the hop that a token goes into.
type list uint8

const (
	noList list = iota
	comments
	recipients
	unparsed
)

func (t token) list() list {
	switch {
	case t.kind == comment:
		return comments
	case t.kind != word || t.used:
		return noList
	case t.clause == forClause:
		return recipients
	}
	return unparsed
}

// finishStrings fills the three lists of strings, from one allocation.
func (p *parser) finishStrings() {
	var counts [unparsed + 1]int
	for _, t := range p.tokens[:p.n] {
		if l := t.list(); counts[l] < MaxStrings {
			counts[l]++
		}
	}
	lists := [unparsed + 1][]string{}
	all := make([]string, counts[comments]+counts[recipients]+counts[unparsed])
	for l := comments; l <= unparsed; l++ {
		lists[l] = all[:0:counts[l]]
		all = all[counts[l]:]
	}
	for _, t := range p.tokens[:p.n] {
		l := t.list()
		if l == noList || len(lists[l]) == counts[l] {
			continue
		}
		text, at := p.text(t), Span{t.off, t.end - t.off}
		if l == recipients {
			for len(text) > 2 && text[0] == '<' && text[len(text)-1] == '>' {
				text, at = trimPair(text, at, '<', '>')
			}
			if len(lists[l]) == 0 {
				p.hop.Spans.For = at
			}
		}
		lists[l] = append(lists[l], unfold(text))
	}
	p.hop.Comments, p.hop.For, p.hop.Unparsed = lists[comments], lists[recipients], lists[unparsed]
}
