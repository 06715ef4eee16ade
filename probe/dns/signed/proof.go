package signed

import (
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// link is a record of the chain of a zone.
type link struct {
	name string // Of NSEC; "" for NSEC3.
	hash string
	rr   dns.RR
}

// chain is the NSEC or NSEC3 records, in their order.
func (z *zone) chain() []link {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.ordered != nil {
		return z.ordered
	}
	for name, n := range z.nodes {
		switch {
		case z.how.nsec3:
			if z.how.optOut && z.left(name) {
				continue
			}
			z.ordered = append(z.ordered, link{hash: z.hash(name), rr: &dns.NSEC3{
				Hash: dns.SHA1, Iterations: z.how.iterations, SaltLength: uint8(len(z.how.salt) / 2), Salt: z.how.salt, HashLength: 20, TypeBitMap: z.types(n),
			}})
		case len(n.sets) > 0:
			z.ordered = append(z.ordered, link{name: name, rr: &dns.NSEC{TypeBitMap: z.types(n)}})
		}
	}
	slices.SortFunc(z.ordered, func(a, b link) int {
		if z.how.nsec3 {
			return strings.Compare(a.hash, b.hash)
		}
		return compare(a.name, b.name)
	})
	for i, l := range z.ordered {
		next := z.ordered[(i+1)%len(z.ordered)]
		switch rr := l.rr.(type) {
		case *dns.NSEC:
			rr.Hdr, rr.NextDomain = z.header(l.name, dns.TypeNSEC), next.name
		case *dns.NSEC3:
			rr.Hdr, rr.NextDomain = z.header(strings.ToLower(l.hash)+"."+strings.TrimPrefix(z.apex, "."), dns.TypeNSEC3), next.hash
			if z.how.optOut {
				rr.Flags = 1
			}
		}
		l.rr.Header().Ttl = 300
	}
	return z.ordered
}

// left says whether a name is left out where there is opt-out: one that is only there for
// zones that are not signed (RFC 5155 section 7.1).
func (z *zone) left(name string) bool {
	has := false
	for below, n := range z.nodes {
		if !dns.IsSubDomain(name, below) || len(n.sets) == 0 {
			continue
		}
		if has = true; n.cut == nil || len(n.sets[dns.TypeDS]) > 0 {
			return false
		}
	}
	return has
}

func (z *zone) hash(name string) string {
	return dns.HashName(name, dns.SHA1, z.how.iterations, z.how.salt)
}

// of is the record of a name, or nil.
func (z *zone) of(name string) dns.RR {
	for _, l := range z.chain() {
		if z.how.nsec3 && l.hash == z.hash(name) || !z.how.nsec3 && l.name == name {
			return l.rr
		}
	}
	return nil
}

// cover is the record that a name would come behind.
func (z *zone) cover(name string) dns.RR {
	chain := z.chain()
	before := chain[len(chain)-1]
	hash := ""
	if z.how.nsec3 {
		hash = z.hash(name)
	}
	for _, l := range chain {
		if z.how.nsec3 && l.hash >= hash || !z.how.nsec3 && compare(l.name, name) >= 0 {
			break
		}
		before = l
	}
	return before.rr
}

// encloser is the closest name above one that there is, and the name below it on the way.
func (z *zone) encloser(name string) (closest, next string) {
	for closest = name; z.nodes[closest] == nil || z.how.nsec3 && z.how.optOut && z.of(closest) == nil; closest = above(closest) {
		next = closest
	}
	return closest, next
}

// What is proven by the records that go with an answer.
const (
	proveName     = iota // That there is no such name.
	proveData            // That it has no such record.
	proveWild            // That a wildcard has none.
	proveNoCloser        // That a wildcard made the answer.
)

// proof is the records, each once, with their signatures.
func (z *zone) proof(what int, name string) []dns.RR {
	if z.how.unsigned || z.how.noNSEC || z.how.noRRSIG {
		return nil
	}
	closest, next := z.encloser(name)
	star := child("*", closest)
	var all []dns.RR
	switch {
	case what == proveData && z.of(name) != nil:
		all = append(all, z.of(name))
	case !z.how.nsec3 && (what == proveData || what == proveNoCloser):
		all = append(all, z.cover(name))
	case !z.how.nsec3 && what == proveName:
		all = append(all, z.cover(name), z.cover(star))
	case !z.how.nsec3 && z.of(star) == nil: // It is above other names alone.
		all = append(all, z.cover(name), z.cover(star))
	case !z.how.nsec3:
		all = append(all, z.cover(name), z.of(star))
	case what == proveNoCloser:
		all = append(all, z.cover(next))
	case what == proveData: // Left out by opt-out.
		all = append(all, z.of(closest), z.cover(next))
	case what == proveName:
		all = append(all, z.of(closest), z.cover(next), z.cover(star))
	default:
		all = append(all, z.of(closest), z.cover(next), z.of(star))
	}
	var once []dns.RR
	for _, rr := range all {
		if rr != nil && !slices.Contains(once, rr) {
			once = append(once, rr)
		}
	}
	var signed []dns.RR
	for _, rr := range once {
		h := rr.Header()
		signed = append(append(signed, rr), z.sign(h.Name, h.Rrtype, []dns.RR{rr})...)
	}
	return signed
}
