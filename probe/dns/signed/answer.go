package signed

import (
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// part is what a zone says of one name.
type part struct {
	answer, authority, extra []dns.RR
	rcode                    int
	alias                    string // Where it leads; "" for nowhere.
	referral                 bool
}

// say answers from a zone, with all that goes with it.
func (z *zone) say(name string, t uint16) part {
	if d := z.cutAbove(name); d != "" && !(t == dns.TypeDS && d == name) {
		return z.refer(d)
	}
	n := z.nodes[name]
	owner, made := name, false
	if n == nil {
		closest, _ := z.encloserOf(name)
		if set := z.nodes[closest].sets[dns.TypeDNAME]; len(set) > 0 {
			return z.moved(name, closest, set)
		}
		owner = child("*", closest)
		if n, made = z.nodes[owner], true; n == nil {
			p := z.negative(proveName, name, t)
			p.rcode = dns.RcodeNameError
			return p
		}
	}
	alias := ""
	if _, ok := n.sets[t]; !ok && len(n.sets[dns.TypeCNAME]) > 0 && (n.cut == nil || t != dns.TypeDS) {
		t = dns.TypeCNAME
		alias, _ = norm(n.sets[t][0].(*dns.CNAME).Target)
	}
	set := n.sets[t]
	switch {
	case len(set) == 0 && made:
		return z.negative(proveWild, name, t)
	case len(set) == 0:
		return z.negative(proveData, name, t)
	}
	p := part{alias: alias, answer: as(name, set)}
	p.answer = append(p.answer, as(name, z.sign(owner, t, set))...)
	if made {
		p.authority = z.proof(proveNoCloser, name)
	}
	return p
}

// moved is an answer for a name below a DNAME: the alias that it makes is not signed (RFC
// 6672 section 3.1).
func (z *zone) moved(name, at string, set []dns.RR) part {
	target := strings.TrimSuffix(name, at) + set[0].(*dns.DNAME).Target
	p := part{alias: target, answer: append(slices.Clone(set), z.sign(at, dns.TypeDNAME, set)...)}
	p.answer = append(p.answer, &dns.CNAME{Hdr: z.header(name, dns.TypeCNAME), Target: target})
	return p
}

// encloserOf is that of what there is, opt-out or not.
func (z *zone) encloserOf(name string) (closest, next string) {
	for closest = name; z.nodes[closest] == nil; closest = above(closest) {
		next = closest
	}
	return closest, next
}

func (z *zone) negative(what int, name string, t uint16) part {
	soa := z.nodes[z.apex].sets[dns.TypeSOA]
	p := part{authority: append(slices.Clone(soa), z.sign(z.apex, dns.TypeSOA, soa)...)}
	if !z.proofBroken(name, t) {
		p.authority = append(p.authority, z.proof(what, name)...)
	}
	return p
}

// cutAbove is the name of the cut that a name is at or below; "" for none.
func (z *zone) cutAbove(name string) string {
	found := ""
	for ; name != z.apex; name = above(name) {
		if n := z.nodes[name]; n != nil && n.cut != nil {
			found = name
		}
	}
	return found
}

// refer leads to the zone below.
func (z *zone) refer(at string) part {
	n := z.nodes[at]
	p := part{referral: true, authority: slices.Clone(n.sets[dns.TypeNS])}
	if ds := n.sets[dns.TypeDS]; len(ds) > 0 {
		p.authority = append(append(p.authority, ds...), z.sign(at, dns.TypeDS, ds)...)
	} else {
		p.authority = append(p.authority, z.proof(proveData, at)...)
	}
	for _, rr := range n.sets[dns.TypeNS] {
		if glue := n.cut.nodes[rr.(*dns.NS).Ns]; glue != nil {
			p.extra = append(p.extra, glue.sets[dns.TypeA]...)
		}
	}
	return p
}

// maxChain bounds the aliases that are followed for one question. What has more is answered
// in part.
const maxChain = 20

// resolve answers as a recursive resolver that follows aliases and does not validate. The
// cause is that of a FAIL line.
func (t *Tree) resolve(name string, typ uint16) (m *dns.Msg, cause string) {
	m = new(dns.Msg)
	for range maxChain {
		z := t.zoneOf(name)
		if typ == dns.TypeDS && name == z.apex && name != "." {
			z = t.zoneOf(above(name))
		}
		if typ == dns.TypeDNSKEY && name == z.apex && z.how.keysFail != "" {
			return m, z.how.keysFail
		}
		if typ != dns.TypeDS && typ != dns.TypeDNSKEY {
			for _, f := range t.fails[name] {
				if f.typ == 0 || f.typ == typ {
					return m, f.cause
				}
			}
		}
		p := z.say(name, typ)
		m.Answer = append(m.Answer, p.answer...)
		for _, rr := range p.authority {
			if !slices.Contains(m.Ns, rr) {
				m.Ns = append(m.Ns, rr)
			}
		}
		m.Rcode = p.rcode
		if p.alias == "" {
			return m, ""
		}
		name = p.alias
	}
	return m, ""
}

// authoritative answers for one zone, as its name server does.
func (t *Tree) authoritative(z *zone, name string, typ uint16) *dns.Msg {
	m := new(dns.Msg)
	if !dns.IsSubDomain(z.apex, name) {
		m.Rcode = dns.RcodeRefused
		return m
	}
	p := z.say(name, typ)
	m.Answer, m.Ns, m.Extra, m.Rcode, m.Authoritative = p.answer, p.authority, p.extra, p.rcode, !p.referral
	return m
}
