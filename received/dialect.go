package received

import "strings"

// order says which of the names of a from clause is which.
type order uint8

const (
	byShape   order = iota // As the words around them say, else heloFirst.
	heloFirst              // from HELO (RDNS [address])
	heloOnly               // from HELO ([address]), never a reverse name
	rdnsFirst              // from RDNS (HELO x) (address); HELO left out where it is the same
	rdnsOnly               // from RDNS ([address]); HELO left out where it is not known
	nameOnly               // The name is no host: an account, a user, a program
)

// dialect is how one kind of mail server writes Received. All conditions that are
// set must hold for a field to be of it.
type dialect struct {
	name string

	product string // What the server says of itself begins so.
	with    string // The protocol begins so, in any case.
	by      string // The name of the host ends so, in any case.
	from    string // The name of the peer ends so, in any case.
	id      func(id string) bool
	when    func(p *parser) bool // What cannot be said as data.

	order  order
	noName RDNSStatus // What it means that no name stands beside the address.
	kind   Kind       // Where it is the same for all of its fields.
	sure   Confidence
}

// recognise finds the dialect of the field and says so in the hop.
func (p *parser) recognise() *dialect {
	// Most entries ask for a product, and most of those for one that begins with
	// another letter: they are passed over here, where it costs least.
	var first byte
	if p.product != "" {
		first = p.product[0]
	}
	for i := range dialects {
		d := &dialects[i]
		if d.product != "" && d.product[0] != first {
			continue
		}
		if d.matches(p) {
			p.hop.Dialect, p.hop.Confidence = d.name, d.sure
			return d
		}
	}
	d := &generic
	if p.hop.By.Name == "" && !p.seen[fromClause] {
		d = &unknown
		if p.remarkOnly() {
			d = &note
		}
	}
	p.hop.Dialect, p.hop.Confidence = d.name, d.sure
	return d
}

func (d *dialect) matches(p *parser) bool {
	h := p.hop
	if d.product != "" && !strings.HasPrefix(p.product, d.product) {
		return false
	}
	if d.with != "" {
		if _, ok := cutFold(h.With, d.with); !ok {
			return false
		}
	}
	if d.by != "" && !hasSuffixFold(h.By.Name, d.by) {
		return false
	}
	if d.from != "" && !hasSuffixFold(p.fromName(), d.from) {
		return false
	}
	if d.id != nil && !d.id(h.ID) {
		return false
	}
	return d.when == nil || d.when(p)
}

// fromName is the first word behind from; the clause itself is read only once the
// dialect is known.
func (p *parser) fromName() string {
	for i := range p.n {
		if t := p.tokens[i]; t.clause == fromClause && t.kind == word {
			return p.text(t)
		}
	}
	return ""
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && equalFold(s[len(s)-len(suffix):], suffix)
}

// remarkOnly says whether the field is nothing but comments and a date: RFC 5321
// section 4.4 allows that, and filters use it.
func (p *parser) remarkOnly() bool {
	comments := false
	for _, t := range p.tokens[:p.n] {
		if t.kind == word && t.clause != dateClause {
			return false
		}
		comments = comments || t.kind == comment && t.clause != dateClause
	}
	return comments
}

var (
	note    = dialect{name: Generic, sure: Guess, order: nameOnly, kind: Note}
	generic = dialect{name: Generic, sure: Guess}
	unknown = dialect{name: Unknown, sure: Guess, order: nameOnly, kind: Note}
)
