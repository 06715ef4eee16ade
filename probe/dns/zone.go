package dns

import (
	"cmp"
	"context"
	"time"
)

// Zone answers from the text of a zone file, without asking anybody. It is all of the
// DNS there is: what the text does not name does not exist. Names below one that the
// text has are found by wildcards, and names above one exist without records, as RFC
// 4592 has it. NS records do not delegate: the text holds both sides of a cut.
type Zone struct {
	// Else answers for names that the text has no records of; nil for nobody.
	Else Resolver

	// Time is that of the answers: a text does not know when it was true.
	Time time.Time

	nodes  map[string]*node
	secure Secure // Of what no line is near.
}

// node is a name of the text, or one above such a name, which has no records.
type node struct {
	sets []set
	fail []failure
	soa  bool // Below it, absence has a time to live.

	negative time.Duration // Then.
}

// set are the records of one type.
type set struct {
	typ     Type
	records []Record
	ttl     time.Duration
	secure  Secure

	signed, expires time.Time // Of the signatures; zero when not known.
}

// failure is a line "name FAIL cause [type]".
type failure struct {
	typ   Type // 0 for all.
	cause Cause

	secure Secure // Bogus, or "".
}

const zoneServer = "zone"

// Lookup answers.
func (z *Zone) Lookup(ctx context.Context, name string, t Type) (*Answer, error) {
	q, bad := newQuestion(name, t)
	if bad != nil {
		return nil, bad
	}
	n := z.find(q.name)
	if z.Else != nil && (n == nil || len(n.sets) == 0 && len(n.fail) == 0) {
		return z.Else.Lookup(ctx, name, t)
	}
	a := &Answer{Name: q.name, Type: t, Secure: SecureYes, Server: zoneServer, Time: z.Time, TTL: -1}
	for at := q.name; ; n = z.find(at) {
		if n == nil {
			a.Status = NXDomain
			a.atMost(z.negative(at))
			a.Secure = weaker(a.Secure, z.absence(at))
			return a, nil
		}
		for _, f := range n.fail {
			if f.typ == 0 || f.typ == t {
				return nil, z.fail(q, f.cause, f.secure, nil)
			}
		}
		if s := n.set(t); s != nil {
			a.Status, a.Records = Found, s.records
			a.atMost(s.ttl)
			a.Secure = weaker(a.Secure, s.secure)
			a.until(s)
			return a, nil
		}
		alias := n.set(CNAME)
		if alias == nil {
			a.Status = NoData
			a.atMost(z.negative(at))
			a.Secure = weaker(a.Secure, z.absence(at))
			return a, nil
		}
		if len(a.Alias) == maxAliases {
			return nil, z.fail(q, AliasLoop, "", errAliasLoop)
		}
		at = alias.records[0].Target
		a.Alias = append(a.Alias, at)
		a.atMost(alias.ttl)
		a.Secure = weaker(a.Secure, alias.secure)
		a.until(alias)
	}
}

// until takes note of signatures.
func (a *Answer) until(s *set) {
	if !s.expires.IsZero() && (a.Expires.IsZero() || s.expires.Before(a.Expires)) {
		a.Signed, a.Expires = s.signed, s.expires
	}
}

func (z *Zone) fail(q question, cause Cause, secure Secure, err error) error {
	e := q.fail(zoneServer, cause, err)
	e.Time, e.Secure = z.Time, secure
	return e
}

// absence is what it is worth that there is no record: as much as the records of the name,
// or of the nearest one above it that has some.
func (z *Zone) absence(name string) Secure {
	for ok := true; ok; name, ok = parent(name) {
		if n := z.nodes[name]; n != nil && len(n.sets) > 0 {
			return n.sets[0].secure
		}
	}
	return cmp.Or(z.secure, Unverified)
}

func (a *Answer) atMost(ttl time.Duration) {
	if a.TTL < 0 || ttl < a.TTL {
		a.TTL = ttl
	}
}

// find gives the node of a name, which may be a wildcard's (RFC 4592 section 3.3.1), or
// nil.
func (z *Zone) find(name string) *node {
	if n := z.nodes[name]; n != nil {
		return n
	}
	for above, ok := parent(name); ok; above, ok = parent(above) {
		if z.nodes[above] != nil {
			// The closest encloser: only the asterisk right below it counts.
			return z.nodes[below("*", above)]
		}
	}
	return nil
}

// below joins a label and a name.
func below(label, name string) string {
	if name == "" {
		return label
	}
	return label + "." + name
}

// negative is how long an absence lasts, by the SOA record above it; 0 when there is
// none.
func (z *Zone) negative(name string) time.Duration {
	for ok := true; ok; name, ok = parent(name) {
		if n := z.nodes[name]; n != nil && n.soa {
			return n.negative
		}
	}
	return 0
}

func (n *node) set(t Type) *set {
	for i := range n.sets {
		if n.sets[i].typ == t {
			return &n.sets[i]
		}
	}
	return nil
}

// node gives the node of a name, made with those above it if need be.
func (z *Zone) node(name string) *node {
	if n := z.nodes[name]; n != nil {
		return n
	}
	made := &node{}
	z.nodes[name] = made
	for above, ok := parent(name); ok && z.nodes[above] == nil; above, ok = parent(above) {
		z.nodes[above] = &node{}
	}
	return made
}
